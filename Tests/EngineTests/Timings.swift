import Engine
import Glibc
import Graph
import Tensors
import Testing

/// Steps of typical experiments, timed where `DESCENT_TIMINGS` is set; build with `-c release`.
struct Timings {
  @Test("time a step of each kind", .enabled(if: getenv("DESCENT_TIMINGS") != nil), arguments: StepKind.allCases)
  func time(_ kind: StepKind) throws {
    let executable = try kind.executable()
    // Short spans, many of them: the best one is undisturbed even on a busy machine.
    let count = kind == .adam ? 1 : 500
    let indices = (0..<count * 128).map { Int64($0 * 7919 % (kind == .largeKaczmarz ? 20_000 : 100)) }
    var best = Double.infinity
    try indices.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      for _ in 0..<300 {
        let begin = Self.seconds
        try executable.run(count, advancing: kind.counters(start))
        best = min(best, (Self.seconds - begin) / Double(count))
      }
    }
    if getenv("DESCENT_LISTINGS") != nil { print(executable.listing) }
    print("\(kind): \((best * 1e10).rounded() / 1e4) µs a step")
    #expect(try executable.run() == .completed)
  }

  private static var seconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}

/// A program to time.
enum StepKind: String, CaseIterable, Sendable {
  case empty, rosenbrock, deepLinear, network, kaczmarz, largeKaczmarz, adam, langevin

  func executable() throws -> Executable {
    var random = SeededGenerator(seed: 1)
    let executable = try Executable(program())
    for (index, type) in executable.inputTypes.enumerated() where type.dtype.isReal {
      executable.setInput(index, values: random.values(type, in: -0.3...0.3).values)
    }
    if self == .langevin { executable.setInput(1, ints: [1, 0, 0]) }
    return executable
  }

  func counters(_ indices: UnsafePointer<Int64>) -> [CounterInput] {
    switch self {
    case .kaczmarz, .largeKaczmarz: [.stream(input: 3, values: indices, batch: 1)]
    case .network: [.stream(input: 6, values: indices, batch: 8)]
    case .langevin: [.increment(input: 1, element: 1)]
    default: []
    }
  }

  private func program() throws -> Program {
    switch self {
    case .empty: Self.empty()
    case .rosenbrock: try Self.rosenbrock()
    case .deepLinear: try Self.deepLinear()
    case .network: try Self.network()
    case .kaczmarz: Self.kaczmarz(rows: 100)
    case .largeKaczmarz: Self.kaczmarz(rows: 20_000)
    case .adam: Self.adam()
    case .langevin: Self.langevin()
    }
  }

  private static func empty() -> Program {
    var graph = Graph()
    let x = graph.input(0, real())
    return Program(graph: graph, inputs: [x], outputs: [])
  }

  private static func rosenbrock() throws -> Program {
    var graph = Graph()
    let x = graph.input(0, real()), y = graph.input(1, real())
    let first = graph.add(Square(), graph.add(Subtract(), graph.constant(1, .f64), x))
    let second = graph.add(Square(), graph.add(Subtract(), y, graph.add(Square(), x)))
    let loss = graph.add(Add(), first, graph.add(Multiply(), graph.constant(100, .f64), second))
    return try descent(graph, loss, [x, y], rate: 1e-4, dtype: .f64)
  }

  private static func descent(
    _ graph: Graph, _ loss: NodeID, _ parameters: [NodeID], rate: Double, dtype: DType, others: [NodeID] = []
  ) throws -> Program {
    var graph = graph
    let gradients = try graph.gradient(of: loss, withRespectTo: parameters)
    let rate = graph.constant(rate, dtype)
    let carried = zip(parameters, gradients).enumerated().map { index, pair in
      (input: index, output: graph.add(Subtract(), pair.0, graph.add(Multiply(), rate, pair.1)))
    }
    return Program(graph: graph, inputs: parameters + others, outputs: [], carried: carried)
  }

  private static func deepLinear() throws -> Program {
    var graph = Graph()
    let weights = (0..<3).map { graph.input($0, real(10, 10)) }
    let target = graph.input(3, real(10, 10))
    let product = Contract(left: [0, 1], right: [1, 2], output: [0, 2])
    let all = graph.add(product, weights[2], graph.add(product, weights[1], weights[0]))
    let error = graph.add(Subtract(), all, target)
    let loss = graph.add(
      Multiply(), graph.constant(0.5, .f64), graph.add(ReduceSum(axes: [0, 1]), graph.add(Square(), error)))
    return try descent(graph, loss, weights, rate: 1e-2, dtype: .f64, others: [target])
  }

