import Diagnostics
import Evaluation
import Messages
import Staging
import Syntax
import Values

// A definition that needs no arguments, or a step size only, is looked into by a run that nobody asked for.

extension Evaluator {
  /// Whether a definition that nothing calls can be tried in a run; what that run finds in it is reported.
  ///
  /// - Parameter span: of the definition.
  func hasTrial(of value: DefinitionValue, within span: Span) -> Bool {
    let definition = value.definition
    let name = definition.name.text
    switch definition.kind {
    case .problem:
      guard definition.parameters.allSatisfy({ $0.initial != nil }) else { return false }
      let recorded = (["loss"] + metrics(of: definition)).joined(separator: ", ")
      return told(["run \(name)() with gd(lr = 0.1) for 1 steps { record \(recorded) }"], value, within: span)
    case .process:
      guard definition.parameters.allSatisfy({ $0.initial != nil }) else { return false }
      let isTimed = isDifferential(definition)
      return told(["run \(name)() \(isTimed ? "dt 0.001 " : "")for 1 steps { }"], value, within: span)
    case .optimizer:
      guard let call = call(of: definition) else { return false }
      // Some rules are of vectors and some of matrices alone, or of sizes that a script has elsewhere: what is wrong in both
      // for its kind is wrong.
      return told(
        [
          "problem trial_vector() { param w: [3] = 1; loss = norm2(w) / 2 }\nrun trial_vector() with \(call) for 1 steps { }",
          "problem trial_matrix() { param w: [3, 3] ~ normal(); loss = norm2(w) / 2 }\nrun trial_matrix() with \(call) for 1 steps { }",
        ], value, within: span, of: [.kinds])
    default: return false
    }
  }

  /// A call of an optimizer whose required arguments are numbers for certain.
  private func call(of definition: Definition) -> String? {
    var arguments: [String] = []
    for parameter in definition.parameters where parameter.initial == nil {
      if parameter.name.text == RulePlan.wrapped, parameter.constraint == nil {
        arguments.append("\(RulePlan.wrapped) = gd(lr = 0.1)")
        continue
      }
      let isNumber = parameter.constraint != nil || Self.stepSizes.contains(Spelling.canonical(parameter.name.text))
      guard isNumber else { return nil }
      arguments.append("\(parameter.name.text) = 0.1")
    }
    return "\(definition.name.text)(\(arguments.joined(separator: ", ")))"
  }

  /// Metrics of a problem that can be recorded without arguments.
  private func metrics(of definition: Definition) -> [String] {
    guard case .members(let members) = definition.body else { return [] }
    return members.compactMap { member in
      guard case .metric(let metric, _) = member, metric.parameters.allSatisfy({ $0.initial != nil }) else {
        return nil
      }
      return metric.name.text
    }
  }

  private func isDifferential(_ definition: Definition) -> Bool {
    guard case .members(let members) = definition.body else { return false }
    return members.contains { if case .equation(_, _, isDifferential: true, _) = $0 { true } else { false } }
  }

  /// Runs each script beside the definition, and tells what all of them find in it; false where one of them ends elsewhere.
  ///
  /// - Parameter grounds: of the findings that are told; nil for all.
  private func told(
    _ scripts: [String], _ value: DefinitionValue, within span: Span, of grounds: Set<Diagnostic.Ground>? = nil
  ) -> Bool {
    var findings: [Diagnostic] = []
    for script in scripts {
      guard let finding = finding(of: script, in: Scope(parent: value.scope)) else { return true }
      let places = [finding.span].compactMap(\.self) + finding.labels.map(\.span)
      let isInside = places.contains { $0.file == span.file && $0.lower >= span.lower && $0.upper <= span.upper }
      guard isInside else { return false }
      findings.append(finding)
    }
    if var first = findings.first, grounds?.contains(first.ground) ?? true {
      // Of the run that was tried nobody knows.
      first.labels.removeAll { session.sources[$0.span.file].name == SessionContext.trialName }
      if Self.isCheckFinding(first) { report(first) }
    }
    return true
  }

  /// The first mistake that a script leads to, of those that are kept as well as those that end it.
  private func finding(of script: String, in scope: Scope) -> Diagnostic? {
    let outerFindings = diagnostics
    defer { diagnostics = outerFindings }
    diagnostics = []
    do {
      try at(nil) { () throws(Diagnostic) in
        try within(session.parseTrial(script)) { () throws(Diagnostic) in
          for id in code.tree.body { _ = try execute(id, in: scope) }
        }
      }
      return diagnostics.first { $0.severity == .error }
    } catch {
      return diagnostics.first { $0.severity == .error } ?? error
    }
  }
}
