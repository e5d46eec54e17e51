import Experiments
import Graph
import Tensors

/// In which numbers a run computes.
package struct RunPrecision: Hashable, Sendable {
  /// The element type that is computed with.
  var real = DType.f64
  /// What the results are rounded to; nil where they stay as they are.
  var rounding: StepRounding?

  var text: String {
    let name = rounding.map { $0.format == .bf16 ? "bf16" : "f16" } ?? "\(real)"
    return name + (rounding?.isStochastic == true ? " stochastic" : "")
  }
}
