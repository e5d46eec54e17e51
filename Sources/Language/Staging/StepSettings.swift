import Data
import Diagnostics
import Experiments
import Syntax

extension Sampling {
  /// What the header of a run says: the batches, and what an epoch of them is.
  var header: String {
    let dealt = batch / turns
    let left = order == .permuted && !keepsRest ? count % dealt : 0
    let unit = turns == 1 ? "step" : "local step"
    let steps = batchesPerEpoch == 1 ? "1 \(unit) an epoch" : "\(batchesPerEpoch) \(unit)s an epoch"
    let short = shortBatch.map { ", the last with \($0) \($0 == 1 ? "sample" : "samples")" } ?? ""
    return "batch \(dealt) \(order.word)\(keepsRest ? " keep" : ""), \(steps)\(short)"
      + (left > 0 ? ", \(left) of \(count) samples left out" : "")
  }
}

/// What a run's step is made with besides its problem and rules: all that interventions can change.
struct StepSettings {
  /// Changes of hyper-parameters, in their order.
  var hyperparameters: [HyperparameterChange] = []
  /// Nil for the full batch.
  var sampling: Sampling?
  /// Samples drawn afresh at each step, for problems without data.
  var freshCount: Int?
  /// Workers, each with its own part of the batch.
  var workers = 1
  /// What the workers do by themselves before they hear of each other; nil where they hear after each step.
  var local: LocalSteps?
  /// After how many steps what is sent arrives.
  var delay: Delay?
  /// What sending costs in time.
  var link: Link?
  /// Whether the loss is replaced by its second-order expansion at a point that the step carries along.
  var isQuadratic = false
  /// What `update = …` makes of x′ − x.
  var update: Thunk?
  /// Leaves that keep their value, ascending.
  var frozen: [Int] = []

  /// Samples of one worker at a time; nil for the full batch.
  var samplesOfWorker: Int? { sampling.map { $0.batch / workers / $0.turns } }

  /// Whether batches go on as with other settings.
  func hasBatches(of other: StepSettings) -> Bool { sampling == other.sampling && freshCount == other.freshCount }
}

/// `v = 0`, `net.layer1.W *= 2`: a change of the state itself, at one step.
struct StateAssignment {
  /// Name of a state, `x`, or a path of parameters.
  var target: String
  var operation: BinaryOperator?
  var thunk: Thunk
  var place: OperandPlaces
}

/// What the statements of one intervention do.
struct Intervention {
  var settings: StepSettings
  var assignments: [StateAssignment] = []
  /// `update = …` stands among the statements.
  var setsUpdate = false
  /// The quadratic model is taken at this step.
  var takesModel = false
}

extension SamplingOrder {
  /// The word a script uses for this order.
  var word: String {
    switch self {
    case .permuted: "shuffled"
    case .permutedWhole: "shuffled_whole"
    case .subset: "subset"
    case .replacement: "replacement"
    case .cyclic: "cyclic"
    case .weighted: "weighted"
    }
  }
}
