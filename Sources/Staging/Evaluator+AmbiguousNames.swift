import Arithmetic
package import Diagnostics
package import Experiments
import Messages
import Syntax
package import Values

// Several rules of a run may have a hyper-parameter or a state of one name. A name that has one value in all of them means
// that value; where the values differ it is refused, so that nobody takes the first rule's for that of another.

extension Evaluator {
  /// The optimizers that give a hyper-parameter another value than each other, each with it; none where all have the same.
  package func rivals(for name: String, among rules: [RulePlan]) -> [String] {
    let owners = rules.flatMap(\.instances).filter { $0.thunks.contains { $0.name == name } }
    guard let first = owners.first, owners.dropFirst().contains(where: { !givesSame(name, first, $0) }) else {
      return []
    }
    return owners.map { owner in
      let text = known(name, of: owner).map { " = \(NumberText.short($0))" } ?? ""
      return "`\(name)\(text)` of `\(owner.definition.name.text)`"
    }
  }

  private func givesSame(_ name: String, _ one: Instance, _ other: Instance) -> Bool {
    guard let mine = one.thunks.first(where: { $0.name == name })?.thunk,
      let theirs = other.thunks.first(where: { $0.name == name })?.thunk
    else { return false }
    if mine.scope === theirs.scope, mine.code.tree.isAlike(mine.expression, theirs.expression, of: theirs.code.tree) {
      return true
    }
    guard let value = known(name, of: one), let another = known(name, of: other) else { return false }
    return value == another
  }

  /// The number of a hyper-parameter that depends on no step.
  private func known(_ name: String, of instance: Instance) -> Double? {
    let probe = PointContext.probe
    let values = Hyperparameters(self, instance, stepNames: probe.names)
    return try? at(probe) { () throws(Diagnostic) in
      let scope = Scope(parent: instance.scope)
      values.define(in: scope)
      let value = try values.value(of: name, upTo: 0, in: scope)
      return value.isSymbolic ? nil : scalar(value)
    }
  }
}

extension [Slot] {
  /// Whose state a name is, in words: several where more than one optimizer keeps such a state.
  package func owners(ofState name: String) -> [String] {
    var result: [String] = []
    for slot in self where slot.state == name {
      let text = slot.owner.map { "that of \($0)" } ?? "what the run counts"
      if !result.contains(text) { result.append(text) }
    }
    return result
  }
}

extension Slot {
  /// The optimizer that keeps it; nil of what the run counts.
  fileprivate var owner: String? {
    guard let state, path != Sending.slotPath(state) else { return nil }
    let end = ".\(state)@"
    var words = path
    var place = ""
    if words.hasPrefix(Self.localPrefix) {
      words.removeFirst(Self.localPrefix.count)
      place = ", each worker's"
    }
    guard let name = words.split(separator: "@", maxSplits: 1).first, words.hasPrefix("\(name)@"),
      "\(name)@".hasSuffix(end)
    else { return "`\(words)`\(place)" }
    return "`\(name.dropLast(end.count - 1))`\(place)"
  }

  /// What stands before the path of a state of the local steps of workers.
  package static let localPrefix = "local "
}
