import Syntax

/// Writes expressions with all their brackets, for tests of precedence.
struct TreeText {
  let tree: Tree

  func text(_ id: ExpressionID) -> String {
    switch tree[id] {
    case .missing: "missing"
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .boolean(let value): "\(value)"
    case .string(let parts): "\"" + parts.map { part($0) }.joined() + "\""
    case .name(let name): name
    case .primed(let name): name + "'"
    case .negate(let value): "(- \(text(value)))"
    case .not(let value): "(not \(text(value)))"
    case .binary(let operation, let left, let right, _): "(\(text(left)) \(operation.rawValue) \(text(right)))"
    case .and(let left, let right): "(\(text(left)) and \(text(right)))"
    case .or(let left, let right): "(\(text(left)) or \(text(right)))"
    case .comparison(let operands, let operators): comparison(operands, operators)
    case .approximately(let left, let right, let tolerance, let relative):
      "(\(text(left)) ≈ \(text(right))" + (tolerance.map { " within \(text($0))" } ?? "")
        + (relative ? " relative)" : ")")
    default: compound(id)
    }
  }

  private func compound(_ id: ExpressionID) -> String {
    switch tree[id] {
    case .call(let callee, let arguments, let block):
      text(callee) + "(" + arguments.map { argument($0) }.joined(separator: ", ") + ")"
        + (block.map { "{\(text($0))}" } ?? "")
    case .member(let value, let name): text(value) + "." + name.text
    case .index(let value, let subscripts):
      text(value) + "[" + subscripts.map { place($0) }.joined(separator: ", ") + "]"
    case .transpose(let value): text(value) + ".T"
    case .range(let lower, let upper, let closed): "(\(text(lower)) \(closed ? "..." : "..<") \(text(upper)))"
    case .list(let values): "[" + list(values) + "]"
    case .tuple(let values): "(" + list(values) + ")"
    case .comprehension(let value, let generators): "[" + text(value) + generate(generators) + "]"
    case .generator(let value, let generators): text(value) + generate(generators)
    case .lambda(let parameters, let value): "(\(names(parameters)) => \(text(value)))"
    case .conditional(let condition, let value, let other): "(if \(text(condition)) \(text(value)) \(text(other)))"
    case .gathered(let value, let names): "(\(text(value)) over \(names.map(\.text).joined(separator: ", ")))"
    case .grouped(let value, let names): "(\(text(value)) by \(names.map(\.text).joined(separator: ", ")))"
    case .filtered(let value, let condition): "(\(text(value)) where \(text(condition)))"
    case .restricted(let value, let block): "(\(text(value)) on \(text(block)))"
    case .block(let statements): "{" + statements.map { kind(tree[$0]) }.joined(separator: "; ") + "}"
    default: "?"
    }
  }

  private func list(_ values: [ExpressionID]) -> String { values.map { text($0) }.joined(separator: ", ") }

  private func comparison(_ operands: [ExpressionID], _ operators: [ComparisonOperator]) -> String {
    var result = "(" + text(operands[0])
    for (index, operation) in operators.enumerated() { result += " \(operation.rawValue) \(text(operands[index + 1]))" }
    return result + ")"
  }

  private func part(_ part: StringPart) -> String {
    switch part {
    case .text(let text): text
    case .value(let value, let format): "{" + text(value) + (format.map { ":" + $0 } ?? "") + "}"
    }
  }

  private func argument(_ argument: Argument) -> String {
    (argument.name.map { $0.text + " = " } ?? "") + text(argument.value)
  }

  private func place(_ place: Subscript) -> String {
    switch place {
    case .item(let value): text(value)
    case .slice(let lower, let upper): (lower.map { text($0) } ?? "") + ":" + (upper.map { text($0) } ?? "")
    }
  }

  private func names(_ parameters: [Parameter]) -> String {
    let names = parameters.map(\.name.text).joined(separator: ", ")
    return parameters.count == 1 ? names : "(\(names))"
  }

  private func generate(_ generators: [Generator]) -> String {
    generators.map { generator in
      " for \(generator.pattern.map(\.text).joined(separator: ", ")) in \(text(generator.source))"
        + (generator.condition.map { " if \(text($0))" } ?? "")
    }.joined()
  }

  private func kind(_ statement: Statement) -> String {
    switch statement {
    case .binding: "let"
    case .returnValue: "return"
    default: "statement"
    }
  }
}
