import Experiments
package import Graph
package import Tensors

/// In which numbers a run computes.
package struct RunPrecision: Hashable, Sendable {
  /// The element type that is computed with.
  package var real = DType.f64
  /// What the results are rounded to; nil where they stay as they are.
  package var rounding: StepRounding?

  package var text: String {
    let name = rounding.map { $0.format == .bf16 ? "bf16" : "f16" } ?? "\(real)"
    return name + (rounding?.isStochastic == true ? " stochastic" : "")
  }

  package init(real: DType = DType.f64, rounding: StepRounding? = nil) {
    self.real = real
    self.rounding = rounding
  }

  package init() {
  }
}
