import Experiments
import Tensors

/// Any bytes are a checkpoint or damage, also behind a digest that is right.
func fuzzed(_ bytes: [UInt8]) {
  _ = try? RunCheckpoint(bytes: bytes)
  var digest = Digest()
  let length = (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) }
  let whole = Array("descent checkpoint 2\n".utf8) + length + bytes
  digest.add(whole)
  if let checkpoint = try? RunCheckpoint(bytes: whole + digest.bytes) {
    require((try? RunCheckpoint(bytes: checkpoint.encoded)) != nil, "what was read can be written and read again")
  }
}
