import Testing

import Graph
import Tensors

/// What every primitive must satisfy, for every case of `PrimitiveCases`.
@Suite struct PrimitiveBatteryTests {
  /// All but those whose derivative is not that of their value by intention, and those that have none.
  static let differentiable = PrimitiveCases.all.filter {
    !$0.realInputs.isEmpty && !($0.primitive is StopGradient) && !($0.primitive is Cusp) && !($0.primitive is Lanczos)
      && !($0.primitive is Eigenvalues) && !($0.primitive is SpectralMap)
  }
  static let reversible = differentiable.filter(\.isReversible)

  @Test(arguments: PrimitiveCases.all)
  func referenceHasTheTypeOfTheShapeRule(_ test: PrimitiveCase) throws {
    let function = try test.application()
    #expect(function(test.values(seed: 1))[0].type == function.graph.type(function.outputs[0]))
  }

  @Test(arguments: reversible)
  func gradientEqualsDifferences(_ test: PrimitiveCase) throws {
    var function = try test.scalar()
    let scalar = function
    function.outputs = try function.graph.gradient(
      of: scalar.outputs[0], withRespectTo: test.realInputs.map { function.inputs[$0] })
    for seed in 1...2 as ClosedRange<UInt64> {
      let point = test.values(seed: seed)
      let gradients = function(point)
      let scale = max(1, gradients.map(\.largest).max() ?? 0)
      try #require(gradients.count == test.realInputs.count)
      for (input, gradient) in zip(test.realInputs, gradients) {
        for i in gradient.values.indices {
          let expected = differentiate { step in
            var moved = point
            moved[input] = point[input].moved(at: i, by: step)
            return scalar(moved)[0].values[0]
          }
          let error = relativeError(gradient.values[i], expected.value, scale: scale)
          #expect(error <= 1e-10, "input \(input)[\(i)]: \(gradient.values[i]), differences \(expected)")
        }
      }
    }
  }

  @Test(arguments: differentiable)
  func tangentEqualsDifferences(_ test: PrimitiveCase) throws {
    var function = try test.scalar()
    let scalar = function
    let point = test.values(seed: 3)
    let directions = test.directions(seed: 4)
    let tangents = test.realInputs.map { function.graph.add(Input(index: 100 + $0, type: test.types[$0])) }
    function.outputs = try function.graph.jacobianVectorProduct(
      of: scalar.outputs, withRespectTo: test.realInputs.map { function.inputs[$0] }, tangents: tangents.map { $0 })
    function.inputs += tangents
    let value = function(point + test.realInputs.map { directions[$0] })[0].values[0]
    let expected = differentiate { step in scalar(test.moved(point, along: directions, by: step))[0].values[0] }
    let error = relativeError(value, expected.value)
    #expect(error <= 1e-10, "\(value), differences \(expected)")
  }

  @Test(arguments: reversible)
  func forwardAndReverseAgree(_ test: PrimitiveCase) throws {
    var function = try test.application()
    let output = function.outputs[0]
    guard function.graph.dtype(output).isReal else { return }
    let real = test.realInputs.map { function.inputs[$0] }
    let adjoint = function.graph.add(Input(index: 100, type: function.graph.type(output)))
    let tangents = real.enumerated().map {
      function.graph.add(Input(index: 200 + $0.offset, type: function.graph.type($0.element)))
    }
    let reverse = try function.graph.vectorJacobianProduct(of: [output], adjoints: [adjoint], withRespectTo: real)
    let forward = try function.graph.jacobianVectorProduct(
      of: [output], withRespectTo: real, tangents: tangents.map { $0 })
    function.inputs += [adjoint] + tangents
    function.outputs = reverse + forward
    let directions = test.directions(seed: 6)
    let weights = ReferenceTensor(
      function.graph.type(output), Domain.range(-1...1).values(function.graph.shape(output), seed: 7))
    let results = function(test.values(seed: 5) + [weights] + test.realInputs.map { directions[$0] })
    let viaReverse = zip(results, test.realInputs).reduce(0) { $0 + $1.0.dot(directions[$1.1]) }
    let viaForward = results[real.count].dot(weights)
    let scale = max(1, results.map(\.largest).max() ?? 0)
    let error = relativeError(viaReverse, viaForward, scale: scale)
    #expect(error <= 1e-12, "⟨Jᵀw, t⟩ = \(viaReverse), ⟨w, Jt⟩ = \(viaForward)")
  }

