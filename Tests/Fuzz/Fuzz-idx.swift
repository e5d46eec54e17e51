import Data

/// Any bytes are an array with as many values as its sizes say, or a mistake.
func fuzzed(_ bytes: [UInt8]) {
  guard let array = try? IDXReader.read(bytes, file: "fuzz") else { return }
  require(array.values.count == array.sizes.reduce(1, *), "as many values as the sizes say")
}
