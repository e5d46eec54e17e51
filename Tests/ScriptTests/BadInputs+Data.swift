// V37–V43: data files.
extension BadInput {
  static let dataFiles: [BadInput] = binary + textual + places

  private static func data(
    _ row: String, _ what: String, _ name: String, _ bytes: [UInt8], _ words: [String], load: String? = nil
  ) -> BadInput {
    BadInput(row, what, "let D = \(load ?? "load(\"\(name)\")")\nprint D.count\n").with {
      $0.files = [(name, bytes)]
      $0.status = [4]
      $0.codes = ["E08"]
      $0.words = words
      $0.mebibytes = 256
    }
  }

  private static func bigEndian(_ values: [UInt32]) -> [UInt8] {
    values.flatMap { value in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
  }

  private static func npy(_ header: String, _ data: [UInt8]) -> [UInt8] {
    let padded = header + String(repeating: " ", count: 117 - header.utf8.count) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(padded.utf8) + data
  }

  private static let binary: [BadInput] = [
    data(
      "V37", "IDX with 1 KiB of 47 MB", "images.idx3-ubyte",
      bigEndian([0x803, 60000, 28, 28]) + [UInt8](repeating: 0, count: 1024), ["47040016", "1040"]),
    data(
      "V37", "IDX with dimensions that overflow", "images.idx3-ubyte",
      bigEndian([0x803, .max, .max, .max]) + [0], ["dimensions", "overflow"]),
    data("V37", "not IDX", "images.idx3-ubyte", [UInt8](repeating: 0, count: 64), ["not an IDX file"]),
    data(
      "V38", "CIFAR cut short", "batch.bin", [UInt8](repeating: 0, count: 3072), ["not a multiple of 3073"],
      load: "load(\"batch.bin\", format = \"cifar10\")"),
    data(
      "V38", "CIFAR with a wrong label", "batch.bin",
      (0..<10).flatMap { record in [record == 7 ? 255 : 3] + [UInt8](repeating: 0, count: 3072) },
      ["record 7", "label 255", "0–9"], load: "load(\"batch.bin\", format = \"cifar10\")"),
    data(
      "V40", "NPY with a header of 4 GB", "a.npy",
      [0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255] + [UInt8](repeating: 32, count: 78), ["header"]),
    data(
      "V40", "NPY of objects", "a.npy", npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", [0]),
      ["object arrays are never loaded"]),
  ]

  private static let littleEndianNumbers: [UInt8] = (0..<6).flatMap { value in
    (0..<8).map { UInt8(truncatingIfNeeded: Double(value).bitPattern >> (8 * $0)) }
  }

  private static let textual: [BadInput] =
    [
      ("unordered", "1 3:0.5 2:0.1", ["2"]), ("index 0", "1 0:1", ["0"]), ("text", "1 2:abc", ["abc"]),
      ("repeated", "1 2:1 2:3", ["2"]), ("label", "x 1:1", ["x"]),
    ].map { what, line, words in
      data("V39", "LIBSVM: \(what)", "a.libsvm", Array("1 1:1\n\(line)\n".utf8), ["line 2", "column"] + words)
    } + [
      data("V41", "ragged row", "a.csv", Array("a,b\n1,2\n3\n".utf8), ["line 3", "expected 2"]),
      data("V41", "text cell", "a.csv", Array("a,b\n1,2\n3,4\n5,x1\n".utf8), ["x1"]),
      data("V41", "empty file", "a.csv", [], ["no data"]),
      data("V41", "missing value", "a.csv", Array("a,b\n1,2\nNA,4\n".utf8), ["NA", "missing"]),
      BadInput("V41", "quoted line break", "let D = load(\"a.csv\")\nprint D.count\n").with {
        $0.files = [("a.csv", Array("\"first\nname\",b\n1,2\n3,4\n".utf8))]
        $0.status = [0]
        $0.output = "2\n"
      },
      BadInput("V41", "line of 10 MB", "let D = load(\"a.csv\")\nprint D.count\n").with {
        $0.files = [("a.csv", Array((String(repeating: "1,", count: 5_000_000) + "1\n").utf8))]
        $0.status = [0, 4]
      },
      BadInput("V40", "NPY in Fortran's order", "let A = load(\"a.npy\")\nprint A[0, 1]\nprint A[1, 0]\n").with {
        $0.files = [("a.npy", npy("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }", littleEndianNumbers))]
        $0.status = [0]
        $0.output = "2\n1\n"
      },
      BadInput("V40", "NPY in big-endian order", "let A = load(\"a.npy\")\nprint A[0]\n").with {
        $0.files = [
          ("a.npy", npy("{'descr': '>f8', 'fortran_order': False, 'shape': (1,), }", [0x3F, 0xF0, 0, 0, 0, 0, 0, 0]))
        ]
        $0.status = [0]
        $0.output = "1\n"
      },
    ]

  private static func place(_ what: String, _ path: String, _ codes: [String], _ words: [String]) -> BadInput {
    BadInput("V42", what, "let D = load(\"\(path)\")\nprint D.count\n").with {
      $0.files = [("folder.csv/inside", [1])]
      $0.status = [4]
      $0.codes = codes
      $0.words = words
      $0.seconds = 1
    }
  }

  private static let places: [BadInput] = [
    place("missing", "missing.csv", ["E08"], ["missing.csv"]),
    place("a folder", "folder.csv", ["E08"], ["directory"]),
    place("an endless device", "/dev/zero", ["E"], ["/dev/zero"]),
    place("outside", "/etc/passwd", ["E11"], ["--allow-read"]),
  ]
}
