/// The explanation pages of the diagnostic codes, embedded when the program is built.
package enum Explanations {
  /// All codes that have a page, sorted.
  package static var codes: [String] { embedded.map(\.code) }

  /// The page of `code` in Markdown, or nil when there is none.
  package static func text(for code: String) -> String? {
    guard let entry = embedded.first(where: { $0.code == code }) else { return nil }
    return entry.page.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
  }
}
