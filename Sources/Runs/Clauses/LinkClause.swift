import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Graph
import Messages
import Staging
import Syntax
import Tensors
import Values

/// The clause `link 1e9 bits, 1e-4 latency`: how long a step of the workers takes.
enum LinkClause: HeaderClause {
  typealias Setting = Link

  static let word = "link"
  static let help =
    "bits a second, seconds of latency and operations a second: the time of a step, in the state `seconds`"
  static let subjects: Set<RunSubject> = [.problem]

  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> Link? {
    guard let first = clause.value else { return nil }
    var link = Link(span: clause.name.span)
    var seen: [Name] = []
    for (value, word) in [(first, clause.word)] + clause.more.map({ ($0.value, $0.word) }) {
      guard let word else { return nil }
      if let other = seen.first(where: { $0.text == word.text }) {
        throw .givenTwice("`\(word.text)`", first: other.span, at: word.span)
      }
      seen.append(word)
      try take(value, word, into: &link, by: evaluator, in: scope)
    }
    guard seen.contains(where: { $0.text == "bits" }) else {
      throw .needs(
        "`link`", "the bits that it carries in a second", at: clause.name.span, help: ["write `link 1e9 bits, …`"])
    }
    return link
  }

  private static func take(
    _ value: ExpressionID, _ word: Name, into link: inout Link, by evaluator: Evaluator, in scope: Scope
  ) throws(Diagnostic) {
    let place = evaluator.code.tree.span(value)
    let found = try evaluator.evaluate(value, in: scope)
    switch word.text {
    case "bits": link.bandwidth = try rate(found, "the bits of a link", by: evaluator, at: place)
    case "latency":
      let number = try evaluator.number(found, what: "the latency", at: place)
      guard number >= 0, number.isFinite else {
        throw .outOfRange("the latency", NumberText.short(number), expected: "0 or more seconds", at: place)
      }
      link.latency = number
    default:
      let each: [Value]
      switch found {
      case .list(let list): each = list
      case .tensor(let tensor) where tensor.shape.rank == 1: each = tensor.doubles().map(Value.real)
      default: each = [found]
      }
      link.speeds = try each.map { (one) throws(Diagnostic) in
        try rate(one, "the operations of a worker", by: evaluator, at: place)
      }
    }
  }

  private static func rate(_ value: Value, _ what: String, by evaluator: Evaluator, at place: Span) throws(Diagnostic)
    -> Double
  {
    let number = try evaluator.number(value, what: what, at: place)
    guard number > 0, number.isFinite else {
      throw .outOfRange(what, NumberText.short(number), expected: "more than 0 a second", at: place)
    }
    return number
  }

  static func apply(
    _ clauses: RunClauses, to settings: inout StepSettings, of problem: StagedProblem, by evaluator: Evaluator,
    at span: Span
  ) throws(Diagnostic) {
    guard let link = clauses[Self.self] else { return }
    let workers = clauses[WorkersClause.self]?.count ?? 1
    guard link.speeds.count <= 1 || link.speeds.count == workers else {
      throw .requires(
        "`flops`", "one number, or one for each of \(workers) workers: here are \(link.speeds.count)", at: link.span)
    }
    settings.link = link
  }

  static func header(of run: BoundRun) -> String? {
    guard case .problem(_, let stager) = run.subject, let link = stager.settings.link else { return nil }
    let (bits, latency) = (NumberText.short(link.bandwidth), NumberText.short(link.latency))
    let computing =
      link.slowest.map {
        "\(NumberText.short(stager.operationsOfWorker ?? 0)) operations at \(NumberText.short($0)) a second"
      }
      ?? "computing free"
    return "a step takes \(latency) s, its bits at \(bits) a second, \(computing)"
  }
}
