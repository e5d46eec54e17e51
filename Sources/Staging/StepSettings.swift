import Data
import Diagnostics
package import Experiments
package import Syntax
package import Values

extension Sampling {
  /// What the header of a run says: the batches, and what an epoch of them is.
  package var header: String {
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
package struct StepSettings {
  /// Changes of hyper-parameters, in their order.
  package var hyperparameters: [HyperparameterChange] = []
  /// Nil for the full batch.
  package var sampling: Sampling?
  /// Samples drawn afresh at each step, for problems without data.
  package var freshCount: Int?
  /// Workers, each with its own part of the batch.
  package var workers = 1
  /// What the workers do by themselves before they hear of each other; nil where they hear after each step.
  package var local: LocalSteps?
  /// After how many steps what is sent arrives.
  package var delay: Delay?
  /// What sending costs in time.
  package var link: Link?
  /// Whether the loss is replaced by its second-order expansion at a point that the step carries along.
  package var isQuadratic = false
  /// What `update = …` makes of x′ − x.
  package var update: Thunk?
  /// Leaves that keep their value, ascending.
  package var frozen: [Int] = []

  /// Samples of one worker at a time; nil for the full batch.
  package var samplesOfWorker: Int? { sampling.map { $0.batch / workers / $0.turns } }

  /// Whether batches go on as with other settings.
  package func hasBatches(of other: StepSettings) -> Bool {
    sampling == other.sampling && freshCount == other.freshCount
  }

  package init() {
  }
}

/// `v = 0`, `net.layer1.W *= 2`: a change of the state itself, at one step.
package struct StateAssignment {
  /// Name of a state, `x`, or a path of parameters.
  package var target: String
  package var operation: BinaryOperator?
  package var thunk: Thunk
  package var place: OperandPlaces

  package init(target: String, operation: BinaryOperator? = nil, thunk: Thunk, place: OperandPlaces) {
    self.target = target
    self.operation = operation
    self.thunk = thunk
    self.place = place
  }
}

/// What the statements of one intervention do.
package struct Intervention {
  package var settings: StepSettings
  package var assignments: [StateAssignment] = []
  /// `update = …` stands among the statements.
  package var setsUpdate = false
  /// The quadratic model is taken at this step.
  package var takesModel = false

  package init(
    settings: StepSettings, assignments: [StateAssignment] = [], setsUpdate: Bool = false, takesModel: Bool = false
  ) {
    self.settings = settings
    self.assignments = assignments
    self.setsUpdate = setsUpdate
    self.takesModel = takesModel
  }
}

extension SamplingOrder {
  /// The word a script uses for this order.
  package var word: String {
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
