import Graph
import Tensors

/// The largest value of y·v − f(v) over v, as nodes of a graph.
struct ConjugateParts {
  /// The value: infinite where no v is the best, not a number where none was found.
  var value: NodeID
  /// By how much the value may be too small: of a convex f, to second order.
  var gap: NodeID
  /// 1 where y·v − f(v) was seen to grow without end, else 0.
  var isUnbounded: NodeID
  /// The best v, or along which way it went.
  var point: NodeID
  /// 1 where f was seen to bend down, which no convex f does, else 0.
  var isBent: NodeID

  var all: [NodeID] { [value, gap, isUnbounded, point, isBent] }
}

/// A search for the v with the largest y·v − f(v), by Newton's method with exact choice among many step lengths.
///
/// With r = ∇f(v) − y and ∇²f = V diag(λ) Vᵀ, a turn goes to the best of v − t V diag(1/|λ|) Vᵀ r over t = 2, 1, ½, … 2⁻⁶⁰,
/// and t = 0; |λ| has a floor, so that it goes far where f is flat, and where f bends down it leaves along that way also
/// from a point where r is 0. What it ends at, x₀, is held fixed, and one step more of Newton's own is the result:
///
///     x = x₀ − (∇²f(x₀))⁺ (∇f(x₀) − y),     f*(y) = y·x − f(x)
///
/// so that the value has its derivatives by y, and by all that f is made of, up to the second: x, and (∇²f)⁻¹. Those from the
/// third on are not those of f*.
struct ConjugateSearch {
  var graph: Graph
  /// f at `input`.
  let output: NodeID
  let input: NodeID
  let y: NodeID
  /// f(v) − y·v.
  private var deficit: NodeID
  /// ∇f(v) − y, flat.
  private var residual: NodeID
  /// ∇²f(v), symmetric.
  private var curvature: NodeID

  private static let turns = 80
  private static let halvings = 62
  /// Curvature below this share of the largest is none.
  private static let flat = 1e-9
  /// Of what is at most this, relative to 1 and the size of things, nothing is said.
  private static let tolerance = 1e-6
  /// Curvature below this share of the largest with the other sign, in f64 and in f32, is more than rounding.
  private static let (bent, bentSingle) = (1e-6, 1e-3)

  init(graph: Graph, output: NodeID, input: NodeID, y: NodeID) throws(DerivativeError) {
    self.graph = graph
    (self.output, self.input, self.y) = (output, input, y)
    (deficit, residual, curvature) = (output, input, input)
    let n = graph.shape(input).count
    let pairing = flatSum(self.graph.add(Multiply(), y, input))
    deficit = self.graph.add(Subtract(), output, pairing)
    let slope = try self.graph.gradient(of: output, withRespectTo: [input])[0]
    residual = self.graph.reshape(self.graph.add(Subtract(), slope, y), to: [n])
    let hessian = try self.graph.hessian(of: output, withRespectTo: [input])
    let doubled = self.graph.add(Add(), hessian, self.graph.matrixTranspose(hessian))
    curvature = self.graph.add(Multiply(), doubled, self.graph.constant(0.5, like: doubled))
  }

  /// The parts, after the search.
  mutating func found() throws(ShapeError) -> ConjugateParts {
    let (last, isBent) = try searched()
    let fixed = graph.add(StopGradient(), last)
    let before = at(fixed, [residual, curvature])
    let inverse = try pseudoInverse(graph.add(StopGradient(), before[1]))
    let step = graph.product(inverse, graph.reshape(before[0], to: [count, 1]))
    let x = graph.add(Subtract(), fixed, graph.reshape(step, to: graph.shape(input)))
    return try judged(at(x, [deficit, residual, curvature]), at: x, isBent: isBent)
  }

  private var count: Int { graph.shape(input).count }

  /// Nodes with another point in place of the input.
  private mutating func at(_ point: NodeID, _ nodes: [NodeID]) -> [NodeID] {
    graph.substitute(outputs: nodes, mapping: [(original: input, replacement: point)])
  }

  private mutating func flatSum(_ node: NodeID) -> NodeID {
    let axes = Array(0..<graph.shape(node).rank)
    return axes.isEmpty ? node : graph.add(ReduceSum(axes: axes), node)
  }

