import Tensors
import Testing

/// The digest against the examples of FIPS 180-4.
@Suite struct DigestTests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func digestIsThatOfTheStandard(text: String, expected: String) {
    var digest = Digest()
    Array(text.utf8).withUnsafeBytes { digest.add(bytes: $0) }
    #expect(digest.text == expected)
  }

  /// A million times "a", in pieces of all sizes.
  @Test func piecesMakeNoDifference() {
    var digest = Digest()
    var left = 1_000_000
    var size = 1
    while left > 0 {
      let count = min(size, left)
      [UInt8](repeating: UInt8(ascii: "a"), count: count).withUnsafeBytes { digest.add(bytes: $0) }
      left -= count
      size = size % 257 + 1
    }
    #expect(digest.text == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }
}
