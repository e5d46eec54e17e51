import ArgumentParser
import Diagnostics
import Experiments
import Glibc

/// Reads the text of a script from a file or, for `-`, from standard input.
enum ScriptFile {
  /// Any honest script is far smaller; `--max-source` of the language is checked on the text itself.
  private static let byteCountMax = 64 << 20

  /// The name in messages of a script from standard input.
  static let standardInputName = "standard input"

  static func read(_ name: String) throws -> SourceText {
    if name == "-" { return SourceText(name: standardInputName, bytes: try readAll(0, name: standardInputName)) }
    let descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { throw ValidationError(missing(name)) }
      throw Diagnostic.unreadableScript(name, systemText(errno))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Diagnostic.unreadableScript(name, systemText(errno)) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw Diagnostic.unreadableScript(name, "it is a folder")
    default: throw Diagnostic.unreadableScript(name, "it is not a regular file; `descent run -` reads standard input")
    }
    let bytes = try readAll(descriptor, name: name)
    return RunFile.begins(bytes) ? making(name) : SourceText(name: name, bytes: bytes)
  }

  /// The script that makes the run of a file and shows what it gives.
  private static func making(_ name: String) -> SourceText {
    let file = name.lastIndex(of: "/").map { String(name[name.index(after: $0)...]) } ?? name
    let escaped = file.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return SourceText(name: name, "print rerun(\"\(escaped)\")\n")
  }

  /// The folder that relative paths in the script start from.
  static func directory(of name: String) -> String {
    guard name != "-", let slash = name.lastIndex(of: "/") else { return absolutePath(".") ?? "/" }
    return absolutePath(slash == name.startIndex ? "/" : String(name[..<slash])) ?? "/"
  }

  private static func readAll(_ descriptor: Int32, name: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(descriptor, &block, block.count)
      if count == 0 { return bytes }
      if count > 0 {
        bytes.append(contentsOf: block[..<count])
        guard bytes.count <= byteCountMax else {
          throw Diagnostic.unreadableScript(name, "it has more than \(byteCountMax >> 20) MiB")
        }
      } else if errno == EINTR {
        if Signals.received != nil { throw Interruption() }
      } else {
        throw Diagnostic.unreadableScript(name, systemText(errno))
      }
    }
  }

  /// What to say when there is no such file: a misspelt subcommand, or a file beside it with a similar name.
  private static func missing(_ name: String) -> String {
    let subcommands = Descent.named.map { $0.name }
    let near = name.contains("/") || name.contains(".") ? [] : Suggestion.nearest(to: name, in: subcommands)
    if let first = near.first { return "There is no file or subcommand '\(name)'. Did you mean 'descent \(first)'?" }
    let folder = name.lastIndex(of: "/").map { String(name[...$0]) } ?? ""
    let files = scripts(in: folder.isEmpty ? "." : folder)
    let nearFiles = Suggestion.nearest(to: String(name.dropFirst(folder.count)), in: files)
    let help = nearFiles.first.map { " Did you mean '\(folder)\($0)'?" } ?? ""
    return "There is no file '\(name)'.\(help)"
  }

  private static func scripts(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      // SAFETY: the name ends in a zero byte, and `entry` is ours until the next `readdir`.
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".opt") { names.append(name) }
    }
    return names.sorted()
  }
}
