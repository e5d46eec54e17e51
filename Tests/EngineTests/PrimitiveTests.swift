import Engine
import Graph
import Tensors
import Testing

/// One application and what its inputs hold.
struct PrimitiveCase: CustomTestStringConvertible {
  var primitive: any Primitive
  var inputs: [Operand]
  var testDescription: String { "\(primitive) \(inputs.map(\.type))" }

  enum Operand {
    case real(TensorType)
    case positive(TensorType)
    case index(TensorType, below: Int)
    case truth(TensorType)
    /// A symmetric positive definite matrix.
    case definite(TensorType)

    var type: TensorType {
      switch self {
      case .real(let type), .positive(let type), .index(let type, _), .truth(let type), .definite(let type): type
      }
    }

    func value(_ random: inout SeededGenerator) -> ReferenceTensor {
      switch self {
      case .real(let type): random.values(type)
      case .positive(let type): random.values(type, in: 0.3...2)
      case .index(let type, let bound): random.indices(type, below: bound)
      case .truth(let type): ReferenceTensor(type, random.indices(type, below: 2).values)
      case .definite(let type): Self.definite(type, &random)
      }
    }

    private static func definite(_ type: TensorType, _ random: inout SeededGenerator) -> ReferenceTensor {
      let n = type.shape.sizes.last ?? 1
      var result = random.values(type, in: -0.3...0.3)
      for block in stride(from: 0, to: type.count, by: n * n) {
        for row in 0..<n {
          for column in 0..<row { result.values[block + row * n + column] = result.values[block + column * n + row] }
          result.values[block + row * n + row] += 3 + Double(row)
        }
      }
      return result
    }
  }

  init(_ primitive: any Primitive, _ inputs: Operand...) {
    self.primitive = primitive
    self.inputs = inputs
  }
}

struct PrimitiveTests {
  @Test("each primitive gives what its reference gives", arguments: PrimitiveTests.cases)
  func matchesReference(_ example: PrimitiveCase) throws {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<3 {
      var trial = Trial()
      let inputs = example.inputs.map { trial.input($0.value(&random)) }
      trial.outputs = [trial.graph.add(example.primitive, inputs: inputs)]
      let isSingle = example.inputs.contains { $0.type.dtype == .f32 }
      try trial.check(tolerance: isSingle ? 2e-6 : 1e-12, "\(example.testDescription)")
    }
  }

  static let cases = unary + binary + movement + reductions + indices + products + factors

  private static let unary: [PrimitiveCase] = {
    let anywhere: [any ElementwiseUnary] = [
      Negate(), Absolute(), Sign(), Exponential(), Expm1(), Square(), Sine(), Cosine(), Tangent(), Tanh(), Sigmoid(),
      Softplus(), Relu(), Erf(), Erfc(), Floor(), Ceiling(), Round(), Truncate(), IsFinite(), ArcTangent(), Sinh(),
      Cosh(), CubeRoot(),
    ]
    let positive: [any ElementwiseUnary] = [Logarithm(), Log1p(), SquareRoot(), Reciprocal()]
    var result: [PrimitiveCase] = []
    for type in [real(), real(7), real(3, 200), single(), single(19)] {
      result += anywhere.map { PrimitiveCase($0, .real(type)) } + positive.map { PrimitiveCase($0, .positive(type)) }
    }
    return result
      + [Negate(), Absolute(), Sign(), Square()].map { (primitive: any Primitive) in
        PrimitiveCase(primitive, .index(whole(5), below: 9))
      }
  }()

  private static let binary: [PrimitiveCase] = {
    let operations: [any ElementwiseBinary] = [
      Add(), Subtract(), Multiply(), Divide(), Power(), Maximum(), Minimum(), Modulo(), FloorDivide(), ArcTangent2(),
      Less(), LessEqual(), Equal(), NotEqual(), ScaleAdjoint(), Cusp(),
    ]
    let shapes: [(TensorType, TensorType)] = [
      (real(), real()), (real(5), real(5)), (real(2, 300), real(300)), (real(300), real(2, 300)),
      (real(300, 1), real(1, 4)), (real(), real(600)), (real(600), real()), (real(3, 1, 5), real(2, 1)),
      (single(33), single(33)), (single(4, 9), single(4, 1)), (single(), single()), (real(0), real()),
    ]
    var result = operations.flatMap { operation in
      shapes.map { PrimitiveCase(operation, .positive($0), .positive($1)) }
    }
    let integers: [any Primitive] = [Add(), Subtract(), Multiply(), Less(), LessEqual(), Equal(), NotEqual()]
    for operation in integers {
      result.append(PrimitiveCase(operation, .index(whole(6), below: 4), .index(whole(6), below: 4)))
      result.append(PrimitiveCase(operation, .index(whole(2, 3), below: 4), .index(whole(2, 1), below: 4)))
      result.append(PrimitiveCase(operation, .index(whole(), below: 4), .index(whole(), below: 4)))
    }
    return result + [
      PrimitiveCase(Select(), .truth(real(700)), .real(real(700)), .real(real(700))),
      PrimitiveCase(Select(), .truth(real(3, 1)), .real(real()), .real(real(2, 3, 4))),
      PrimitiveCase(Select(), .truth(real()), .real(real()), .real(real())),
      PrimitiveCase(Select(), .truth(real(4)), .index(whole(4), below: 9), .index(whole(), below: 9)),
      PrimitiveCase(Select(), .truth(single(9)), .real(single(9)), .real(single())),
    ]
  }()

