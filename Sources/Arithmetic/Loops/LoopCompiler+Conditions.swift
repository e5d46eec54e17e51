import Loops
import Syntax
import Values

extension LoopCompiler {
  /// Jumps where a condition holds, or where it does not, and goes on otherwise.
  func branch(on id: ExpressionID, _ state: LoopState, to label: LoopLabel, when wanted: Bool) throws(Unsuitable) {
    switch tree[id] {
    case .not(let operand): try branch(on: operand, state, to: label, when: !wanted)
    case .and(let left, let right): try either(left, right, decidedBy: false, state, to: label, when: wanted)
    case .or(let left, let right): try either(left, right, decidedBy: true, state, to: label, when: wanted)
    case .comparison(let operands, let operators):
      try comparison(operands, operators, state, to: label, when: wanted)
    default:
      let operand = try value(id, state)
      guard operand.type == .truth else { throw Unsuitable("a condition that is a number") }
      frame.assembler.jump(wanted ? .jumpTrue : .jumpFalse, operand.register, to: label)
    }
  }

  /// `and`, which one `false` decides, or `or`, which one `true` does.
  private func either(
    _ left: ExpressionID, _ right: ExpressionID, decidedBy decisive: Bool, _ state: LoopState, to label: LoopLabel,
    when wanted: Bool
  ) throws(Unsuitable) {
    frame.depth += 1
    defer { frame.depth -= 1 }
    guard frame.depth < 100 else { throw Unsuitable("a long condition") }
    if wanted == decisive {
      try branch(on: left, state, to: label, when: decisive)
      return try branch(on: right, state, to: label, when: decisive)
    }
    let decided = frame.assembler.label()
    try branch(on: left, state, to: decided, when: decisive)
    try branch(on: right, state, to: label, when: wanted)
    frame.assembler.place(decided)
  }

  /// All operands are computed, as in the walk, before the first comparison decides.
  private func comparison(
    _ operands: [ExpressionID], _ operators: [ComparisonOperator], _ state: LoopState, to label: LoopLabel,
    when wanted: Bool
  ) throws(Unsuitable) {
    var values: [LoopOperand] = []
    for id in operands { values.append(try value(id, state)) }
    let fails = frame.assembler.label()
    for (index, operation) in operators.enumerated() {
      let isLast = index == operators.count - 1
      if wanted, isLast {
        try compare(operation, values[index], values[index + 1], to: label, when: true)
      } else {
        try compare(operation, values[index], values[index + 1], to: wanted ? fails : label, when: false)
      }
    }
    frame.assembler.place(fails)
  }

  /// One comparison: whole numbers and real ones are compared without rounding.
  private func compare(
    _ operation: ComparisonOperator, _ left: LoopOperand, _ right: LoopOperand, to label: LoopLabel, when wanted: Bool
  ) throws(Unsuitable) {
    switch (left.type, right.type) {
    case (.whole, .whole): wholes(operation, left.register, right.register, to: label, when: wanted)
    case (.truth, .truth) where operation == .equal || operation == .notEqual:
      wholes(operation, left.register, right.register, to: label, when: wanted)
    case (.real, .real): reals(operation, left.register, right.register, to: label, when: wanted)
    case (.whole, .real):
      if let exact = exactly(left) { return reals(operation, exact, right.register, to: label, when: wanted) }
      mixed(operation, left.register, right.register, to: label, when: wanted)
    case (.real, .whole):
      if let exact = exactly(right) { return reals(operation, left.register, exact, to: label, when: wanted) }
      mixed(operation.mirrored, right.register, left.register, to: label, when: wanted)
    default: throw Unsuitable("a comparison of no numbers")
    }
  }

  /// The register of a whole number of the text as a real one, if that is the same number.
  private func exactly(_ operand: LoopOperand) -> Int? {
    guard case .whole(let n)? = operand.literal, n.magnitude <= 1 << 53 else { return nil }
    return real(Double(n)).register
  }

  private func wholes(_ operation: ComparisonOperator, _ a: Int, _ b: Int, to label: LoopLabel, when wanted: Bool) {
    let (code, x, y): (LoopOperation, Int, Int) =
      switch (operation, wanted) {
      case (.less, true), (.greaterEqual, false): (.jumpLessWhole, a, b)
      case (.greater, true), (.lessEqual, false): (.jumpLessWhole, b, a)
      case (.lessEqual, true), (.greater, false): (.jumpAtMostWhole, a, b)
      case (.greaterEqual, true), (.less, false): (.jumpAtMostWhole, b, a)
      case (.equal, true), (.notEqual, false): (.jumpEqualWhole, a, b)
      case (.notEqual, true), (.equal, false): (.jumpUnequalWhole, a, b)
      }
    frame.assembler.jump(code, x, y, to: label)
  }

  /// What does not hold of a number that is none is not what does.
  private func reals(_ operation: ComparisonOperator, _ a: Int, _ b: Int, to label: LoopLabel, when wanted: Bool) {
    let (code, x, y): (LoopOperation, Int, Int) =
      switch operation {
      case .less: (wanted ? .jumpLess : .jumpNotLess, a, b)
      case .greater: (wanted ? .jumpLess : .jumpNotLess, b, a)
      case .lessEqual: (wanted ? .jumpAtMost : .jumpNotAtMost, a, b)
      case .greaterEqual: (wanted ? .jumpAtMost : .jumpNotAtMost, b, a)
      case .equal: (wanted ? .jumpEqual : .jumpUnequal, a, b)
      case .notEqual: (wanted ? .jumpUnequal : .jumpEqual, a, b)
      }
    frame.assembler.jump(code, x, y, to: label)
  }

  private func mixed(_ operation: ComparisonOperator, _ whole: Int, _ real: Int, to label: LoopLabel, when wanted: Bool)
  {
    let code: LoopOperation =
      switch operation {
      case .less: .lessMixed
      case .lessEqual: .atMostMixed
      case .greater: .greaterMixed
      case .greaterEqual: .atLeastMixed
      case .equal, .notEqual: .equalMixed
      }
    let result = temporary()
    frame.assembler.emit(code, result, whole, real)
    frame.assembler.jump((operation == .notEqual) == wanted ? .jumpFalse : .jumpTrue, result, to: label)
  }

  /// The value of a condition.
  func truth(_ id: ExpressionID, _ state: LoopState, into target: Int?) throws(Unsuitable) -> LoopOperand {
    let result = temporary()
    let end = frame.assembler.label()
    // It is put where it belongs once nothing reads what was there.
    let (yes, no) = (constant(.truth(true)), constant(.truth(false)))
    let otherwise = frame.assembler.label()
    try branch(on: id, state, to: otherwise, when: false)
    frame.assembler.emit(.move, result, yes)
    frame.assembler.jump(to: end)
    frame.assembler.place(otherwise)
    frame.assembler.emit(.move, result, no)
    frame.assembler.place(end)
    return LoopOperand(register: result, type: .truth, isTemporary: true)
  }
}
