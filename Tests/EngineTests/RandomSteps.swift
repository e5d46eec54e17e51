import Engine
import Graph
import Tensors

/// A random step of small values: state that it carries on, tables, a batch, the time, keys of draws.
struct RandomStep {
  var graph = Graph()
  var inputs: [NodeID] = []
  var values: [Tensor] = []
  var outputs: [NodeID] = []
  var carried: [(input: Int, output: NodeID)] = []
  private(set) var counters: [CounterInput] = []
  private(set) var batchInput: (input: Int, size: Int)?
  var random: SeededGenerator
  let dtype: DType
  /// Reals that may be used.
  private var pool: [NodeID] = []
  /// Whole numbers in 0 ..< `rowCount`.
  private var indices: [NodeID] = []
  static let rowCount = 7

  init(seed: Int) {
    random = SeededGenerator(seed: seed)
    dtype = seed % 3 == 2 ? .f32 : .f64
    addInputs()
    let states = pool
    for _ in 0..<Int.random(in: 3...22, using: &random) { if let node = application() { pool.append(node) } }
    for node in states.prefix(stateCount) { carry(node) }
    if Int.random(in: 0..<4, using: &random) == 0 { addSparseRows() }
    for _ in 0..<Int.random(in: 0...2, using: &random) { outputs.append(any()) }
  }

  private var stateCount = 0
  /// How many loops are around what is added.
  private var depth = 0

  var program: Program { Program(graph: graph, inputs: inputs, outputs: outputs, carried: carried) }

  // MARK: Inputs

  private mutating func addInputs() {
    let long = [9, 16, 17, 40, 70, 130, 600][Int.random(in: 0..<7, using: &random)]
    let states = [
      [], [], [2], [3], [Int.random(in: 4...8, using: &random)], [2, 2], [3, 2], [long], [5, 6], [10, 10],
    ]
    .filter { _ in Int.random(in: 0..<5, using: &random) < 3 }
    for shape in states.isEmpty ? [[2]] : states { pool.append(input(reals(shape))) }
    stateCount = pool.count
    pool.append(input(reals([Self.rowCount, Int.random(in: 1...5, using: &random)])))
    pool.append(input(reals([Self.rowCount])))
    if Bool.random(using: &random) { addTime() }
    if Bool.random(using: &random) { addBatch() }
    indices.append(input(wholes([Int.random(in: 1...4, using: &random)])))
  }

  private mutating func addTime() {
    let time = input(Tensor([1], shape: Shape([]), dtype: .f64))
    counters.append(.increment(input: inputs.count - 1, element: 0))
    pool.append(graph.convert(time, to: dtype))
  }

  private mutating func addBatch() {
    let size = [1, 1, 2, 4][Int.random(in: 0..<4, using: &random)]
    indices.append(input(Tensor(integers: Array(repeating: 0, count: size), shape: Shape([size]))))
    batchInput = (inputs.count - 1, size)
  }

  mutating func input(_ value: Tensor) -> NodeID {
    inputs.append(graph.input(inputs.count, TensorType(value.shape, value.dtype)))
    values.append(value)
    return inputs[inputs.count - 1]
  }

  /// Numbers of either sign, zeros and whole numbers among them.
  mutating func reals(_ sizes: [Int]) -> Tensor {
    let shape = Shape(sizes)
    let numbers = (0..<shape.count).map { _ -> Double in
      switch Int.random(in: 0..<12, using: &random) {
      case 0: return 0
      case 1: return -0.0
      case 2: return Double(Int.random(in: -3...3, using: &random))
      default: return Double.random(in: -1.5...1.5, using: &random)
      }
    }
    return Tensor(numbers, shape: shape, dtype: dtype)
  }

  private mutating func wholes(_ sizes: [Int]) -> Tensor {
    let shape = Shape(sizes)
    return Tensor(
      integers: (0..<shape.count).map { _ in Int.random(in: 0..<Self.rowCount, using: &random) }, shape: shape)
  }

  // MARK: State

