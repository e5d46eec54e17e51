/// Scripts of loops over numbers, truths, vectors and matrices, from a stream of choices: with functions, branches,
/// results inside loops, and mistakes that only the run meets.
struct GeneratedLoops {
  /// The next choice, from 0 on.
  private let choose: (Int) -> Int
  private var variables: [Variable] = []
  private var functions: [Function] = []
  private var names = 0
  /// Loops around the statement at hand.
  private var depth = 0
  private var lines: [String] = []
  private var indent = 0
  /// The type that the function at hand returns.
  private var returned: Kind?

  init(_ choose: @escaping (_ count: Int) -> Int) { self.choose = choose }

  private enum Kind: Equatable {
    case whole, real, truth
    case wholes(Int), reals(Int), matrix(Int, Int)
  }

  private struct Variable {
    var name: String
    var kind: Kind
    var isVariable: Bool
  }

  private struct Function {
    var name: String
    var arguments: [Kind]
    var result: Kind
  }

  /// A script.
  mutating func script() -> String {
    for _ in 0..<choose(4) { addFunction() }
    for kind in [Kind.whole, .whole, .real, .real, .truth] { declare(kind, isVariable: true) }
    if choose(2) == 0 { declare(.wholes(3 + choose(4)), isVariable: true) }
    if choose(2) == 0 { declare(.reals(3 + choose(4)), isVariable: true) }
    if choose(3) == 0 { declare(.matrix(2 + choose(2), 2 + choose(3)), isVariable: true) }
    if choose(4) == 0 { declare(.whole, isVariable: false) }
    if choose(4) == 0 {
      add("let range = \(choose(4))..<\(choose(9))")
      variables.append(Variable(name: "range", kind: .truth, isVariable: false))
      variables.removeLast()
      add("for r in range { \(assignment()) }")
    }
    for _ in 0...choose(3) { loop() }
    for variable in variables { show(variable) }
    for function in functions where choose(2) == 0 {
      // Often enough for a program of its own.
      let arguments = function.arguments.map { kind in
        switch kind {
        case .whole: "q - \(choose(4))"
        case .real: "q / \(1 + choose(4))"
        default: "q > \(choose(12))"
        }
      }
      let name = newName()
      add("let \(name) = [\(function.name)(\(arguments.joined(separator: ", "))) for q in 0..<14]")
      add("for x in \(name) { print x }")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Lines

  private mutating func add(_ line: String) { lines.append(String(repeating: "  ", count: indent) + line) }

  private mutating func newName(_ letter: String = "v") -> String {
    names += 1
    return "\(letter)\(names)"
  }

  private mutating func show(_ variable: Variable) {
    switch variable.kind {
    case .whole, .real, .truth: add("print \(variable.name)")
    case .wholes(let n), .reals(let n):
      add("print " + (0..<n).map { "\(variable.name)[\($0)]" }.joined(separator: ", "))
    case .matrix(let n, let m):
      add("print " + (0..<n * m).map { "\(variable.name)[\($0 / m), \($0 % m)]" }.joined(separator: ", "))
    }
  }

  private mutating func declare(_ kind: Kind, isVariable: Bool) {
    let value: String
    switch kind {
    case .whole, .real, .truth: value = literal(kind)
    case .wholes(let n): value = "[" + (0..<n).map { _ in literal(.whole) }.joined(separator: ", ") + "]"
    case .reals(let n):
      value = choose(2) == 0 ? "zeros(\(n))" : "[" + (0..<n).map { _ in literal(.real) }.joined(separator: ", ") + "]"
    case .matrix(let n, let m):
      let row = { (self: GeneratedLoops) in "[" + (0..<m).map { _ in self.literal(.real) }.joined(separator: ", ") + "]"
      }
      value = choose(2) == 0 ? "zeros(\(n), \(m))" : "[" + (0..<n).map { _ in row(self) }.joined(separator: ", ") + "]"
    }
    let name = newName()
    add("\(isVariable ? "var" : "let") \(name) = \(value)")
    variables.append(Variable(name: name, kind: kind, isVariable: isVariable))
  }

  // MARK: Functions

  private mutating func addFunction() {
    let kinds: [Kind] = [.whole, .real, .truth]
    let outer = variables
    defer { variables = outer }
    let arguments = (0...choose(2)).map { _ in kinds[choose(2)] }
    let result = kinds[choose(8) == 0 ? 2 : choose(2)]
    variables = arguments.map { Variable(name: newName("a"), kind: $0, isVariable: false) }
    let name = newName("f")
    let list = variables.map(\.name).joined(separator: ", ")
    switch choose(4) {
    case 0, 1: add("fn \(name)(\(list)) = \(expression(result, 2))")
    case 2 where arguments[0] == .whole && result != .truth: addRecursive(name, list, result)
    default:
      add("fn \(name)(\(list)) {")
      indent += 1
      returned = result
      declare([.whole, .real][choose(2)], isVariable: true)
      for _ in 0...choose(2) { statement() }
      if choose(2) == 0 { loop() }
      returned = nil
      add(choose(2) == 0 ? expression(result, 2) : "return \(expression(result, 2))")
      indent -= 1
      add("}")
    }
    functions.append(Function(name: name, arguments: arguments, result: result))
  }

  /// A function that calls itself with less; now and then without end.
  private mutating func addRecursive(_ name: String, _ list: String, _ result: Kind) {
    let first = variables[0].name
    let others = variables.dropFirst().map { ", \(expression($0.kind, 1))" }.joined()
    let call = "\(name)(\(first) - \(1 + choose(2))\(others))"
    let end = choose(60) == 0 ? "\(first) > 1000" : "\(first) < \(choose(3)) or \(first) > 12"
    let value = expression(result, 1)
    let again = choose(2) == 0 ? call : "\(call) \(["+", "-", "*"][choose(3)]) \(expression(result, 1))"
    switch choose(3) {
    case 0: add("fn \(name)(\(list)) = if \(end) { \(value) } else { \(again) }")
    case 1: add("fn \(name)(\(list)) { if \(end) { return \(value) }; return \(again) }")
    default: add("fn \(name)(\(list)) { if not (\(end)) { return \(again) } else { return \(value) } }")
    }
  }

  // MARK: Statements

  private mutating func block(_ count: Int) {
    let outer = variables
    indent += 1
    for _ in 0..<count { statement() }
    indent -= 1
    variables = outer
  }

  private mutating func loop() {
    guard depth < 3 else { return add(assignment()) }
    depth += 1
    defer { depth -= 1 }
    let outer = variables
    switch choose(6) {
    case 0, 1, 2:
      let name = newName("i")
      let count = [2, 3, 5, 8, 20][choose(depth == 1 ? 5 : 3)]
      let bounds = ["0..<\(count)", "1...\(count)", "-2..<\(count)", "\(choose(5))..<\(choose(9))"][choose(4)]
      add("for \(name) in \(bounds) {")
      variables.append(Variable(name: name, kind: .whole, isVariable: false))
    case 3:
      add("repeat \(choose(20) == 0 ? "\(choose(3)) - 1" : "\(1 + choose(5))") {")
    case 4:
      let name = newName("k")
      add("var \(name) = 0")
      variables.append(Variable(name: name, kind: .whole, isVariable: false))
      add("while \(name) < \(1 + choose(6))\(choose(2) == 0 ? " and \(expression(.truth, 1))" : "") {")
      indent += 1
      add("\(name) += 1")
      indent -= 1
      block(1 + choose(4))
      add("}")
      variables = outer
      return variables.append(Variable(name: name, kind: .whole, isVariable: false))
    default:
      let vectors = variables.filter { variable in
        switch variable.kind {
        case .wholes, .reals: true
        default: false
        }
      }
      guard !vectors.isEmpty else { return add(assignment()) }
      let vector = vectors[choose(vectors.count)]
      let name = newName("e")
      add("for \(name) in \(vector.name) {")
      if case .wholes = vector.kind {
        variables.append(Variable(name: name, kind: .whole, isVariable: false))
      } else {
        variables.append(Variable(name: name, kind: .real, isVariable: false))
      }
    }
    block(1 + choose(4))
    add("}")
    variables = outer
  }

  private mutating func statement() {
    switch choose(14) {
    case 0, 1:
      let kind = [Kind.whole, .real, .truth][choose(3)]
      let name = newName()
      add("\(choose(3) == 0 ? "var" : "let") \(name) = \(expression(kind, 2))")
      variables.append(Variable(name: name, kind: kind, isVariable: false))
    case 2:
      let (first, second) = (newName(), newName())
      add("let (\(first), \(second)) = (\(expression(.whole, 1)), \(expression(.real, 1)))")
      variables.append(Variable(name: first, kind: .whole, isVariable: false))
      variables.append(Variable(name: second, kind: .real, isVariable: false))
    case 3, 4, 5: branch()
    case 6: loop()
    case 7 where choose(3) == 0:
      add("print \(expression([.whole, .real, .truth][choose(3)], 1)), \(expression(.real, 1))")
    case 7 where returned != nil: add("if \(expression(.truth, 1)) { return \(expression(returned ?? .whole, 1)) }")
    default: add(assignment())
    }
  }

  private mutating func branch() {
    add("if \(expression(.truth, 2)) {")
    block(1 + choose(2))
    if choose(3) == 0 {
      add("} else if \(expression(.truth, 1)) {")
      block(1 + choose(2))
    }
    if choose(2) == 0 {
      add("} else {")
      block(1 + choose(2))
    }
    add("}")
  }

  private mutating func assignment() -> String {
    let targets = variables.filter(\.isVariable)
    guard !targets.isEmpty else { return "let \(newName()) = \(expression(.whole, 2))" }
    let target = targets[choose(targets.count)]
    let sign = ["=", "=", "+=", "-=", "*="][choose(5)]
    switch target.kind {
    case .whole:
      if choose(40) == 0 { return "\(target.name) = \(expression(.real, 1))" }
      return "\(target.name) \(sign) \(expression(.whole, 2))"
    case .real:
      return "\(target.name) \(choose(8) == 0 ? "/=" : sign) \(expression(choose(5) == 0 ? .whole : .real, 2))"
    case .truth: return "\(target.name) = \(expression(.truth, 2))"
    case .wholes(let n):
      if choose(30) == 0, let other = targets.first(where: { $0.kind == target.kind && $0.name != target.name }) {
        return "\(target.name) = \(other.name)"
      }
      return "\(target.name)[\(index(n))] \(sign) \(expression(choose(12) == 0 ? .real : .whole, 1))"
    case .reals(let n): return "\(target.name)[\(index(n))] \(sign) \(expression(choose(4) == 0 ? .whole : .real, 1))"
    case .matrix(let n, let m):
      return "\(target.name)[\(index(n)), \(index(m))] \(sign) \(expression(choose(4) == 0 ? .whole : .real, 1))"
    }
  }

  // MARK: Expressions

  private func literal(_ kind: Kind) -> String {
    switch kind {
    case .whole:
      ["0", "1", "2", "3", "7", "-1", "-5", "10", "4611686018427387904", "9007199254740993"][
        choose(choose(9) == 0 ? 10 : 8)]
    case .real: ["0.0", "1.0", "0.5", "-2.25", "1.1", "3.0", "1e-3", "-0.0", "1e300"][choose(choose(5) == 0 ? 9 : 7)]
    case .truth: choose(2) == 0 ? "true" : "false"
    default: "0"
    }
  }

  private mutating func index(_ count: Int) -> String {
    switch choose(16) {
    case 0: return "\(choose(count + 1))"
    case 1: return "-\(1 + choose(count))"
    case 2: return expression(.whole, 0)
    case 3...6: return "\(choose(count))"
    default: return "mod(\(expression(.whole, 1)), \(count))"
    }
  }

  private mutating func element(_ kind: Kind) -> String? {
    let all = variables.filter { variable in
      switch variable.kind {
      case .wholes: kind == .whole
      case .reals, .matrix: kind == .real
      default: false
      }
    }
    guard !all.isEmpty else { return nil }
    let owner = all[choose(all.count)]
    switch owner.kind {
    case .wholes(let n), .reals(let n): return "\(owner.name)[\(index(n))]"
    case .matrix(let n, let m): return "\(owner.name)[\(index(n)), \(index(m))]"
    default: return nil
    }
  }

  private mutating func call(_ kind: Kind, _ depth: Int) -> String? {
    let all = functions.filter { $0.result == kind }
    guard !all.isEmpty else { return nil }
    let function = all[choose(all.count)]
    return "\(function.name)(" + function.arguments.map { expression($0, depth) }.joined(separator: ", ") + ")"
  }

  private mutating func leaf(_ kind: Kind) -> String {
    let known = variables.filter { $0.kind == kind }
    guard choose(4) > 0, !known.isEmpty else { return literal(kind) }
    return known[choose(known.count)].name
  }

  private mutating func expression(_ kind: Kind, _ depth: Int) -> String {
    guard depth > 0 else { return leaf(kind) }
    switch kind {
    case .whole: return whole(depth - 1)
    case .real: return real(depth - 1)
    default: return truth(depth - 1)
    }
  }

  private mutating func whole(_ depth: Int) -> String {
    let a = expression(.whole, depth)
    switch choose(20) {
    case 0...3: return "(\(a) \(["+", "-"][choose(2)]) \(expression(.whole, depth)))"
    case 4, 5: return "\(a) * \(expression(.whole, depth))"
    case 6: return "(\(a)) // (\(expression(.whole, depth)))"
    case 7, 8: return "mod(\(a), \(choose(3) == 0 ? expression(.whole, depth) : "\(1 + choose(9))"))"
    case 9: return "abs(\(a))"
    case 10: return "\(["max", "min"][choose(2)])(\(a), \(expression(.whole, depth)))"
    case 11: return "\(["floor", "ceil", "round", "trunc"][choose(4)])(\(expression(.real, depth)))"
    case 12: return "(if \(expression(.truth, depth)) { \(a) } else { \(expression(.whole, depth)) })"
    case 13: return "-(\(a))"
    case 14: return "(\(a)) ^ \(choose(4))"
    case 15: return "where(\(expression(.truth, depth)), \(a), \(expression(.whole, depth)))"
    case 16, 17: return element(.whole) ?? a
    case 18: return call(.whole, depth) ?? a
    default: return a
    }
  }

  private mutating func real(_ depth: Int) -> String {
    let a = expression(.real, depth)
    switch choose(24) {
    case 0...3: return "(\(a) \(["+", "-"][choose(2)]) \(expression(.real, depth)))"
    case 4, 5: return "(\(a)) * \(expression(choose(3) == 0 ? .whole : .real, depth))"
    case 6: return "(\(a)) / (\(expression(choose(2) == 0 ? .whole : .real, depth)))"
    case 7: return "(\(expression(.whole, depth))) / (\(expression(.whole, depth)))"
    case 8: return "(\(a)) // (\(expression(.real, depth)))"
    case 9: return "\(["sin", "cos", "tanh", "exp", "sigmoid", "log", "relu", "erf", "sign", "cbrt"][choose(10)])(\(a))"
    case 10: return "sqrt(\(a))"
    case 11: return "(\(a)) ^ \(["2", "0.5", "-1", "3", "1.5"][choose(5)])"
    case 12: return "real(\(expression(.whole, depth)))"
    case 13: return "\(["max", "min", "mod", "atan2", "safe_divide"][choose(5)])(\(a), \(expression(.real, depth)))"
    case 14: return "(if \(expression(.truth, depth)) { \(a) } else { \(expression(.real, depth)) })"
    case 15: return "where(\(expression(.truth, depth)), \(a), \(expression(choose(4) == 0 ? .whole : .real, depth)))"
    case 16, 17, 18: return element(.real) ?? a
    case 19, 20: return call(.real, depth) ?? a
    case 21: return "abs(\(a))"
    case 22: return "(\(a)) * (\(a) - \(expression(.real, depth)))"
    default: return "(\(a) * \(expression(.real, 0)) - (\(expression(.real, 0))) * \(expression(.real, depth)))"
    }
  }

  private mutating func truth(_ depth: Int) -> String {
    let signs = ["<", "<=", ">", ">=", "==", "!="]
    switch choose(12) {
    case 0...3: return "\(expression(.whole, depth)) \(signs[choose(6)]) \(expression(.whole, depth))"
    case 4, 5: return "(\(expression(.real, depth))) \(signs[choose(6)]) (\(expression(.real, depth)))"
    case 6: return "(\(expression(.whole, depth))) \(signs[choose(6)]) (\(expression(.real, depth)))"
    case 7: return "(\(expression(.truth, depth)) and \(expression(.truth, depth)))"
    case 8: return "(\(expression(.truth, depth)) or \(expression(.truth, depth)))"
    case 9: return "not (\(expression(.truth, depth)))"
    case 10: return "\(expression(.whole, 0)) < \(expression(.whole, depth)) <= \(expression(.whole, 0))"
    default: return call(.truth, depth) ?? "is_finite(\(expression(.real, depth)))"
    }
  }
}
