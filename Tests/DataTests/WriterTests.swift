import Data
import Foundation
import Testing

/// What is written: by the byte, back through our readers, and through NumPy where there is one.
@Suite struct WriterTests {
  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func csvQuotesAndDisarms() {
    let cells: [(ExportCell, String)] = [
      (.number(-1.5), "-1.5"), (.number(1e300), "1e+300"), (.number(.nan), "nan"), (.number(-.nan), "nan"),
      (.number(.infinity), "inf"), (.number(-.infinity), "-inf"), (.number(0.1), "0.1"), (.number(-0.0), "-0.0"),
      (.integer(-7), "-7"), (.empty, ""), (.text("plain"), "plain"), (.text("a,b"), "\"a,b\""),
      (.text("say \"hi\""), "\"say \"\"hi\"\"\""), (.text("two\nlines"), "\"two\nlines\""), (.text("=1+1"), "'=1+1"),
      (.text("+1"), "'+1"), (.text("-1"), "'-1"), (.text("@x"), "'@x"), (.text("\tx"), "'\tx"),
      (.text("\rx"), "\"'\rx\""),
      (.text("=\"a\""), "\"'=\"\"a\"\"\""), (.text(" x"), "\" x\""), (.text("η"), "η"),
    ]
    for (cell, expected) in cells {
      #expect(text(CSVWriter.encode(columns: ["a", "b"], rows: [[.integer(1), cell]])) == "a,b\n1,\(expected)\n")
    }
    #expect(text(CSVWriter.encode(columns: ["a"], rows: [[.empty]])) == "a\n\"\"\n")
    #expect(text(CSVWriter.encode(columns: ["=x"], rows: [])) == "'=x\n")
  }

  @Test func csvComesBack() throws {
    let numbers = [[1, -2.5, 1e-300], [.infinity, 0.1, .nan]]
    var options = CSVOptions()
    options.missing = .keep
    let table = try CSVReader.read(
      CSVWriter.encode(columns: ["step", "a,b"], numbers: numbers), file: "x", options: options)
    #expect(table.names == ["step", "a,b"])
    #expect(table.column(0) == numbers[0] && table.column(1)[0] == .infinity && table.column(1)[2].isNaN)
  }

