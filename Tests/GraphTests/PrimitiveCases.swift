import Graph
import Tensors

/// Every primitive with shapes and values to try it on.
///
/// `RegistryTests` checks that none is missing.
enum PrimitiveCases {
  static let all: [PrimitiveCase] =
    leaves + unary + binary + structural + reductions + indexing + images + matrices + loops

  static func real(_ sizes: Int...) -> TensorType { TensorType(Shape(sizes), .f64) }
  static func whole(_ sizes: Int...) -> TensorType { TensorType(Shape(sizes), .i64) }

  static let leaves: [PrimitiveCase] = [
    PrimitiveCase(ScalarConstant(value: 2.5, dtype: .f64), []),
    PrimitiveCase(Constant(value: Tensor([1, 2], shape: [2])), []),
    PrimitiveCase(Iota(count: 4, dtype: .f64), []),
  ]

  static let unary: [PrimitiveCase] = {
    let anywhere: [any ElementwiseUnary] = [
      Negate(), Exponential(), Expm1(), Square(), Sine(), Cosine(), Tanh(), Sigmoid(), Softplus(), Erf(), Erfc(),
      ArcTangent(),
      Sinh(), Cosh(),
    ]
    let awayFromZero: [any ElementwiseUnary] = [Absolute(), Sign(), Reciprocal(), Relu(), IsFinite(), CubeRoot()]
    let positive: [any ElementwiseUnary] = [Logarithm(), SquareRoot()]
    let inside: [any ElementwiseUnary] = [ArcSine(), ArcCosine(), Log1p(), Tangent()]
    let between: [any ElementwiseUnary] = [Floor(), Ceiling(), Round(), Truncate()]
    return [
      (anywhere, Domain.range(-2...2)), (awayFromZero, .awayFromZero), (positive, .range(0.4...2)),
      (inside, .range(-0.6...0.6)), (between, .range(1.1...1.4)),
    ]
    .flatMap { primitives, domain in
      primitives.flatMap { [PrimitiveCase($0, [(real(), domain)]), PrimitiveCase($0, [(real(2, 3), domain)])] }
    }
  }()

  static let binary: [PrimitiveCase] = {
    let smooth: [(any ElementwiseBinary, Domain, Domain)] = [
      (Add(), .range(-2...2), .range(-2...2)), (Subtract(), .range(-2...2), .range(-2...2)),
      (Multiply(), .range(-2...2), .range(-2...2)), (Divide(), .range(-2...2), .awayFromZero),
      (Power(), .range(0.4...2), .range(-2...3)), (ArcTangent2(), .awayFromZero, .awayFromZero),
      (ScaleAdjoint(), .awayFromZero, .range(-2...2)),
      (Maximum(), .range(-1 ... -0.1), .awayFromZero), (Minimum(), .range(0.05...0.2), .awayFromZero),
      (Modulo(), .range(2.1...2.3), .range(0.85...0.95)), (FloorDivide(), .range(2.1...2.2), .range(0.85...0.95)),
      // With the code of f64 nothing is rounded; between powers of 2 the numbers of bf16 are as far apart.
      (RoundTo(), .range(-2...2), .range(756...756)), (Spacing(), .range(1.1...1.9), .range(519...519)),
      (Less(), .range(0...0.1), .awayFromZero), (LessEqual(), .range(0...0.1), .awayFromZero),
      (Equal(), .range(0...0.1), .awayFromZero), (NotEqual(), .range(0...0.1), .awayFromZero),
    ]
    let shapes: [([Int], [Int])] = [
      ([], []), ([3], [3]), ([2, 3], [3]), ([3], [2, 3]), ([2, 1], [1, 3]), ([], [2, 2]), ([2, 2], []), ([0], []),
    ]
    let broadcast = smooth.flatMap { primitive, a, b in
      shapes.map { PrimitiveCase(primitive, [(TensorType(Shape($0), .f64), a), (TensorType(Shape($1), .f64), b)]) }
    }
    return broadcast + [
      PrimitiveCase(Cusp(), [(real(3), .range(-1...1)), (real(3), .fixed([0, 0, 0]))], isReversible: false),
      PrimitiveCase(Select(), [(real(3), .truth), (real(3), .range(-1...1)), (real(3), .range(-1...1))]),
      PrimitiveCase(Select(), [(real(3), .truth), (real(), .range(-1...1)), (real(2, 3), .range(-1...1))]),
      PrimitiveCase(Select(), [(real(), .truth), (real(2), .range(-1...1)), (real(2), .range(-1...1))]),
      PrimitiveCase(Add(), [(whole(3), .index(9)), (whole(), .index(9))]),
      PrimitiveCase(Less(), [(whole(3), .index(9)), (whole(2, 3), .index(9))]),
    ]
  }()

