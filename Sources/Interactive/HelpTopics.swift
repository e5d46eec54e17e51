/// Pages on what one does at the prompt, each found by several words.
enum HelpTopics {
  struct Topic: Sendable {
    let words: [String]
    let summary: String
    let text: String
  }

  /// The page of a topic; nil for other words.
  static func page(_ word: String) -> String? {
    all.first { $0.words.contains(word) }.map { "\($0.summary)\n\n\($0.text)" }
  }

  static let all: [Topic] = [
    Topic(
      words: ["values", "results", "_"], summary: "values are shown, and numbered to be used again",
      text: """
          > 3 * 4
          _1 = 12
          > _1 + 1              # `_` is the last value, `_1`, `_2`, … are the earlier ones
        """),
    Topic(
      words: ["input", "lines", "paste"], summary: "inputs of several lines, history, and keys",
      text: """
        An input goes on while a bracket is open or the line ends in an operator; the prompt is then `…`.
        A pasted script is one input. What stands on one line is one unit: where a statement of it fails,
        nothing of the line has happened. A name may be defined anew.

          Tab      complete a name, an argument, a path into parameters, a file
          Up, Ctrl-R   earlier inputs, and searching them; one that begins with a blank is not kept
          Ctrl-C   forget the line, or stop the computation; twice within a second: leave
          Ctrl-D   leave
        """),
  ]
}
