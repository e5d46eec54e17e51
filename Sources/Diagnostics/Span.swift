/// A half-open range of UTF-8 byte offsets in one source text.
///
/// `file` numbers the text inside a `SourceMap`; lines and columns are computed only when rendering.
package struct Span: Hashable, Sendable {
  package var file: UInt32
  package var lower: UInt32
  package var upper: UInt32

  package init(file: UInt32 = 0, lower: UInt32, upper: UInt32) {
    self.file = file
    self.lower = lower
    self.upper = upper
  }

  package init(file: UInt32 = 0, _ lower: Int, _ upper: Int) {
    self.init(file: file, lower: UInt32(clamping: lower), upper: UInt32(clamping: upper))
  }

  /// The smallest span that covers both.
  package func union(_ other: Span) -> Span {
    Span(file: file, lower: min(lower, other.lower), upper: max(upper, other.upper))
  }
}
