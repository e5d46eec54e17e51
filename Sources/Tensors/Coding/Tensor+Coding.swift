extension Tensor: Codable {
  /// Only a `ByteDecoder` reads tensors, and it does so by itself.
  package init(from decoder: any Decoder) throws {
    guard let source = decoder as? ByteSource else { throw ByteCodingError.malformed }
    self = try source.decoder.read(Tensor.self)
  }

  /// Only a `ByteEncoder` writes tensors.
  package func encode(to encoder: any Encoder) throws {
    guard let sink = encoder as? ByteSink else { throw ByteCodingError.malformed }
    try sink.encoder.add(self)
  }
}
