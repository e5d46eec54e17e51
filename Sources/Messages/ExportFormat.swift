/// What a file is written as, by the ending of its name.
package enum ExportFormat: String {
  case csv, jsonl, npy, npz, md, tex
  /// A run itself, to be made again.
  case run

  /// Whether the file is for people, with numbers as they are printed.
  package var isForReaders: Bool { self == .md || self == .tex }

  package init?(path: String) {
    guard let dot = path.lastIndex(of: "."),
      let format = ExportFormat(rawValue: String(path[path.index(after: dot)...]))
    else { return nil }
    self = format
  }
}
