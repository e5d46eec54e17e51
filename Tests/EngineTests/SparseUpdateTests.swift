import Engine
import Graph
import Tensors
import Testing

/// An update of a few rows of a large array touches those rows alone, and has the bits of the whole.
@Suite struct SparseUpdateTests {
  private static let count = 4096

  /// x' = x − c · scatter(index, v) / 3, with `readsScattered` also Σ scatter(index, v).
  private func program(
    _ dtype: DType, _ table: [Int], _ index: [Int], readsScattered: Bool = false, adds: Bool = false
  ) -> Program {
    var graph = Graph()
    let rest = Array(table.dropFirst())
    let x = graph.input(0, TensorType(Shape(table), dtype))
    let places = graph.input(1, TensorType(Shape(index), .i64))
    let values = graph.input(2, TensorType(Shape(index + rest), dtype))
    let factor = graph.input(3, TensorType(.scalar, dtype))
    let scattered = graph.add(ScatterAddRows(rowCount: table[0]), places, values)
    let scaled = graph.add(Multiply(), graph.broadcast(factor, to: Shape(table)), scattered)
    let change = graph.add(Divide(), scaled, graph.constant(3, dtype))
    let next = adds ? graph.add(Add(), graph.add(Negate(), change), x) : graph.add(Subtract(), x, change)
    var outputs: [NodeID] = []
    if readsScattered { outputs.append(graph.add(ReduceSum(axes: Array(table.indices)), scattered)) }
    return Program(graph: graph, inputs: [x, places, values, factor], outputs: outputs, carried: [(0, next)])
  }

  private func start(_ program: Program, rows: Int, seed: Int) throws -> Executable {
    let executable = try Executable(program)
    var generator = SeededGenerator(seed: seed)
    for (input, type) in executable.inputTypes.enumerated() {
      let value = type.dtype == .i64 ? generator.indices(type, below: min(rows, 20)) : generator.values(type)
      executable.setInput(input, Tensor(value.values, shape: type.shape, dtype: type.dtype))
    }
    return executable
  }

  /// The same program computed densely: the scattered array is read elsewhere, and stays.
  @Test(arguments: [DType.f64, .f32], [false, true])
  func bitsAreThoseOfTheWhole(_ dtype: DType, _ adds: Bool) throws {
    for (table, index) in [([Self.count], [75]), ([Self.count], [4, 25]), ([512, 8], [30]), ([Self.count], [1])] {
      let few = try start(program(dtype, table, index, adds: adds), rows: table[0], seed: 3)
      let all = try start(program(dtype, table, index, readsScattered: true, adds: adds), rows: table[0], seed: 3)
      #expect(few.listing.contains("firstPlaces"), "\(few.listing)")
      #expect(!all.listing.contains("firstPlaces"), "\(all.listing)")
      for _ in 0..<3 {
        try few.run()
        try all.run()
        #expect(few.input(0).doubles() == all.input(0).doubles())
      }
    }
  }

  /// Bytes that a step touches: those of 75 entries, whatever the size of the array.
  private func bytes(count: Int, readsScattered: Bool) throws -> Double {
    let profile = Profile()
    var options = EngineOptions()
    options.profile = profile
    do {
      let whole = program(.f64, [count], [75], readsScattered: readsScattered)
      let executable = try Executable(whole, options: options)
      try executable.run()
    }
    return profile.costs.reduce(0) { $0 + $1.value.bytes }
  }

  @Test func nothingDenseIsTouched() throws {
    let (small, large) = (
      try bytes(count: 4096, readsScattered: false), try bytes(count: 47_236, readsScattered: false)
    )
    #expect(small == large && large < 75 * 8 * 24, "\(small) \(large)")
    #expect(try bytes(count: 47_236, readsScattered: true) > 47_236 * 8 * 3)
  }

  /// A graph may go on behind what a program needs of it.
  @Test func whatNothingNeedsIsNoTrouble() throws {
    var whole = program(.f64, [Self.count], [75])
    _ = whole.graph.add(Negate(), whole.carried[0].output)
    #expect(try Executable(whole).listing.contains("firstPlaces"))
  }

  /// Many rows, small arrays, factors that differ from element to element: as they are written.
  @Test func whatGainsNothingStays() throws {
    #expect(try !Executable(program(.f64, [Self.count], [Self.count])).listing.contains("firstPlaces"))
    #expect(try !Executable(program(.f64, [100], [3])).listing.contains("firstPlaces"))
    var graph = Graph()
    let x = graph.input(0, real(Self.count)), places = graph.input(1, whole(3)), values = graph.input(2, real(3))
    let scattered = graph.add(ScatterAddRows(rowCount: Self.count), places, values)
    let next = graph.add(Subtract(), x, graph.add(Multiply(), x, scattered))
    let program = Program(graph: graph, inputs: [x, places, values], outputs: [], carried: [(0, next)])
    #expect(try !Executable(program).listing.contains("firstPlaces"))
  }

  /// An index outside stops the step, and the array stays as it was.
  @Test func anIndexOutsideStopsTheStep() throws {
    let executable = try start(program(.f64, [Self.count], [3]), rows: 20, seed: 1)
    let before = executable.input(0).doubles()
    executable.setInput(1, ints: [1, Self.count, 2])
    #expect(throws: ProgramFault.self) { try executable.run() }
    #expect(executable.input(0).doubles() == before)
  }
}
