/// One text with its name and the byte offsets at which its lines start.
package struct SourceText: Sendable {
  package let name: String
  package let bytes: [UInt8]
  package let lineStarts: [Int]
  /// The number of its first line: more than 1 for a piece of a longer text, such as one input of a pipe.
  package let firstLine: Int

  package init(name: String, bytes: [UInt8], firstLine: Int = 1) {
    self.name = name
    self.firstLine = firstLine
    self.bytes = bytes
    var starts = [0]
    for (index, byte) in bytes.enumerated() where byte == 0x0A { starts.append(index + 1) }
    lineStarts = starts
  }

  package init(name: String, _ text: String) {
    self.init(name: name, bytes: Array(text.utf8))
  }

  /// Zero-based line that holds the byte offset.
  package func line(at offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }

  /// The text of a span, as written.
  package func text(_ span: Span) -> String {
    let upper = min(Int(span.upper), bytes.count)
    let lower = min(Int(span.lower), upper)
    return String(decoding: bytes[lower..<upper], as: UTF8.self)
  }
}

/// The texts that spans refer to: the script first, then what it uses, then library entries.
package struct SourceMap: Sendable {
  package private(set) var texts: [SourceText] = []

  package init() {}

  /// Adds a text and returns its number.
  package mutating func add(_ text: SourceText) -> UInt32 {
    texts.append(text)
    return UInt32(texts.count - 1)
  }

  package subscript(file: UInt32) -> SourceText { texts[Int(file)] }

  /// The text of a span, as written.
  package func text(_ span: Span) -> String { self[span.file].text(span) }
}
