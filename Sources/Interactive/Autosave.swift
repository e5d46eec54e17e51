/// The session as a script in a private file, so that a crash costs nothing.
///
/// The file of the last session stays until this one has something to keep.
final class Autosave {
  private let file: PrivateFile
  private var written = 0
  private var revision = 0
  private var hasBegun = false

  init(path: String) { file = PrivateFile(path: path) }

  /// The script of the last session; nil where there is none.
  var saved: [UInt8]? { file.read(byteCountMax: 64 << 20) }

  /// Brings the file to what has been run; a new revision is one in which lines that were written have changed.
  func update(_ journal: [String], revision: Int) {
    defer { (written, self.revision) = (journal.count, revision) }
    if hasBegun, journal.count >= written, revision == self.revision {
      let new = journal[written...].map { $0 + "\n" }.joined()
      if !new.isEmpty { file.append(Array(new.utf8)) }
    } else if hasBegun || !journal.isEmpty {
      hasBegun = true
      file.replace(Array(journal.map { $0 + "\n" }.joined().utf8))
    }
  }
}
