/// One definition of the standard library: a text in the language.
package struct LibraryEntry: Sendable {
  /// The name it defines, which is also the name of its file.
  package let name: String
  /// The folder it lies in, such as `optimizers` or `schedules`.
  package let kind: String
  /// The file below `Sources/Library`, for messages: `optimizers/adam.opt`.
  package let path: String
  private let source: StaticString

  init(name: String, kind: String, path: String, source: StaticString) {
    self.name = name
    self.kind = kind
    self.path = path
    self.source = source
  }

  /// The whole text of the file.
  package var text: String { source.withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }

  /// Number of bytes of the text.
  package var byteCount: Int { source.utf8CodeUnitCount }
}

/// The standard library: every `.opt` file below `Sources/Library`, embedded when the program is built.
///
/// Nothing is parsed or copied before an entry is asked for by name.
package enum LibraryEntries {
  /// All entries, sorted by name (by Unicode scalars).
  package static var all: [LibraryEntry] { embedded }

  /// The entry that defines `name`, or nil.
  ///
  /// - Complexity: O(log n) comparisons of names.
  package static func entry(named name: String) -> LibraryEntry? {
    let entries = embedded
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].name < name { low = middle + 1 } else { high = middle }
    }
    return low < entries.count && entries[low].name == name ? entries[low] : nil
  }

  /// The entries of one folder, sorted by name.
  package static func entries(of kind: String) -> [LibraryEntry] {
    embedded.filter { $0.kind == kind }
  }
}
