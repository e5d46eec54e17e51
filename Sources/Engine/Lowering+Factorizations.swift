import CKernels
import Graph
import Tensors

// Factorisations and solutions of linear systems. They are computed in f64; f32 operands are converted before
// and the result after.

/// Which factorisation a `.factorize` instruction computes.
enum Factorization: UInt16 {
  case cholesky, solve, triangularSolve, qr, symmetricEigen, singularValues, determinant
}

/// Sizes of a factorisation: `batch` times an operand of m × n, `columns` of a right-hand side.
struct FactorizationLayout {
  var batch: Int
  var m: Int
  var n: Int
  var columns = 0
  /// Elements of one result.
  var resultCount: Int
  var isLower = false
  var isTransposed = false
}

extension Lowering {
  func lowerFactorization(_ node: Int) -> Bool {
    switch graph.nodes[node].primitive {
    case is Cholesky: emitFactorization(.cholesky, node)
    case is Solve: emitFactorization(.solve, node)
    case let solve as TriangularSolve:
      emitFactorization(.triangularSolve, node, isLower: solve.lower, isTransposed: solve.transposed)
    case is QRDecomposition: emitFactorization(.qr, node)
    case is SymmetricEigen: emitFactorization(.symmetricEigen, node)
    case is SingularValues: emitFactorization(.singularValues, node)
    case is Determinant: emitFactorization(.determinant, node)
    default: return false
    }
    return true
  }

  private func emitFactorization(
    _ kind: Factorization, _ node: Int, isLower: Bool = false, isTransposed: Bool = false
  ) {
    let matrix = input(node, 0).type.shape, rank = matrix.rank
    let hasRightHandSide = graph.nodes[node].inputs.count > 1
    var layout = FactorizationLayout(
      batch: matrix.sizes.dropLast(2).reduce(1, *), m: matrix[rank - 2], n: matrix[rank - 1], resultCount: 0)
    layout.resultCount = type(node).count / layout.batch
    layout.columns = hasRightHandSide ? input(node, 1).type.lastSize : 0
    (layout.isLower, layout.isTransposed) = (isLower, isTransposed)
    let out = slot(of: node), isSingle = type(node).dtype == .f32
    var instruction = Instruction(code: .factorize, flags: kind.rawValue, out: out, a: inDouble(input(node, 0)))
    if hasRightHandSide { instruction.b = inDouble(input(node, 1)) }
    if isSingle { instruction.out = emitter.slot(for: TensorType(type(node).shape, .f64)) }
    instruction.parameters = UnsafeMutableRawPointer(emitter.memory.store([layout]))
    if kind == .determinant { emitWithRoom(instruction, layout) } else { emitter.emit(instruction) }
    if isSingle { emitConversion(from: instruction.out, .f64, to: out, .f32, type(node).count) }
  }

  /// A determinant needs room for the factors and the row exchanges.
  private func emitWithRoom(_ instruction: Instruction, _ layout: FactorizationLayout) {
    var instruction = instruction
    instruction.c = emitter.slot(.temporary, (layout.n * layout.n + layout.n) * 8)
    emitter.emit(
      instruction,
      accesses: [
        Access(slot: instruction.a, isWrite: false), Access(slot: instruction.c, isWrite: true),
        Access(slot: instruction.out, isWrite: true),
      ])
  }

  /// The slot of an operand in f64: its own, or of a converted copy.
  private func inDouble(_ value: Value) -> Int32 {
    if value.type.dtype == .f64 { return value.slot }
    let converted = emitter.slot(for: TensorType(value.type.shape, .f64))
    emitConversion(from: value.slot, .f32, to: converted, .f64, value.type.count)
    return converted
  }

  func emitConversion(from source: Int32, _ old: DType, to out: Int32, _ new: DType, _ count: Int) {
    let flags = UInt16(old.rawValue) * 4 + UInt16(new.rawValue)
    emitter.emit(Instruction(code: .convert, flags: flags, out: out, a: source, n: count))
  }
}
