package import Engine
import Experiments

/// What the workers of one run have sent between ranks.
package struct RunTraffic: Sendable {
  package var run: String
  /// As the rule counts it.
  package var bits: Double?
  package var traffic: RankTraffic

  /// One line.
  package func text(ranks: Int) -> String {
    var words = "\(run): \(traffic.exchanges) exchanges among \(ranks) ranks"
    if let bits, bits.magnitude < 1e18 { words += ", \(Int(bits)) bits counted (\(Int(bits / 8)) bytes)" }
    return words + ", \(traffic.bytes) bytes sent, \(traffic.wireBytes) with heads and copies for each receiver"
  }

  package init(run: String, bits: Double? = nil, traffic: RankTraffic) {
    self.run = run
    self.bits = bits
    self.traffic = traffic
  }
}
