import Data

/// Any bytes are arrays with as many values as their sizes say, or a mistake.
func fuzzed(_ bytes: [UInt8]) {
  for (_, array) in (try? NPZReader.read(bytes, file: "fuzz")) ?? [] {
    require(array.values.count == array.sizes.reduce(1, *), "as many values as the sizes say")
  }
}
