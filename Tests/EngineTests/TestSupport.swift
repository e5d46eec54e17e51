import Engine
import Graph
import Tensors
import Testing

/// SplitMix64: the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: Int) { state = UInt64(seed) &* 0x2545_F491_4F6C_DD1D &+ 1 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func values(_ type: TensorType, in range: ClosedRange<Double> = -2...2) -> ReferenceTensor {
    let values = (0..<type.count).map { _ in Double.random(in: range, using: &self) }
    return ReferenceTensor(rounding: values, to: type)
  }

  mutating func indices(_ type: TensorType, below bound: Int) -> ReferenceTensor {
    ReferenceTensor(type, (0..<type.count).map { _ in Double(Int.random(in: 0..<bound, using: &self)) })
  }
}

func real(_ sizes: Int...) -> TensorType { TensorType(Shape(sizes), .f64) }
func single(_ sizes: Int...) -> TensorType { TensorType(Shape(sizes), .f32) }
func whole(_ sizes: Int...) -> TensorType { TensorType(Shape(sizes), .i64) }

extension Graph {
  /// A new `Input` node.
  mutating func input(_ index: Int, _ type: TensorType) -> NodeID { add(Input(index: index, type: type)) }
}

/// A graph with values for its inputs.
struct Trial {
  var graph = Graph()
  var inputs: [NodeID] = []
  var values: [ReferenceTensor] = []
  var outputs: [NodeID] = []

  mutating func input(_ value: ReferenceTensor) -> NodeID {
    inputs.append(graph.input(inputs.count, value.type))
    values.append(value)
    return inputs[inputs.count - 1]
  }

  var program: Program { Program(graph: graph, inputs: inputs, outputs: outputs) }

  var expected: [ReferenceTensor] {
    Interpreter.evaluate(graph, outputs: outputs, inputs: Dictionary(uniqueKeysWithValues: zip(inputs, values)))
  }

  func executable(_ options: EngineOptions = EngineOptions()) throws -> Executable {
    let executable = try Executable(program, options: options)
    for (index, value) in values.enumerated() { executable.setInput(index, values: value.values) }
    return executable
  }

  /// Checks all outputs against the interpreter's, and that fusing changes no bit.
  func check(tolerance: Double = 1e-12, _ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let fused = try executable(), unfused = try executable(EngineOptions(fusesElementwise: false))
    try fused.run()
    try unfused.run()
    for (index, expected) in expected.enumerated() {
      let found = fused.outputValues(index)
      #expect(
        isClose(found, expected.values, tolerance), "\(comment): \(found) for \(expected.values)",
        sourceLocation: sourceLocation)
      #expect(
        found.map(\.bitPattern) == unfused.outputValues(index).map(\.bitPattern), "\(comment): fusing changed bits",
        sourceLocation: sourceLocation)
    }
  }
}

/// Whether all values agree to a relative error; not-a-number agrees with itself.
func isClose(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
  a.count == b.count
    && zip(a, b).allSatisfy { x, y in
      x == y || (x.isNaN && y.isNaN) || (x - y).magnitude <= tolerance * max(1, x.magnitude, y.magnitude)
    }
}

extension Executable {
  func setInput(_ index: Int, values: [Double]) {
    setInput(index, Tensor(values, shape: inputTypes[index].shape, dtype: inputTypes[index].dtype))
  }
  func inputValues(_ index: Int) -> [Double] { input(index).doubles() }
  func outputValues(_ index: Int) -> [Double] { output(index).doubles() }
}

extension Subgraph {
  /// A subgraph whose outputs are built from inputs of the given types.
  convenience init(inputTypes: [TensorType], _ build: (inout Graph, [NodeID]) -> [NodeID]) {
    var graph = Graph()
    let inputs = inputTypes.enumerated().map { graph.input($0.offset, $0.element) }
    let outputs = build(&graph, inputs)
    self.init(graph: graph, inputs: inputs, outputs: outputs)
  }
}
