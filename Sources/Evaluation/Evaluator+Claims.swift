import Arithmetic
package import Diagnostics
package import Experiments
import Messages
package import Syntax
import Tensors
package import Values

extension Evaluator {
  /// `a ≈ b within tolerance` as a value: a truth value of plain numbers, a judgement of estimates.
  func approximately(
    _ left: ExpressionID, _ right: ExpressionID, _ tolerance: ExpressionID?, relative: Bool, by names: [Name]? = nil,
    in scope: Scope, at span: Span
  ) throws(Diagnostic) -> Value {
    let a = try toldApart(evaluate(left, in: scope), by: names)
    let b = try toldApart(evaluate(right, in: scope), by: names)
    if case .group = a {} else if case .group = b {} else { try requireGroup(in: [a, b], by: names, at: span) }
    guard let tolerance else {
      throw .needs(
        "`≈`", "a tolerance", at: span, help: ["write `… ≈ … within 5%`, or `within 1e-6` for an absolute one"])
    }
    let width = try evaluate(tolerance, in: scope)
    return try byKind([a, b, width]) { (known) throws(Diagnostic) in
      try approximately((known[0], left), (known[1], right), (known[2], tolerance), relative: relative, at: span)
    }
  }

  private func approximately(
    _ left: (Value, ExpressionID), _ right: (Value, ExpressionID), _ tolerance: (Value, ExpressionID), relative: Bool,
    at span: Span
  ) throws(Diagnostic) -> Value {
    let (a, b, width) = (left.0, right.0, tolerance.0)
    let (left, right, tolerance) = (left.1, right.1, tolerance.1)
    if case .group = a { return try approximately(a, b, width, tolerance, relative: relative, at: span) }
    if case .group = b { return try approximately(a, b, width, tolerance, relative: relative, at: span) }
    let band = try self.tolerance(width, relative: relative, at: code.tree.span(tolerance))
    guard let first = estimate(a), let second = estimate(b) else {
      let wrong = estimate(a) == nil ? (a, left) : (b, right)
      throw .expected("a single number", found: wrong.0.kind, at: code.tree.span(wrong.1))
    }
    return .judgement(.approximately(first, second, within: band, level: claimLevel))
  }

  private func tolerance(_ width: Value, relative: Bool, at span: Span) throws(Diagnostic) -> Tolerance {
    let distance = try number(width, what: "a tolerance", at: span)
    guard distance >= 0 else {
      throw .outOfRange("a tolerance", NumberText.short(distance), expected: "0 or more", at: span)
    }
    return relative ? .relative(distance) : .absolute(distance)
  }

  /// The same for values of a sweep.
  private func approximately(
    _ left: Value, _ right: Value, _ width: Value, _ tolerance: ExpressionID, relative: Bool, at span: Span
  ) throws(Diagnostic) -> Value {
    let band = try self.tolerance(width, relative: relative, at: code.tree.span(tolerance))
    let judged = try judgement(left, right, at: span) { left, right, level in
      .approximately(left, right, within: band, level: level)
    }
    return judged.map(Value.judgement) ?? .unknown(Kind(.judgement))
  }

  /// Chains lean to the left and may be long: they are walked in a loop.
  private func judgement(
    _ left: ExpressionID, _ word: String, _ right: ExpressionID, by names: [Name]?, in scope: Scope
  ) throws(Diagnostic) -> Judgement? {
    var rest = [(word, right)]
    var first = left
    while true {
      if case .and(let left, let right) = code.tree[first] {
        rest.append(("and", right))
        first = left
      } else if case .or(let left, let right) = code.tree[first] {
        rest.append(("or", right))
        first = left
      } else {
        break
      }
    }
    var judged = try judgement(first, by: names, in: scope)
    // Links with one word are one statement, with the evidence of each side by side.
    var links: [Judgement] = []
    var last = ""
    for (word, right) in rest.reversed() {
      let other = try judgement(right, by: names, in: scope)
      if word != last {
        links = judged.map { [$0] } ?? []
        last = word
      }
      guard judged != nil, let other else {
        judged = nil
        continue
      }
      links.append(other)
      judged = word == "and" ? .all(links) : .any(links)
    }
    return judged
  }

