import Engine
package import Tensors

/// A run as a value: everything that its numbers depend on, and nothing else.
///
/// It needs neither the script nor the evaluator that made it: it can be compared, sent to another thread or process,
/// written to a file and read back, and gives the same bytes wherever it is run by the same release. The compiler
/// derives what is digested and what is written from its properties, so that none can be left out.
package struct RunSpec: Sendable, Codable {
  package var seed: Int
  package var real: DType
  /// Updates, unless it stops before.
  package var length: Int
  package var axis: SeriesAxis
  /// Updates that make an epoch; nil for a process.
  package var stepsPerEpoch: Int?
  /// One tensor for each slot of the first segment, at step 0.
  package var start: [Tensor]
  /// What is done from which step on; the first begins at step 0.
  package var segments: [SegmentSpec]
  /// What the feeds `.given` of its programs hold at every step.
  package var given: [GivenTensor] = []
  /// How many runs of a problem it is, whose seeds follow each other and that step as one batch; nil of one run, and of an
  /// ensemble of a process, whose paths have one seed.
  package var paths: Int?

  /// A run that is whole: its first segment begins at step 0 and has as many slots as `start` has tensors.
  package init(
    seed: Int, real: DType, length: Int, axis: SeriesAxis, stepsPerEpoch: Int?, start: [Tensor],
    segments: [SegmentSpec]
  ) {
    self.seed = seed
    self.real = real
    self.length = length
    self.axis = axis
    self.stepsPerEpoch = stepsPerEpoch
    self.start = start
    self.segments = segments
  }
}

extension RunSpec {
  /// What its series are.
  package var forms: RecordedForms { RecordedForms(of: segments.flatMap(\.recorded.metrics)) }
  /// The time of one step, where what is recorded is shown along time; what a process of its equations may ask for.
  package var timeStep: Double? {
    axis == .time ? given.first { $0.name == Self.timeStepName }?.value.double(at: 0) : nil
  }

  /// The name of the feed that holds it.
  package static let timeStepName = "dt"
}

/// A tensor by the name of a feed.
package struct GivenTensor: Sendable, Codable {
  package var name: String
  package var value: Tensor

  package init(_ name: String, _ value: Tensor) { (self.name, self.value) = (name, value) }
}

/// A stretch of a run between two interventions.
package struct SegmentSpec: Sendable, Codable {
  package var dynamics: SegmentDynamics
  package var recorded: SegmentRecording

  package init(dynamics: SegmentDynamics, recorded: SegmentRecording) {
    self.dynamics = dynamics
    self.recorded = recorded
  }
}

/// What decides the states of a stretch of a run.
package struct SegmentDynamics: Sendable, Codable {
  /// The step at which it begins.
  package var start: Int
  package var step: StepSpec
  /// Nil where every update sees all samples.
  package var sampling: Sampling?
  /// What its beginning does to the state that the stretch before has left.
  package var entry: EntrySpec

  package init(start: Int, step: StepSpec, sampling: Sampling?, entry: EntrySpec) {
    self.start = start
    self.step = step
    self.sampling = sampling
    self.entry = entry
  }
}

/// What a stretch of a run records and when it stops; nothing of it changes a state.
package struct SegmentRecording: Sendable, Codable {
  package var metrics: [MetricSpec]
  /// Those of `metrics` that look ahead as they are at the last step before the next segment; nil for all others.
  package var lastMetrics: [MetricSpec?]
  /// Its first output is not 0 where the run stops.
  package var stop: MetricSpec?
  /// The run stops where one of its series no longer falls.
  package var stalls: [StallSpec] = []

  package init(
    metrics: [MetricSpec] = [], lastMetrics: [MetricSpec?] = [], stop: MetricSpec? = nil, stalls: [StallSpec] = []
  ) {
    self.stalls = stalls
    self.metrics = metrics
    self.lastMetrics = lastMetrics
    self.stop = stop
  }
}