  private static func kaczmarz(rows: Int) -> Program {
    var graph = Graph()
    let x = graph.input(0, real(500)), table = graph.input(1, real(rows, 500))
    let rightHand = graph.input(2, real(rows)), index = graph.input(3, whole())
    let row = graph.add(GatherRows(), table, index)
    let dot = Contract(left: [0], right: [0], output: [])
    let residual = graph.add(Subtract(), graph.add(dot, row, x), graph.add(GatherRows(), rightHand, index))
    let scale = graph.add(Multiply(), graph.constant(1e-3, .f64), residual)
    let next = graph.add(Subtract(), x, graph.add(Multiply(), scale, row))
    return Program(graph: graph, inputs: [x, table, rightHand, index], outputs: [], carried: [(0, next)])
  }

  /// 64-64-10, batch 8, cross entropy, heavy ball.
  private static func network() throws -> Program {
    var graph = Graph()
    let shapes: [TensorType] = [single(64, 64), single(64), single(64, 10), single(10)]
    let parameters = shapes.enumerated().map { graph.input($0.offset, $0.element) }
    let table = graph.input(4, single(100, 64)), labels = graph.input(5, whole(100)), index = graph.input(6, whole(8))
    let product = Contract(left: [0, 1], right: [1, 2], output: [0, 2])
    let x = graph.add(GatherRows(), table, index)
    let hidden = graph.add(Tanh(), graph.add(Add(), graph.add(product, x, parameters[0]), parameters[1]))
    let logits = graph.add(Add(), graph.add(product, hidden, parameters[2]), parameters[3])
    let label = graph.reshape(graph.add(GatherRows(), labels, index), to: [8, 1])
    let chosen = graph.add(TakeAlongLast(), logits, label)
    let difference = graph.add(Subtract(), graph.add(LogSumExp(), logits), graph.reshape(chosen, to: [8]))
    let loss = graph.add(
      Multiply(), graph.constant(1.0 / 8, .f32), graph.add(ReduceSum(axes: [0]), difference))
    let gradients = try graph.gradient(of: loss, withRespectTo: parameters)
    var inputs = parameters + [table, labels, index], carried: [(input: Int, output: NodeID)] = []
    for (position, gradient) in gradients.enumerated() {
      let velocity = graph.input(7 + position, shapes[position])
      inputs.append(velocity)
      let next = graph.add(Add(), graph.add(Multiply(), graph.constant(0.9, .f32), velocity), gradient)
      let step = graph.add(Multiply(), graph.constant(0.01, .f32), next)
      carried.append((7 + position, next))
      carried.append((position, graph.add(Subtract(), parameters[position], step)))
    }
    return Program(graph: graph, inputs: inputs, outputs: [loss], carried: carried)
  }

  private static func adam() -> Program {
    var graph = Graph()
    let type = single(1_000_000)
    let x = graph.input(0, type), g = graph.input(1, type), m = graph.input(2, type), v = graph.input(3, type)
    func scaled(_ a: Double, _ node: NodeID) -> NodeID {
      graph.add(Multiply(), graph.constant(a, .f32), node)
    }
    let nextM = graph.add(Add(), scaled(0.9, m), scaled(0.1, g))
    let nextV = graph.add(Add(), scaled(0.999, v), scaled(0.001, graph.add(Square(), g)))
    let scale = graph.add(Add(), graph.add(SquareRoot(), graph.add(Absolute(), nextV)), graph.constant(1e-8, .f32))
    let next = graph.add(Subtract(), x, scaled(0.001, graph.add(Divide(), nextM, scale)))
    return Program(graph: graph, inputs: [x, g, m, v], outputs: [], carried: [(0, next), (2, nextM), (3, nextV)])
  }

  /// An ensemble of 4096 paths of dx = −x dt + √(2 dt) dW.
  private static func langevin() -> Program {
    var graph = Graph()
    let x = graph.input(0, real(4096)), key = graph.input(1, whole(3))
    let noise = graph.add(Draw(distribution: .normal, shape: [4096], dtype: .f64), key)
    let drift = graph.add(Multiply(), graph.constant(0.99, .f64), x)
    let next = graph.add(Add(), drift, graph.add(Multiply(), graph.constant(0.14, .f64), noise))
    return Program(graph: graph, inputs: [x, key], outputs: [], carried: [(0, next)])
  }
}
