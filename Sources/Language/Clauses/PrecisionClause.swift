import Diagnostics
import Syntax
import Tensors

/// The clause `precision f32`: the number format of a run.
enum PrecisionClause: HeaderClause {
  typealias Setting = DType

  static let word = "precision"
  static let help = "the format of its numbers, f64 or f32"
  static let subjects: Set<RunSubject> = [.problem, .process]
  static let place = HeaderPlace.precision

  static func initial(_ evaluator: Evaluator) -> DType? { evaluator.session.precision }

  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> DType? {
    try clause.word.map { (word) throws(Diagnostic) in try evaluator.precision(word) }
  }

  static func header(of run: BoundRun) -> String? { "\(run.real)" }
}

extension RunClauses {
  var real: DType { self[PrecisionClause.self] ?? .f64 }
}

extension Evaluator {
  /// The number format of a word.
  func precision(_ word: Name) throws(Diagnostic) -> DType {
    switch word.text {
    case "f32": return .f32
    case "f64": return .f64
    default: throw .outOfRange("the precision", "`\(word.text)`", expected: "`f32` or `f64`", at: word.span)
    }
  }
}
