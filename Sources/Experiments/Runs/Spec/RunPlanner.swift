package import Data
package import Engine
import Tensors

/// Which part of a run is planned.
package enum RunPart: Sendable, Hashable {
  case step
  /// By their place among the metrics of the segment.
  case metrics(Int)
  case stop, entry, order
}

/// A run that cannot be planned: a part of it is too large, or draws from what is no distribution.
package struct PlanFault: Error, Sendable {
  package var segment: Int
  package var part: RunPart
  package var cause: Cause

  /// Why.
  package enum Cause: Sendable {
    case engine(EngineError)
    case data(DataError)
    /// What all workers share depends on what one has for itself in other ways than by what it sends.
    case indivisible
  }
}

/// Makes runs of what is said of them: programs are planned, streams get their keys.
///
/// What a run gives does not depend on how it is planned.
package struct RunPlanner: Sendable {
  package var options: EngineOptions
  package var interrupt: InterruptFlag
  /// Where plans of runs that differ in their inputs only are known; nil where each is planned by itself.
  package var plans: PlanCache?
  /// The processes among which the workers of a run are divided; nil where this one holds all.
  package var ranks: RankChannel?

  package init(
    options: EngineOptions = EngineOptions(), interrupt: InterruptFlag = InterruptFlag(), plans: PlanCache? = nil
  ) {
    self.options = options
    self.interrupt = interrupt
    self.plans = plans
  }

  /// A run at its start.
  ///
  /// - Parameter plansAhead: whether all segments are planned now and not when they are entered.
  /// - Throws: `PlanFault`.
  package func run(_ spec: RunSpec, plansAhead: Bool = false, signals: RunSignals) throws -> Run {
    var (planner, signals) = (self, signals)
    planner.ranks = isDivided(spec) ? ranks : nil
    if let ranks = planner.ranks {
      // What one is asked to do, all do, at the same step.
      planner.interrupt = InterruptFlag(ranks.stopFlag)
      signals.isInterrupted = { ranks.stops }
    }
    return try Run(spec, planner: planner, plansAhead: plansAhead, signals: signals)
  }

  /// Whether several processes hold the workers of a run.
  package func isDivided(_ spec: RunSpec) -> Bool {
    guard let ranks, ranks.count > 1 else { return false }
    return spec.segments.contains { $0.dynamics.step.division.value != nil }
  }

  /// Plans a program with what fills its inputs in runs of a seed.
  package func feeder(_ fed: FedProgram, seed: Int, given: [GivenTensor] = []) throws(EngineError) -> Feeder {
    try feeder(fed, seed: seed, given: given, options)
  }

  private func feeder(_ fed: FedProgram, seed: Int, given: [GivenTensor], _ options: EngineOptions) throws(EngineError)
    -> Feeder
  {
    func planned() throws(EngineError) -> Executable {
      let times = fed.feeds.indices.filter { fed.feeds[$0] == .time }
      return try Executable(fed.program.takingBranches(of: times), options: options)
    }
    let executable: Executable
    // What one process computes of a step that several make goes with its own wire.
    if let plans, options.exchange == nil {
      executable = try plans.executable(fed.program, planned)
    } else {
      executable = try planned()
    }
    executable.interrupt = interrupt.pointer
    for (input, feed) in fed.feeds.enumerated() {
      if case .external(let number) = feed { executable.bindInput(input, fed.externals[number]) }
    }
    let feeder = Feeder(executable, fed.feeds, keyOfPath: { $0.key(seed: seed &+ $1) })
    for one in given { feeder.give(one.name, one.value) }
    return feeder
  }

  /// Plans a step; of one whose workers several processes hold, the part of this one.
  private func stepFeeder(_ step: StepSpec, of spec: RunSpec) throws(PlanFault) -> (Feeder, RankedStep?) {
    guard let ranks, ranks.count > 1, let division = step.division.value else {
      var fed = step.program
      if step.sharing != nil {
        // Products are ordered as where several processes compute parts: what is sent stays a value of its own.
        fed.program = fed.program.withCheaperProducts()
        fed.program.marks = []
      }
      return (try plain(fed, spec), nil)
    }
    let sharing = division.sharing
    var fed = division.program
    let whole = fed.program.withCheaperProducts()
    guard let part = whole.exchanging(sharing.plan(whole, for: ranks.index, of: ranks.count)) else {
      throw PlanFault(segment: 0, part: .step, cause: .indivisible)
    }
    fed.program = part.program
    let wire = StepWire(ranks, part.layouts)
    var options = options
    options.exchange = wire
    let feeder: Feeder
    do { feeder = try self.feeder(fed, seed: spec.seed, given: spec.given, options) } catch {
      throw PlanFault(segment: 0, part: .step, cause: .engine(error))
    }
    feeder.executable.breaksLongSteps = false
    return (feeder, RankedStep(wire: wire, channel: ranks, sharing: sharing, whole: whole))
  }

  private func plain(_ fed: FedProgram, _ spec: RunSpec) throws(PlanFault) -> Feeder {
    do { return try feeder(fed, seed: spec.seed, given: spec.given) } catch {
      throw PlanFault(segment: 0, part: .step, cause: .engine(error))
    }
  }

  /// Plans metrics.
  ///
  /// A look at a state may be broken off, which a step may not.
  package func group(_ metrics: MetricSpec, seed: Int, given: [GivenTensor] = []) throws(EngineError) -> MetricGroup {
    let feeder = try feeder(metrics.program, seed: seed, given: given)
    feeder.executable.innerInterrupt = interrupt.pointer
    return MetricGroup(
      names: metrics.names, feeder: feeder, times: metrics.times, isConditional: metrics.isConditional,
      lossOutputs: metrics.lossOutputs)
  }

  /// Plans a stretch of a run.
  func segment(_ index: Int, of spec: RunSpec) throws(PlanFault) -> RunSegment {
    let (dynamics, recorded) = (spec.segments[index].dynamics, spec.segments[index].recorded)
    func planned<T>(_ part: RunPart, _ make: () throws(EngineError) -> T) throws(PlanFault) -> T {
      do { return try make() } catch { throw PlanFault(segment: index, part: part, cause: .engine(error)) }
    }
    var (groups, last): ([MetricGroup], [MetricGroup?]) = ([], [])
    for (place, metrics) in recorded.metrics.enumerated() {
      groups.append(
        try planned(.metrics(place)) { () throws(EngineError) in try group(metrics, seed: spec.seed, given: spec.given)
        })
    }
    for (place, metrics) in recorded.lastMetrics.enumerated() {
      guard let metrics else {
        last.append(nil)
        continue
      }
      last.append(
        try planned(.metrics(place)) { () throws(EngineError) in try group(metrics, seed: spec.seed, given: spec.given)
        })
    }
    var stop: MetricGroup?
    if let condition = recorded.stop {
      stop = try planned(.stop) { () throws(EngineError) in try group(condition, seed: spec.seed, given: spec.given) }
    }
    var later: LaterBatches?
    if let next = spec.following(index).last {
      later = LaterBatches(
        begin: spec.segments[next].dynamics.start, batches: try batches(next, of: spec))
    }
    let (feeder, ranked): (Feeder, RankedStep?)
    do { (feeder, ranked) = try stepFeeder(dynamics.step, of: spec) } catch {
      throw PlanFault(segment: index, part: error.part, cause: error.cause)
    }
    var result = RunSegment(
      plan: StepPlan(feeder: feeder, slots: dynamics.step.slots.map(\.path)), batches: try batches(index, of: spec),
      groups: groups, lastGroups: last, later: later, stop: stop, entry: try entry(index, of: spec))
    (result.stalls, result.ranked) = (recorded.stalls, ranked)
    return result
  }

  /// The batches of a segment; nil where updates see all samples.
  private func batches(_ index: Int, of spec: RunSpec) throws(PlanFault) -> Batches? {
    guard let sampling = spec.segments[index].dynamics.sampling else { return nil }
    do {
      guard let paths = spec.paths else { return try sampling.batches(seed: spec.seed) }
      var all: [Batches] = []
      for path in 0..<paths { all.append(try sampling.batches(seed: spec.seed &+ path)) }
      return Batches(together: all)
    } catch {
      throw PlanFault(segment: index, part: .order, cause: .data(error))
    }
  }

  private func entry(_ index: Int, of spec: RunSpec) throws(PlanFault) -> SegmentEntry {
    let dynamics = spec.segments[index].dynamics
    var values: MetricGroup?
    do {
      values = try dynamics.entry.values.map { (metrics) throws(EngineError) in
        try group(metrics, seed: spec.seed, given: spec.given)
      }
    } catch { throw PlanFault(segment: index, part: .entry, cause: .engine(error)) }
    // What is assigned sees the batches of the segment before.
    return SegmentEntry(
      slots: dynamics.step.slots, values: values, targets: dynamics.entry.targets,
      takesModel: dynamics.entry.takesModel, batches: try batches(max(0, index - 1), of: spec))
  }
}