  private mutating func length(_ node: NodeID) -> NodeID {
    graph.add(SquareRoot(), flatSum(graph.add(Square(), node)))
  }

  // MARK: The search

  /// The best v, and 1 where f bends down at one of the points that the search came through.
  private mutating func searched() throws(ShapeError) -> (point: NodeID, isBent: NodeID) {
    let turn = graph.freshInput(TensorType(.scalar, .i64))
    let seen = graph.freshInput(TensorType(.scalar, graph.dtype(input)))
    let (values, vectors) = try graph.symmetricEigen(curvature)
    let next = advanced(values, vectors)
    let isBent = graph.add(Maximum(), seen, bends(values))
    let part = graph.extracted(outputs: [next, isBent], inputs: [turn, input, seen])
    let loop = Loop(count: Self.turns, carryCount: 2, body: part.body)
    let zero = graph.constant(0, graph.dtype(input))
    let carried = try graph.loop(loop, carried: [start(), zero], constants: part.captured).carried
    return (carried[0], graph.add(StopGradient(), carried[1]))
  }

  /// 1 where one of the curvatures has the sign that those of a convex f never have, by more than rounding.
  private mutating func bends(_ values: NodeID) -> NodeID {
    let largest = graph.add(ReduceMax(axes: [0]), graph.add(Absolute(), values))
    let share = graph.dtype(values) == .f32 ? Self.bentSingle : Self.bent
    let least = graph.add(ReduceMin(axes: [0]), values)
    let isBent = graph.add(Less(), least, graph.add(Multiply(), largest, graph.constant(-share, like: largest)))
    return graph.convert(isBent, to: graph.dtype(input))
  }

  /// 0, or 1 where f or its slope is no number at 0.
  private mutating func start() -> NodeID {
    let zero = graph.zeros(like: input)
    let there = at(zero, [deficit, residual])
    let sum = graph.add(Add(), there[0], flatSum(there[1]))
    return graph.add(Select(), graph.add(IsFinite(), sum), zero, graph.filled(1, graph.type(input)))
  }

  /// The best of the points along the direction of one turn.
  private mutating func advanced(_ curvatures: NodeID, _ vectors: NodeID) -> NodeID {
    let direction = direction(curvatures, vectors), lengths = stepLengths()
    let type = graph.type(input)
    let offsets = graph.add(Multiply(), graph.reshape(lengths, to: [Self.halvings + 1, 1]), direction)
    let start = graph.reshape(input, to: [count])
    let points = graph.reshape(
      graph.add(Add(), offsets, start), to: Shape([Self.halvings + 1] + type.shape.sizes))
    let values = graph.batch(
      outputs: [deficit], inputs: [(original: input, replacement: points)], size: Self.halvings + 1)[0]
    let usable = graph.add(
      Select(), graph.add(IsFinite(), values), values, graph.constant(.greatestFiniteMagnitude, like: values))
    let best = graph.add(ReduceMin(axes: [0]), usable)
    let chosen = graph.add(
      Select(), graph.add(Equal(), usable, best), lengths, graph.constant(0, like: lengths))
    let length = graph.add(ReduceMax(axes: [0]), chosen)
    let moved = graph.add(Add(), start, graph.add(Multiply(), length, direction))
    return graph.reshape(moved, to: type.shape)
  }

  /// 2, 1, ½, …, and 0.
  private mutating func stepLengths() -> NodeID {
    let dtype = graph.dtype(input)
    let halvings = graph.convert(graph.add(Iota(count: Self.halvings, dtype: .i64)), to: dtype)
    let exponents = graph.add(Subtract(), graph.constant(1, dtype), halvings)
    let powers = graph.add(Power(), graph.constant(2, dtype), exponents)
    return graph.add(Concatenate(axis: 0), powers, graph.filled(0, TensorType([1], dtype)))
  }