  static let structural: [PrimitiveCase] = [
    PrimitiveCase(Convert(dtype: .f64), [(real(3), .range(-1...1))]),
    PrimitiveCase(Convert(dtype: .i64), [(real(3), .range(1.1...1.9))]),
    PrimitiveCase(Convert(dtype: .f64), [(whole(3), .index(5))]),
    PrimitiveCase(StopGradient(), [(real(3), .range(-1...1))]),
    PrimitiveCase(Reshape(shape: [3, 2]), [(real(2, 3), .range(-1...1))]),
    PrimitiveCase(Reshape(shape: []), [(real(1, 1), .range(-1...1))]),
    PrimitiveCase(Transpose(permutation: [2, 0, 1]), [(real(2, 3, 2), .range(-1...1))]),
    PrimitiveCase(BroadcastTo(shape: [2, 3]), [(real(), .range(-1...1))]),
    PrimitiveCase(BroadcastTo(shape: [2, 3]), [(real(3), .range(-1...1))]),
    PrimitiveCase(BroadcastTo(shape: [2, 2, 3]), [(real(2, 1), .range(-1...1))]),
    PrimitiveCase(Slice(starts: [1, 0], stops: [3, 2]), [(real(3, 4), .range(-1...1))]),
    PrimitiveCase(Pad(low: [1, 0], high: [0, 2]), [(real(2, 2), .range(-1...1))]),
    PrimitiveCase(Concatenate(axis: 1), [(real(2, 1), .range(-1...1)), (real(2, 3), .range(-1...1))]),
    PrimitiveCase(
      Concatenate(axis: 0), [(real(2), .range(-1...1)), (real(0), .range(-1...1)), (real(1), .range(-1...1))]),
    PrimitiveCase(Reverse(axes: [0, 1]), [(real(2, 3), .range(-1...1))]),
    PrimitiveCase(
      Draw(distribution: .normal, shape: [2], dtype: .f64), [(whole(3), .index(1000))]),
    PrimitiveCase(
      Draw(distribution: .index(below: 5), shape: [4], dtype: .i64), [(whole(2, 3), .index(1000))]),
  ]

