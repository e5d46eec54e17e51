import Data

/// Any bytes are a table or a mistake.
func fuzzed(_ bytes: [UInt8]) { _ = try? NPZReader.read(bytes, file: "fuzz") }
