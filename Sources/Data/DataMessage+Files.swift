// Words for faults of files as such: their place, their kind, their access, their compression.
extension DataMessage {
  static func ofFile(_ fault: DataFault, _ file: String) -> DataMessage? {
    switch fault {
    case .missing(let similar):
      return DataMessage(
        "E0801", "there is no file \(file)", label: "not found",
        help: similar.isEmpty ? [] : ["did you mean \(similar.map { "`\($0)`" }.joined(separator: " or "))?"])
    case .notRegular(let kind):
      let help = kind == "a directory" ? "name a file in it" : "copy its content to a file first"
      return DataMessage("E0802", "\(file) is \(kind), not a regular file", label: "is \(kind)", help: [help])
    case .unreadable(let reason):
      let denied = reason == "Permission denied"
      return DataMessage(
        "E0803", "cannot read \(file): \(reason)", help: denied ? ["allow yourself to read it: chmod u+r"] : [])
    case .tooLarge(let bytes, let limit):
      return DataMessage(
        "E0804", "\(file) has \(size(bytes)), more than the limit of \(size(limit))",
        help: ["cut the file into parts, or keep only the columns that are needed"])
    case .unwritable(let reason):
      return DataMessage("E0805", "cannot write \(file): \(reason)")
    case .interrupted: return DataMessage("E0904", "interrupted while \(file) was read")
    case .readOutside(let real, let allowed):
      return DataMessage(
        "E1101", "\(file) lies outside the folders that this script may read", label: "outside",
        notes: ["it is really `\(real)`", "readable: \(list(allowed))"],
        help: ["start with `--allow-read \(FilePath.parent(real))`"])
    case .writeOutside(let allowed):
      return DataMessage(
        "E1102", "\(file) lies outside the output folder", label: "outside",
        notes: ["files are written below `\(allowed)` only"],
        help: ["give a relative path, or choose the folder with `--out`"])
    default: return nil
    }
  }

  static func ofPackedFile(_ fault: DataFault, _ file: String) -> DataMessage? {
    switch fault {
    case .unknownFormat(let ending):
      let found = ending.isEmpty ? "it has no ending" : "`\(ending)` is none of them"
      return DataMessage(
        "E0808", "the format of \(file) is not known from its name: \(found)",
        notes: ["known endings: .csv .tsv .txt .npy .npz .idx .bin .libsvm .svm, most also with .gz"],
        help: ["name it: `format = \"csv\"` (or npy, npz, idx, cifar10, cifar100, libsvm)"])
    case .damagedCompression(let reason, let offset):
      return DataMessage(
        "E0806", "the compressed data of \(file) is damaged: \(reason)", notes: ["found at byte \(offset)"],
        help: ["fetch the file again; `gzip -t` tests it"])
    case .expandsTooFar(let limit, let compressed):
      return DataMessage(
        "E0807", "\(file) expands more than 200-fold: its first \(size(compressed)) give over \(size(limit))",
        notes: ["allowed are 200 times the compressed bytes plus 64 MiB, at most 4 GiB"],
        help: ["if you trust the file, decompress it first"])
    case .badArchive(let reason):
      return DataMessage(
        "E0827", "\(file) is not an archive that can be read: \(reason)", help: ["`unzip -t` tests it"])
    case .noSuchArray(let wanted, let available):
      let text =
        wanted.isEmpty
        ? "\(file) holds several arrays and none was chosen" : "\(file) holds no array named `\(wanted)`"
      let choice = available.first.map { ["name one: `array = \"\($0)\"`"] } ?? []
      return DataMessage("E0827", text, notes: ["it holds \(list(available))"], help: choice)
    default: return nil
    }
  }
}
