import Data

/// Any bytes can be expanded or are a mistake.
func fuzzed(_ bytes: [UInt8]) { _ = try? Gzip.expanded(bytes, file: "fuzz") }
