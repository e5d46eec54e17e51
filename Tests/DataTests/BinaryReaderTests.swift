import Data
import Testing

/// NPY, NPZ, IDX and CIFAR files: conversions, and every way to be wrong.
@Suite struct BinaryReaderTests {
  /// An NPY file with a header and raw content.
  private func npy(_ header: String, _ content: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let length = header.utf8.count
    let size = [UInt8(length & 255), UInt8(length >> 8)] + (version == 1 ? [] : [0, 0])
    return [0x93] + bytes("NUMPY") + [version, 0] + size + bytes(header) + content
  }

  private func header(_ type: String, _ shape: String, fortran: Bool = false) -> String {
    "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }\n"
  }

  private func read(_ file: [UInt8]) throws(DataError) -> NumberArray { try NPYReader.read(file, file: "a.npy") }

  @Test func everyElementTypeIsConverted() throws {
    let cases: [(String, [UInt8], Double)] = [
      ("<f8", [0, 0, 0, 0, 0, 0, 0xF8, 0xBF], -1.5), (">f8", [0xBF, 0xF8, 0, 0, 0, 0, 0, 0], -1.5),
      ("<f4", [0, 0, 0xC0, 0xBF], -1.5), (">f4", [0xBF, 0xC0, 0, 0], -1.5),
      ("<f2", [0x00, 0xBE], -1.5), ("<f2", [0x01, 0x00], 0x1p-24), ("<f2", [0xFF, 0x7B], 65504),
      ("<f2", [0x00, 0x7C], .infinity), ("|i1", [0xFE], -2), ("<i2", [0xFE, 0xFF], -2), (">i2", [0xFF, 0xFE], -2),
      ("<i4", [0xFE, 0xFF, 0xFF, 0xFF], -2), ("<i8", [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], -2),
      ("|u1", [0xFE], 254), ("<u2", [0x01, 0x80], 32769), ("<u4", [0xFF, 0xFF, 0xFF, 0xFF], 4_294_967_295),
      (">u8", [0, 0x20, 0, 0, 0, 0, 0, 0], 0x1p53), ("|b1", [1], 1), ("|b1", [0], 0),
    ]
    for (type, content, value) in cases {
      #expect(try read(npy(header(type, "(1,)"), content)) == NumberArray(sizes: [1], values: [value]), "\(type)")
    }
  }

