package import Diagnostics
package import Graph
import Messages
package import Syntax
import Tensors
package import Values

/// The clause `precision f32`: the number format of a run; `precision bf16 stochastic`: with rounding at random.
enum PrecisionClause: HeaderClause {
  typealias Setting = RunPrecision

  static let word = "precision"
  static let help = "the format of its numbers: f64, f32, bf16, f16; `stochastic` rounds at random"
  static let subjects: Set<RunSubject> = [.problem, .process]
  static let place = HeaderPlace.precision

  static func initial(_ evaluator: Evaluator) -> RunPrecision? { evaluator.session.precision }

  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> RunPrecision? {
    try clause.word.map { (word) throws(Diagnostic) in try evaluator.precision(word, rounding: clause.option) }
  }

  static func header(of run: BoundRun) -> String? {
    (run.clauses[Self.self] ?? RunPrecision()).text
  }
}

extension RunClauses {
  /// The element type that the run computes with.
  var real: DType { self[PrecisionClause.self]?.real ?? .f64 }

  /// How what the run computes is rounded; nil where it is not.
  package var rounding: StepRounding? { mantissaRounding ?? self[PrecisionClause.self]?.rounding }
}

extension Evaluator {
  /// The number format of a word.
  package func precision(_ word: Name, rounding: Name?) throws(Diagnostic) -> RunPrecision {
    let isStochastic = rounding?.text == "stochastic"
    switch word.text {
    case "bf16": return RunPrecision(real: .f32, rounding: StepRounding(.bf16, isStochastic: isStochastic))
    case "f16": return RunPrecision(real: .f32, rounding: StepRounding(.f16, isStochastic: isStochastic))
    case "f32", "f64":
      guard let rounding else { return RunPrecision(real: word.text == "f32" ? .f32 : .f64) }
      throw .meansNothing(
        rounding.text, "with `\(word.text)`: the processor rounds, to the nearest number", at: rounding.span,
        help: ["write `bf16`, `f16`, or a `mantissa`"])
    default:
      throw .outOfRange(
        "the precision", "`\(word.text)`", expected: "`f64`, `f32`, `bf16` or `f16`", at: word.span)
    }
  }
}