  static let reductions: [PrimitiveCase] = [
    PrimitiveCase(ReduceSum(axes: [0]), [(real(3), .range(-1...1))]),
    PrimitiveCase(ReduceSum(axes: [0, 2]), [(real(2, 3, 2), .range(-1...1))]),
    PrimitiveCase(ReduceSum(axes: [1]), [(real(2, 0), .range(-1...1))]),
    PrimitiveCase(ReduceMax(axes: [0]), [(real(4), .distinct)]),
    PrimitiveCase(ReduceMax(axes: [1, 0]), [(real(2, 3, 2), .distinct)]),
    PrimitiveCase(ReduceMin(axes: [1]), [(real(2, 3), .distinct)]),
    PrimitiveCase(ReduceProduct(axes: [0]), [(real(4), .awayFromZero)]),
    PrimitiveCase(ReduceProduct(axes: [0]), [(real(3), .fixed([2, 0, 3]))]),
    PrimitiveCase(ReduceProduct(axes: [0]), [(real(4), .fixed([2, 0, 3, 0]))]),
    PrimitiveCase(ReduceProduct(axes: [0, 1]), [(real(2, 2, 2), .awayFromZero)]),
    PrimitiveCase(LogSumExp(), [(real(4), .range(-3...3))]),
    PrimitiveCase(LogSumExp(), [(real(2, 3), .range(-3...3))]),
    PrimitiveCase(Softmax(), [(real(4), .range(-3...3))]),
    PrimitiveCase(Softmax(), [(real(2, 3), .range(-3...3))]),
    PrimitiveCase(ArgMax(), [(real(2, 3), .distinct)]),
    PrimitiveCase(ArgMin(), [(real(4), .distinct)]),
    PrimitiveCase(CumulativeSum(axis: 0, reverse: false), [(real(3, 2), .range(-1...1))]),
    PrimitiveCase(CumulativeSum(axis: 1, reverse: true), [(real(2, 3), .range(-1...1))]),
    PrimitiveCase(CumulativeProduct(axis: 0, reverse: false), [(real(4), .awayFromZero)]),
    PrimitiveCase(CumulativeProduct(axis: 0, reverse: false), [(real(4), .fixed([1.5, 0, 2, 0]))]),
    PrimitiveCase(CumulativeProduct(axis: 0, reverse: true), [(real(3, 2), .awayFromZero)]),
  ]

  static let indexing: [PrimitiveCase] = [
    PrimitiveCase(GatherRows(), [(real(4, 2), .range(-1...1)), (whole(), .index(4))]),
    PrimitiveCase(GatherRows(), [(real(4), .range(-1...1)), (whole(2, 3), .index(4))]),
    PrimitiveCase(GatherRows(), [(real(3, 2, 2), .range(-1...1)), (whole(5), .index(3))]),
    PrimitiveCase(ScatterAddRows(rowCount: 3), [(whole(4), .index(3)), (real(4, 2), .range(-1...1))]),
    PrimitiveCase(ScatterAddRows(rowCount: 3), [(whole(), .index(3)), (real(2), .range(-1...1))]),
    PrimitiveCase(ScatterAddRows(rowCount: 3), [(whole(2, 2), .index(3)), (real(2, 2), .range(-1...1))]),
    PrimitiveCase(FirstPlaces(), [(whole(6), .index(3))]),
    PrimitiveCase(FirstPlaces(), [(whole(2, 5), .index(4))]),
    PrimitiveCase(AddRows(), [(real(3, 2), .range(-1...1)), (whole(4), .index(3)), (real(4, 2), .range(-1...1))]),
    PrimitiveCase(AddRows(), [(real(4), .range(-1...1)), (whole(2, 3), .index(4)), (real(2, 3), .range(-1...1))]),
    PrimitiveCase(TakeAlongLast(), [(real(4), .range(-1...1)), (whole(2), .index(4))]),
    PrimitiveCase(TakeAlongLast(), [(real(2, 3), .range(-1...1)), (whole(2, 4), .index(3))]),
    PrimitiveCase(ScatterAlongLast(count: 3), [(whole(2, 4), .index(3)), (real(2, 4), .range(-1...1))]),
    PrimitiveCase(CheckedIndex(count: 4), [(whole(2, 3), .index(4))]),
    PrimitiveCase(ArgSort(), [(real(2, 4), .distinct)]),
    PrimitiveCase(TopKIndices(k: 2, byMagnitude: false), [(real(2, 4), .distinct)]),
    PrimitiveCase(TopKIndices(k: 3, byMagnitude: true), [(real(5), .distinct)]),
    PrimitiveCase(ChosenPlaces(count: 5), [(real(2, 4), .range(0...1))]),
  ]