  /// −V diag(1/|λ|) Vᵀ r, with a push along the first column of V where f bends down.
  private mutating func direction(_ values: NodeID, _ vectors: NodeID) -> NodeID {
    let sizes = graph.add(Absolute(), values), largest = graph.add(ReduceMax(axes: [0]), sizes)
    let floor = graph.add(
      Maximum(), graph.add(Multiply(), largest, graph.constant(1e-10, like: largest)),
      graph.constant(1e-12, like: largest))
    let bent = graph.add(Less(), values, graph.add(Multiply(), largest, graph.constant(-Self.flat, like: largest)))
    let own = graph.product(graph.matrixTranspose(vectors), graph.reshape(residual, to: [count, 1]))
    let pushed = graph.add(
      Add(), graph.reshape(own, to: [count]), graph.add(Multiply(), bent, graph.constant(1e-3, like: bent)))
    let scaled = graph.add(Divide(), pushed, graph.add(Maximum(), sizes, floor))
    let step = graph.product(vectors, graph.reshape(scaled, to: [count, 1]))
    return graph.add(Negate(), graph.reshape(step, to: [count]))
  }

  // MARK: What was found

  /// (∇²f)⁺, with 0 along ways where f does not bend up: elsewhere Newton's step leads to no minimum.
  private mutating func pseudoInverse(_ matrix: NodeID) throws(ShapeError) -> NodeID {
    let (values, vectors) = try graph.symmetricEigen(matrix)
    let kept = isCurved(values)
    let one = graph.constant(1, like: values), zero = graph.constant(0, like: values)
    let inverse = graph.add(
      Select(), kept, graph.add(Divide(), one, graph.add(Select(), kept, values, one)), zero)
    return graph.product(
      graph.product(vectors, graph.diagonalMatrix(inverse)), graph.matrixTranspose(vectors))
  }

  private mutating func isCurved(_ values: NodeID) -> NodeID {
    let largest = graph.add(ReduceMax(axes: [0]), graph.add(Absolute(), values))
    return graph.add(Less(), graph.add(Multiply(), largest, graph.constant(Self.flat, like: largest)), values)
  }

  /// The value at x with what is known of its error.
  private mutating func judged(_ there: [NodeID], at x: NodeID, isBent: NodeID) throws(ShapeError) -> ConjugateParts {
    let rest = graph.add(StopGradient(), there[1])
    let (values, vectors) = try graph.symmetricEigen(graph.add(StopGradient(), there[2]))
    let kept = isCurved(values)
    let one = graph.constant(1, like: values), zero = graph.constant(0, like: values)
    let own = graph.reshape(
      graph.product(graph.matrixTranspose(vectors), graph.reshape(rest, to: [count, 1])), to: [count])
    let sizes = graph.add(Select(), kept, values, one)
    let decrement = flatSum(
      graph.add(Select(), kept, graph.add(Divide(), graph.add(Square(), own), sizes), zero))
    let open = length(graph.add(Select(), kept, zero, own))
    let fixed = graph.add(StopGradient(), x)
    let distance = graph.add(Add(), one, length(fixed))
    let gap = graph.add(Add(), decrement, graph.add(Multiply(), open, distance))
    let scale = graph.add(Add(), one, length(graph.add(StopGradient(), y)))
    let isFar = graph.add(Less(), graph.add(Multiply(), scale, graph.constant(1e6, like: scale)), distance)
    let isSteep = graph.add(
      Less(), graph.add(Multiply(), scale, graph.constant(Self.tolerance, like: scale)), length(rest))
    let isUnbounded = graph.add(Multiply(), isFar, isSteep)
    let value = graph.add(Subtract(), graph.constant(0, like: there[0]), there[0])
    return ConjugateParts(
      value: settled(value, gap, isUnbounded, isBent), gap: gap, isUnbounded: isUnbounded, point: x, isBent: isBent)
  }

  /// The value, infinite where it has no end, and not a number where nothing bounds its error.
  private mutating func settled(_ value: NodeID, _ gap: NodeID, _ isUnbounded: NodeID, _ isBent: NodeID) -> NodeID {
    let size = graph.add(Add(), graph.constant(1, like: value), graph.add(Absolute(), graph.add(StopGradient(), value)))
    let allowed = graph.add(Multiply(), size, graph.constant(Self.tolerance, like: size))
    let nothing = graph.constant(.nan, like: value)
    let near = graph.add(Select(), graph.add(LessEqual(), gap, allowed), value, nothing)
    let certain = graph.add(Select(), graph.add(Less(), graph.constant(0, like: isBent), isBent), nothing, near)
    return graph.add(Select(), isUnbounded, graph.constant(.infinity, like: value), certain)
  }
}
