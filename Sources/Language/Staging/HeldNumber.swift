import Syntax
import Diagnostics
import Experiments
import Graph
import Tensors

/// A number that a hyper-parameter keeps for some steps.
struct HeldNumber {
  /// Name of its slot.
  var path: String
  var slot: Int
  var type: TensorType
  var output: NodeID
}

/// A metric with arguments that are plain numbers.
struct MeasureKey: Hashable {
  private var name: String
  private var arguments: [String]

  /// Nil where the arguments are something else.
  init?(_ metric: DefinitionValue, _ values: [Value?]) {
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
  /// They have no name by which a metric or an intervention sees them.
  var heldSlots: [Slot] {
    holds.map { Slot(path: $0.path, type: $0.type, state: "held number") }
  }
}
