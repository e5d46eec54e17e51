import Testing

import Graph
import Tensors

/// Misfits are errors with the shapes in them, never traps.
@Suite struct ShapeRuleTests {
  static func real(_ sizes: Int...) -> TensorType { TensorType(Shape(sizes), .f64) }
  static let whole = TensorType([2], .i64)

  static let misfits: [PrimitiveCase] = [
    misfit(Add(), real(2), real(3)), misfit(Add(), real(2), whole), misfit(Exponential(), whole),
    misfit(Divide(), whole, whole), misfit(Select(), real(2), real(3), real(3)),
    misfit(Select(), whole, real(2), real(2)),
    misfit(ReduceSum(axes: [1]), real(2)), misfit(ReduceSum(axes: [0, 0]), real(2)),
    misfit(ReduceMax(axes: [0]), real(0)),
    misfit(ArgMax(), real(0)), misfit(ArgMax(), real()), misfit(LogSumExp(), real()), misfit(Softmax(), whole),
    misfit(Reshape(shape: [4]), real(3)), misfit(Reshape(shape: [-1, -3]), real(3)),
    misfit(Transpose(permutation: [0, 0]), real(2, 2)), misfit(Transpose(permutation: [0]), real(2, 2)),
    misfit(BroadcastTo(shape: [2]), real(3)), misfit(BroadcastTo(shape: [1]), real(3)),
    misfit(BroadcastTo(shape: [1 << 31, 1 << 31, 1 << 31]), real()),
    misfit(Contract(left: [0], right: [1], output: [0, 1]), real(1 << 40), real(1 << 40)),
    misfit(Contract(left: [0, 1], right: [1], output: [0]), real(2, 3), real(4)),
    misfit(Contract(left: [0], right: [0], output: []), real(2, 2), real(2)),
    misfit(Slice(starts: [1], stops: [4]), real(3)), misfit(Slice(starts: [-1], stops: [1]), real(3)),
    misfit(Slice(starts: [2], stops: [1]), real(3)), misfit(Pad(low: [-1], high: [0]), real(3)),
    misfit(Concatenate(axis: 0)), misfit(Concatenate(axis: 1), real(2), real(2)),
    misfit(Concatenate(axis: 0), real(2, 2), real(2, 3)), misfit(Concatenate(axis: 0), real(2), whole),
    misfit(CumulativeSum(axis: 1, reverse: false), real(2)), misfit(Reverse(axes: [2]), real(2)),
    misfit(GatherRows(), real(2), real(2)), misfit(GatherRows(), real(), whole),
    misfit(ScatterAddRows(rowCount: 3), whole, real(3)), misfit(TakeAlongLast(), real(3, 2), whole),
    misfit(TopKIndices(k: 3, byMagnitude: false), real(2)), misfit(TopKIndices(k: -1, byMagnitude: true), real(2)),
    misfit(Patches(kernel: [3, 3], stride: [1, 1], padding: [0, 0]), real(1, 2, 2)),
    misfit(Patches(kernel: [1, 1], stride: [0, 1], padding: [0, 0]), real(1, 2, 2)),
    misfit(FoldPatches(size: [4, 4], stride: [1, 1], padding: [0, 0]), real(2, 2, 1, 2, 2)),
    misfit(Cholesky(), real(2, 3)), misfit(Solve(), real(2, 2), real(3, 1)), misfit(Solve(), real(2, 2), real(2)),
    misfit(QRDecomposition(), real(3)), misfit(SymmetricEigen(), real(3, 2)), misfit(SingularValues(), whole),
    misfit(Draw(distribution: .normal, shape: [2], dtype: .f64), real(3)),
    misfit(Draw(distribution: .normal, shape: [2], dtype: .f64), whole),
    misfit(Draw(distribution: .index(below: 0), shape: [2], dtype: .i64), TensorType([3], .i64)),
    misfit(Draw(distribution: .normal, shape: [2], dtype: .i64), TensorType([3], .i64)),
  ]

  private static func misfit(_ primitive: any Primitive, _ types: TensorType...) -> PrimitiveCase {
    PrimitiveCase(primitive, types.map { ($0, .range(0...1)) })
  }

  @Test(arguments: misfits) func misfitIsAnError(_ test: PrimitiveCase) {
    #expect(throws: ShapeError.self) { try test.application() }
  }
}