  static let images: [PrimitiveCase] =
    [
      PrimitiveCase(Patches(kernel: [2, 2], stride: [1, 1], padding: [0, 0]), [(real(1, 3, 3), .range(-1...1))]),
      PrimitiveCase(Patches(kernel: [3, 2], stride: [2, 1], padding: [1, 0]), [(real(2, 1, 3, 3), .range(-1...1))]),
      PrimitiveCase(
        FoldPatches(size: [3, 3], stride: [1, 1], padding: [0, 0]), [(real(2, 2, 1, 2, 2), .range(-1...1))]),
      PrimitiveCase(
        FoldPatches(size: [3, 3], stride: [2, 1], padding: [1, 0]), [(real(2, 2, 2, 1, 3, 2), .range(-1...1))]),
    ] + convolutions

  private static let convolutions: [PrimitiveCase] = {
    func form(_ stride: [Int], _ padding: [Int], _ members: [Bool] = [false, false]) -> ConvolutionForm {
      ConvolutionForm(stride: stride, padding: padding, members: members)
    }
    func both(_ a: TensorType, _ b: TensorType) -> [(TensorType, Domain)] {
      [(a, .range(-1...1)), (b, .range(-1...1))]
    }
    return [
      PrimitiveCase(Convolve(form([1, 1], [0, 0])), both(real(1, 3, 3), real(2, 1, 2, 2))),
      PrimitiveCase(Convolve(form([2, 1], [1, 0])), both(real(2, 2, 3, 3), real(1, 2, 3, 2))),
      PrimitiveCase(Convolve(form([1, 1], [0, 0], [true, true])), both(real(2, 1, 3, 2), real(2, 1, 1, 2, 1))),
      PrimitiveCase(Convolve(form([1, 1], [0, 0], [false, true])), both(real(1, 3, 2), real(2, 1, 1, 2, 1))),
      PrimitiveCase(
        ConvolveFilters(form([1, 1], [0, 0]), kernel: [2, 2]), both(real(2, 1, 3, 3), real(2, 2, 2, 2))),
      PrimitiveCase(
        ConvolveFilters(form([2, 1], [1, 0]), kernel: [3, 2]), both(real(2, 1, 3, 3), real(2, 1, 2, 2))),
      PrimitiveCase(
        ConvolveFilters(form([1, 1], [0, 0], [true, false]), kernel: [2, 1]), both(real(2, 1, 3, 2), real(1, 2, 2))),
    ]
  }()

  static let matrices: [PrimitiveCase] = {
    let contracts: [(Contract, [Int], [Int])] = [
      (Contract(left: [0], right: [0], output: []), [3], [3]),
      (Contract(left: [0, 1], right: [1], output: [0]), [2, 3], [3]),
      (Contract(left: [0, 1], right: [1, 2], output: [0, 2]), [2, 3], [3, 2]),
      (Contract(left: [1, 0], right: [2, 1], output: [2, 0]), [3, 2], [2, 3]),
      (Contract(left: [0], right: [1], output: [1, 0]), [2], [3]),
      (Contract(left: [0, 1, 2], right: [0, 2, 3], output: [0, 1, 3]), [2, 2, 3], [2, 3, 1]),
      (Contract(left: [0, 1], right: [2, 1], output: [2]), [2, 3], [2, 3]),
      (Contract(left: [0, 1], right: [1, 0], output: [0]), [2, 3], [3, 2]),
      (Contract(left: [], right: [0], output: [0]), [], [3]),
      (Contract(left: [0, 1], right: [1, 2], output: [0, 2]), [2, 0], [0, 2]),
    ]
    let products = contracts.map { contract, a, b in
      PrimitiveCase(
        contract, [(TensorType(Shape(a), .f64), .range(-1...1)), (TensorType(Shape(b), .f64), .range(-1...1))])
    }
    return products + systems + decompositions
  }()

