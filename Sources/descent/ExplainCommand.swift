import ArgumentParser
import Diagnostics
import Interactive

/// `descent explain CODE`.
struct Explain: DescentCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say what a code of a message means, with a wrong and a right example.",
    discussion: """
      EXAMPLES:
        descent explain           all codes
        descent explain E0302
      """)

  @Argument(help: "Codes; all are listed where none is given.", completion: .custom { _, _, _ in Explanations.codes })
  var codes: [String] = []

  func run(_ console: Console) throws -> ExitStatus {
    if codes.isEmpty {
      for code in Explanations.codes {
        console.output.write("\(code)  \(ExplanationPages.title(code))\n")
      }
    }
    for code in codes {
      guard let page = ExplanationPages.text(code) else {
        throw ValidationError(ExplanationPages.unknown(code))
      }
      console.output.write(page + "\n")
    }
    return .finished
  }
}