/// How a stretch of a run makes its slots of those of the stretch before: by name, but for what is assigned.
package struct SegmentEntry {
  var slots: [Slot]
  /// Planned assignments; nil where there are none.
  var values: MetricGroup?
  var targets: [Int]
  var takesModel: Bool
  var batches: Batches?

  /// One tensor for each slot, made of the state that the segment before it left.
  func slots(after before: RunState, _ names: [String]) throws -> [Tensor] {
    var assigned: [String: Tensor] = [:]
    if let values {
      let moment = FeedMoment(step: before.step, slots: .tensors(before.slots), batches: batches)
      for (target, tensor) in try zip(targets, values.tensors(at: moment)) { assigned[names[target]] = tensor }
    }
    func value(of path: String) -> Tensor? {
      assigned[path] ?? names.firstIndex(of: path).map { before.slots[$0] }
    }
    let prefix = StepSpec.modelPrefix
    return slots.map { slot in
      let point = slot.path.hasPrefix(prefix) ? String(slot.path.dropFirst(prefix.count)) : nil
      let known = point != nil && takesModel ? value(of: point ?? "") : value(of: slot.path)
      return known
        ?? Tensor([Double](repeating: 0, count: slot.type.count), shape: slot.type.shape, dtype: slot.type.dtype)
    }
  }
}

extension RunSpec {
  /// The numbers of the segments that begin where a segment ends: all at one step, the last of which lasts.
  package func following(_ index: Int) -> [Int] {
    let later = segments.indices.dropFirst(index + 1)
    guard let start = later.first.map({ segments[$0].dynamics.start }), start > segments[index].dynamics.start else {
      return []
    }
    return Array(later.prefix { segments[$0].dynamics.start == start })
  }
}
