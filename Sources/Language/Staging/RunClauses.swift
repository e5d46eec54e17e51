import Diagnostics
import Syntax
import Tensors

/// The clauses of a run header.
struct RunClauses {
  var seed = 0
  var batch: (size: Int, span: Span)?
  var order: (word: String, span: Span)?
  var dt: Double?
  var real = DType.f64
}

extension Evaluator {
  func clauses(_ clauses: [RunClause], in scope: Scope) throws(Diagnostic) -> RunClauses {
    var result = RunClauses()
    result.seed = memberSeed ?? session.defaultSeed
    result.real = session.precision
    for clause in clauses {
      let before = result
      result = try tolerating(before) { () throws(Diagnostic) in
        var next = before
        try apply(clause, to: &next, in: scope)
        return next
      }
    }
    return result
  }

  private func apply(_ clause: RunClause, to result: inout RunClauses, in scope: Scope) throws(Diagnostic) {
    let place = clause.value.map { code.tree.span($0) } ?? clause.name.span
    if let word = clause.word, clause.name.text != "precision" { result.order = (word.text, word.span) }
    switch clause.name.text {
    case "seed":
      guard let value = clause.value else { return }
      if memberSeed != nil, case .integer = code.tree[value] {
        throw .notAllowed(
          "the axis `seed` of the sweep gives each run its seed, and the run has one of its own", at: clause.name.span,
          help: ["leave one of them out"])
      }
      result.seed = try whole(evaluate(value, in: scope), what: "a seed", in: 0...Self.wholeMax, at: place)
    case "batch":
      guard let value = clause.value else { return }
      let size = try whole(evaluate(value, in: scope), what: "the batch size", in: 1...Self.wholeMax, at: place)
      result.batch = (size, place)
    case "dt":
      guard let value = clause.value else { return }
      let dt = try number(evaluate(value, in: scope), what: "dt", at: place)
      guard dt > 0, dt.isFinite else { throw .outOfRange("dt", NumberText.short(dt), expected: "positive", at: place) }
      result.dt = dt
    case "sampler": break
    case "precision":
      guard let word = clause.word else { return }
      result.real = try precision(word)
    default: throw .notAllowed("`\(clause.name.text)` is not available for this run", at: clause.name.span)
    }
  }

  func precision(_ word: Name) throws(Diagnostic) -> DType {
    switch word.text {
    case "f32": return .f32
    case "f64": return .f64
    default: throw .outOfRange("the precision", "`\(word.text)`", expected: "`f32` or `f64`", at: word.span)
    }
  }
}