/// One step of a run: slots in, their next values out.
package struct StepSpec: Sendable, Codable {
  package var slots: [Slot]
  package var program: FedProgram
  /// What of it is of which worker; nil where there is one.
  package var sharing: WorkerSharing?
  /// The same step as several processes make it, where some do: no part of what the run is, as none of its bits depend on it.
  package var division = Unwritten<StepDivision>()

  package init(slots: [Slot], program: FedProgram) {
    self.slots = slots
    self.program = program
  }

  /// What the slots that hold the point of a quadratic model are called, before the parameter's path.
  package static let modelPrefix = "model@"
  /// How the names of slots begin that hold what was seen of each path of an ensemble, or of a run.
  package static let pathPrefix = "path@"
  /// The name of the slot that holds what share of the last step was done, where an event may end it early.
  package static let sharePath = pathPrefix + "share"
  /// How the names of slots begin that count what workers send.
  package static let counterPrefix = "sent."
  /// The slot that counts the bits that are sent.
  static let bitsSlot = counterPrefix + "bits@all"
}

/// A step of which several processes compute parts: its program, and what of it is of which worker.
package struct StepDivision: Sendable {
  package var program: FedProgram
  package var sharing: WorkerSharing

  package init(program: FedProgram, sharing: WorkerSharing) { (self.program, self.sharing) = (program, sharing) }
}

/// What goes along with a value in one process, and is neither digested nor written.
package struct Unwritten<Part: Sendable>: Sendable, Codable {
  package var value: Part?

  package init(_ value: Part? = nil) { self.value = value }
  package init(from decoder: any Decoder) throws { value = nil }
  package func encode(to encoder: any Encoder) throws {}
}

/// A tensor that one step hands to the next.
package struct Slot: Sendable, Hashable, Codable {
  /// `net.layer1.W`, or `heavy_ball.v@net.layer1.W`.
  package var path: String
  package var type: TensorType
  /// Name of an optimizer's state; nil for parameters.
  package var state: String?

  package init(path: String, type: TensorType, state: String? = nil) {
    self.path = path
    self.type = type
    self.state = state
  }

  /// Whether it holds what was counted, seen of each path, or done of the last step: no part of what the steps are a function of.
  package var isMeasuring: Bool { path.hasPrefix(StepSpec.counterPrefix) || path.hasPrefix(StepSpec.pathPrefix) }

  /// That of all paths of an ensemble.
  package func ofPaths(_ count: Int) -> Slot {
    Slot(path: path, type: type.ofPaths(count), state: state)
  }
}

extension TensorType {
  /// That of so many paths of an ensemble: with an axis of paths in front.
  package func ofPaths(_ count: Int) -> TensorType { TensorType(Shape([count] + shape.sizes), dtype) }
}

/// What an intervention does to the state itself, once, where its segment begins.
package struct EntrySpec: Sendable, Codable {
  /// Values for the slots in `targets`; nil when nothing is assigned.
  package var values: MetricSpec?
  /// Numbers of slots of the segment before.
  package var targets: [Int] = []
  /// The point of the quadratic model is taken anew.
  package var takesModel = false

  package init() {}

  /// Whether what follows begins with something other than the state that was left.
  package var changesState: Bool { values != nil || takesModel }
}

/// Metrics that are evaluated together on the state of one step.
package struct MetricSpec: Sendable, Codable {
  package var names: [String]
  package var program: FedProgram
  package var times: RecordingTimes
  /// A last output says whether this state is recorded (`record … when …`).
  package var isConditional: Bool
  /// Outputs that are the run's loss: a run whose loss is not finite has diverged.
  package var lossOutputs: [Int]
  /// Names of those that are conditions, sorted.
  package var truths: [String] = []
  /// Tensors among them, whose elements are named one by one.
  package var tensors: [RecordedTensor] = []

  package init(
    names: [String], program: FedProgram, times: RecordingTimes = .every(1), isConditional: Bool = false,
    lossOutputs: [Int] = []
  ) {
    self.names = names
    self.program = program
    self.times = times
    self.isConditional = isConditional
    self.lossOutputs = lossOutputs
  }
}