  @Test func shapesVersionsAndOrdersAreRead() throws {
    let six: [UInt8] = [1, 2, 3, 4, 5, 6]
    #expect(try read(npy(header("|u1", "(2, 3)"), six)).values == [1, 2, 3, 4, 5, 6])
    #expect(try read(npy(header("|u1", "(2, 3)", fortran: true), six)).values == [1, 3, 5, 2, 4, 6])
    let cube = try read(npy(header("|u1", "(2, 3, 2)", fortran: true), Array(0..<12)))
    #expect(cube.values == [0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11])
    for version: UInt8 in 1...3 { #expect(try read(npy(header("|u1", "(6,)"), six, version: version)).sizes == [6]) }
    #expect(try read(npy(header("|u1", "()"), [7])) == NumberArray(sizes: [], values: [7]))
    #expect(try read(npy(header("|u1", "(0, 3)"), [])) == NumberArray(sizes: [0, 3], values: []))
    let loose = "{ \"shape\":(1,), \"fortran_order\" : False, 'descr':\"|u1\" }"
    #expect(try read(npy(loose, [9])).values == [9])
  }

  @Test(arguments: [
    ("|O", "(1,)", "E0817 `a.npy` holds elements of type `|O`: object arrays are never loaded"),
    ("<c16", "(1,)", "E0817"), ("<U5", "(1,)", "E0817"), ("<M8[ns]", "(1,)", "E0817"), ("<f16", "(1,)", "E0817"),
    ("f8", "(1,)", "E0817"), ("", "(1,)", "E0817"), ("<i3", "(1,)", "E0817"),
    ("<f8", "(18446744073709551615, 2)", "E0816 the dimensions overflow"),
    ("<f8", "(4294967295, 4294967295, 4294967295)", "E0816 the dimensions overflow"),
    ("<f8", "(0, 18446744073709551615)", "E0816 the dimensions overflow"),
    ("<f8", "(4294967295, 0, 4294967295)", "E0816 the dimensions overflow"),
    ("<f8", "(2147483649,)", "E0816"), ("<f8", "(99999999999999999999999,)", "E0818"), ("<f8", "(-1,)", "E0818"),
    ("<f8", "(1.5,)", "E0818"), ("<f8", "(1", "E0818"), ("<f8", "1", "E0818"),
    ("<f8", "(3,)", "E0815 `a.npy` has"),
  ])
  func npyMistakesAreNamed(_ type: String, _ shape: String, _ expected: String) {
    let message = message { () throws(DataError) in try read(npy(header(type, shape), [0, 0, 0, 0])) }
    #expect(message.hasPrefix(expected), "\(message)")
  }

  @Test func damagedNPYHeadersAreRefusedUnread() {
    let long = [0x93] + bytes("NUMPY") + [2, 0, 0xFF, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 32, count: 78)
    #expect(message { () throws(DataError) in try read(long) }.hasPrefix("E0818 the NPY header of `a.npy` is damaged"))
    #expect(message { () throws(DataError) in try read([0x93] + bytes("NUMPY")) }.hasPrefix("E0818"))
    #expect(message { () throws(DataError) in try read(npy("{}", [])) }.hasPrefix("E0818"))
    let future = npy(header("<f8", "(1,)"), [], version: 9)
    #expect(message { () throws(DataError) in try read(future) }.hasPrefix("E0818"))
    #expect(
      message { () throws(DataError) in try read(bytes("1,2,3\n")) }.hasPrefix("E0814 `a.npy` is not an NPY file"))
    #expect(message { () throws(DataError) in try read(npy(header("<f8", "(1,)"), [0, 0])) }.contains("expected"))
    let record = "{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (1,), }"
    #expect(message { () throws(DataError) in try read(npy(record, [])) }.hasPrefix("E0817"))
  }

