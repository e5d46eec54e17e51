package import Experiments
package import Tensors

/// The result of a run: what it recorded, where it ended, and its last state.
package final class RunValue {
  package let name: String
  /// What its series are known by as those of one run.
  package let identity: Identity
  package internal(set) var series: [Series]
  /// Last value of every parameter or state, by path.
  package var finals: [(path: String, tensor: Tensor)]
  package internal(set) var ending: RunEnding?
  package internal(set) var stepCount: Int
  /// While checking only the names are known.
  package let isKnown: Bool
  /// Loss convention, element type, seed, sampler: what a reader must know to repeat the run.
  package let header: [String]
  /// Steps of one epoch, to convert an axis; nil without samples.
  package let stepsPerEpoch: Int?
  /// Some of its results are unknown because their line was refused.
  package var isPartial = false
  /// How many paths an ensemble has, how many of them diverged, and the step at which the first did; nil of a run.
  package var paths: (count: Int, diverged: Int, first: Int)?
  /// What an ensemble kept of each path, along the paths.
  package var vectors: [AxisVector] = []
  /// The time of one step; nil of what has no time.
  package var timeStep: Double?

  /// The statement it came from, to stage it again with a change; nil for a part of a run.
  package var definition: RunDefinition?
  /// What layers above keep with it.
  package var annex = Annex()
  /// For a divergence the words of the script that gave the first value that is not finite.
  package var cause = ""

  /// Parameters at some of its steps, for what is no run but the theory of one.
  package var path: [PathPoint] = []

  /// What its series are besides numbers.
  package var forms = RecordedForms()
  /// Where its series are recorded if it goes to its end, all that is known of them while checking.
  package var plannedPositions: [String: [Double]] = [:]
  /// Types of the last values, all that is known of them while checking.
  package var finalTypes: [TensorType] = []

  package init(
    name: String, series: [Series], finals: [(path: String, tensor: Tensor)], ending: RunEnding?, stepCount: Int,
    isKnown: Bool, header: [String], stepsPerEpoch: Int? = nil, seed: Int? = nil
  ) {
    identity = Identity(seed: seed)
    self.name = name
    self.series = series
    self.finals = finals
    self.ending = ending
    self.stepCount = stepCount
    self.isKnown = isKnown
    self.header = header
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// Names that `run.name` accepts.
  package var members: [String] {
    var names: [String] = []
    for path in finals.map({ RunValue.state(of: $0.path) ?? $0.path }) where !names.contains(path) {
      names.append(path)
    }
    let own = forms.collapsed(series.map(\.name)) + vectors.map(\.name)
    return own + names.filter { !own.contains($0) } + (paths == nil ? [] : ["paths"]) + ["steps", "diverged"]
  }

  /// The name of an optimizer's state, by the path of its slot, `heavy_ball.v@net.layer1.W`; nil for parameters.
  package static func state(of path: String) -> String? {
    guard let end = path.firstIndex(of: "@"), let dot = path[..<end].lastIndex(of: ".") else { return nil }
    return String(path[path.index(after: dot)..<end])
  }
}

/// The parameters at one step, in one vector.
package struct PathPoint: Sendable {
  package var step: Int
  package var parameters: [Double]

  package init(step: Int, parameters: [Double]) {
    self.step = step
    self.parameters = parameters
  }
}