  static let systems: [PrimitiveCase] =
    [
      PrimitiveCase(Cholesky(), [(real(3, 3), .positiveDefinite)]),
      PrimitiveCase(Cholesky(), [(real(2, 2, 2), .positiveDefinite)]),
      PrimitiveCase(Solve(), [(real(3, 3), .wellConditioned), (real(3, 2), .range(-1...1))]),
      PrimitiveCase(Solve(), [(real(2, 2, 2), .wellConditioned), (real(2, 2, 1), .range(-1...1))]),
      PrimitiveCase(Determinant(), [(real(3, 3), .wellConditioned)]),
      PrimitiveCase(Determinant(), [(real(2, 2, 2), .wellConditioned)]),
      PrimitiveCase(Determinant(), [(real(3, 3), .fixed(rankOne))]),
      PrimitiveCase(Cofactors(), [(real(3, 3), .wellConditioned)]),
      PrimitiveCase(Cofactors(), [(real(2, 2, 2), .wellConditioned)]),
      PrimitiveCase(CofactorSlope(), [(real(3, 3), .wellConditioned), (real(3, 3), .range(-1...1))]),
      PrimitiveCase(CofactorSlope(), [(real(2, 2, 2), .wellConditioned), (real(2, 2, 2), .range(-1...1))]),
      PrimitiveCase(PseudoInverse(), [(real(3, 3), .wellConditioned)]),
      PrimitiveCase(PseudoInverse(), [(real(4, 2), .wellConditioned)]),
      PrimitiveCase(PseudoInverse(), [(real(2, 2, 3), .wellConditioned)]),
      PrimitiveCase(PolarFactor(), [(real(3, 3), .wellConditioned)]),
      PrimitiveCase(PolarFactor(), [(real(4, 2), .wellConditioned)]),
      PrimitiveCase(PolarFactor(), [(real(2, 2, 3), .wellConditioned)]),
      PrimitiveCase(SpectralMap(isSymmetric: false), spectral(2, 3)),
      PrimitiveCase(SpectralMap(isSymmetric: false), spectral(3, 2)),
      PrimitiveCase(SpectralMap(isSymmetric: true), spectral(3, 3)),
    ]
    + [false, true].flatMap { lower in
      [false, true].map { transposed in
        PrimitiveCase(
          TriangularSolve(lower: lower, transposed: transposed),
          [(real(3, 3), .wellConditioned), (real(3, 2), .range(-1...1))])
      }
    }

  /// The value, a matrix, its factors, and the values and slopes of a function at what is between them.
  private static func spectral(_ m: Int, _ n: Int) -> [(TensorType, Domain)] {
    let k = min(m, n)
    return [
      (real(m, n), .range(-1...1)), (real(m, n), .range(-1...1)), (real(m, k), .range(-1...1)), (real(k), .distinct),
      (real(k, n), .range(-1...1)), (real(k), .range(0.5...1)), (real(k), .range(0.5...1)),
    ]
  }

  /// Of rank 1, so that all cofactors are 0.
  private static let rankOne = [1, 2, 3, -2, -4, -6, 0.5, 1, 1.5]

  static let decompositions: [PrimitiveCase] = [
    PrimitiveCase(QRDecomposition(), [(real(3, 3), .wellConditioned)]),
    PrimitiveCase(QRDecomposition(), [(real(4, 2), .wellConditioned)]),
    PrimitiveCase(QRDecomposition(), [(real(2, 4), .wellConditioned)]),
    PrimitiveCase(QRDecomposition(), [(real(2, 3, 2), .wellConditioned)]),
    PrimitiveCase(SymmetricEigen(), [(real(3, 3), .positiveDefinite)]),
    PrimitiveCase(SymmetricEigen(), [(real(2, 2, 2), .positiveDefinite)]),
    PrimitiveCase(SingularValues(), [(real(3, 3), .wellConditioned)]),
    PrimitiveCase(SingularValues(), [(real(4, 2), .wellConditioned)]),
    PrimitiveCase(SingularValues(), [(real(2, 3), .wellConditioned)]),
    PrimitiveCase(SingularValues(), [(real(2, 3, 2), .wellConditioned)]),
    PrimitiveCase(Eigenvalues(.pairs), [(real(3, 3), .wellConditioned)], isReversible: false),
    PrimitiveCase(Eigenvalues(.radius), [(real(2, 2, 2), .wellConditioned)], isReversible: false),
  ]