  private static let movement: [PrimitiveCase] = [
    PrimitiveCase(Reshape(shape: [3, 2]), .real(real(2, 3))),
    PrimitiveCase(Transpose(permutation: [1, 0]), .real(real(5, 7))),
    PrimitiveCase(Transpose(permutation: [2, 0, 1]), .real(real(2, 3, 4))),
    PrimitiveCase(Transpose(permutation: [0, 2, 1]), .real(single(2, 3, 4))),
    PrimitiveCase(BroadcastTo(shape: [3, 5]), .real(real(5))),
    PrimitiveCase(BroadcastTo(shape: [2, 3, 5]), .real(real(3, 1))),
    PrimitiveCase(BroadcastTo(shape: [400]), .real(real())),
    PrimitiveCase(BroadcastTo(shape: [4]), .index(whole(), below: 9)),
    PrimitiveCase(Slice(starts: [1, 0], stops: [3, 4]), .real(real(4, 4))),
    PrimitiveCase(Slice(starts: [1, 1], stops: [3, 3]), .real(real(4, 4))),
    PrimitiveCase(Slice(starts: [2], stops: [3]), .real(single(4))),
    PrimitiveCase(Pad(low: [1, 0], high: [0, 2]), .real(real(2, 2))),
    PrimitiveCase(Concatenate(axis: 0), .real(real(2)), .real(real(0)), .real(real(1))),
    PrimitiveCase(Concatenate(axis: 1), .real(single(2, 1)), .real(single(2, 3))),
    PrimitiveCase(Reverse(axes: [0, 1]), .real(real(2, 3))),
    PrimitiveCase(Convert(dtype: .f32), .real(real(5))),
    PrimitiveCase(Convert(dtype: .f64), .real(single(5))),
    PrimitiveCase(Convert(dtype: .i64), .real(real(5))),
    PrimitiveCase(Convert(dtype: .i64), .real(single())),
    PrimitiveCase(Convert(dtype: .f64), .index(whole(5), below: 9)),
    PrimitiveCase(Convert(dtype: .f32), .index(whole(), below: 9)),
    PrimitiveCase(StopGradient(), .real(real(3))),
    PrimitiveCase(Patches(kernel: [3, 2], stride: [2, 1], padding: [1, 0]), .real(real(2, 1, 5, 4))),
    PrimitiveCase(FoldPatches(size: [3, 3], stride: [1, 1], padding: [0, 0]), .real(real(2, 2, 2, 1, 2, 2))),
    PrimitiveCase(FoldPatches(size: [3, 3], stride: [2, 1], padding: [1, 0]), .real(single(2, 2, 2, 1, 3, 2))),
    PrimitiveCase(
      Convolve(ConvolutionForm(stride: [2, 1], padding: [1, 0])), .real(real(2, 2, 5, 19)), .real(real(3, 2, 3, 2))),
    PrimitiveCase(
      Convolve(ConvolutionForm(stride: [1, 2], padding: [1, 1])), .real(single(2, 2, 5, 40)), .real(single(9, 2, 3, 2))),
    PrimitiveCase(
      ConvolveFilters(ConvolutionForm(stride: [2, 1], padding: [1, 0]), kernel: [3, 2]), .real(real(2, 2, 5, 19)),
      .real(real(2, 3, 3, 18))),
    PrimitiveCase(
      ConvolveFilters(ConvolutionForm(stride: [1, 1], padding: [0, 0]), kernel: [2, 3]), .real(single(3, 2, 3, 18)),
      .real(single(3, 4, 2, 16))),
  ]

