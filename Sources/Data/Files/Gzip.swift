import CZlib

/// Decompression of gzip members and of the raw deflate streams inside zip archives, with a bound on expansion.
///
/// Output grows as it is produced: what a header promises is never believed. At every moment the output may have at
/// most `limit(compressedBytes:)` of the bytes consumed until then, so that a file made to explode is refused after
/// some 64 MiB, whatever its size.
package enum Gzip {
  /// How the compressed bytes are framed.
  enum Framing: Int32 {
    case gzip = 31
    case rawDeflate = -15
  }

  /// Whether the bytes start like a gzip file.
  package static func isCompressed(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
  }

  /// The most that `count` compressed bytes may become: min(4 GiB, 200 × count + 64 MiB).
  ///
  /// Deflate itself stops at 1032 : 1; measured files stay below 100 : 1.
  package static func limit(compressedBytes count: Int) -> Int {
    let (product, overflow) = count.multipliedReportingOverflow(by: 200)
    let (sum, overflowSum) = product.addingReportingOverflow(64 << 20)
    return overflow || overflowSum ? 4 << 30 : min(4 << 30, sum)
  }

  /// The content of a gzip file, all its members one after the other; other bytes are returned as they are.
  package static func expanded(_ bytes: [UInt8], file: String, interrupt: InterruptFlag = InterruptFlag())
    throws(DataError) -> [UInt8]
  {
    guard isCompressed(bytes) else { return bytes }
    return try inflate(bytes[...], framing: .gzip, file: file, interrupt: interrupt)
  }

  /// Inflates a slice; for gzip framing, further members follow until the slice ends or padding begins.
  static func inflate(
    _ input: ArraySlice<UInt8>, framing: Framing, file: String, interrupt: InterruptFlag = InterruptFlag()
  ) throws(DataError) -> [UInt8] {
    var output: [UInt8] = []
    var start = input.startIndex
    while start < input.endIndex {
      start = try inflateMember(input, from: start, framing, file, interrupt, into: &output)
      let isMember = input.endIndex - start >= 2 && input[start] == 0x1F && input[start + 1] == 0x8B
      if framing != .gzip || !isMember { break }
    }
    return output
  }

  /// Inflates one member and returns where it ends.
  private static func inflateMember(
    _ input: ArraySlice<UInt8>, from start: Int, _ framing: Framing, _ file: String, _ interrupt: InterruptFlag,
    into output: inout [UInt8]
  ) throws(DataError) -> Int {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, framing.rawValue, ZLIB_VERSION, size) == Z_OK else {
      throw DataError(file, .damagedCompression(reason: "no memory to decompress", offset: 0))
    }
    defer { inflateEnd(&stream) }
    var block = [UInt8](repeating: 0, count: 64 << 10)
    var position = start
    var status = Z_OK
    repeat {
      try interrupt.check(file)
      let end = min(input.endIndex, position + (1 << 20))
      let produced = step(&stream, input[position..<end], &block, &status)
      position = end - Int(stream.avail_in)
      let limit = limit(compressedBytes: position - input.startIndex)
      guard output.count + produced <= limit else {
        throw DataError(file, .expandsTooFar(limit: limit, compressed: position - input.startIndex))
      }
      output.append(contentsOf: block[..<produced])
      if status == Z_BUF_ERROR || (status == Z_OK && produced == 0 && position == input.endIndex) {
        throw DataError(file, .damagedCompression(reason: "it ends too early", offset: position - input.startIndex))
      }
      guard status == Z_OK || status == Z_STREAM_END else {
        let reason = stream.msg.map { String(cString: $0) } ?? "code \(status)"
        throw DataError(file, .damagedCompression(reason: reason, offset: position - input.startIndex))
      }
    } while status != Z_STREAM_END
    return position
  }

  /// One call of zlib: as much of `input` as fits into `block`; returns the number of bytes produced.
  private static func step(
    _ stream: inout z_stream, _ input: ArraySlice<UInt8>, _ block: inout [UInt8], _ status: inout Int32
  ) -> Int {
    input.withUnsafeBufferPointer { source in
      block.withUnsafeMutableBufferPointer { target in
        // zlib reads through next_in only, although its type does not say so.
        stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
        stream.avail_in = UInt32(source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(target.count)
        status = CZlib.inflate(&stream, Z_NO_FLUSH)
        return target.count - Int(stream.avail_out)
      }
    }
  }

  /// CRC-32 of bytes as zip and gzip use it.
  package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.withUnsafeBufferPointer { buffer in
      UInt32(truncatingIfNeeded: crc32_z(0, buffer.baseAddress, buffer.count))
    }
  }
}
