import Data
import Glibc

/// Where runs are kept between executions.
enum RunCache {
  /// Files in the folder of `--cache`, else in `descent` below `XDG_CACHE_HOME` or `~/.cache`; nil where there is
  /// neither.
  static func host(in folder: String?) -> SystemHost? {
    guard let folder = folder ?? standardFolder else { return nil }
    let current = absolutePath(".") ?? "/"
    let path = FilePath.absolute(folder, from: current)
    return SystemHost(currentDirectory: path, outputDirectory: path)
  }

  private static var standardFolder: String? {
    if let cache = StandardStreams.environment("XDG_CACHE_HOME"), cache.hasPrefix("/") { return cache + "/descent" }
    return StandardStreams.environment("HOME").map { $0 + "/.cache/descent" }
  }

  /// The version, and which build of it: another build may give other last digits.
  ///
  /// The linker's digest of the program is the same for every copy, on every machine; where there is none, the file tells
  /// its build by its size and time.
  static let release: String = {
    if let identity = BuildIdentity.text { return "\(Version.text) \(identity)" }
    var status = stat()
    guard stat("/proc/self/exe", &status) == 0 else { return Version.text }
    return "\(Version.text) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
  }()
}
