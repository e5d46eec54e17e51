import Messages
import Runs
import Syntax
import Values

/// A member of a sweep of which others are made that differ in numbers alone (Note [Members that share a staging]).
struct SweepTemplate {
  var member: BoundMember
  var reads: AxisReads
  /// Whether what was staged depends on the seed.
  var isOfSeed: Bool
  /// Whether nobody has seen what it read: a sweep in a member of another.
  var isUnseen: Bool
  /// What is given for its inputs; nil where that is more than expressions in the sweep's run.
  var arguments: [Argument]?
  /// Where nothing is known of a step.
  let probe = PointContext.probe

  /// An expression in a sweep's run that gives an optimizer a number.
  struct Argument {
    var expression: ExpressionID
    var parameter: Parameter
    var owner: Instance
    var feed: String
  }

  init(member: BoundMember, reads: AxisReads, isOfSeed: Bool, isUnseen: Bool) {
    self.member = member
    self.reads = reads
    self.isOfSeed = isOfSeed
    self.isUnseen = isUnseen
    var arguments: [Argument] = []
    for input in reads.inputs {
      guard let argument = Self.argument(input, of: reads.optimizers[input.optimizer], member) else { return }
      arguments.append(argument)
    }
    self.arguments = arguments
  }

  /// Whether numbers became inputs that may be none: in a run that rounds each of its numbers, or that computes with them.
  var isUnfit: Bool { !reads.inputs.isEmpty && (member.bound.clauses.rounding != nil || reads.needsNumbers) }

  private static func argument(_ input: HyperparameterInput, of owner: Instance, _ member: BoundMember) -> Argument? {
    guard let thunk = owner.thunks.first(where: { $0.name == input.name })?.thunk,
      let parameter = owner.definition.parameters.first(where: { $0.name.text == input.name }),
      thunk.scope === member.definition.scope, thunk.code === member.definition.code,
      thunk.code.tree.isArithmetic(thunk.expression), parameter.shape == nil,
      parameter.constraint.map(owner.code.tree.isOfNumbers) ?? true
    else { return nil }
    return Argument(expression: thunk.expression, parameter: parameter, owner: owner, feed: input.feed)
  }
}

extension Tree {
  /// Whether an expression is arithmetic on names that mean nothing else in a step of a run.
  fileprivate func isArithmetic(_ root: ExpressionID) -> Bool {
    var left = [root]
    while let id = left.popLast() {
      switch self[id] {
      case .integer, .real: break
      case .name(let name): if PointContext.isStepName(name) { return false }
      case .negate(let value): left.append(value)
      case .binary(_, let a, let b, _): left += [a, b]
      case .call(let callee, let arguments, nil): left += [callee] + arguments.map(\.value)
      default: return false
      }
    }
    return true
  }

  /// Whether a bound is written in numbers.
  fileprivate func isOfNumbers(_ constraint: Constraint) -> Bool {
    switch constraint {
    case .compare(_, let bound): isOfNumbers(bound)
    case .inside(let range): isOfNumbers(range)
    }
  }

  private func isOfNumbers(_ id: ExpressionID) -> Bool {
    switch self[id] {
    case .integer, .real: true
    case .range(let a, let b, _): isOfNumbers(a) && isOfNumbers(b)
    default: false
    }
  }
}

extension PointContext {
  /// Whether a rule may mean something of its step by a name.
  fileprivate static func isStepName(_ name: String) -> Bool {
    stepNames.contains(name) || name == StepName.lossAtPoint
  }
}

extension Value {
  /// The number that an input takes; nil of what is none.
  var asInput: Double? {
    switch self {
    case .real(let number): number
    case .integer(let number) where Double(number).magnitude <= 0x1p53: Double(number)
    default: nil
    }
  }
}
