import Arithmetic
import Diagnostics
import Evaluation
package import Graph
import Messages
import Staging
import Syntax
import Tensors
package import Values

/// What stands for the Brownian increments while an equation is evaluated.
package enum NoiseValues {
  /// Those of the step.
  case drawn
  /// 0.
  case none
  /// 1 for one of them, 0 for the others.
  case ones(String)
  case given([String: NodeID])
}

/// The noise of one step of a process.
///
/// `dB`, `dB1`, … and every `noise` are one random tensor for each name, shared by all equations that use it. Its shape
/// is that of these equations, or the one that is declared.
package final class ProcessStep {
  /// `dB…` in equations, `noise` in maps.
  package let names = Scope(parent: nil)

  private unowned let evaluator: Evaluator
  private let process: StagedProcess
  private let dt: Double?
  /// The shape of the equation that is being evaluated; nil outside of one.
  private var shape: Shape?
  private var place = Span(0, 0)
  private(set) var known: [(name: String, value: Value, shape: Shape, place: Span)] = []
  /// How each of them is drawn in another shape.
  private var draws: [(Shape) throws(Diagnostic) -> Value] = []
  /// What stands for `dB…`.
  var noise = NoiseValues.drawn

  package init(evaluator: Evaluator, _ process: StagedProcess, dt: Double?) {
    self.evaluator = evaluator
    self.process = process
    self.dt = dt
  }

  /// Evaluates an equation for a state of the given shape.
  func within<T>(_ shape: Shape?, at place: Span, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    let outer = (self.shape, self.place)
    (self.shape, self.place) = (shape, place)
    defineNames()
    defer {
      (self.shape, self.place) = outer
      defineNames()
    }
    return try body()
  }

  /// The names of noise, to be asked for anew in every equation.
  private func defineNames() {
    if let dt {
      for number in [""] + (1...9).map(String.init) {
        let name = "dB" + number
        names.define(
          name,
          .deferred(
            Deferred { [unowned self] () throws(Diagnostic) in
              try increment(name, dt: dt)
            }))
      }
    }
    for noise in process.noises {
      names.define(
        noise.name.text,
        .deferred(
          Deferred { [unowned self] () throws(Diagnostic) in
            try evaluator.within(process.code) { () throws(Diagnostic) in
              let source = try evaluator.source(noise, of: process.scope)
              return try random(source.name, source.law, noise.shape == nil ? nil : source.shape)
            }
          }), span: noise.name.span)
    }
  }

  /// The names of Brownian motions that equations use, with the shapes of their increments.
  var motions: [(name: String, shape: Shape)] { known.filter { $0.name.hasPrefix("dB") }.map { ($0.name, $0.shape) } }

  /// The value of a Brownian increment in the equation at hand.
  private func increment(_ name: String, dt: Double) throws(Diagnostic) -> Value {
    guard let shape else { return .real(0) }
    let type = TensorType(shape, evaluator.realType)
    switch noise {
    case .drawn: break
    case .none: return .node(evaluator.graph.filled(0, type))
    case .ones(let own): return .node(evaluator.graph.filled(own == name ? 1 : 0, type))
    case .given(let values): return .node(values[name] ?? evaluator.graph.filled(0, type))
    }
    let place = place
    return try shared(name, shape) { [unowned self] (shape) throws(Diagnostic) in
      .node(try evaluator.brownianIncrement(name, shape, dt: dt, at: place))
    }
  }

  /// What one path draws, with what several draw together.
  func draws(of paths: Int) throws(Diagnostic) -> [(original: NodeID, replacement: NodeID)] {
    var result: [(original: NodeID, replacement: NodeID)] = []
    for (own, draw) in zip(known, draws) {
      guard case .node(let node) = own.value else { continue }
      let wide = try draw(Shape([paths] + own.shape.sizes))
      guard case .node(let all) = wide else { continue }
      result.append((node, all))
    }
    return result
  }

  /// One value for each name, whatever equations use it.
  private func shared(_ name: String, _ shape: Shape, _ make: @escaping (Shape) throws(Diagnostic) -> Value)
    throws(Diagnostic) -> Value
  {
    if let own = known.first(where: { $0.name == name }) {
      guard own.shape == shape else { throw .noiseShapes(name, own.shape, at: own.place, other: shape, place) }
      return own.value
    }
    let value = try make(shape)
    draws.append(make)
    known.append((name, value, shape, place))
    return value
  }

  /// The value of a noise in the equation at hand.
  private func random(_ name: String, _ law: DistributionValue, _ declared: Shape?) throws(Diagnostic) -> Value {
    // Only what no equation uses is looked at outside of one.
    guard let shape = declared ?? shape else { return .real(0) }
    let place = place
    return try shared(name, shape) { [unowned self] (shape) throws(Diagnostic) in
      let key = evaluator.builder.key("noise", name)
      let draw = try evaluator.standardDraw(law, shape: shape, dtype: evaluator.realType, at: place)
      return try evaluator.transformed(law, raw: .node(evaluator.graph.add(draw, key)), of: shape, at: place)
    }
  }
}

/// The `let`s of a process behind its states, evaluated where an equation uses them.
final class ProcessLets {
  private let process: StagedProcess
  private var used: Set<Int> = []

  init(_ process: StagedProcess) { self.process = process }

  /// A scope for one equation.
  func scope(in outer: Scope, _ context: ProcessStep, _ evaluator: Evaluator) -> Scope {
    guard !process.lets.isEmpty else { return outer }
    let scope = Scope(parent: outer)
    for (number, binding) in process.lets.enumerated() {
      evaluator.deferred(binding, of: process.code, in: scope) { [unowned self] in used.insert(number) }
    }
    return scope
  }

  /// Mistakes in what no equation uses are found too.
  func lookAtUnused(in outer: Scope, _ context: ProcessStep, _ evaluator: Evaluator) throws(Diagnostic) {
    for (number, binding) in process.lets.enumerated() where !used.contains(number) {
      try context.within(nil, at: binding.span) { () throws(Diagnostic) in
        let scope = scope(in: outer, context, evaluator)
        for name in binding.names { _ = try evaluator.value(of: name.text, in: scope, at: name.span) }
      }
    }
  }
}