  private static let reductions: [PrimitiveCase] = {
    let types = [real(5), real(3, 4, 5), real(2, 1, 9000), single(3, 4, 5), real(3, 2, 2)]
    let axes: [[Int]] = [[0], [2], [1], [0, 2], [1, 2], [2, 0, 1]]
    var result: [PrimitiveCase] = []
    for type in types {
      for list in axes where list.allSatisfy({ $0 < type.shape.rank }) {
        result.append(PrimitiveCase(ReduceSum(axes: list), .positive(type)))
        result.append(PrimitiveCase(ReduceMax(axes: list), .real(type)))
        result.append(PrimitiveCase(ReduceMin(axes: list), .real(type)))
        if type.count < 100 { result.append(PrimitiveCase(ReduceProduct(axes: list), .positive(type))) }
      }
      let last = type.shape.rank - 1
      result += [
        PrimitiveCase(LogSumExp(), .real(type)), PrimitiveCase(Softmax(), .real(type)),
        PrimitiveCase(ArgMax(), .real(type)), PrimitiveCase(ArgMin(), .real(type)),
        PrimitiveCase(CumulativeSum(axis: last, reverse: false), .positive(type)),
        PrimitiveCase(CumulativeSum(axis: 0, reverse: true), .positive(type)),
      ]
      if type.count < 100 { result.append(PrimitiveCase(CumulativeProduct(axis: 0, reverse: false), .positive(type))) }
    }
    return result + [
      PrimitiveCase(ReduceSum(axes: [1]), .real(real(2, 0))),
      PrimitiveCase(ReduceSum(axes: [0]), .index(whole(3, 4), below: 9)),
      PrimitiveCase(ReduceSum(axes: [0, 1]), .index(whole(3, 4), below: 9)),
    ]
  }()

  private static let indices: [PrimitiveCase] = [
    PrimitiveCase(GatherRows(), .real(real(4, 20)), .index(whole(), below: 4)),
    PrimitiveCase(GatherRows(), .real(real(4, 20)), .index(whole(1), below: 4)),
    PrimitiveCase(GatherRows(), .real(real(4)), .index(whole(2, 3), below: 4)),
    PrimitiveCase(GatherRows(), .real(single(4)), .index(whole(), below: 4)),
    PrimitiveCase(GatherRows(), .real(real(3, 2, 2)), .index(whole(5), below: 3)),
    PrimitiveCase(GatherRows(), .index(whole(4, 3), below: 7), .index(whole(2), below: 4)),
    PrimitiveCase(ScatterAddRows(rowCount: 3), .index(whole(4), below: 3), .real(real(4, 2))),
    PrimitiveCase(ScatterAddRows(rowCount: 3), .index(whole(), below: 3), .real(single(2))),
    PrimitiveCase(TakeAlongLast(), .real(real(4)), .index(whole(2), below: 4)),
    PrimitiveCase(TakeAlongLast(), .real(single(2, 3)), .index(whole(2, 4), below: 3)),
    PrimitiveCase(ScatterAlongLast(count: 3), .index(whole(2, 4), below: 3), .real(real(2, 4))),
    PrimitiveCase(ArgSort(), .real(real(2, 40))),
    PrimitiveCase(ArgSort(), .real(single(9))),
    PrimitiveCase(TopKIndices(k: 2, byMagnitude: false), .real(real(2, 14))),
    PrimitiveCase(TopKIndices(k: 3, byMagnitude: true), .real(single(15))),
    PrimitiveCase(ChosenPlaces(count: 5), .real(real(2, 4))),
  ]

