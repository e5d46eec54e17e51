import Glibc

extension SystemHost {
  private static let secondsOfDay = 24 * 3600

  private struct Entry {
    var path: String
    var byteCount: Int
    /// Seconds since 1970.
    var changed: Int
  }

  /// Deletes what killed processes left half-written in the folders of a folder and, where all files there take more
  /// than `bytesMax`, the oldest of them.
  ///
  /// Looks at most once a day; a file says when it looked last. It never fails: what is deleted must be of the kind
  /// that can be made again.
  package func tidy(_ folder: String, bytesMax: Int = 1 << 30) {
    let root = outputDirectory + "/" + folder, stamp = outputDirectory + "/tidied"
    let now = time(nil)
    if let last = entry(stamp)?.changed, now - last < Self.secondsOfDay { return }
    guard access(root, W_OK) == 0, (try? write("tidied", [])) != nil else { return }
    var entries: [Entry] = []
    for group in entriesOfDirectory(root, hidden: false) {
      for name in entriesOfDirectory("\(root)/\(group)", hidden: true) {
        guard let entry = entry("\(root)/\(group)/\(name)") else { continue }
        if !name.hasSuffix(temporarySuffix) {
          entries.append(entry)
        } else if now - entry.changed > Self.secondsOfDay {
          unlink(entry.path)
        }
      }
    }
    dropOldest(entries, bytesMax)
  }

  private func dropOldest(_ entries: [Entry], _ bytesMax: Int) {
    var total = entries.reduce(0) { $0 + $1.byteCount }
    for entry in entries.sorted(by: { ($0.changed, $0.path) < ($1.changed, $1.path) }) {
      guard total > bytesMax else { return }
      if unlink(entry.path) == 0 { total -= entry.byteCount }
    }
  }

  /// A regular file; nil for anything else.
  private func entry(_ path: String) -> Entry? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Entry(path: path, byteCount: Int(status.st_size), changed: status.st_mtim.tv_sec)
  }
}
