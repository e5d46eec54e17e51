import Arithmetic
import Diagnostics
import Evaluation
import Graph
import Messages
import Syntax
import Tensors
import Values

/// The clause `mantissa 7`: what the run computes is rounded to so many bits behind the point, with the range of its
/// precision; `mantissa 7 stochastic` rounds at random.
enum MantissaClause: HeaderClause {
  struct Setting {
    var bits: Int
    var isStochastic: Bool
    var place: Span
  }

  static let word = "mantissa"
  static let help = "bits behind the point to which what it computes is rounded; `stochastic` rounds at random"
  static let subjects: Set<RunSubject> = [.problem, .process]
  static let place = HeaderPlace.precision

  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> Setting? {
    guard let id = clause.value else { return nil }
    let place = evaluator.code.tree.span(id)
    let bits = try evaluator.whole(
      evaluator.evaluate(id, in: scope), what: "the bits of a mantissa", in: 1...DType.f64.mantissaBits - 1, at: place)
    return Setting(bits: bits, isStochastic: clause.word?.text == "stochastic", place: place)
  }

  static func header(of run: BoundRun) -> String? {
    run.clauses[Self.self].map { "mantissa \($0.bits)\($0.isStochastic ? " stochastic" : "")" }
  }
}

extension RunClauses {
  var mantissaRounding: StepRounding? {
    self[MantissaClause.self].map {
      StepRounding(FloatFormat(mantissa: $0.bits, in: real), isStochastic: $0.isStochastic)
    }
  }
}

extension Evaluator {
  /// Refuses a mantissa beside a format that has its own, and one that is no shorter than that of the run's numbers.
  func requireMantissa(of clauses: RunClauses) throws(Diagnostic) {
    guard let mantissa = clauses[MantissaClause.self] else { return }
    if let format = clauses[PrecisionClause.self], format.rounding != nil {
      throw .meansNothing(
        "mantissa", "with `precision \(format.text)`, which has one of its own", at: mantissa.place,
        help: ["leave one of both out: `precision f32 mantissa 7` is bf16"])
    }
    let most = clauses.real.mantissaBits - 1
    guard mantissa.bits <= most else {
      throw .outOfRange(
        "the bits of a mantissa", "\(mantissa.bits)",
        expected: "between 1 and \(most) with `precision \(clauses.real)`",
        at: mantissa.place)
    }
  }
}
