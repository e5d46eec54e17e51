import Experiments

/// A stream of random numbers by name: the same for the same seed and purpose, whatever else is drawn.
package struct StreamName: Hashable, Sendable {
  /// The run's seed.
  package var seed: Int
  /// `data`, `init`, `order`, `noise`, `probe`, or `metric:NAME`.
  package var purpose: String
  /// Which draw of this purpose: the name of a parameter, a noise or a metric.
  package var detail: String

  package init(seed: Int, purpose: String, detail: String) {
    self.seed = seed
    self.purpose = purpose
    self.detail = detail
  }

  /// The 64-bit key of the stream.
  package var key: Int {
    StreamLabel(purpose: purpose, detail: detail).key(seed: seed)
  }
}