  @Test func jsonLinesAreJSON() throws {
    let rows: [[ExportCell]] = [
      [.integer(1), .number(.nan), .text("a\"\\\n\t\u{1}\u{202E}é")], [.empty, .number(-.infinity), .text("")],
      [.number(1e-7), .number(.infinity), .number(2)],
    ]
    let lines = text(JSONLinesWriter.encode(columns: ["step", "loss \"x\"", "note"], rows: rows))
    #expect(!lines.contains("\u{1}") && !lines.contains("\u{202E}"))
    let parsed = try lines.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Foundation.Data($0.utf8)) as? [String: Any])
    }
    #expect(parsed.count == 3 && parsed[0]["note"] as? String == "a\"\\\n\t\u{1}\u{202E}é")
    #expect(parsed[0]["loss \"x\""] as? String == "NaN" && parsed[1]["loss \"x\""] as? String == "-Infinity")
    #expect(parsed[1]["step"] is NSNull && parsed[2]["step"] as? Double == 1e-7)
  }

  @Test func arraysComeBackBitForBit() throws {
    var generator = SeededGenerator(state: 11)
    let values = (0..<60).map { _ in Double(bitPattern: generator.next()) }
    for sizes in [[60], [3, 20], [2, 5, 6], [60, 1]] {
      let file = NPYWriter.encode(sizes: sizes, values: values)
      #expect(file.count % 64 == 480 % 64)
      let array = try NPYReader.read(file, file: "x")
      #expect(array.sizes == sizes && array.values.map(\.bitPattern) == values.map(\.bitPattern))
    }
    let scalar = NPYWriter.encode(sizes: [], values: [2])
    #expect(try NPYReader.read(scalar, file: "x") == NumberArray(sizes: [], values: [2]))
    #expect(try NPYReader.read(NPYWriter.encode(sizes: [2], integers: [-1, 5]), file: "x").values == [-1, 5])
  }

  @Test func equalArraysGiveEqualArchives() throws {
    let arrays: [(name: String, sizes: [Int], values: [Double])] = [("w", [2], [1, 2]), ("b", [0], [])]
    let archive = try NPZWriter.encode(arrays, file: "x")
    #expect(try NPZWriter.encode(arrays, file: "y") == archive)
    let read = try NPZReader.read(archive, file: "x")
    #expect(read.map(\.name) == ["w", "b"] && read[0].array.values == [1, 2] && read[1].array.sizes == [0])
  }

  /// Whether Python with NumPy can be run here.
  private static let hasNumPy = run("import numpy", [])?.status == 0

  private static func run(_ program: String, _ arguments: [String]) -> (status: Int32, output: String)? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  @Test(.enabled(if: hasNumPy, "there is no NumPy")) func numPyReadsWhatIsWritten() throws {
    let folder = try ScratchFolder()
    try folder.write("a.npy", NPYWriter.encode(sizes: [2, 3], values: [1, 2.5, -3, 1e-300, .infinity, 0]))
    try folder.write("b.npz", try NPZWriter.encode([("w", [2], [1, 2]), ("η", [], [5])], file: "b"))
    try folder.write("c.csv", CSVWriter.encode(columns: ["x", "y"], numbers: [[1, .nan], [0.1, -.infinity]]))
    let program = """
      import numpy, sys, zipfile
      a, b, c = sys.argv[1:]
      print(numpy.load(a).tolist(), numpy.load(b)["w"].tolist(), numpy.load(b)["η"].tolist())
      print(zipfile.ZipFile(b).testzip(), numpy.genfromtxt(c, delimiter=",", names=True).tolist())
      """
    let result = Self.run(program, ["a.npy", "b.npz", "c.csv"].map { folder.path + "/" + $0 })
    #expect(
      result?.output == """
        [[1.0, 2.5, -3.0], [1e-300, inf, 0.0]] [1.0, 2.0] 5.0
        None [(1.0, 0.1), (nan, -inf)]

        """)
  }

  @Test(.enabled(if: hasNumPy, "there is no NumPy")) func whatNumPyWritesIsRead() throws {
    let folder = try ScratchFolder()
    let program = """
      import numpy as n, os, sys
      os.chdir(sys.argv[1])
      x = n.arange(24.0).reshape(2, 3, 4)
      for t in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 >f4 >i8 >u2".split(): n.save(t + ".npy", x.astype(t))
      n.save("fortran.npy", n.asfortranarray(x)); n.save("scalar.npy", n.float64(3)); n.save("bool.npy", x > 5)
      n.save("object.npy", n.array([None]), allow_pickle=True); n.save("complex.npy", x + 1j)
      n.savez("plain.npz", x=x, y=x[0]); n.savez_compressed("packed.npz", x=x, y=x[0]); n.savetxt("text.txt", x[0])
      """
    #expect(Self.run(program, [folder.path])?.status == 0)
    let host = SystemHost(currentDirectory: folder.path, outputDirectory: folder.path)
    let expected = (0..<24).map { Double($0) }
    let types = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">f4", ">i8", ">u2", "fortran"]
    for type in types {
      let array = try NPYReader.read(try host.read(type + ".npy"), file: type)
      #expect(array == NumberArray(sizes: [2, 3, 4], values: expected), "\(type)")
    }
    #expect(try NPYReader.read(try host.read("scalar.npy"), file: "x").values == [3])
    #expect(try NPYReader.read(try host.read("bool.npy"), file: "x").values == expected.map { $0 > 5 ? 1 : 0 })
    for name in ["object.npy", "complex.npy"] {
      let content = try host.read(name)
      #expect(message { () throws(DataError) in try NPYReader.read(content, file: name) }.hasPrefix("E0817"))
    }
    for name in ["plain.npz", "packed.npz"] {
      let arrays = try NPZReader.read(try host.read(name), file: name)
      #expect(arrays.map(\.name) == ["x", "y"] && arrays[0].array.values == expected)
    }
    #expect(try CSVReader.read(try host.read("text.txt"), file: "text.txt").values == (0..<12).map { Double($0) })
  }
}
