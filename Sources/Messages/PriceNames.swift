/// What a compressor's `bits` may speak of, beside its arguments and `result`.
package enum PriceNames {
  package static let all = ["size", "value_bits", "index_bits"]
}
