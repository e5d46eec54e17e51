import CKernels
import Graph
import Tensors

// Factorisations and solutions of linear systems. They are computed in f64; f32 operands are converted before
// and the result after. Polar factors have a kernel of each type.

/// Which factorisation a `.factorize` instruction computes.
enum Factorization: UInt16 {
  case cholesky, solve, triangularSolve, qr, symmetricEigen, singularValues, pseudoInverse, determinant, cofactors
  case cofactorSlope, eigenvalues, spectralRadius, polar

  /// Numbers of room that it needs for one n × n matrix.
  func roomCount(_ n: Int) -> Int {
    switch self {
    case .determinant: n * n + n
    case .cofactors, .cofactorSlope: 2 * n * n + 5 * n + 2
    case .spectralRadius: 2 * n
    default: 0
    }
  }
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
  /// Distance from 1 to the next number of the operand's type.
  var precision = 0x1p-52
}

extension Lowering {
  func lowerFactorization(_ node: Int) -> Bool {
    switch graph.nodes[node].primitive {
    case is Cholesky: emitFactorization(.cholesky, node)
    case is Solve: emitFactorization(.solve, node)
    case let solve as TriangularSolve:
      emitFactorization(.triangularSolve, node, isLower: solve.lower, isTransposed: solve.transposed)
    case is QRDecomposition: emitFactorization(.qr, node)
    case is PolarFactor: emitPolar(node)
    case is SymmetricEigen: emitFactorization(.symmetricEigen, node)
    case is SingularValues: emitFactorization(.singularValues, node)
    case is PseudoInverse: emitFactorization(.pseudoInverse, node)
    case is Determinant: emitFactorization(.determinant, node)
    case is Cofactors: emitFactorization(.cofactors, node)
    case is CofactorSlope: emitFactorization(.cofactorSlope, node)
    case let values as Eigenvalues: emitFactorization(values.result == .radius ? .spectralRadius : .eigenvalues, node)
    default: return false
    }
    return true
  }

  private func emitFactorization(
    _ kind: Factorization, _ node: Int, isLower: Bool = false, isTransposed: Bool = false
  ) {
    let matrix = input(node, 0).type.shape, rank = matrix.rank
    let hasSecond = graph.nodes[node].inputs.count > 1
    var layout = FactorizationLayout(
      batch: matrix.sizes.dropLast(2).reduce(1, *), m: matrix[rank - 2], n: matrix[rank - 1], resultCount: 0)
    layout.resultCount = type(node).count / max(1, layout.batch)
    layout.columns = hasSecond ? input(node, 1).type.lastSize : 0
    (layout.isLower, layout.isTransposed) = (isLower, isTransposed)
    let out = slot(of: node), isSingle = type(node).dtype == .f32
    if isSingle { layout.precision = 0x1p-23 }
    var instruction = Instruction(code: .factorize, flags: kind.rawValue, out: out, a: inDouble(input(node, 0)))
    if hasSecond { instruction.b = inDouble(input(node, 1)) }
    if isSingle { instruction.out = emitter.slot(for: TensorType(type(node).shape, .f64)) }
    instruction.parameters = UnsafeMutableRawPointer(emitter.memory.store([layout]))
    emit(instruction, room: kind.roomCount(layout.n))
    if isSingle { emitConversion(from: instruction.out, .f64, to: out, .f32, type(node).count) }
  }

  private func emitPolar(_ node: Int) {
    let type = type(node), rank = type.shape.rank, (m, n) = (type.shape[rank - 2], type.shape[rank - 1])
    let batch = type.count / max(1, m * n)
    var instruction = Instruction(
      code: .factorize, flags: Factorization.polar.rawValue, out: slot(of: node), a: input(node, 0).slot)
    instruction.isSingle = type.dtype == .f32
    instruction.parameters = UnsafeMutableRawPointer(
      emitter.memory.store([FactorizationLayout(batch: batch, m: m, n: n, resultCount: m * n)]))
    emitter.emit(instruction)
  }

  /// An instruction with as many numbers of room of its own.
  private func emit(_ instruction: Instruction, room: Int) {
    guard room > 0 else { return emitter.emit(instruction) }
    var instruction = instruction
    instruction.c = emitter.slot(.temporary, room * 8)
    let read = [instruction.a, instruction.b].filter { $0 >= 0 }.map { Access(slot: $0, isWrite: false) }
    let written = [instruction.c, instruction.out].map { Access(slot: $0, isWrite: true) }
    emitter.emit(instruction, accesses: read + written)
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
