import Experiments
import Tensors

/// Any bytes are a checkpoint or damage, and any bytes are a kept run or none, also behind a digest that is right.
func fuzzed(_ bytes: [UInt8]) {
  _ = try? RunCheckpoint(bytes: bytes)
  let length = (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) }
  if let checkpoint = try? RunCheckpoint(bytes: signed(Array("descent checkpoint 3\n".utf8) + length + bytes)) {
    let written = checkpoint.encoded
    require((try? RunCheckpoint(bytes: written).encoded) == written, "what was read is written and read again")
  }
  // The key is the empty text.
  let run = Array("descent run 1\n".utf8) + [UInt8](repeating: 0, count: 8) + bytes
  if let record = RunRecord(bytes: signed(run), key: "") {
    let written = record.encoded(key: "")
    require(RunRecord(bytes: written, key: "")?.encoded(key: "") == written, "a kept run is written and read again")
  }
}

/// The bytes with their digest behind them.
private func signed(_ bytes: [UInt8]) -> [UInt8] {
  var digest = Digest()
  digest.add(bytes)
  return bytes + digest.bytes
}
