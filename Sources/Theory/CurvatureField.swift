import Arithmetic
import Builtins
import Diagnostics
import Engine
import Experiments
import Graph
import Staging
import Tensors
import Values

/// The objective of a problem with its derivatives up to the third, as functions of all parameters in one vector.
///
/// Small problems have their whole Hessian; of large ones the upper end of its spectrum is found by Lanczos. The
/// iteration begins in the span found at the point before, which is the same at every repetition of a path.
final class CurvatureField {
  private let shapes: [Shape]
  private let spectrum: Spectrum
  private let third: Feeder
  /// Eigenvalues that are looked for by Lanczos; doubled where they do not suffice.
  private var wanted = 1
  private var start: [Double]

  /// How the upper end of the spectrum is had.
  fileprivate enum Spectrum {
    /// Loss, gradient and Hessian.
    case dense(Feeder)
    /// Loss, gradient and packed pairs of a Lanczos iteration, for a number of pairs.
    case iterated((Int) throws(Diagnostic) -> Feeder)
  }

  private var iterations: [Int: Feeder] = [:]

  fileprivate init(shapes: [Shape], spectrum: Spectrum, third: Feeder) {
    self.shapes = shapes
    self.spectrum = spectrum
    self.third = third
    start = Self.probe(shapes.map(\.count).reduce(0, +))
  }

  /// Numbers without a pattern that an eigenvector would have.
  private static func probe(_ count: Int) -> [Double] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 52) - 1
    }
  }

  /// L, ∇L and the eigenvalues of the Hessian above a limit with their eigenvectors, at most `countMax` of the largest.
  func curvature(at point: [Double], above limit: Double, countMax: Int) throws -> Curvature {
    switch spectrum {
    case .dense(let feeder):
      let executable = feeder.executable
      feeder.feed(at(point))
      try executable.run()
      let (values, vectors) = try LinearAlgebra.symmetricEigen(executable.output(2))
      var result = Curvature(loss: executable.outputScalar(0), gradient: executable.output(1).doubles())
      let (all, columns, n) = (values.doubles(), vectors.doubles(), point.count)
      for index in all.indices.reversed().prefix(countMax) where all[index] > limit {
        result.pairs.append((value: all[index], vector: (0..<n).map { columns[$0 * n + index] }))
      }
      return result
    case .iterated(let make):
      while true {
        let result = try iterated(point, count: min(wanted, point.count), make)
        let isEnough = wanted >= min(countMax, point.count) || (result.pairs.last?.value ?? limit) <= limit
        guard isEnough else {
          wanted = min(2 * wanted, countMax)
          continue
        }
        var kept = result
        kept.pairs = result.pairs.filter { $0.value > limit }
        // One more than there are at the edge shows whether another comes.
        wanted = min(max(1, kept.pairs.count + 1), countMax)
        return kept
      }
    }
  }

  private func iterated(_ point: [Double], count: Int, _ make: (Int) throws(Diagnostic) -> Feeder) throws
    -> Curvature
  {
    let feeder = try iterations[count] ?? make(count)
    iterations[count] = feeder
    let executable = feeder.executable
    feeder.feed(at(point))
    feeder.give(Self.startName, Tensor(start, shape: [start.count]))
    try executable.run()
    var result = Curvature(loss: executable.outputScalar(0), gradient: executable.output(1).doubles())
    let packed = executable.output(2).doubles()
    let n = point.count
    var next = Self.probe(n).map { 0.05 * $0 / Double(n).squareRoot() }
    for index in 0..<count {
      let first = 2 * count + 1 + index * n
      let vector = Array(packed[first..<(first + n)])
      result.pairs.append((value: packed[index], vector: vector))
      for k in next.indices { next[k] += vector[k] }
    }
    if next.allSatisfy(\.isFinite) { start = next }
    return result
  }

  /// ∇(uᵀ H v).
  func curvatureSlope(at point: [Double], _ u: [Double], _ v: [Double]) throws(ProgramFault) -> [Double] {
    third.feed(at(point))
    third.give("u", Tensor(u, shape: [u.count]))
    third.give("v", Tensor(v, shape: [v.count]))
    try third.executable.run()
    return third.executable.output(0).doubles()
  }

  private func at(_ point: [Double]) -> FeedMoment { FeedMoment(step: 0, slots: .tensors(tensors(point, shapes))) }

  /// Where a Lanczos iteration begins.
  fileprivate static let startName = "start"
}

