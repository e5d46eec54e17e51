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

  /// A step scaled by the norm of its gradient touches the rows of the gradient alone, with repeated places added up; the
  /// norm is the same number where something else reads the whole gradient.
  @Test(arguments: [false, true], [false, true])
  func normsOfFewRows(_ isContraction: Bool, _ readsScattered: Bool) throws {
    var graph = Graph()
    let x = graph.input(0, real(Self.count)), places = graph.input(1, whole(5)), values = graph.input(2, real(5))
    let scattered = graph.add(ScatterAddRows(rowCount: Self.count), places, values)
    let change = graph.add(Multiply(), graph.broadcast(graph.constant(0.5, .f64), to: [Self.count]), scattered)
    let square =
      isContraction
      ? graph.add(Contract(left: [0], right: [0], output: []), change, change)
      : graph.add(ReduceSum(axes: [0]), graph.add(Square(), change))
    let step = graph.add(Divide(), change, graph.broadcast(square, to: [Self.count]))
    var outputs = [square]
    if readsScattered { outputs.append(graph.add(ReduceMax(axes: [0]), change)) }
    let next = graph.add(Subtract(), x, step)
    let executable = try Executable(
      Program(graph: graph, inputs: [x, places, values], outputs: outputs, carried: [(0, next)]))
    executable.setInput(1, ints: [7, 4000, 7, 0, 4000])
    executable.setInput(2, Tensor([1, 2, 4, 8, -6], shape: [5]))
    try executable.run()
    // Rows 7, 4000 and 0 are 5, -4 and 8, half of each is in the step.
    #expect(executable.outputScalar(0) == (25 + 16 + 64) / 4.0)
    let moved = executable.input(0).doubles(), square2 = 26.25
    #expect(moved[7] == -2.5 / square2 && moved[4000] == 2 / square2 && moved[0] == -4 / square2)
    #expect(moved.indices.filter { moved[$0] != 0 } == [0, 7, 4000])
    #expect(executable.listing.contains("firstPlaces"))
    if !readsScattered { #expect(!executable.listing.contains("\(Self.count) × f64"), "\(executable.listing)") }
  }

  /// Two arrays may be changed by multiples of the same rows, as a memory is of what a step leaves out; then nothing is
  /// scattered as a whole, but where something else reads that.
  @Test(arguments: [1, 6], [false, true])
  func twoArraysByTheSameRows(_ k: Int, _ isScaled: Bool) throws {
    func executable(readsRows: Bool) throws -> Executable {
      var graph = Graph()
      let type = real(Self.count)
      let x = graph.input(0, type), memory = graph.input(1, type), gradient = graph.input(2, type)
      let kept = graph.add(Add(), memory, gradient)
      let places = graph.add(TopKIndices(k: k, byMagnitude: true), kept)
      let sent = graph.add(
        ScatterAlongLast(count: Self.count), places, graph.add(TakeAlongLast(), kept, places))
      let step = isScaled ? graph.add(Multiply(), sent, graph.filled(0.3, type)) : sent
      let outputs = readsRows ? [graph.add(ReduceMax(axes: [0]), sent)] : []
      let next = graph.add(Subtract(), x, step), left = graph.add(Subtract(), kept, sent)
      let program = Program(
        graph: graph, inputs: [x, memory, gradient], outputs: outputs,
        carried: [(0, next), (1, left)])
      let executable = try Executable(program)
      var generator = SeededGenerator(seed: 8)
      for input in 0..<3 { executable.setInput(input, Tensor(generator.values(type).values, shape: type.shape)) }
      return executable
    }
    let few = try executable(readsRows: false), all = try executable(readsRows: true)
    #expect(!few.listing.contains("scatterAlongLast"), "\(few.listing)")
    // Both arrays change where they are: no copy of one.
    #expect(!few.listing.contains("n=\(Self.count * 8)"), "\(few.listing)")
    #expect(all.listing.contains("scatterAlongLast"), "\(all.listing)")
    for _ in 0..<20 {
      try few.run()
      try all.run()
      for input in 0..<2 { #expect(few.input(input).doubles() == all.input(input).doubles()) }
    }
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