  private mutating func carry(_ state: NodeID) {
    guard let place = inputs.firstIndex(of: state) else { return }
    carried.append((place, next(state)))
  }

  /// The next value of a state: something of its shape, kept tame.
  private mutating func next(_ state: NodeID) -> NodeID {
    let type = graph.type(state)
    let same = pool.filter { graph.type($0) == type }
    let next = same[Int.random(in: 0..<same.count, using: &random)]
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return graph.add(Tanh(), graph.add(Add(), next, state))
    case 1, 2:
      let rate = graph.constant(Double.random(in: 0...0.5, using: &random), dtype)
      return graph.add(Subtract(), state, graph.add(Multiply(), rate, next))
    default: return next
    }
  }

  // MARK: Applications

  private mutating func any() -> NodeID { pool[Int.random(in: 0..<pool.count, using: &random)] }
  mutating func anyIndex() -> NodeID { indices[Int.random(in: 0..<indices.count, using: &random)] }

  private mutating func application() -> NodeID? {
    switch Int.random(in: 0..<24, using: &random) {
    case 0..<3: return unary(any())
    case 3..<9: return binary(any(), any())
    case 9: return Bool.random(using: &random) ? selection() : special(any())
    case 10, 11: return reduction(any())
    case 12: return rearranged(any())
    case 13, 14: return part(any())
    case 15: return joined(any(), any())
    case 16, 17: return product(any(), any())
    case 18: return indices.isEmpty ? nil : gathered()
    case 19: return indices.isEmpty ? nil : scattered()
    case 20: return depth == 0 ? drawn() : nil
    case 21: return row(any())
    case 22: return converted(any())
    default: return loop(any())
    }
  }

  private mutating func unary(_ a: NodeID) -> NodeID {
    let all: [any Primitive] = [
      Negate(), Absolute(), Square(), SquareRoot(), Sign(), Relu(), Floor(), Ceiling(), Round(), Truncate(),
      Exponential(),
      Tanh(), Sigmoid(), Softplus(), Sine(), Cosine(), Logarithm(), Reciprocal(), IsFinite(), Log1p(), Erf(),
    ]
    let operation = all[Int.random(in: 0..<all.count, using: &random)]
    return graph.add(operation, inputs: [a])
  }

  private mutating func binary(_ a: NodeID, _ b: NodeID) -> NodeID? {
    guard let shape = graph.shape(a).broadcast(with: graph.shape(b)), shape.count <= 2000 else { return nil }
    let all: [any Primitive] = [
      Add(), Add(), Subtract(), Subtract(), Multiply(), Multiply(), Divide(), Maximum(), Minimum(), Less(), LessEqual(),
      Equal(), NotEqual(), ScaleAdjoint(), Power(), Modulo(), FloorDivide(), ArcTangent2(),
    ]
    let operation = all[Int.random(in: 0..<all.count, using: &random)]
    return graph.add(operation, inputs: [a, b])
  }

  private mutating func selection() -> NodeID? {
    let (c, a, b) = (any(), any(), any())
    guard let shape = graph.shape(a).broadcast(with: graph.shape(b))?.broadcast(with: graph.shape(c)),
      shape.count <= 2000
    else { return nil }
    func full(_ node: NodeID) -> NodeID { graph.add(BroadcastTo(shape: shape), node) }
    return graph.add(Select(), graph.add(Less(), full(c), full(a)), full(a), full(b))
  }

  /// Forms of which a plan makes one operation, and powers that are roots.
  private mutating func special(_ a: NodeID) -> NodeID {
    let type = graph.type(a)
    if Bool.random(using: &random) {
      let exponent = [0.5, 1.5, -0.5, 1 / 3.0, -2 / 3.0, 0.25, 2.5].randomElement(using: &random) ?? 0.5
      return graph.add(Power(), a, graph.constant(exponent, type.dtype))
    }
    // a / b, and a where both are 0.
    let b = graph.add(Floor(), a), zero = graph.constant(0, type.dtype), one = graph.filled(1, type)
    let both = graph.add(Multiply(), graph.add(Equal(), a, zero), graph.add(Equal(), b, zero))
    return graph.add(Divide(), a, graph.add(Select(), both, one, b))
  }

  private mutating func reduction(_ a: NodeID) -> NodeID? {
    let rank = graph.shape(a).rank
    if rank == 0 { return nil }
    let axes = Bool.random(using: &random) ? Array(0..<rank) : [Int.random(in: 0..<rank, using: &random)]
    let all: [any Primitive] = [
      ReduceSum(axes: axes), ReduceSum(axes: axes), ReduceMax(axes: axes), ReduceMin(axes: axes),
      ReduceProduct(axes: axes),
    ]
    let b = Bool.random(using: &random) ? graph.add(Square(), a) : a
    let operation = all[Int.random(in: 0..<all.count, using: &random)]
    return graph.add(operation, inputs: [b])
  }

  private mutating func rearranged(_ a: NodeID) -> NodeID? {
    let shape = graph.shape(a)
    if shape.rank == 0 { return graph.add(Reshape(shape: Shape([1])), a) }
    switch Int.random(in: 0..<3, using: &random) {
    case 0: return graph.add(Reshape(shape: Shape([shape.count])), a)
    case 1: return graph.add(Reverse(axes: [0]), a)
    default: return shape.rank == 2 ? graph.add(Transpose(permutation: [1, 0]), a) : nil
    }
  }

  private mutating func part(_ a: NodeID) -> NodeID? {
    let shape = graph.shape(a)
    if shape.rank == 0 { return nil }
    var starts: [Int] = [], stops: [Int] = []
    for size in shape.sizes {
      let start = Int.random(in: 0..<size, using: &random)
      starts.append(start)
      stops.append(Int.random(in: start + 1...size, using: &random))
    }
    let slice = graph.add(Slice(starts: starts, stops: stops), a)
    return graph.shape(slice).count == 1 ? graph.add(Reshape(shape: Shape([])), slice) : slice
  }

  private mutating func joined(_ a: NodeID, _ b: NodeID) -> NodeID? {
    func flat(_ node: NodeID) -> NodeID { graph.add(Reshape(shape: Shape([graph.shape(node).count])), node) }
    guard graph.shape(a).count + graph.shape(b).count <= 700 else { return nil }
    let all = graph.add(Concatenate(axis: 0), flat(a), flat(b))
    if Bool.random(using: &random) { return all }
    return graph.add(
      Pad(low: [Int.random(in: 0...2, using: &random)], high: [Int.random(in: 0...2, using: &random)]), all)
  }

  private mutating func product(_ a: NodeID, _ b: NodeID) -> NodeID? {
    let (x, y) = (graph.shape(a), graph.shape(b))
    switch (x.rank, y.rank) {
    case (1, 1) where x[0] == y[0]: return graph.add(Contract(left: [0], right: [0], output: []), a, b)
    case (1, 1) where x.count * y.count <= 400: return graph.add(Contract(left: [0], right: [1], output: [0, 1]), a, b)
    case (2, 1) where x[1] == y[0]: return graph.add(Contract(left: [0, 1], right: [1], output: [0]), a, b)
    case (2, 1) where x[0] == y[0]: return graph.add(Contract(left: [1, 0], right: [1], output: [0]), a, b)
    case (2, 2) where x[1] == y[0]: return graph.add(Contract(left: [0, 1], right: [1, 2], output: [0, 2]), a, b)
    case (2, 2) where x[1] == y[1]: return graph.add(Contract(left: [0, 1], right: [2, 1], output: [0, 2]), a, b)
    case (2, 2) where x[0] == y[0]: return graph.add(Contract(left: [1, 0], right: [1, 2], output: [0, 2]), a, b)
    default: return nil
    }
  }

  private mutating func gathered() -> NodeID? {
    let tables = pool.filter { graph.shape($0).rank >= 1 && graph.shape($0)[0] >= Self.rowCount }
    if tables.isEmpty { return nil }
    let rows = graph.add(GatherRows(), tables[Int.random(in: 0..<tables.count, using: &random)], anyIndex())
    return graph.shape(rows)[0] == 1
      ? graph.add(Reshape(shape: Shape(Array(graph.shape(rows).sizes.dropFirst()))), rows) : rows
  }

  private mutating func scattered() -> NodeID? {
    let index = anyIndex()
    let rows = pool.filter { graph.shape($0).rank >= 1 && graph.shape($0)[0] == graph.shape(index).count }
    if rows.isEmpty || graph.shape(index).rank != 1 { return nil }
    return graph.add(
      ScatterAddRows(rowCount: Self.rowCount), index, rows[Int.random(in: 0..<rows.count, using: &random)])
  }

  private mutating func drawn() -> NodeID {
    let stream = Int.random(in: 0..<1000, using: &random)
    let key = input(Tensor(integers: [stream, 3, 0], shape: Shape([3])))
    counters.append(.increment(input: inputs.count - 1, element: 1))
    let all: [Distribution] = [.uniform, .normal, .rademacher, .exponential]
    let shape = [Shape([]), Shape([2]), Shape([5]), Shape([24])][Int.random(in: 0..<4, using: &random)]
    if Int.random(in: 0..<4, using: &random) == 0 {
      let size = Shape([Int.random(in: 1...3, using: &random)])
      indices.append(graph.add(Draw(distribution: .index(below: Self.rowCount), shape: size, dtype: .i64), key))
    }
    return graph.add(
      Draw(distribution: all[Int.random(in: 0..<4, using: &random)], shape: shape, dtype: dtype), key)
  }

  private mutating func row(_ a: NodeID) -> NodeID? {
    if graph.shape(a).rank == 0 { return nil }
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return graph.add(Softmax(), a)
    case 1: return graph.add(LogSumExp(), a)
    case 2: return graph.add(CumulativeSum(axis: 0, reverse: Bool.random(using: &random)), a)
    default: return graph.convert(graph.add(ArgMax(), a), to: dtype)
    }
  }

  private mutating func converted(_ a: NodeID) -> NodeID {
    let other: DType = Bool.random(using: &random) ? .i64 : dtype == .f64 ? .f32 : .f64
    return graph.convert(graph.convert(a, to: other), to: dtype)
  }

  // MARK: Loops

  private mutating func loop(_ a: NodeID) -> NodeID? {
    if depth == 2 { return nil }
    let others = (0..<Int.random(in: 0...2, using: &random)).map { _ in any() }
    let carried = [a] + others.prefix(Int.random(in: 0...1, using: &random))
    let constants = Array(others.dropFirst(carried.count - 1))
    guard carried.allSatisfy({ graph.type($0).count <= 200 }) else { return nil }
    let results = Bool.random(using: &random) ? turns(carried, constants) : turnsWhile(carried, constants)
    return results[Int.random(in: 0..<results.count, using: &random)]
  }

  /// A fixed number of turns, some of which see a row each and give one.
  private mutating func turns(_ carried: [NodeID], _ constants: [NodeID]) -> [NodeID] {
    let tables = pool.filter { graph.shape($0).rank >= 1 && 1...8 ~= graph.shape($0)[0] }
    let scanned = Bool.random(using: &random) ? tables.shuffled(using: &random).prefix(1) : []
    let count = scanned.first.map { graph.shape($0)[0] } ?? Int.random(in: 1...5, using: &random)
    let rows = scanned.map { TensorType(Shape(Array(graph.shape($0).sizes.dropFirst())), dtype) }
    let types = (carried + constants).map { graph.type($0) }
    let body = body([TensorType(Shape([]), .i64)] + types.prefix(carried.count) + rows + types.dropFirst(carried.count))
    {
      step, inputs in
      let next = inputs[1...carried.count].map { step.next($0) }
      return next + (0..<Int.random(in: 0...1, using: &step.random)).map { _ in step.any() }
    }
    let loop = Loop(
      count: count, reverse: Bool.random(using: &random), carryCount: carried.count, scannedCount: scanned.count,
      body: body)
    guard let parts = try? graph.loop(loop, carried: carried, scanned: Array(scanned), constants: constants) else {
      return carried
    }
    return parts.carried + parts.collected
  }

  private mutating func turnsWhile(_ carried: [NodeID], _ constants: [NodeID]) -> [NodeID] {
    let types = (carried + constants).map { graph.type($0) }
    let condition = body(types) { step, inputs in
      let first = step.graph.shape(inputs[0])
      let sum = first.rank == 0 ? inputs[0] : step.graph.add(ReduceSum(axes: Array(0..<first.rank)), inputs[0])
      return [step.graph.add(Less(), sum, step.graph.constant(3, step.dtype))]
    }
    let body = body(types) { step, inputs in inputs[0..<carried.count].map { step.next($0) } }
    let loop = WhileLoop(condition: condition, body: body, limit: Int.random(in: 1...6, using: &random))
    return (try? graph.whileLoop(loop, carried: carried, constants: constants)) ?? carried
  }

  /// A graph of its own, of applications as everywhere; draws stay outside.
  private mutating func body(
    _ types: [TensorType], _ outputs: (inout RandomStep, [NodeID]) -> [NodeID]
  ) -> Subgraph {
    let outer = (graph, pool, indices)
    depth += 1
    graph = Graph()
    let inputs = types.enumerated().map { graph.input($0.offset, $0.element) }
    pool = inputs.filter { graph.type($0).dtype == dtype }
    indices = []
    if let turn = inputs.first, graph.type(turn).dtype == .i64 {
      pool.append(graph.convert(turn, to: dtype))
      indices.append(graph.add(Reshape(shape: Shape([1])), turn))
    }
    for _ in 0..<Int.random(in: 0...5, using: &random) { if let node = application() { pool.append(node) } }
    let results = outputs(&self, inputs)
    let subgraph = Subgraph(graph: graph, inputs: inputs, outputs: results)
    (graph, pool, indices) = outer
    depth -= 1
    return subgraph
  }

  // MARK: Running

  /// What is left after so many steps at once and then single ones, and whether machine code made them.
  func trajectory(_ options: EngineOptions, many: Int, single: Int) throws -> (bits: [[UInt64]], hasCode: Bool) {
    let executable = try Executable(program, options: options)
    for (input, value) in values.enumerated() { executable.setInput(input, value) }
    let batch = batchInput?.size ?? 1
    var generator = SeededGenerator(seed: 5)
    let stream = (0..<(many + single) * batch).map { _ in Int64.random(in: 0..<Int64(Self.rowCount), using: &generator)
    }
    var result: [[UInt64]] = []
    var done = 0
    // Some keep a record of what they give.
    let keepsRecord = outputs.count == 2
    var rows = [Double](repeating: 0, count: (many + single) * outputs.count)
    for count in [many] + Array(repeating: 1, count: single) {
      func run() throws {
        try stream.withUnsafeBufferPointer { stream in
          var all = counters
          if let batchInput, let start = stream.baseAddress {
            all.append(.stream(input: batchInput.input, values: start + done * batch, batch: batch))
          }
          try executable.run(count, advancing: all)
        }
      }
      if keepsRecord {
        var own = [Double](repeating: 0, count: count * outputs.count)
        try executable.recording(into: &own) { Result { try run() } }.get()
        rows.replaceSubrange(done * outputs.count..<(done + count) * outputs.count, with: own)
      } else {
        try run()
      }
      done += count
      result += outputs.indices.map { executable.outputValues($0).map(Self.bits) }
      result += inputs.indices.map { executable.inputValues($0).map(Self.bits) }
    }
    if keepsRecord { result.append(rows.map(Self.bits)) }
    return (result, executable.hasCode)
  }

  /// The bits of a number; those of what is none are not fixed.
  private static func bits(_ x: Double) -> UInt64 { x.isNaN ? 1 : x.bitPattern }
}