  private static let products: [PrimitiveCase] = {
    let contracts: [(Contract, [Int], [Int])] = [
      (Contract(left: [0], right: [0], output: []), [300], [300]),
      (Contract(left: [0, 1], right: [1], output: [0]), [6, 7], [7]),
      (Contract(left: [0, 1], right: [0], output: [1]), [6, 7], [6]),
      (Contract(left: [0], right: [0, 1], output: [1]), [6], [6, 7]),
      (Contract(left: [0, 1], right: [1, 2], output: [0, 2]), [5, 6], [6, 7]),
      (Contract(left: [1, 0], right: [1, 2], output: [0, 2]), [6, 5], [6, 7]),
      (Contract(left: [0, 1], right: [2, 1], output: [0, 2]), [5, 6], [7, 6]),
      (Contract(left: [1, 0], right: [2, 1], output: [0, 2]), [6, 5], [7, 6]),
      (Contract(left: [1, 0], right: [2, 1], output: [2, 0]), [6, 5], [7, 6]),
      (Contract(left: [0], right: [1], output: [1, 0]), [4], [5]),
      (Contract(left: [0, 1, 2], right: [0, 2, 3], output: [0, 1, 3]), [3, 2, 4], [3, 4, 5]),
      (Contract(left: [0, 1, 2], right: [0, 3, 2], output: [0, 3, 1]), [3, 2, 4], [3, 5, 4]),
      (Contract(left: [1, 0, 2], right: [2, 0, 3], output: [0, 1, 3]), [2, 3, 4], [4, 3, 5]),
      (Contract(left: [0, 1, 2], right: [0, 2, 3], output: [1, 3, 0]), [3, 2, 4], [3, 4, 5]),
      (Contract(left: [0, 1, 2], right: [2, 1, 3], output: [0, 3]), [3, 2, 4], [4, 2, 5]),
      (Contract(left: [0, 1, 2], right: [1, 3], output: [0, 2, 3]), [3, 2, 4], [2, 5]),
      (Contract(left: [0, 1], right: [2, 1], output: [2]), [2, 3], [4, 3]),
      (Contract(left: [0, 1], right: [1, 0], output: [0]), [4, 3], [3, 4]),
      (Contract(left: [0, 1], right: [0, 1], output: [0]), [4, 3], [4, 3]),
      (Contract(left: [0, 1], right: [0, 1], output: [0, 1]), [4, 3], [4, 3]),
      (Contract(left: [0, 1], right: [1, 0], output: [0, 1]), [4, 3], [3, 4]),
      (Contract(left: [0, 1], right: [0], output: [0, 1]), [4, 3], [4]),
      (Contract(left: [], right: [0], output: [0]), [], [3]),
      (Contract(left: [], right: [], output: []), [], []),
      (Contract(left: [0, 1], right: [1, 2], output: [0, 2]), [1, 6], [6, 1]),
      (Contract(left: [0, 1], right: [1, 2], output: [0, 2]), [3, 1], [1, 4]),
      (Contract(left: [0, 1], right: [1, 2], output: [0, 2]), [2, 0], [0, 2]),
      (Contract(left: [0, 1], right: [1, 2], output: [0, 2]), [65, 130], [130, 70]),
    ]
    return [DType.f64, .f32].flatMap { dtype in
      contracts.map { contract, a, b in
        PrimitiveCase(contract, .positive(TensorType(Shape(a), dtype)), .positive(TensorType(Shape(b), dtype)))
      }
    }
  }()

  private static let factors: [PrimitiveCase] = [
    PrimitiveCase(Cholesky(), .definite(real(3, 3))), PrimitiveCase(Cholesky(), .definite(real(2, 4, 4))),
    PrimitiveCase(Solve(), .definite(real(3, 3)), .real(real(3, 2))),
    PrimitiveCase(TriangularSolve(lower: true, transposed: false), .definite(real(3, 3)), .real(real(3, 2))),
    PrimitiveCase(TriangularSolve(lower: false, transposed: true), .definite(real(2, 3, 3)), .real(real(2, 3, 2))),
    PrimitiveCase(QRDecomposition(), .definite(real(4, 4))), PrimitiveCase(SymmetricEigen(), .definite(real(4, 4))),
    PrimitiveCase(SingularValues(), .definite(real(4, 4))), PrimitiveCase(SingularValues(), .real(real(2, 5, 3))),
    PrimitiveCase(QRDecomposition(), .real(real(5, 3))),
    PrimitiveCase(Determinant(), .real(real(2, 4, 4))), PrimitiveCase(Cofactors(), .real(real(2, 4, 4))),
    PrimitiveCase(CofactorSlope(), .real(real(2, 4, 4)), .real(real(2, 4, 4))),
    PrimitiveCase(PolarFactor(), .real(real(2, 5, 3))), PrimitiveCase(PolarFactor(), .definite(single(4, 4))),
    PrimitiveCase(PolarFactor(), .real(single(2, 70, 66))),
    PrimitiveCase(PseudoInverse(), .real(real(2, 5, 3))), PrimitiveCase(PseudoInverse(), .definite(real(4, 4))),
    PrimitiveCase(
      SpectralMap(isSymmetric: false), .real(real(2, 3)), .real(real(2, 3)), .real(real(2, 2)), .real(real(2)),
      .real(real(2, 3)), .real(real(2)), .real(real(2))),
    PrimitiveCase(Eigenvalues(.pairs), .real(real(2, 4, 4))), PrimitiveCase(Eigenvalues(.radius), .real(real(2, 4, 4))),
  ]
}
