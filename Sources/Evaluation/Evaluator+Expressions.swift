import Arithmetic
package import Diagnostics
import Graph
import Messages
package import Syntax
import Tensors
package import Values

extension Evaluator {
  /// The value of an expression of the current text.
  package func evaluate(_ id: ExpressionID, in scope: Scope) throws(Diagnostic) -> Value {
    if let known = knownPart(id, in: scope) { return known }
    if isLongChain(id, in: scope) { return try evaluateChain(id, in: scope) }
    let span = code.tree.span(id)
    switch code.tree[id] {
    case .missing: return .unknown(.any)
    case .integer(let value): return .integer(value)
    case .real(let value): return .real(value)
    case .boolean(let value): return .boolean(value)
    case .string(let parts): return .text(try text(of: parts, in: scope))
    case .name(let name): return try value(of: name, in: scope, at: span)
    case .primed(let name): return try value(of: name + "'", in: scope, at: span)
    case .negate(let operand): return try negate(evaluate(operand, in: scope), at: span)
    case .not(let operand): return try logicalNot(evaluate(operand, in: scope), at: span)
    case .binary(let operation, let left, let right, let operatorSpan):
      return try evaluateBinary(operation, left, right, operatorSpan, span, in: scope)
    case .and, .or: return try evaluateLogical(id, in: scope)
    case .comparison(let operands, let operators):
      return try comparison(operands, operators, in: scope, at: span)
    case .isCall(let left, let right):
      let place = OperandPlaces(whole: span, left: code.tree.span(left), right: code.tree.span(right))
      return try isCall(evaluate(left, in: scope), of: evaluate(right, in: scope), at: place)
    case .approximately(let left, let right, let tolerance, let relative):
      return try approximately(left, right, tolerance, relative: relative, in: scope, at: span)
    case .call(let callee, let arguments, let block):
      return try call(callee, arguments, block: block, in: scope, at: span)
    case .member(let owner, let name): return try member(name, of: owner, in: scope)
    case .index(let base, let subscripts): return try index(base, subscripts, in: scope, at: span)
    case .transpose(let operand): return try transpose(evaluate(operand, in: scope), at: span)
    case .range(let lower, let upper, let closed):
      return try range(lower, upper, closed: closed, in: scope, at: span)
    case .list(let items): return try list(items, in: scope, at: span)
    case .tuple(let items):
      return .tuple(try items.map { (id) throws(Diagnostic) in try evaluate(id, in: scope) })
    case .comprehension(let value, let generators):
      return try comprehension(value, generators[...], in: scope, at: span)
    case .generator(let value, let generators):
      return try counted(generatedTensor(value, generators, in: scope, at: span), by: "this function", at: span)
    case .lambda(let parameters, let body):
      return .function(
        .closure(Closure(parameters: parameters, body: body, code: code, scope: scope.capturing())))
    case .conditional(let condition, let yes, let no):
      return try conditional(condition, yes, no, in: scope)
    case .filtered(let value, let condition):
      return try filtered(value, condition, in: scope, at: span)
    case .restricted(let value, let block): return try restricted(value, to: block, in: scope, at: span)
    case .gathered(let value, let axes): return try gathered(value, over: axes, by: [], in: scope, at: span)
    case .grouped(let value, let names):
      if case .gathered(let inner, let axes) = code.tree[value] {
        return try gathered(inner, over: axes, by: names, in: scope, at: span)
      }
      return try grouped(value, by: names, in: scope, at: span)
    case .block(let statements):
      let inner = Scope(parent: scope)
      let result = try evaluateBody(statements, in: inner, at: span)
      if mode == .run { inner.end(with: result) }
      return result
    }
  }

  /// The form `sharpness on net.layer1`: the metric as this part of the parameters sees it, all others fixed.
  private func restricted(_ value: ExpressionID, to block: ExpressionID, in scope: Scope, at span: Span)
    throws(Diagnostic) -> Value
  {
    guard let restrict = point?.restrict else {
      throw .meansNothing("on", "outside of the metrics of a run", at: code.tree.span(block))
    }
    return try restrict(value, block, scope, span)
  }

  /// The form `value over axes by names`: of what stands along an axis of this step, else of members of a sweep.
  private func gathered(_ value: ExpressionID, over axes: [Name], by names: [Name], in scope: Scope, at span: Span)
    throws(Diagnostic) -> Value
  {
    if let stack = point?.stack, axes.map(\.text) == [point?.stackedAxis] { return try stack(value, scope, span) }
    guard let gathering = session.vocabulary.gathering else { return .unknown(.any) }
    return try gathering(self, value, axes, names, scope, span)
  }

  /// Left-leaning chains of operators can hold 100,000 terms, so the left spine is walked in a loop.
  private func evaluateBinary(
    _ operation: BinaryOperator, _ left: ExpressionID, _ right: ExpressionID, _ operatorSpan: Span, _ span: Span,
    in scope: Scope
  ) throws(Diagnostic) -> Value {
    var spine: [(BinaryOperator, ExpressionID, ExpressionID, Span)] = [(operation, left, right, span)]
    var first = left
    while case .binary(let inner, let innerLeft, let innerRight, _) = code.tree[first] {
      spine.append((inner, innerLeft, innerRight, code.tree.span(first)))
      first = innerLeft
    }
    var value = try evaluate(first, in: scope)
    for (operation, left, right, span) in spine.reversed() {
      let rightValue = try evaluate(right, in: scope)
      let place = OperandPlaces(whole: span, left: code.tree.span(left), right: code.tree.span(right))
      value = try binary(operation, value, rightValue, at: place)
    }
    return value
  }