  /// The judgement of a claim's condition.
  ///
  /// - Parameter names: those behind the whole condition, `by lr`, which tell apart what is compared; the seeds are averaged.
  package func judgement(_ id: ExpressionID, by names: [Name]? = nil, in scope: Scope) throws(Diagnostic) -> Judgement?
  {
    let span = code.tree.span(id)
    switch code.tree[id] {
    case .grouped(let inner, let names) where isStatement(inner): return try judgement(inner, by: names, in: scope)
    case .comparison(let operands, let operators):
      if let judged = try judgement(operands, operators, by: names, in: scope, at: span) { return judged }
    case .approximately(let left, let right, let tolerance, let relative):
      let judged = try approximately(left, right, tolerance, relative: relative, by: names, in: scope, at: span)
      if case .judgement(let judgement) = judged { return judgement }
    case .and(let left, let right): return try judgement(left, "and", right, by: names, in: scope)
    case .or(let left, let right): return try judgement(left, "or", right, by: names, in: scope)
    case .not(let inner): return try judgement(inner, by: names, in: scope)?.negated
    default: break
    }
    let value = try evaluate(id, in: scope)
    switch value {
    case .judgement(let judgement): return judgement
    case .boolean(let flag): return .condition(flag, effect: session.sources.text(span))
    case .unknown(let kind):
      guard kind.forms?.contains(where: { $0 == .judgement || $0 == .truth }) ?? true else {
        throw .notAClaim(found: kind.words, at: span)
      }
      return nil
    case .group(let group): return try judgement(ofConditions: group, effect: session.sources.text(span), at: span)
    default: throw .notAClaim(found: value.kind, at: span)
    }
  }

  /// Whether a condition is made of comparisons, whose sides are averaged before they are compared.
  private func isStatement(_ id: ExpressionID) -> Bool {
    switch code.tree[id] {
    case .comparison, .approximately, .and, .or, .not: true
    default: false
    }
  }

  /// Values of a sweep with the names behind the whole condition, where they have none of their own.
  private func toldApart(_ value: Value, by names: [Name]?) throws(Diagnostic) -> Value {
    guard let names, case .group(let group) = value, group.by == nil else { return value }
    return .group(group.told(apart: try names.map { (name) throws(Diagnostic) in try axis(name, of: group.names) }))
  }

  /// Refuses names that tell values of a sweep apart where there are none.
  private func requireGroup(in values: [Value], by names: [Name]?, at span: Span) throws(Diagnostic) {
    guard names != nil else { return }
    if values.contains(where: { if case .unknown(.any) = $0 { true } else { false } }) { return }
    throw .expected("values of a sweep", found: "a comparison of single numbers", at: span)
  }

  /// Comparisons of single numbers, with their errors; nil when an operand is not yet known.
  private func judgement(
    _ operands: [ExpressionID], _ operators: [ComparisonOperator], by names: [Name]?, in scope: Scope, at span: Span
  ) throws(Diagnostic) -> Judgement? {
    let operandValues = try operands.map { (id) throws(Diagnostic) in
      try toldApart(evaluate(id, in: scope), by: names)
    }
    if operandValues.contains(where: { if case .group = $0 { true } else { false } }) {
      return try judgement(ofGroups: operandValues, operators, at: span)
    }
    try requireGroup(in: operandValues, by: names, at: span)
    var values: [Estimate?] = []
    for (id, value) in zip(operands, operandValues) {
      if case .unknown(let kind) = value {
        try require(kind, "a single number to compare", at: code.tree.span(id)) { $0.isNumber || $0 == .text }
        values.append(nil)
        continue
      }
      guard let estimate = estimate(value) else {
        if case .text = value { return nil }
        throw .expected("a single number to compare", found: value.kind, at: code.tree.span(id))
      }
      values.append(estimate)
    }
    var parts: [Judgement] = []
    for (index, operation) in operators.enumerated() {
      guard let relation = Relation(rawValue: operation.rawValue) else { continue }
      guard let left = values[index], let right = values[index + 1] else { return nil }
      parts.append(.comparison(left, relation, right, level: claimLevel))
    }
    return .all(parts)
  }

  /// Comparisons of values of a sweep, link by link.
  private func judgement(ofGroups values: [Value], _ operators: [ComparisonOperator], at span: Span)
    throws(Diagnostic) -> Judgement?
  {
    var parts: [Judgement] = []
    for (index, operation) in operators.enumerated() {
      guard let relation = Relation(rawValue: operation.rawValue) else { continue }
      let judged = try judgement(values[index], values[index + 1], at: span) { left, right, level in
        .comparison(left, relation, right, level: level)
      }
      guard let judged else { return nil }
      parts.append(judged)
    }
    return .all(parts)
  }

  /// A judgement used as a condition: true when it is supported.
  package func asCondition(_ value: Value) -> Value {
    guard case .judgement(let judgement) = value else { return value }
    return .boolean(judgement.verdict == .supported)
  }
}
