/// The picture formats a file ending can ask for.
package enum ImageFormat: String, Sendable, Hashable, CaseIterable {
  case svg, png, pdf

  /// By the ending of a file name, in either case; nil for any other.
  package init?(fileName: String) {
    guard let dot = fileName.lastIndex(of: ".") else { return nil }
    self.init(rawValue: fileName[fileName.index(after: dot)...].lowercased())
  }
}
