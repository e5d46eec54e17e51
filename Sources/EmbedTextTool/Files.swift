import Glibc

/// Ends the build with a message that the build system shows.
func fail(_ message: String) -> Never {
  let bytes = Array("error: \(message)\n".utf8)
  _ = write(STDERR_FILENO, bytes, bytes.count)
  exit(1)
}

/// The whole file as text, or nil when it cannot be read or is not UTF-8.
func readText(_ path: String) -> String? {
  guard let file = fopen(path, "rb") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = fread(&chunk, 1, chunk.count, file)
    if count == 0 { break }
    bytes.append(contentsOf: chunk[..<count])
  }
  return ferror(file) == 0 ? String(validating: bytes, as: UTF8.self) : nil
}

/// Writes the file; false when any byte could not be written.
///
/// A file that holds the text already keeps its time, so that nothing is compiled again for it.
func writeText(_ text: String, to path: String) -> Bool {
  if readText(path) == text { return true }
  guard let file = fopen(path, "wb") else { return false }
  let bytes = Array(text.utf8)
  let written = fwrite(bytes, 1, bytes.count, file)
  return fclose(file) == 0 && written == bytes.count
}

/// `path` without the folder `root` before it.
func relative(_ path: String, to root: String) -> String {
  let prefix = root.hasSuffix("/") ? root : root + "/"
  return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
}
