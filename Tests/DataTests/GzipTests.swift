import Data
import Testing

/// Compressed files: what they hold, and what happens to damaged and exploding ones.
@Suite struct GzipTests {
  @Test func contentComesBack() throws {
    var generator = SeededGenerator(state: 1)
    for size in [0, 1, 100, 65_535, 65_536, 65_537, 1 << 20, (1 << 21) + 5] {
      let content = (0..<size).map { _ in UInt8.random(in: 0...3, using: &generator) }
      #expect(try Gzip.expanded(content.gzipped(), file: "x") == content, "\(size) bytes")
    }
    #expect(try Gzip.expanded(bytes("plain"), file: "x") == bytes("plain"))
  }

  @Test func severalMembersFollowEachOther() throws {
    let joined = bytes("one,").gzipped() + bytes("two").gzipped()
    #expect(try Gzip.expanded(joined, file: "x") == bytes("one,two"))
    #expect(try Gzip.expanded(joined + [0, 0, 0], file: "x") == bytes("one,two"))
  }

  @Test func everyTruncationIsRefused() {
    let whole = bytes("some content, some content, and more").gzipped()
    for length in 2..<whole.count {
      let message = message { () throws(DataError) in try Gzip.expanded(Array(whole[..<length]), file: "x.gz") }
      #expect(message.hasPrefix("E0806"), "\(length) bytes: \(message)")
    }
  }

  @Test func flippedBitsNeverGiveOtherContent() {
    let content = bytes("1,2,3\n4,5,6\n7,8,9\n10,11,12\n")
    let whole = content.gzipped()
    for bit in 0..<whole.count * 8 {
      var damaged = whole
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      // Bits of the header's date and system change nothing; without the magic the bytes are no gzip file.
      guard let result = try? Gzip.expanded(damaged, file: "x.gz"), Gzip.isCompressed(damaged) else { continue }
      #expect(result == content, "bit \(bit)")
    }
  }

  @Test func bombsAreRefusedWhileSmall() {
    let bomb = [UInt8](repeating: 0, count: 100 << 20).gzipped()
    let message = message { () throws(DataError) in try Gzip.expanded(bomb, file: "bomb.gz") }
    #expect(message.hasPrefix("E0807 `bomb.gz` expands more than"), "\(message)")
  }

  @Test func theLimitFollowsTheCompressedSize() {
    #expect(Gzip.limit(compressedBytes: 0) == 64 << 20)
    #expect(Gzip.limit(compressedBytes: 1000) == 200_000 + (64 << 20))
    #expect(Gzip.limit(compressedBytes: 1 << 30) == 4 << 30)
    #expect(Gzip.limit(compressedBytes: .max) == 4 << 30)
  }
}
