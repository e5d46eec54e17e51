import Diagnostics
import Experiments
import Messages
import Runs
import Staging
import Syntax
import Values

/// What to write for names that only the present run has: `lr *= 2`, `print loss, lr`, `goto -5`.
struct RunSuggestions {
  let source: SourceText
  /// The present run.
  let run: String
  let hyperparameters: [String]
  /// What else it has a value for.
  let values: [String]

  /// The findings, those about a name of the run with how the run is asked for it.
  func added(to findings: [Diagnostic]) -> [Diagnostic] {
    findings.map { finding in
      guard finding.severity == .error, let span = finding.span, let help = help(finding, text(span)) else {
        return finding
      }
      var finding = finding
      (finding.help, finding.edits) = ([help], [])
      return finding
    }
  }

  private func help(_ finding: Diagnostic, _ word: String) -> String? {
    switch finding.effect {
    case .unknownTarget where hyperparameters.contains(word):
      return "write `change { \(line(of: finding)) }`: it changes the run `\(run)` from here on"
    case .unknownName where hyperparameters.contains(word) || values.contains(word):
      return "`\(word)` is a value of the run `\(run)`: write `\(word)` alone on a line, or `inspect \(word)`"
    case .unknownName where Words.session.contains(word) && ["back", "goto"].contains(word):
      return "write `\(word) 5`: "
        + (word == "back" ? "so many steps back, from 0 on" : "a step, from 0 on; `back 5` goes back")
    default: return nil
    }
  }

  private func text(_ span: Span) -> String {
    let end = min(Int(span.upper), source.bytes.count)
    return String(decoding: source.bytes[min(Int(span.lower), end)..<end], as: UTF8.self)
  }

  /// The statement that the finding's line holds, from the finding on, without its comment.
  private func line(of finding: Diagnostic) -> String {
    guard let start = finding.span.map({ min(Int($0.lower), source.bytes.count) }) else { return "" }
    let bytes = source.bytes[start...].prefix { ![0x0A, 0x0D, 0x23, 0x3B].contains($0) }
    return String(String(decoding: bytes, as: UTF8.self).reversed().drop(while: \.isWhitespace).reversed())
  }
}

extension InteractiveSession {
  /// The hyper-parameters of the present run; none where there is no run.
  package var hyperparameters: [String] {
    runSuggestions(SourceText(name: "", ""))?.hyperparameters ?? []
  }

  /// How to ask the present run; nil where there is none.
  func runSuggestions(_ source: SourceText) -> RunSuggestions? {
    guard let name = context.desk.current, case .run(let run)? = evaluator.globals.lookup(name)?.value,
      let live = run.live
    else { return nil }
    var names: [String] = []
    if case .problem(_, let stager) = live.bound.subject {
      names = stager.rules.flatMap(\.hyperparameters)
    }
    return RunSuggestions(
      source: source, run: name, hyperparameters: names,
      values: PointContext.stepNames.filter { $0 != StepName.params.rawValue } + run.series.map(\.name))
  }
}