  /// A text that is doubled over and over must not fill the memory.
  private static let textBytesMax = 16 << 20

  private func text(of parts: [StringPart], in scope: Scope) throws(Diagnostic) -> String {
    var result = ""
    for part in parts {
      switch part {
      case .text(let text): result += text
      case .value(let id, let format):
        let value = try evaluate(id, in: scope)
        if case .function = value {
          throw .functionInText(session.sources.text(code.tree.span(id)), at: code.tree.span(id))
        }
        result += try formatted(value, format: format, at: code.tree.span(id))
        guard result.utf8.count <= Self.textBytesMax else {
          throw .tooLarge("a text", needs: "more than 16 MiB", limit: "16 MiB", at: code.tree.span(id))
        }
      }
    }
    return result
  }

  private func range(_ lower: ExpressionID, _ upper: ExpressionID, closed: Bool, in scope: Scope, at span: Span)
    throws(Diagnostic) -> Value
  {
    let first = try evaluate(lower, in: scope)
    let last = try evaluate(upper, in: scope)
    // `0..<1.0` style intervals of reals exist only in constraints, which the constraint checker reads itself.
    return try byKind([first, last]) { (known) throws(Diagnostic) in
      try range(known[0], lower, known[1], upper, closed: closed, at: span)
    }
  }

  private func range(
    _ first: Value, _ lower: ExpressionID, _ last: Value, _ upper: ExpressionID, closed: Bool, at span: Span
  ) throws(Diagnostic) -> Value {
    let start = try whole(first, what: "the start of a range", at: code.tree.span(lower))
    let end = try whole(last, what: "the end of a range", at: code.tree.span(upper))
    let (stop, overflow) = closed ? end.addingReportingOverflow(1) : (end, false)
    guard !overflow, !max(start, stop).subtractingReportingOverflow(start).overflow else {
      throw .integerOverflow(closed ? "..." : "..<", at: span)
    }
    return .range(start..<max(start, stop))
  }

  private func list(_ items: [ExpressionID], in scope: Scope, at span: Span) throws(Diagnostic) -> Value {
    var values: [Value] = []
    values.reserveCapacity(items.count)
    for item in items { values.append(try evaluate(item, in: scope)) }
    return try collected(values, at: span)
  }

  private func conditional(_ condition: ExpressionID, _ yes: ExpressionID, _ no: ExpressionID, in scope: Scope)
    throws(Diagnostic) -> Value
  {
    let test = try asCondition(evaluate(condition, in: scope))
    switch test {
    case .boolean(let flag): return try evaluate(flag ? yes : no, in: scope)
    case .unknown(let kind):
      try requireCondition(kind, at: code.tree.span(condition))
      let first = try evaluate(yes, in: scope)
      return .unknown(try self.kind(of: first).joined(self.kind(of: evaluate(no, in: scope))))
    case .condition where stagingDepth > 0:
      let first = try inBranch(test, holds: true) { () throws(Diagnostic) in try evaluate(yes, in: scope) }
      let second = try inBranch(test, holds: false) { () throws(Diagnostic) in try evaluate(no, in: scope) }
      return try select(test, first, second, at: code.tree.span(condition))
    default: throw .expected("a condition", found: test.kind, at: code.tree.span(condition))
    }
  }

  /// Several comparisons hold when each holds.
  private func comparison(
    _ operands: [ExpressionID], _ operators: [ComparisonOperator], in scope: Scope, at span: Span
  ) throws(Diagnostic) -> Value {
    var left = try evaluate(operands[0], in: scope)
    var result: Value?
    for (index, operation) in operators.enumerated() {
      let right = try evaluate(operands[index + 1], in: scope)
      let place = OperandPlaces(
        whole: span, left: code.tree.span(operands[index]), right: code.tree.span(operands[index + 1]))
      let link = try compare(operation, left, right, at: place)
      result = try result.map { (before) throws(Diagnostic) in try bothHold(before, link, at: span) } ?? link
      left = right
    }
    return result ?? .boolean(true)
  }

  /// Chains of `and` and `or`, which lean to the left, are walked in a loop as those of operators are.
  private func evaluateLogical(_ id: ExpressionID, in scope: Scope) throws(Diagnostic) -> Value {
    var spine: [(word: String, left: ExpressionID, right: ExpressionID, span: Span)] = []
    var first = id
    while true {
      switch code.tree[first] {
      case .and(let left, let right):
        spine.append(("and", left, right, code.tree.span(first)))
        first = left
        continue
      case .or(let left, let right):
        spine.append(("or", left, right, code.tree.span(first)))
        first = left
        continue
      default: break
      }
      break
    }
    var value = try evaluate(first, in: scope)
    for part in spine.reversed() {
      value = asCondition(value)
      // Of values of a sweep each is looked at where they are combined.
      if !value.isGroup { try requireTruth(value, at: code.tree.span(part.left)) }
      value = try logical(part.word, value, part.right, in: scope, at: part.span)
    }
    return value
  }

  private func logical(_ word: String, _ first: Value, _ right: ExpressionID, in scope: Scope, at span: Span)
    throws(Diagnostic) -> Value
  {
    if case .boolean(let flag) = first {
      if flag == (word == "or") { return first }
      let second = try asCondition(evaluate(right, in: scope))
      if !second.isGroup { try requireTruth(second, at: code.tree.span(right)) }
      return second
    }
    let second = try inBranch(first, holds: word == "and") { () throws(Diagnostic) in
      try asCondition(evaluate(right, in: scope))
    }
    if !second.isGroup { try requireTruth(second, at: code.tree.span(right)) }
    return word == "and" ? try bothHold(first, second, at: span) : try eitherHolds(first, second, at: span)
  }
}
