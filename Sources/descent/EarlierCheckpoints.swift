import Glibc

/// Checkpoints of an execution that this one does not go on from.
enum EarlierCheckpoints {
  /// Moves them to the folder `earlier` beside them, in place of what lies there.
  ///
  /// They are not removed: a `--resume` that was forgotten costs nothing.
  static func setAside(in folder: String, names: [String]) {
    let found = names.filter { $0.wholeMatch(of: /\d+-.*\.[01]/) != nil }
    if found.isEmpty { return }
    let earlier = folder + "/earlier"
    mkdir(earlier, 0o777)
    for name in found where rename("\(folder)/\(name)", "\(earlier)/\(name)") != 0 { unlink("\(folder)/\(name)") }
  }
}