  @Test(arguments: reversible)
  func secondDerivativesEqualDifferencesAndAreSymmetric(_ test: PrimitiveCase) throws {
    let scalar = try test.scalar()
    let real = test.realInputs.map { scalar.inputs[$0] }
    var gradient = scalar
    gradient.outputs = try gradient.graph.gradient(of: scalar.outputs[0], withRespectTo: real)
    var product = scalar
    let vectors = test.realInputs.map { product.graph.add(Input(index: 100 + $0, type: test.types[$0])) }
    product.outputs = try product.graph.hessianVectorProduct(of: scalar.outputs[0], withRespectTo: real, times: vectors)
    product.inputs += vectors
    let point = test.values(seed: 8)
    let (u, v) = (test.directions(seed: 9), test.directions(seed: 10))
    let hv = product(point + test.realInputs.map { v[$0] })
    let hu = product(point + test.realInputs.map { u[$0] })
    let scale = max(1, (hu + hv).map(\.largest).max() ?? 0)
    for (position, result) in hv.enumerated() {
      for i in result.values.indices {
        let expected = differentiate { gradient(test.moved(point, along: v, by: $0))[position].values[i] }
        let error = relativeError(result.values[i], expected.value, scale: scale)
        #expect(error <= 1e-10, "\(result.values[i]), differences \(expected)")
      }
    }
    let uhv = zip(hv, test.realInputs).reduce(0) { $0 + $1.0.dot(u[$1.1]) }
    let vhu = zip(hu, test.realInputs).reduce(0) { $0 + $1.0.dot(v[$1.1]) }
    let error = relativeError(uhv, vhu, scale: scale)
    #expect(error <= 1e-12, "uᵀHv = \(uhv), vᵀHu = \(vhu)")
  }

  @Test(arguments: PrimitiveCases.all.filter { !$0.types.isEmpty })
  func batchEqualsLoop(_ test: PrimitiveCase) throws {
    for mask in 1..<(1 << test.types.count) {
      let isBatched = test.types.indices.map { mask >> $0 & 1 == 1 }
      try checkBatch(of: try test.application(), test, isBatched)
      if test.isReversible, let gradient = try test.gradient() { try checkBatch(of: gradient, test, isBatched) }
    }
  }

  private func checkBatch(of single: TestFunction, _ test: PrimitiveCase, _ isBatched: [Bool]) throws {
    let size = 3
    var batched = single
    var pairs: [(original: NodeID, replacement: NodeID)] = []
    for (i, type) in test.types.enumerated() where isBatched[i] {
      let wide = TensorType(Shape([size] + type.shape.sizes), type.dtype)
      let input = batched.graph.add(Input(index: 100 + i, type: wide))
      pairs.append((single.inputs[i], input))
      batched.inputs[i] = input
    }
    batched.outputs = batched.graph.batch(outputs: single.outputs, inputs: pairs, size: size)
    let members = (0..<size).map { test.values(seed: 20 + UInt64($0)) }
    let inputs = test.types.indices.map { i in
      isBatched[i] ? ReferenceTensor(stacking: members.map { $0[i] }) : members[0][i]
    }
    let results = batched(inputs)
    for (member, own) in members.enumerated() {
      let expected = single(test.types.indices.map { isBatched[$0] ? own[$0] : members[0][$0] })
      #expect(results.count == expected.count)
      for (result, value) in zip(results, expected) {
        let error = relativeError(result.member(member, of: size), value)
        #expect(error <= 1e-13, "member \(member), batched \(isBatched)")
      }
    }
  }

  @Test(arguments: reversible)
  func simplificationChangesNoBit(_ test: PrimitiveCase) throws {
    let point = test.values(seed: 30)
    guard let with = try test.gradient(), let without = try test.gradient(simplifies: false) else { return }
    for (a, b) in zip(with(point), without(point)) { #expect(a == b) }
    #expect(with.graph.nodes.count <= without.graph.nodes.count)
  }
}

extension PrimitiveCase {
  /// A direction for each input; zero for those that are not varied.
  func directions(seed: UInt64) -> [ReferenceTensor] {
    var random = SeededGenerator(seed: seed)
    return types.indices.map { i in
      ReferenceTensor(types[i], (0..<types[i].count).map { _ in realInputs.contains(i) ? random.real(in: -1...1) : 0 })
    }
  }

  func moved(_ point: [ReferenceTensor], along directions: [ReferenceTensor], by step: Double) -> [ReferenceTensor] {
    zip(point, directions).map { $0.moved(along: $1, by: step) }
  }

  /// The gradient of `scalar`, where there are real inputs.
  func gradient(simplifies: Bool = true) throws -> TestFunction? {
    guard !realInputs.isEmpty else { return nil }
    var function = try scalar(simplifies: simplifies)
    function.outputs = try function.graph.gradient(
      of: function.outputs[0], withRespectTo: realInputs.map { function.inputs[$0] })
    return function
  }
}

extension Domain {
  func values(_ shape: Shape, seed: UInt64) -> [Double] {
    var random = SeededGenerator(seed: seed)
    return values(shape, &random)
  }
}

extension ReferenceTensor {
  init(stacking members: [ReferenceTensor]) {
    self.init(
      TensorType(Shape([members.count] + members[0].shape.sizes), members[0].type.dtype), members.flatMap(\.values))
  }

  func member(_ index: Int, of size: Int) -> ReferenceTensor {
    let type = TensorType(Shape(Array(shape.sizes.dropFirst())), type.dtype)
    return ReferenceTensor(type, Array(values[index * type.count..<(index + 1) * type.count]))
  }
}
