import Data

/// Any bytes are images or a mistake.
func fuzzed(_ bytes: [UInt8]) {
  for kind in [CIFARReader.Kind.cifar10, .cifar100] { _ = try? CIFARReader.read(bytes, kind: kind, file: "fuzz") }
}
