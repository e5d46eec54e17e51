import Diagnostics

// E084: where results go.
extension Diagnostic {
  static let outputCodes = [
    DiagnosticCode("E0841", "an output folder that cannot be written"),
    DiagnosticCode("E0842", "an output folder that is a file"),
    DiagnosticCode("E0843", "an output folder that another process uses"),
    DiagnosticCode("E0844", "standard output that takes no more"),
    DiagnosticCode("E0845", "a script that cannot be read"),
    DiagnosticCode("E0846", "a script that cannot be rewritten"),
  ]

  static func outputDirectoryUnwritable(_ name: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      "E0841", effect: .data, "cannot write to the output folder `\(name)`: \(reason)", at: nil,
      help: ["choose another one with `--out`"])
  }

  static func outputDirectoryIsFile(_ name: String) -> Diagnostic {
    Diagnostic(
      "E0842", effect: .data, "the output folder `\(name)` is a file", at: nil,
      help: ["choose another one with `--out`"])
  }

  static func outputDirectoryInUse(_ name: String, process: Int?) -> Diagnostic {
    let holder = process.map { "process \($0)" } ?? "another process"
    return Diagnostic(
      "E0843", effect: .data, "the output folder `\(name)` is in use by \(holder)", at: nil,
      help: ["wait until it has finished, or choose another folder with `--out`"])
  }

  static func standardOutput(_ reason: String) -> Diagnostic {
    Diagnostic("E0844", effect: .data, "cannot write to standard output: \(reason)", at: nil)
  }

  static func unreadableScript(_ name: String, _ reason: String) -> Diagnostic {
    Diagnostic("E0845", effect: .data, "cannot read the script `\(name)`: \(reason)", at: nil)
  }

  static func unwritableScript(_ name: String, _ reason: String) -> Diagnostic {
    Diagnostic("E0846", effect: .data, "cannot rewrite the script `\(name)`: \(reason)", at: nil)
  }
}
