import Diagnostics
import Evaluation
import Messages
import Syntax
import Values

extension Evaluator {
  /// The shortest texts that tell the calls and functions on an axis apart; nil where the axis holds something else.
  ///
  /// Names where those differ, else with the arguments that differ.
  func callLabels(_ members: [Value], of axis: SweepStatement.Axis) throws(Diagnostic) -> [String]? {
    var names: [String] = []
    for member in members {
      switch member {
      // `A after B` is what is written.
      case .instance(let instance) where instance.inner != nil: names.append(session.sources.text(instance.span))
      case .instance(let instance): names.append(instance.definition.name.text)
      case .function(.definition(let value)): names.append(value.definition.name.text)
      case .function(.builtin(let builtin)): names.append(builtin.name)
      default: return nil
      }
    }
    let labels = try members.enumerated().map { (position, member) throws(Diagnostic) in
      let rivals = members.indices.filter { names[$0] == names[position] && $0 != position }
      guard !rivals.isEmpty, case .instance(let instance) = member, instance.inner == nil else {
        return names[position]
      }
      var arguments: [String] = []
      for name in instance.definition.parameters.map(\.name.text) {
        let mine = try text(of: name, of: instance)
        for case .instance(let other) in rivals.map({ members[$0] }) where try text(of: name, of: other) != mine {
          arguments.append("\(name) = \(mine)")
          break
        }
      }
      return names[position] + (arguments.isEmpty ? "" : "(" + arguments.joined(separator: ", ") + ")")
    }
    // Arguments that are written alike and mean different things are told apart by their places.
    return labels.enumerated().map { position, label in
      labels.filter { $0 == label }.count == 1 ? label : "\(label) \(position + 1)"
    }
  }

  /// An argument as a label shows it: a number or text by its value, anything else as it is written.
  private func text(of name: String, of instance: Instance) throws(Diagnostic) -> String {
    let value = try argument(name, of: instance)
    switch value {
    case .integer, .real, .text, .boolean: return value.map { NumberText.short($0) } ?? ""
    default: break
    }
    if let thunk = instance.thunks.first(where: { $0.name == name })?.thunk {
      return session.sources.text(thunk.code.tree.span(thunk.expression))
    }
    return value.map(ValueText.text) ?? "…"
  }
}
