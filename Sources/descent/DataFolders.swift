import Glibc

/// Where the data that comes with the program may lie.
enum DataFolders {
  /// `DESCENT_DATA` first, then beside the program as installed (`../share/descent/data`), then the `data` folder of a
  /// checkout that the program was built in.
  static var all: [String] {
    var folders: [String] = []
    if let named = StandardStreams.environment("DESCENT_DATA"), let path = absolutePath(named) { folders.append(path) }
    guard var place = absolutePath("/proc/self/exe").map(parent) else { return folders }
    let installed = parent(place) + "/share/descent/data"
    if isFolder(installed) { folders.append(installed) }
    for _ in 0..<6 where place != "/" {
      if isFolder(place + "/data"), isFolder(place + "/Sources") { folders.append(place + "/data") }
      place = parent(place)
    }
    return folders
  }

  private static func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
