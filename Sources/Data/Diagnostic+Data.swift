package import Diagnostics

// E08: files and data; E11: access. One code for each kind of fault; `DataFault` carries the facts.
extension Diagnostic {
  /// What a user reads about a fault of a file or of a use of data; `span` is the path or call in the script.
  package static func data(_ error: DataError, at span: Span?) -> Diagnostic {
    let message = DataMessage(error)
    var effect = Effect.data
    if case .interrupted = error.fault { effect = .interrupt }
    return Diagnostic(
      message.code, effect: effect, message.text, at: span, label: message.label, notes: message.notes,
      help: message.help)
  }

  /// The codes that this target reports, each with its title.
  package static let dataCodes: [DiagnosticCode] = [
    DiagnosticCode("E0801", "a file that is not there"),
    DiagnosticCode("E0802", "a path that is no regular file"),
    DiagnosticCode("E0803", "a file that cannot be read"),
    DiagnosticCode("E0804", "a file that is too large"),
    DiagnosticCode("E0805", "a file that cannot be written"),
    DiagnosticCode("E0806", "damaged compression"),
    DiagnosticCode("E0807", "a compressed file that expands too far"),
    DiagnosticCode("E0808", "an unknown file format"),
    DiagnosticCode("E0809", "a file without data"),
    DiagnosticCode("E0810", "a row with too few or too many cells"),
    DiagnosticCode("E0811", "a cell that is not a number"),
    DiagnosticCode("E0812", "a missing value"),
    DiagnosticCode("E0813", "misplaced quotes in a table"),
    DiagnosticCode("E0814", "a file of another format"),
    DiagnosticCode("E0815", "a file whose size disagrees with its header"),
    DiagnosticCode("E0816", "dimensions that are too large"),
    DiagnosticCode("E0817", "an element type that is not read"),
    DiagnosticCode("E0818", "a damaged header"),
    DiagnosticCode("E0819", "a label outside its range"),
    DiagnosticCode("E0820", "a damaged entry in sparse rows"),
    DiagnosticCode("E0821", "an unknown or repeated column"),
    DiagnosticCode("E0822", "text where numbers are needed"),
    DiagnosticCode("E0823", "a split or choice of rows that is not possible"),
    DiagnosticCode("E0824", "a value that is no class"),
    DiagnosticCode("E0826", "a data set that is not installed"),
    DiagnosticCode("E0827", "a damaged archive, or no such array in it"),
    DiagnosticCode("E0828", "parts of a data set that do not fit together"),
    DiagnosticCode("E0829", "a data set without labels, or of another form"),
    DiagnosticCode("E1101", "reading outside the allowed folders"),
    DiagnosticCode("E1102", "writing outside the output folder"),
  ]
}

/// The words for one fault, before they are put at a place in the script.
struct DataMessage {
  var code: String
  var text: String
  var label = ""
  var notes: [String] = []
  var help: [String] = []

  init(_ code: String, _ text: String, label: String = "", notes: [String] = [], help: [String] = []) {
    self.code = code
    self.text = text
    self.label = label
    self.notes = notes
    self.help = help
  }

  init(_ error: DataError) {
    let file = "`\(error.file)`"
    self =
      DataMessage.ofFile(error.fault, file) ?? DataMessage.ofPackedFile(error.fault, file)
      ?? DataMessage.ofTable(error.fault, file) ?? DataMessage.ofBinaryFile(error.fault, file)
      ?? DataMessage.ofElement(error.fault, file) ?? DataMessage.ofColumns(error.fault, file)
      ?? DataMessage.ofRows(error.fault, file)
  }

  /// `a`, `b` and `c`; long lists are cut.
  static func list(_ names: [String], max: Int = 8) -> String {
    let shown = names.prefix(max).map { "`\($0)`" }
    if names.count > max { return shown.joined(separator: ", ") + " and \(names.count - max) more" }
    guard shown.count > 1 else { return shown.first ?? "none" }
    return shown.dropLast().joined(separator: ", ") + " and " + shown[shown.count - 1]
  }

  /// `1 row`, `2 rows`.
  static func count(_ number: Int, _ noun: String) -> String { number == 1 ? "1 \(noun)" : "\(number) \(noun)s" }

  /// At most 40 characters of a user's text.
  static func excerpt(_ text: String) -> String {
    text.count <= 40 ? "`\(text)`" : "`\(text.prefix(37))...`"
  }

  /// A number of bytes as people say it, exact below 10 KiB.
  static func size(_ bytes: Int) -> String {
    if bytes < 10 << 10 { return count(bytes, "byte") }
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB"]
    var value = Double(bytes) / 1024
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    let tenths = (value * 10).rounded() / 10
    return "\(tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)) \(units[unit])"
  }

  static func place(_ place: TextPlace) -> String {
    "line \(place.line), column \(place.column)" + (place.name.map { " `\($0)`" } ?? "")
  }
}
