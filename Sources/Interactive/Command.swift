import Diagnostics
import Language

/// A command about the session: `:name argument`.
///
/// Any beginning of a name that fits only one will do.
struct Command: Sendable {
  let name: String
  /// What follows the name, for help; empty for nothing.
  let argument: String
  let summary: String
  /// Runs it; false when it failed.
  let body: @Sendable (InteractiveProgram, String) -> Bool

  init(
    _ name: String, _ argument: String = "", _ summary: String,
    _ body: @escaping @Sendable (InteractiveProgram, String) -> Bool
  ) {
    self.name = name
    self.argument = argument
    self.summary = summary
    self.body = body
  }

  /// All commands, sorted by name.
  static let all: [Command] = [
    Command("help", "[NAME]", "explain a name, a statement or a command") { program, topic in
      program.answer(.help(topic))
    },
    Command("load", "FILE", "run a script as if it were typed here") { program, path in
      program.timed { program.session.load(unquoted(path)) }
    },
    Command("memory", "", "memory that tensors take") { program, _ in program.showMemory() },
    Command("quit", "", "leave, as Ctrl-D does") { program, _ in
      program.isLeaving = true
      return true
    },
    Command("save", "FILE", "write a script that reproduces the session") { program, path in
      program.timed { program.session.save(unquoted(path)) }
    },
    Command("set", "[NAME VALUE]", "change a setting, or list them") { program, words in program.set(words) },
    Command("time", "STATEMENT", "run a statement and say how long it took") { program, text in
      program.timed(always: true) { program.session.run(Array(text.utf8)) }
    },
    Command("tree", "", "the runs and their forks") { program, _ in
      for line in program.session.tree { program.surroundings.write(line + "\n") }
      return true
    },
    Command("try", "NAME", "run the example of a definition of the library, without a trace") { program, name in
      program.tryExample(of: name)
    },
    Command("undo", "", "take the last input back") { program, _ in program.undo() },
    Command("vars", "", "the names that were defined here") { program, _ in program.showVariables() },
  ]

  /// The command that a word means: its name, or the beginning of one name alone.
  static func named(_ word: String) -> [Command] {
    if let exact = all.first(where: { $0.name == word }) { return [exact] }
    return word.isEmpty ? [] : all.filter { $0.name.hasPrefix(word) }
  }

  /// A file name with or without quotation marks.
  private static func unquoted(_ text: String) -> String {
    text.count > 1 && text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text
  }
}

extension InteractiveProgram {
  /// Does what was asked of the prompt; false when it could not.
  func answer(_ request: Request) -> Bool {
    switch request {
    case .command(let name, let argument): return command(name, argument)
    case .help(let topic): return tell(Help.text(on: topic, session), or: Help.unknown(topic, session))
    case .save(let path): return save(path)
    case .search(let words): return tell(Help.search(words, session), or: "nothing is known of `\(words)`")
    case .show(let names):
      if names.isEmpty { return tell(LibraryListing.text, or: "") }
      return names.allSatisfy { tell(Help.definition(of: $0, session), or: LibraryListing.unknown($0)) }
    case .explain(let codes):
      if codes.isEmpty { return tell(Help.codes, or: "") }
      return codes.allSatisfy { tell(ExplanationPages.text($0), or: ExplanationPages.unknown($0)) }
    }
  }

  /// A picture of the last plot, or the session as a script.
  private func save(_ path: String) -> Bool {
    guard [".svg", ".png", ".pdf"].contains(where: { path.hasSuffix($0) }) else {
      return timed { session.save(path) }
    }
    guard let report = session.savePlot(path) else { return complain("there is no plot to save") }
    return timed { report }
  }

  private func tell(_ text: String?, or complaint: String) -> Bool {
    guard let text else { return complain(complaint) }
    surroundings.write(text.hasSuffix("\n") ? text : text + "\n")
    return true
  }

  /// Tells what was wrong with a request.
  func complain(_ text: String) -> Bool {
    surroundings.report([Diagnostic("", effect: .answer, text, at: nil)], session.sources)
    return false
  }

  private func command(_ name: String, _ argument: String) -> Bool {
    let found = Command.named(name)
    if found.isEmpty {
      let near = Suggestion.help(for: ":" + name, in: Command.all.map { ":\($0.name)" }).map { "; \($0)" } ?? ""
      return complain("there is no command `:\(name)`\(near)")
    }
    guard found.count == 1 else {
      return complain("`:\(name)` may be " + found.map { ":\($0.name)" }.joined(separator: ", "))
    }
    let needsArgument = !found[0].argument.isEmpty && !found[0].argument.hasPrefix("[")
    if argument.isEmpty, needsArgument { return complain("`:\(found[0].name)` needs \(found[0].argument)") }
    return found[0].body(self, argument)
  }

  // MARK: Commands

  func undo() -> Bool {
    guard let text = session.undo() else { return complain("there is nothing to undo") }
    let first = text.split(separator: "\n").first.map(String.init) ?? ""
    surroundings.write("took back: \(first)\(text.contains("\n") ? " …" : "")\n")
    return timed { EntryReport(diagnostics: [], outcome: .finished) }
  }

  func showVariables() -> Bool {
    let variables = session.variables
    let width = variables.map(\.name.count).max() ?? 0
    for variable in variables {
      let gap = String(repeating: " ", count: width - variable.name.count)
      surroundings.write("\(variable.name)\(gap)  \(variable.summary)\n")
    }
    return true
  }

  func showMemory() -> Bool {
    let memory = session.memory
    surroundings.write(
      "tensors \(Bytes.text(memory.inUse)), at most \(Bytes.text(memory.peak)) so far, limit \(Bytes.text(memory.limit))\n"
    )
    return true
  }

  func tryExample(of name: String) -> Bool {
    guard let example = Help.example(of: name) else { return complain(LibraryListing.unknown(name)) }
    surroundings.write(example + "\n")
    return timed { session.tryOut(SourceText(name: "example of \(name)", example)) }
  }
}

/// Amounts of memory for people.
enum Bytes {
  /// `7.3 MiB`, in binary units.
  static func text(_ count: Int) -> String {
    var tenths = count
    var unit = "bytes"
    if count < 1024 { return "\(count) bytes" }
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] where unit == "bytes" || tenths >= 10_240 {
      tenths = unit == "bytes" ? tenths / 1024 * 10 + tenths % 1024 * 10 / 1024 : tenths / 1024
      unit = next
    }
    return "\(tenths / 10).\(tenths % 10) \(unit)"
  }
}
