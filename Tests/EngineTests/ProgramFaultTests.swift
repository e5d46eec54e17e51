import Engine
import Graph
import Tensors
import Testing

/// Wherever a program reads by an index or factorises a matrix, an index outside of its table or a matrix without the
/// property ends the run, and says which it was.
@Suite("what a program cannot go on with")
struct ProgramFaultTests {
  private struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    /// Shapes of a table of reals and of the indices.
    var table: Shape
    var index: Shape
    var count: Int
    var build: @Sendable (inout Graph, NodeID, NodeID) -> NodeID
  }

  private static let cases: [Case] = [
    Case(testDescription: "one number of a vector", table: [5], index: [], count: 5) { $0.add(GatherRows(), $1, $2) },
    Case(testDescription: "one row", table: [5, 3], index: [], count: 5) { $0.add(GatherRows(), $1, $2) },
    Case(testDescription: "rows", table: [5, 3], index: [4], count: 5) { $0.add(GatherRows(), $1, $2) },
    Case(testDescription: "a table without rows", table: [0, 3], index: [4], count: 0) { $0.add(GatherRows(), $1, $2) },
    Case(testDescription: "entries of rows", table: [4, 5], index: [4, 2], count: 5) {
      $0.add(TakeAlongLast(), $1, $2)
    },
    Case(testDescription: "rows without entries", table: [4, 0], index: [4, 2], count: 0) {
      $0.add(TakeAlongLast(), $1, $2)
    },
    Case(testDescription: "added rows", table: [4], index: [4], count: 5) {
      $0.add(ScatterAddRows(rowCount: 5), $2, $1)
    },
    Case(testDescription: "added whole rows", table: [4], index: [4], count: 5) {
      $0.add(ScatterAddRows(rowCount: 5), $2, $0.add(Convert(dtype: .i64), $1))
    },
    Case(testDescription: "added entries", table: [4, 2], index: [4, 2], count: 5) {
      $0.add(ScatterAlongLast(count: 5), $2, $1)
    },
    Case(testDescription: "checked", table: [4], index: [4], count: 5) { $0.add(CheckedIndex(count: 5), $2) },
  ]

  @Test("is told with its place", arguments: cases, [-1, 5, Int.min, Int.max])
  private func told(_ test: Case, _ bad: Int) throws {
    var graph = Graph()
    graph.origin = 7
    let table = graph.input(0, TensorType(test.table, .f64)), index = graph.input(1, TensorType(test.index, .i64))
    let output = test.build(&graph, table, index)
    let executable = try Executable(Program(graph: graph, inputs: [table, index], outputs: [output]))
    let good = [Int](repeating: 0, count: test.index.count)
    var indices = good
    indices[indices.count - 1] = bad
    executable.setInput(1, ints: indices)
    let fault = try #require(throws: ProgramFault.self) { try executable.run() }
    // Of a table without rows the first index is outside already.
    #expect(fault.cause == .index(test.count > 0 ? bad : 0, count: test.count) && fault.origin == 7)
    if test.count > 0 { #expect(fault.place == indices.count - 1 && fault.placeCount == indices.count) }
    guard test.count > 0 else { return }
    // The fault of one run is not that of the next.
    executable.setInput(1, ints: good)
    try executable.run()
  }

  @Test("a member's index is not one of the next member", arguments: [3, -1])
  func members(_ bad: Int) throws {
    var graph = Graph()
    let table = graph.input(0, TensorType([3], .f64)), index = graph.input(1, TensorType([], .i64))
    let one = graph.add(GatherRows(), table, index)
    let tables = graph.input(2, TensorType([2, 3], .f64)), indices = graph.input(3, TensorType([2], .i64))
    let all = graph.batch(outputs: [one], inputs: [(table, tables), (index, indices)], size: 2)
    let executable = try Executable(Program(graph: graph, inputs: [tables, indices], outputs: all))
    executable.setInput(1, ints: [1, 2])
    try executable.run()
    // In the joined table of six rows these are rows, of the other member.
    executable.setInput(1, ints: bad > 0 ? [bad, 0] : [0, bad])
    let fault = try #require(throws: ProgramFault.self) { try executable.run() }
    #expect(fault.cause == .index(bad, count: 3))
  }

  private struct Matrix: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var values: [Double]
    var cause: ProgramFault.Cause
    var build: @Sendable (inout Graph, NodeID) -> NodeID
  }

  private static let matrices: [Matrix] = [
    Matrix(testDescription: "a zero column", values: [0, 1, 0, 2], cause: .singular(reciprocal: 0)) {
      $0.add(Solve(), $1, $1)
    },
    Matrix(testDescription: "a triangle", values: [1, 0, 3, 0], cause: .singular(reciprocal: 0)) {
      $0.add(TriangularSolve(lower: true, transposed: false), $1, $1)
    },
    Matrix(testDescription: "no root", values: [1, 2, 2, 4], cause: .indefinite(pivot: 2, size: 2)) {
      $0.add(Cholesky(), $1)
    },
    Matrix(testDescription: "no symmetry", values: [1, 2, 3, 4], cause: .unsymmetric(row: 0, column: 1, 2, 3)) {
      $0.add(SymmetricEigen(), $1)
    },
    Matrix(testDescription: "a root of it", values: [9, 2, 3, 4], cause: .unsymmetric(row: 0, column: 1, 2, 3)) {
      $0.add(Cholesky(), $1)
    },
  ]

  /// The second of three matrices; one that is not finite is none.
  @Test("matrices that cannot be factorised are told", arguments: matrices, [DType.f64, .f32])
  private func matrix(_ test: Matrix, _ dtype: DType) throws {
    var graph = Graph()
    graph.origin = 7
    let input = graph.input(0, TensorType([3, 2, 2], dtype))
    let output = test.build(&graph, input)
    let executable = try Executable(Program(graph: graph, inputs: [input], outputs: [output]))
    func run(_ middle: [Double]) throws {
      executable.setInput(0, Tensor([2, 1, 1, 2] + middle + [2, 1, 1, 2], shape: [3, 2, 2], dtype: dtype))
      try executable.run()
    }
    let fault = try #require(throws: ProgramFault.self) { try run(test.values) }
    #expect(fault.cause == test.cause && fault.place == 1 && fault.placeCount == 3 && fault.origin == 7)
    try run([3, 1, 1, 3])
    try run([.nan, 1, 1, .infinity])
  }

  @Test("what is computed once before all runs ends each of them")
  func constant() throws {
    var graph = Graph()
    let x = graph.input(0, TensorType([2], .f64))
    let table = graph.add(Constant(value: Tensor([1, 2, 3], shape: [3])))
    let index = graph.add(Constant(value: Tensor(integers: [0, 3], shape: [2])))
    let sum = graph.add(Add(), x, graph.add(GatherRows(), table, index))
    let executable = try Executable(Program(graph: graph, inputs: [x], outputs: [sum]))
    for _ in 0..<2 {
      let fault = try #require(throws: ProgramFault.self) { try executable.run() }
      #expect(fault.cause == .index(3, count: 3) && fault.place == 1)
    }
  }
}
