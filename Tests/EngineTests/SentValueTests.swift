import Testing

import Engine

/// What travels between ranks comes out as it went in, and in few bytes where it can.
@Suite struct SentValueTests {
  private func travelled(_ values: [Double]) throws -> (bytes: Int, values: [Double]) {
    let words = values.map(\.bitPattern)
    var bytes: [UInt8] = []
    words.withUnsafeBufferPointer { SentValue.append($0, to: &bytes) }
    #expect(bytes.count <= SentValue.bound(count: values.count, width: 8))
    var result = [UInt64](repeating: 7, count: values.count)
    var place = 0
    let isRead = bytes.withUnsafeBytes { bytes in
      result.withUnsafeMutableBufferPointer { SentValue.read(bytes, &place, into: $0) }
    }
    #expect(isRead && place == bytes.count)
    // Cut short it is refused, never read beyond its end.
    for cut in [0, 1, bytes.count / 2, bytes.count - 1] where cut < bytes.count {
      var place = 0
      let isRead = bytes.prefix(cut).withUnsafeBytes { bytes in
        result.withUnsafeMutableBufferPointer { SentValue.read(bytes, &place, into: $0) }
      }
      #expect(!isRead || values.isEmpty)
    }
    var last = 0
    _ = bytes.withUnsafeBytes { bytes in
      result.withUnsafeMutableBufferPointer { SentValue.read(bytes, &last, into: $0) }
    }
    return (bytes.count, result.map { Double(bitPattern: $0) })
  }

  @Test func everythingComesOutAsItWentIn() throws {
    var generator = SystemRandomNumberGenerator()
    for count in [0, 1, 2, 31, 32, 33, 100, 1000] {
      for kinds in [1, 2, 3, 4, 5, 16, 17, 256, 257, 100_000] {
        for filled in [0.0, 0.02, 0.5, 1] {
          let values = (0..<count).map { _ in
            Double.random(in: 0..<1, using: &generator) < filled
              ? Double(Int.random(in: 1...kinds, using: &generator)) / 7 : 0
          }
          let found = try travelled(values)
          #expect(found.values.map(\.bitPattern) == values.map(\.bitPattern), "\(count) \(kinds) \(filled)")
        }
      }
    }
  }

  @Test func signsOfZeroAndNumbersThatAreNoneStay() throws {
    let odd = [0, -0.0, .nan, -.nan, .infinity, -.infinity, .leastNonzeroMagnitude, 5e-324, 0, 0, 0, 0, 0, 0, 0, 0]
    #expect(try travelled(odd).values.map(\.bitPattern) == odd.map(\.bitPattern))
  }

  @Test func compressedVectorsAreShort() throws {
    var top = [Double](repeating: 0, count: 2000)
    for place in [3, 500, 1999] { top[place] = Double(place) + 0.1 }
    #expect(try travelled(top).bytes == 1 + 4 + 3 * 12)
    let signs = (0..<2000).map { $0 % 3 == 0 ? -0.37 : 0.37 }
    #expect(try travelled(signs).bytes == 1 + 4 + 16 + 250)
    let dense = (0..<2000).map { Double($0) / 3 + 1 }
    #expect(try travelled(dense).bytes == 1 + 16_000)
  }
}
