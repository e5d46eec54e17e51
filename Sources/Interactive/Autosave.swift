/// The session as a script in a private file, so that a crash costs nothing.
///
/// There is no file until this session has something to keep.
final class Autosave {
  private let sessions: KeptSessions
  private var written = 0
  private var revision = 0
  private var file: PrivateFile?

  init(_ sessions: KeptSessions) { self.sessions = sessions }

  /// Brings the file to what has been run; a new revision is one in which lines that were written have changed.
  func update(_ journal: [String], revision: Int) {
    defer { (written, self.revision) = (journal.count, revision) }
    if let file, journal.count >= written, revision == self.revision {
      let new = journal[written...].map { $0 + "\n" }.joined()
      if !new.isEmpty { file.append(Array(new.utf8)) }
    } else if file != nil || !journal.isEmpty {
      file = file ?? sessions.begin()
      file?.replace(Array(journal.map { $0 + "\n" }.joined().utf8))
    }
  }
}
