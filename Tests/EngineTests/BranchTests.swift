import Engine
import Graph
import Tensors
import Testing

/// Of a condition on known inputs only the branch that is taken is computed, with the bits of the whole.
@Suite struct BranchTests {
  /// y = (t = 0 ? A x : t < 2 ? A (A x) : x), and Σ y.
  private func program(_ dtype: DType, size: Int) -> Program {
    var graph = Graph()
    let time = graph.add(Input(index: 0, type: TensorType(.scalar, .f64)))
    let x = graph.add(Input(index: 1, type: TensorType([size], dtype)))
    let a = graph.add(Input(index: 2, type: TensorType([size, size], dtype)))
    func product(_ v: NodeID) -> NodeID { graph.add(Contract(left: [0, 1], right: [1], output: [0]), a, v) }
    let (first, twice) = (product(x), product(product(graph.add(Tanh(), x))))
    let isFirst = graph.convert(graph.add(Equal(), time, graph.constant(0, .f64)), to: dtype)
    let isEarly = graph.convert(graph.add(Less(), time, graph.constant(2, .f64)), to: dtype)
    let inner = graph.add(Select(), isEarly, twice, x)
    let y = graph.add(Select(), isFirst, first, inner)
    let total = graph.add(ReduceSum(axes: [0]), y)
    return Program(graph: graph, inputs: [time, x, a], outputs: [y, total])
  }

  private func outputs(_ program: Program, at time: Double, size: Int, _ dtype: DType) throws -> [[Double]] {
    let executable = try Executable(program)
    executable.setInput(0, time)
    let x = (0..<size).map { 0.1 * Double($0) - 1 }
    executable.setInput(1, Tensor(x, shape: [size], dtype: dtype))
    let rows = (0..<size * size).map { 1 / (1 + Double($0 % 17)) }
    executable.setInput(2, Tensor(rows, shape: [size, size], dtype: dtype))
    #expect(try executable.run() == .completed)
    return [executable.output(0).doubles(), executable.output(1).doubles()]
  }

  @Test(arguments: [DType.f64, .f32]) func theBranchThatIsTakenHasItsBits(_ dtype: DType) throws {
    let whole = program(dtype, size: 40), cut = whole.takingBranches(of: [0])
    for time in [0.0, 1, 2, 3] {
      #expect(try outputs(cut, at: time, size: 40, dtype) == outputs(whole, at: time, size: 40, dtype), "\(time)")
    }
  }

  /// No product is left outside of the loops, and each is in one: the inner condition's lies in the outer's.
  @Test func productsAreInsideOfLoops() throws {
    let lines = try Executable(program(.f64, size: 40).takingBranches(of: [0])).listing.split(separator: "\n")
    let outer = lines.filter { !$0.hasPrefix(" ") }
    #expect(outer.count { $0.contains("whileLoop") } == 2, "\(lines)")
    #expect(!outer.contains { $0.contains("gemv") } && lines.contains { $0.contains("gemv") }, "\(lines)")
    let apart = try Executable(program(.f64, size: 40)).listing
    #expect(!apart.contains("whileLoop"))
  }

  /// Little work, an unknown condition and what is used elsewhere too stay as they are.
  @Test func whatIsSmallOrNeededElsewhereStays() throws {
    let small = try Executable(program(.f64, size: 3).takingBranches(of: [0])).listing
    #expect(!small.contains("whileLoop"))
    let unknown = try Executable(program(.f64, size: 40).takingBranches(of: [])).listing
    #expect(!unknown.contains("whileLoop"))
    var used = program(.f64, size: 40)
    used.outputs += used.graph.nodes.indices.map { NodeID($0) }.filter { used.graph[$0].primitive is Contract }
    #expect(try !Executable(used.takingBranches(of: [0])).listing.contains("whileLoop"))
  }
}
