import Diagnostics

extension Tree {
  /// Whether two expressions are written alike but for blanks, comments and brackets around them.
  ///
  /// Blocks of statements are alike only where they are one and the same. Chains of any length take no stack.
  package func isAlike(_ id: ExpressionID, _ other: ExpressionID, of tree: Tree) -> Bool {
    var pending = [(id, other)]
    while let (mine, theirs) = pending.popLast() {
      let (left, right) = (self[mine], tree[theirs])
      if case .block = left { return file == tree.file && mine == theirs }
      guard head(left) == tree.head(right) else { return false }
      let (parts, others) = (children(left), tree.children(right))
      guard parts.count == others.count else { return false }
      pending += zip(parts, others)
    }
    return true
  }

  /// What an expression says besides the expressions that it is made of.
  private func head(_ expression: Expression) -> [String] {
    switch expression {
    case .integer(let value): ["\(value)"]
    case .real(let value): ["\(value.bitPattern) as real"]
    case .boolean(let value): ["\(value)"]
    case .string(let parts): ["string"] + parts.map { Self.head($0) }
    case .name(let name): ["name", name]
    case .primed(let name): ["primed", name]
    case .binary(let operation, _, _, _): [operation.rawValue]
    case .comparison(_, let operators): operators.map(\.rawValue)
    case .approximately(_, _, let tolerance, let relative): ["≈", "\(tolerance != nil) \(relative)"]
    case .call(_, let arguments, let block): ["call", "\(block != nil)"] + arguments.map { $0.name?.text ?? "" }
    case .member(_, let name): ["member", name.text]
    case .index(_, let places): ["index"] + places.map { Self.head($0) }
    case .range(_, _, let closed): ["range", "\(closed)"]
    case .comprehension(_, let generators): ["list for"] + Self.head(generators)
    case .generator(_, let generators): ["for"] + Self.head(generators)
    case .lambda(let parameters, _): ["=>"] + parameters.map(\.name.text)
    case .gathered(_, let names): ["over"] + names.map(\.text)
    case .grouped(_, let names): ["by"] + names.map(\.text)
    default: ["\(Self.kind(expression))"]
    }
  }

  /// A number for each form that says nothing but what it is made of.
  private static func kind(_ expression: Expression) -> Int {
    switch expression {
    case .negate: 1
    case .not: 2
    case .and: 3
    case .or: 4
    case .isCall: 5
    case .transpose: 6
    case .list: 7
    case .tuple: 8
    case .conditional: 9
    case .filtered: 10
    case .restricted: 11
    default: 0
    }
  }

  private static func head(_ part: StringPart) -> String {
    switch part {
    case .text(let text): "text " + text
    case .value(_, let format): "value " + (format ?? "")
    }
  }

  private static func head(_ place: Subscript) -> String {
    switch place {
    case .item: "item"
    case .slice(let lower, let upper): "\(lower != nil):\(upper != nil)"
    }
  }

  private static func head(_ generators: [Generator]) -> [String] {
    generators.flatMap { ["\($0.condition != nil)"] + $0.pattern.map(\.text) }
  }

  /// Whether a name stands anywhere in an expression.
  package func mentions(_ name: String, in root: ExpressionID) -> Bool {
    var left = [root]
    while let id = left.popLast() {
      if case .name(name) = self[id] { return true }
      left += children(self[id])
    }
    return false
  }

  /// The names that stand in an expression, each where it does so first.
  package func names(in root: ExpressionID) -> [Name] {
    var found: [Name] = [], left = [root]
    while let id = left.popLast() {
      if case .name(let name) = self[id] { found.append(Name(name, span(id))) }
      left += children(self[id])
    }
    found.sort { $0.span.lower < $1.span.lower }
    var known: Set<String> = []
    return found.filter { known.insert($0.text).inserted }
  }

  /// The expressions that an expression is made of, in order.
  private func children(_ expression: Expression) -> [ExpressionID] {
    switch expression {
    case .negate(let value), .not(let value), .member(let value, _), .transpose(let value), .grouped(let value, _),
      .gathered(let value, _), .lambda(_, let value):
      [value]
    case .binary(_, let left, let right, _), .and(let left, let right), .or(let left, let right),
      .range(let left, let right, _), .isCall(let left, let right), .filtered(let left, let right),
      .restricted(let left, let right):
      [left, right]
    case .comparison(let values, _), .list(let values), .tuple(let values): values
    case .approximately(let left, let right, let tolerance, _): [left, right] + [tolerance].compactMap(\.self)
    case .call(let callee, let arguments, let block): [callee] + arguments.map(\.value) + [block].compactMap(\.self)
    case .index(let value, let places): [value] + places.flatMap { Self.parts($0) }
    case .string(let parts): parts.compactMap { if case .value(let value, _) = $0 { value } else { nil } }
    case .comprehension(let value, let generators), .generator(let value, let generators):
      [value] + generators.flatMap { [$0.source] + [$0.condition].compactMap(\.self) }
    case .conditional(let condition, let value, let otherwise): [condition, value, otherwise]
    case .missing, .integer, .real, .boolean, .name, .primed, .block: []
    }
  }

  private static func parts(_ place: Subscript) -> [ExpressionID] {
    switch place {
    case .item(let value): [value]
    case .slice(let lower, let upper): [lower, upper].compactMap(\.self)
    }
  }
}