  @Test func wholeNumbersAreExactOrRefused() throws {
    let exact: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0x40]
    #expect(try read(npy(header("<i8", "(1,)"), exact)).values == [0x1p62])
    let message = message { () throws(DataError) in
      try read(npy(header("<i8", "(1,)"), [1, 0, 0, 0, 0, 0, 0x20, 0]))
    }
    #expect(message.hasPrefix("E0817 element 0 of `a.npy` is 9007199254740993"), "\(message)")
  }

  @Test func everyTruncationOfEveryFormatIsRefused() throws {
    let array = NPYWriter.encode(sizes: [2, 3], values: [1, 2, 3, 4, 5, 6])
    let archive = try NPZWriter.encode([("a", [2], [1, 2]), ("b", [1], [3])], file: "x")
    let idx: [UInt8] = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4]
    for length in 0..<array.count { #expect(throws: DataError.self) { try read(Array(array[..<length])) } }
    for length in 0..<archive.count {
      #expect(throws: DataError.self) { try NPZReader.read(Array(archive[..<length]), file: "x") }
    }
    for length in 0..<idx.count {
      #expect(throws: DataError.self) { try IDXReader.read(Array(idx[..<length]), file: "x") }
    }
  }

  @Test func anyDamageGivesAnArrayOrAnError() throws {
    var generator = SeededGenerator(state: 5)
    let array = NPYWriter.encode(sizes: [2, 3], values: [1, 2, 3, 4, 5, 6])
    let archive = try NPZWriter.encode([("a", [2], [1, 2]), ("b", [1], [3])], file: "x")
    for _ in 0..<4000 {
      var damaged = array
      var packed = archive
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        packed[Int.random(in: 0..<packed.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      if let result = try? read(damaged) { #expect(result.values.count == result.sizes.reduce(1, *)) }
      _ = try? NPZReader.read(packed, file: "x")
    }
  }

  @Test func archivesAreReadStoredAndDeflated() throws {
    let archive = try NPZWriter.encode([("w", [2, 2], [1, 2, 3, 4]), ("b", [], [5])], file: "x")
    #expect(try NPZReader.names(archive, file: "x") == ["w", "b"])
    #expect(try NPZReader.read(archive, array: "w", file: "x") == NumberArray(sizes: [2, 2], values: [1, 2, 3, 4]))
    let message = message { () throws(DataError) in try NPZReader.read(archive, array: "v", file: "x.npz") }
    #expect(message.hasPrefix("E0827 `x.npz` holds no array named `v`") && message.contains("`w` and `b`"))
  }

  @Test func damagedArchivesAreRefused() throws {
    var archive = try NPZWriter.encode([("w", [1], [1])], file: "x")
    #expect(message { () throws(DataError) in try NPZReader.read(bytes("nothing"), file: "x") }.hasPrefix("E0814"))
    #expect(message { () throws(DataError) in try NPZReader.read(Array(archive[..<60]), file: "x") }.hasPrefix("E0827"))
    archive[150] ^= 1
    let message = message { () throws(DataError) in try NPZReader.read(archive, file: "x") }
    #expect(message.contains("checksum"), "\(message)")
  }

  @Test func idxFilesAreReadInAllTypes() throws {
    let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 255]
    #expect(try IDXReader.read(images, file: "x") == NumberArray(sizes: [2, 1, 2], values: [1, 2, 3, 255]))
    let cases: [(UInt8, [UInt8], Double)] = [
      (9, [0xFF], -1), (0x0B, [0xFF, 0xFE], -2), (0x0C, [0, 0, 1, 0], 256), (0x0D, [0x3F, 0x80, 0, 0], 1),
      (0x0E, [0x40, 0, 0, 0, 0, 0, 0, 0], 2),
    ]
    for (type, content, value) in cases {
      #expect(try IDXReader.read([0, 0, type, 1, 0, 0, 0, 1] + content, file: "x").values == [value])
    }
  }

  @Test func idxMistakesAreNamed() {
    let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0xEA, 0x60, 0, 0, 0, 28, 0, 0, 0, 28]
    let short = message { () throws(DataError) in
      try IDXReader.read(header + [UInt8](repeating: 0, count: 1024), file: "i")
    }
    #expect(short.hasPrefix("E0815 `i` has 1040 bytes, expected 47040016"), "\(short)")
    let huge: [UInt8] = [0, 0, 8, 3] + [UInt8](repeating: 255, count: 12)
    #expect(message { () throws(DataError) in try IDXReader.read(huge, file: "i") }.contains("dimensions overflow"))
    let zero = [UInt8](repeating: 0, count: 32)
    let none = message { () throws(DataError) in try IDXReader.read(zero, file: "i") }
    #expect(none.hasPrefix("E0814 `i` is not an IDX file"))
    #expect(message { () throws(DataError) in try IDXReader.read([0, 0, 8, 255, 0], file: "i") }.hasPrefix("E0815"))
  }

  @Test func cifarRecordsAreRead() throws {
    let record = [UInt8(3)] + (0..<3072).map { UInt8($0 % 251) }
    let (images, labels) = try CIFARReader.read(record + record, kind: .cifar10, file: "c")
    #expect(images.sizes == [2, 3, 32, 32] && labels == NumberArray(sizes: [2], values: [3, 3]))
    #expect(images.values[3072 + 1024] == Double(1024 % 251))
    let fine = try CIFARReader.read([19, 99] + record.dropFirst(), kind: .cifar100, file: "c").labels
    #expect(fine.values == [99])
  }

  @Test func cifarMistakesAreNamed() {
    let pixels = [UInt8](repeating: 0, count: 3072)
    let short = message { () throws(DataError) in try CIFARReader.read(pixels, kind: .cifar10, file: "c") }
    #expect(short.contains("is not a multiple of 3073"), "\(short)")
    var records = [UInt8](repeating: 0, count: 10 * 3073)
    records[7 * 3073] = 255
    let label = message { () throws(DataError) in try CIFARReader.read(records, kind: .cifar10, file: "c") }
    #expect(label.hasPrefix("E0819 `c`, record 7: label 255, expected 0–9"), "\(label)")
    #expect(message { () throws(DataError) in try CIFARReader.read([], kind: .cifar10, file: "c") }.hasPrefix("E0809"))
    let coarse = message { () throws(DataError) in try CIFARReader.read([20, 0] + pixels, kind: .cifar100, file: "c") }
    #expect(coarse.hasPrefix("E0819"))
  }
}
