package import Diagnostics
import Graph

/// `link 1e9 bits, 1e-4 latency, 1e12 flops`: what a step of the workers takes in time.
///
/// Each worker has a link of its own. A step takes
///
///     operations / speed + latency + (bits up + bits down) / bandwidth      seconds,
///
/// with the speed of the slowest worker, the bits of the worker that sends most, and what goes back to one worker. Without
/// `flops` computing takes no time. `operations` are those of one worker's gradient, or of its local steps, as
/// `Graph.operationCount` counts them.
package struct Link {
  /// Bits a second.
  package var bandwidth = 0.0
  /// Seconds, once a step.
  package var latency = 0.0
  /// Operations a second, of all workers or of each; none where computing takes no time.
  package var speeds: [Double] = []
  package var span: Span

  package var slowest: Double? { speeds.min() }

  package init(bandwidth: Double = 0.0, latency: Double = 0.0, speeds: [Double] = [], span: Span) {
    self.bandwidth = bandwidth
    self.latency = latency
    self.speeds = speeds
    self.span = span
  }
}
