import Diagnostics
import Library
package import Syntax
package import Values

extension Evaluator {
  /// Says that a value of the script has the name of a metric of the library: `record` then shows the value.
  package func noteHiddenMetric(_ name: Name, _ value: Value) {
    if case .function = value { return }
    guard let entry = LibraryEntries.entry(named: name.text), entry.kind == "metrics" else { return }
    report(
      Diagnostic(
        "W0301", "`\(name.text)` is a value here, and no longer the metric of the library", at: name.span,
        label: "hides the metric", severity: .warning, help: ["give it another name"]))
  }
}