/// Value and slope of an objective at a point, and the upper end of its spectrum, the largest eigenvalue first.
struct Curvature {
  var loss: Double
  var gradient: [Double]
  var pairs: [(value: Double, vector: [Double])] = []
}

extension Evaluator {
  /// Parameters up to which the whole Hessian is made at every point.
  private static let denseParametersMax = 200
  private static let lanczosSteps = 200
  private static let lanczosTolerance = 1e-6

  /// Plans a problem's derivatives up to the third.
  func curvatureField(of problem: StagedProblem, at span: Span) throws(Diagnostic) -> CurvatureField {
    let shapes = problem.leaves.map(\.shape)
    let third = try staging(real: .f64) { () throws(Diagnostic) in
      let leaves = parameterInputs(of: problem)
      let count = problem.parameterCount
      let u = builder.input(.given("u"), TensorType([count], .f64))
      let v = builder.input(.given("v"), TensorType([count], .f64))
      let loss = try meanLoss(problem, at: leaves.map(Value.node), wholeView(of: problem, drawnFor: "flow"))
      let product = try hessianProduct(of: loss, at: leaves, with: split(v, into: shapes, at: span), span)
      let form = try node(flattened(product, at: span), at: span)
      let value = graph.add(ReduceSum(axes: [0]), graph.add(Multiply(), u, form))
      let slope = try node(flattened(gradients(of: value, at: leaves, span), at: span), at: span)
      return builder.program(outputs: [slope])
    }
    let isDense = problem.parameterCount <= Self.denseParametersMax
    let spectrum: CurvatureField.Spectrum =
      isDense
      ? .dense(
        try secondDerivatives(of: problem, at: span) { (e, loss, leaves, _) throws(Diagnostic) in
          try e.differentiated(span) { try $0.hessian(of: loss, withRespectTo: leaves) }
        })
      : .iterated { [unowned self] (count) throws(Diagnostic) in
        try secondDerivatives(of: problem, at: span) { (e, loss, leaves, start) throws(Diagnostic) in
          try e.topPairs(of: loss, leaves, count: count, from: start, at: span)
        }
      }
    return CurvatureField(shapes: shapes, spectrum: spectrum, third: try undrawn(third, at: span))
  }

  private func secondDerivatives(
    of problem: StagedProblem, at span: Span,
    _ last: (Evaluator, NodeID, [NodeID], NodeID) throws(Diagnostic) -> NodeID
  ) throws(Diagnostic) -> Feeder {
    let program = try staging(real: .f64) { () throws(Diagnostic) in
      let leaves = parameterInputs(of: problem)
      let start = builder.input(.given(CurvatureField.startName), TensorType([problem.parameterCount], .f64))
      let loss = try meanLoss(problem, at: leaves.map(Value.node), wholeView(of: problem, drawnFor: "flow"))
      let gradient = try node(flattened(gradients(of: loss, at: leaves, span), at: span), at: span)
      return builder.program(outputs: [loss, gradient, try last(self, loss, leaves, start)])
    }
    return try undrawn(program, at: span)
  }

  /// A plan of something that draws nothing.
  private func undrawn(_ program: FedProgram, at span: Span) throws(Diagnostic) -> Feeder {
    try feeder(program, at: span) { _ in 0 }
  }

  /// The largest eigenvalues of the Hessian with their vectors, packed as `Lanczos` does, from a start that is an input.
  private func topPairs(of loss: NodeID, _ leaves: [NodeID], count: Int, from start: NodeID, at span: Span)
    throws(Diagnostic) -> NodeID
  {
    let shapes = leaves.map { graph.shape($0) }
    let size = graph.shape(start).count
    let vector = graph.freshInput(TensorType([size], .f64))
    let product = try hessianProduct(of: loss, at: leaves, with: split(vector, into: shapes, at: span), span)
    let image = try node(flattened(product, at: span), at: span)
    let part = graph.extracted(outputs: [image], inputs: [vector])
    let lanczos = Lanczos(
      body: part.body, steps: max(count, min(Self.lanczosSteps, size)), tolerance: Self.lanczosTolerance,
      result: .pairs(count: count, vectors: true))
    do { return try graph.apply(lanczos, [start] + part.captured) } catch { throw dressed(error, at: span) }
  }
}
