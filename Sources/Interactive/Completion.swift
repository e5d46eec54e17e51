import Diagnostics
package import Language
import Library
import Syntax

/// What may stand at the cursor, by what stands before it.
package struct Completion {
  let session: InteractiveSession

  package init(_ session: InteractiveSession) { self.session = session }

  /// Candidates for the word that begins behind `before`.
  package func candidates(before: String, word: String) -> [Candidate] {
    let line = before.drop(while: \.isWhitespace)
    if line.hasPrefix(":") { return commandCandidates(line.dropFirst(), word) }
    if line.hasPrefix("?") || ["show", "help", "explain"].contains(Self.firstWord(line)) {
      return topicCandidates(Self.firstWord(line), word)
    }
    if word.hasPrefix("\\") { return symbolCandidates(word) }
    if let start = Self.openText(before) { return fileCandidates(String(start), word) }
    if let dot = word.lastIndex(of: ".") { return memberCandidates(String(word[..<dot]), word) }
    let arguments = Self.openCall(before).map { argumentCandidates($0, word) } ?? []
    let startsArgument = before.last { !$0.isWhitespace }.map { $0 == "(" || $0 == "," } ?? false
    if startsArgument, word.isEmpty, !arguments.isEmpty { return arguments }
    return (startsArgument ? arguments : []) + nameCandidates(before, word)
  }

  private static func firstWord(_ line: Substring) -> String { String(line.prefix { !$0.isWhitespace }) }

  // MARK: Commands and help

  private func commandCandidates(_ rest: Substring, _ word: String) -> [Candidate] {
    guard rest.contains(where: \.isWhitespace) else {
      return Command.all.filter { $0.name.hasPrefix(word) }.map { command in
        Candidate(command.argument.isEmpty ? command.name : command.name + " ", remark: command.summary)
      }
    }
    let argument = rest.drop { !$0.isWhitespace }.drop(while: \.isWhitespace)
    switch Command.named(Self.firstWord(rest)).first?.name {
    case "load", "save": return fileCandidates(String(argument.drop { $0 == "\"" }), word)
    case "set":
      if let entry = Settings.entry(named: Self.firstWord(argument)) {
        return entry.choices.filter { $0.hasPrefix(word) }.map { Candidate($0) }
      }
      return Settings.entries.filter { $0.name.hasPrefix(word) }.map { Candidate($0.name + " ", remark: $0.summary) }
    case "try": return LibraryEntries.all.map(\.name).filter { $0.hasPrefix(word) }.map { Candidate($0) }
    case "time": return candidates(before: String(argument), word: word)
    case "help": return topicCandidates("help", word)
    default: return []
    }
  }

  private func topicCandidates(_ command: String, _ word: String) -> [Candidate] {
    if command == "explain" {
      return Explanations.codes.filter { $0.hasPrefix(word.uppercased()) }.map {
        Candidate($0, remark: ExplanationPages.title($0))
      }
    }
    var names = session.names.filter { !$0.hasPrefix("_") }
    if command != "show" { names += HelpTopics.all.flatMap(\.words) }
    return Set(names).sorted().filter { $0.hasPrefix(word) }.map { Candidate($0) }
  }

  // MARK: Files

  /// The text behind an open quotation mark; nil where none is open.
  private static func openText(_ line: String) -> Substring? {
    var start: String.Index?
    var isEscaped = false
    for index in line.indices {
      if isEscaped {
        isEscaped = false
      } else if line[index] == "\\", start != nil {
        isEscaped = true
      } else if line[index] == "\"" {
        start = start == nil ? line.index(after: index) : nil
      } else if line[index] == "#", start == nil {
        return nil
      }
    }
    return start.map { line[$0...] }
  }

  /// Files below the folder that is written; `start` is what stands between the quotation mark and the word.
  private func fileCandidates(_ start: String, _ word: String) -> [Candidate] {
    session.files(beginningWith: start + word).map { Candidate(String($0.dropFirst(start.count))) }
  }

  // MARK: Members and arguments

  private func memberCandidates(_ owner: String, _ word: String) -> [Candidate] {
    session.members(of: owner).map { "\(owner).\($0)" }.filter { $0.hasPrefix(word) }.map { Candidate($0) }
  }

  /// The name before the innermost bracket that is open, and the names of arguments that are given in it.
  private static func openCall(_ line: String) -> (callee: String, given: [String])? {
    var depth = 0
    var inside: [Character] = []
    for index in line.indices.reversed() {
      let character = line[index]
      if ")]}".contains(character) { depth += 1 }
      if "([{".contains(character) {
        if depth == 0 {
          guard character == "(" else { return nil }
          let callee = String(line[..<index].reversed().prefix { isNamePart($0) }.reversed())
          return callee.isEmpty ? nil : (callee, givenNames(String(inside.reversed())))
        }
        depth -= 1
      }
      if depth == 0 { inside.append(character) }
    }
    return nil
  }

  private static func isNamePart(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_"
  }

  private static func givenNames(_ arguments: String) -> [String] {
    arguments.split(separator: ",").compactMap { argument in
      guard let equals = argument.firstIndex(of: "=") else { return nil }
      return String(argument[..<equals].filter { isNamePart($0) })
    }
  }

  private func argumentCandidates(_ call: (callee: String, given: [String]), _ word: String) -> [Candidate] {
    session.parameters(of: call.callee).filter { $0.name.hasPrefix(word) && !call.given.contains($0.name) }
      .map { Candidate($0.name + " = ", remark: $0.text) }
  }

  // MARK: Names

  private func nameCandidates(_ before: String, _ word: String) -> [Candidate] {
    let behind = before.reversed().drop(while: \.isWhitespace)
    let previous = String(behind.prefix { Self.isNamePart($0) }.reversed())
    if let runs = runCandidates(before, previous, word) { return runs }
    if let words = clauseCandidates(before, word) { return words }
    switch previous {
    case "with": return library("optimizers", word) + defined("optimizer", word)
    case "record", "watch", "unwatch", "inspect", "until", "when": return metricCandidates(word)
    case "plot":
      return metricCandidates(word)
        + session.variables.filter { $0.name.hasPrefix(word) }.map {
          Candidate($0.name, remark: $0.summary)
        }
    default: break
    }
    let isStart = behind.isEmpty || behind.first == "{" || behind.first == ";"
    let words = isStart ? Words.statementStarts + Words.session + ["show", "help"] : []
    let names = session.names.filter { $0.hasPrefix(word) && ($0.first != "_" || word.first == "_") }
    let remarks = Dictionary(words.map { ($0 + " ", StatementForm.of($0)?.help ?? "") }) { first, _ in first }
    return Set(remarks.keys.filter { $0.hasPrefix(word) } + names).sorted().map {
      Candidate($0, remark: remarks[$0] ?? "")
    }
  }

  /// Names of runs where a statement wants one; nil elsewhere.
  private func runCandidates(_ before: String, _ previous: String, _ word: String) -> [Candidate]? {
    let statement = before.split(separator: ";", omittingEmptySubsequences: false).last ?? ""
    let verb = Self.firstWord(statement.drop(while: \.isWhitespace))
    let wantsRun = ["step", "back", "goto", "switch", "fork", "diff", "change", "compare"].contains(verb)
    let isFirst = previous == verb || statement.last { !$0.isWhitespace } == ","
    guard wantsRun && isFirst || previous == "of" else { return nil }
    let more = verb == "step" && previous == verb ? [Candidate("until ", remark: "step until a condition holds")] : []
    return (more + session.runNames.map { Candidate($0) }).filter { $0.text.hasPrefix(word) }
  }

  private func library(_ kind: String, _ word: String) -> [Candidate] {
    LibraryEntries.entries(of: kind).filter { $0.name.hasPrefix(word) }.map {
      Candidate($0.name + "(", remark: LibraryListing.summary(of: $0))
    }
  }

  private func defined(_ kind: String, _ word: String) -> [Candidate] {
    session.variables.filter { $0.name.hasPrefix(word) && $0.summary.hasPrefix(kind) }.map {
      Candidate($0.name + "(", remark: $0.summary)
    }
  }

  private func metricCandidates(_ word: String) -> [Candidate] {
    let metrics = LibraryEntries.entries(of: "metrics").map {
      Candidate($0.name, remark: LibraryListing.summary(of: $0))
    }
    let own = session.variables.filter { $0.summary.hasPrefix("metric") }.map { Candidate($0.name, remark: $0.summary) }
    let all = [Candidate("loss", remark: "the loss of the problem")] + metrics + own
    let recorded = session.recordedNames.filter { name in !all.contains { $0.text == name } }
    return (all + recorded.map { Candidate($0, remark: "recorded by the present run") }).filter {
      $0.text.hasPrefix(word)
    }
  }
}
