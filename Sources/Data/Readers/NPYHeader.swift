/// The dictionary of an NPY header: element kind, byte order, order of indices and sizes.
///
/// The text is a Python literal; read are just the forms that occur: texts in quotes, `True`, `False`, whole
/// numbers, and tuples of them.
struct NPYHeader {
  private(set) var kind = ElementKind.real(8)
  private(set) var isBigEndian = false
  private(set) var isFortran = false
  private(set) var sizes: [UInt64] = []

  private let bytes: [UInt8]
  private let file: String
  private var index: Int
  private let end: Int

  init(_ bytes: [UInt8], _ range: Range<Int>, file: String) throws(DataError) {
    self.bytes = bytes
    self.file = file
    index = range.lowerBound
    end = range.upperBound
    try parse()
  }

  private mutating func parse() throws(DataError) {
    var seen: [String] = []
    try expect("{")
    while !accept("}") {
      let key = try text()
      try expect(":")
      guard !seen.contains(key) else { throw fault("`\(key)` stands twice") }
      seen.append(key)
      switch key {
      case "descr": try parseKind()
      case "fortran_order": isFortran = try truth()
      case "shape": sizes = try tuple()
      default: throw fault("unknown entry \(DataMessage.excerpt(key))")
      }
      if !accept(",") {
        try expect("}")
        break
      }
    }
    for key in ["descr", "fortran_order", "shape"] where !seen.contains(key) {
      throw fault("the entry `\(key)` is missing")
    }
  }

  private mutating func parseKind() throws(DataError) {
    if peek() == UInt8(ascii: "[") {
      throw DataError(file, .unsupportedElement(type: "record", reason: "arrays of records are not read"))
    }
    let type = try text()
    guard let code = type.utf8.dropFirst().first, let order = type.utf8.first, "<>|=".utf8.contains(order) else {
      throw DataError(file, .unsupportedElement(type: type, reason: "the type is not known"))
    }
    isBigEndian = order == UInt8(ascii: ">")
    switch (code, type.dropFirst(2)) {
    case (UInt8(ascii: "f"), "2"), (UInt8(ascii: "f"), "4"), (UInt8(ascii: "f"), "8"):
      kind = .real(Int(type.dropFirst(2)) ?? 8)
    case (UInt8(ascii: "i"), "1"), (UInt8(ascii: "i"), "2"), (UInt8(ascii: "i"), "4"), (UInt8(ascii: "i"), "8"):
      kind = .signed(Int(type.dropFirst(2)) ?? 8)
    case (UInt8(ascii: "u"), "1"), (UInt8(ascii: "u"), "2"), (UInt8(ascii: "u"), "4"), (UInt8(ascii: "u"), "8"):
      kind = .unsigned(Int(type.dropFirst(2)) ?? 8)
    case (UInt8(ascii: "b"), "1"): kind = .truth
    default: throw DataError(file, .unsupportedElement(type: type, reason: NPYHeader.reason(code)))
    }
  }

  private static func reason(_ code: UInt8) -> String {
    switch code {
    case UInt8(ascii: "O"): "object arrays are never loaded, because they hold programs"
    case UInt8(ascii: "c"): "complex numbers are not read"
    case UInt8(ascii: "S"), UInt8(ascii: "U"): "texts are not read"
    case UInt8(ascii: "M"), UInt8(ascii: "m"): "dates and durations are not read"
    case UInt8(ascii: "f"): "only f2, f4 and f8 are read"
    default: "the type is not known"
    }
  }

  private func fault(_ reason: String) -> DataError {
    DataError(file, .badHeader(format: "NPY", reason: reason, offset: index))
  }

  private mutating func skipBlanks() {
    while index < end, bytes[index] == 0x20 || bytes[index] == 0x0A { index += 1 }
  }

  private mutating func peek() -> UInt8? {
    skipBlanks()
    return index < end ? bytes[index] : nil
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(DataError) {
    guard accept(character) else { throw fault("expected `\(character)`") }
  }

  private mutating func text() throws(DataError) -> String {
    guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw fault("expected a text in quotes")
    }
    let start = index + 1
    guard let close = bytes[start..<end].firstIndex(of: quote) else { throw fault("the text is never closed") }
    index = close + 1
    return String(decoding: bytes[start..<close], as: UTF8.self)
  }

  private mutating func truth() throws(DataError) -> Bool {
    skipBlanks()
    for (word, value) in [("True", true), ("False", false)] where bytes[index..<end].starts(with: word.utf8) {
      index += word.utf8.count
      return value
    }
    throw fault("expected `True` or `False`")
  }

  private mutating func tuple() throws(DataError) -> [UInt64] {
    try expect("(")
    var sizes: [UInt64] = []
    while !accept(")") {
      sizes.append(try size())
      guard sizes.count <= 32 else { throw fault("more than 32 dimensions") }
      if !accept(",") {
        try expect(")")
        break
      }
    }
    return sizes
  }

  private mutating func size() throws(DataError) -> UInt64 {
    skipBlanks()
    let start = index
    var value: UInt64 = 0
    while index < end, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowSum) = product.addingReportingOverflow(UInt64(bytes[index] - UInt8(ascii: "0")))
      guard !overflow, !overflowSum else { throw fault("a size is too large") }
      value = sum
      index += 1
    }
    guard index > start else { throw fault("expected a size of at least 0") }
    _ = accept("L")
    return value
  }
}
