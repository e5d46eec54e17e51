package import Diagnostics
import Experiments
package import Graph
import Syntax
package import Tensors
package import Values

/// What is kept behind all other slots: a number of a hyper-parameter, what is on its way, a state of a compressor.
package struct HeldNumber {
  /// Name of its slot.
  package var path: String
  package var slot: Int
  package var type: TensorType
  package var output: NodeID
  /// The worker that alone has it; nil for all.
  var worker: Int?
  /// By this metrics and interventions see it, where it is a name.
  var state = Self.held
  /// Its value at step 0 with a run's seed; held numbers are measured before they are first used.
  var start: (Int) throws(Diagnostic) -> Value = { (_) in .real(0) }
  var isHyperparameter: Bool { state == Self.held }
  static let held = "held number"

  package init(
    path: String, slot: Int, type: TensorType, output: NodeID, state: String = Self.held,
    start: @escaping (Int) throws(Diagnostic) -> Value = { (_) in .real(0) }
  ) {
    self.path = path
    self.slot = slot
    self.type = type
    self.output = output
    self.state = state
    self.start = start
  }
}

/// A metric with arguments that are plain numbers.
package struct MeasureKey: Hashable {
  private var name: String
  private var arguments: [String]

  /// Nil where the arguments are something else.
  package init?(_ metric: DefinitionValue, _ values: [Value?]) {
    name = "\(metric.definition.name.span)"
    arguments = []
    for value in values {
      switch value {
      case nil: arguments.append("")
      case .integer(let number): arguments.append("\(number)")
      case .real(let number): arguments.append("\(number)")
      default: return nil
      }
    }
  }
}

extension StepStager {
  /// Slots of the numbers that are held.
  ///
  /// Numbers have no name by which a metric or an intervention sees them.
  var heldSlots: [Slot] {
    holds.map { Slot(path: $0.path, type: $0.type, state: $0.state) }
  }
}