  static let loops: [PrimitiveCase] = [
    PrimitiveCase(recurrence(reverse: false), recurrenceInputs),
    PrimitiveCase(recurrence(reverse: true), recurrenceInputs),
    PrimitiveCase(responses, [(real(3, 2), .range(-1...1)), (real(2, 2), .range(-1...1))]),
    PrimitiveCase(power(count: 0), [(real(), .range(0.5...1.5))]),
    PrimitiveCase(power(count: 4), [(real(), .range(0.5...1.5))]),
    PrimitiveCase(newton, [(real(), .range(1...2)), (real(), .range(1.5...4))], isReversible: false),
    PrimitiveCase(lanczos(.pairs(count: 2, vectors: true)), lanczosInputs, isReversible: false),
    PrimitiveCase(lanczos(.quadrature), lanczosInputs, isReversible: false),
  ]

  /// The spectrum of A + Aᵀ.
  private static func lanczos(_ result: Lanczos.Result) -> Lanczos {
    let body = Subgraph(inputTypes: [real(3), real(3, 3)]) { graph, inputs in
      let left = graph.add(Contract(left: [0, 1], right: [1], output: [0]), inputs[1], inputs[0])
      return [graph.add(Add(), left, graph.add(Contract(left: [0, 1], right: [0], output: [1]), inputs[1], inputs[0]))]
    }
    return Lanczos(body: body, steps: 3, tolerance: 1e-12, result: result)
  }

  private static let lanczosInputs: [(TensorType, Domain)] = [
    (real(3), .range(0.5...1)), (real(3, 3), .range(-1...1)),
  ]

  /// h ← tanh(W h + sᵢ), collecting h · i.
  private static func recurrence(reverse: Bool) -> Loop {
    let body = Subgraph(inputTypes: [whole(), real(2), real(2), real(2, 2)]) { graph, inputs in
      let product = graph.add(Contract(left: [0, 1], right: [1], output: [0]), inputs[3], inputs[1])
      let next = graph.add(Tanh(), graph.add(Add(), product, inputs[2]))
      return [next, graph.add(Multiply(), next, graph.convert(inputs[0], to: .f64))]
    }
    return Loop(count: 3, reverse: reverse, carryCount: 1, scannedCount: 1, body: body)
  }

  private static let recurrenceInputs: [(TensorType, Domain)] = [
    (real(2), .range(-1...1)), (real(3, 2), .range(-1...1)), (real(2, 2), .range(-1...1)),
  ]

  /// tanh(W sᵢ) for each row, carrying nothing.
  private static var responses: Loop {
    let body = Subgraph(inputTypes: [whole(), real(2), real(2, 2)]) { graph, inputs in
      [graph.add(Tanh(), graph.add(Contract(left: [0, 1], right: [1], output: [0]), inputs[2], inputs[1]))]
    }
    return Loop(count: 3, carryCount: 0, scannedCount: 1, body: body)
  }

  /// x ← x² / 2 and a second carried number that x is added to.
  private static func power(count: Int) -> Loop {
    let body = Subgraph(inputTypes: [whole(), real()]) { graph, inputs in
      let square = graph.add(Multiply(), graph.add(Square(), inputs[1]), graph.constant(0.7, .f64))
      return [square]
    }
    return Loop(count: count, carryCount: 1, body: body)
  }

  /// x ← (x + a/x)/2 while |x² − a| > 1e-13: the square root of a.
  private static var newton: WhileLoop {
    let types = [real(), real()]
    let condition = Subgraph(inputTypes: types) { graph, inputs in
      let residual = graph.add(Absolute(), graph.add(Subtract(), graph.add(Square(), inputs[0]), inputs[1]))
      return [graph.add(Less(), graph.constant(1e-13, .f64), residual)]
    }
    let body = Subgraph(inputTypes: types) { graph, inputs in
      let sum = graph.add(Add(), inputs[0], graph.add(Divide(), inputs[1], inputs[0]))
      return [graph.add(Multiply(), sum, graph.constant(0.5, .f64))]
    }
    return WhileLoop(condition: condition, body: body, limit: 8)
  }
}
