import Testing

/// What the sources do without.
@Suite struct BannedWordTests {
  /// A user's mistake never traps, so nothing that traps is written.
  private static let traps = ["fatalError", "try!", "as!", "unowned(unsafe)"]

  @Test func nothingTraps() {
    for file in SourceTree.swiftSources {
      expectNone(of: Self.traps, in: file)
    }
  }

  @Test func nothingIsLeftForLater() {
    let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
    for file in SourceTree.swift {
      for (number, line) in file.lines.enumerated() {
        for mark in marks where contains(String(line), word: mark) {
          Issue.record("\(file):\(number + 1) holds \(mark)")
        }
      }
    }
  }

  /// Below the executable: no terminal, no clock, no randomness of the system, no environment.
  private static let surroundings = [
    "isatty", "getenv", "SystemRandomNumberGenerator", "ContinuousClock", "SuspendingClock", "clock_gettime",
    "readLine", "gettimeofday", "arc4random", "shuffled", "randomElement",
  ]

  /// Files that exist to speak to the surroundings, with the words that they need.
  private static let surroundingsAllowed: [String: [String]] = [
    // Finds gnuplot, and ends it when it takes too long.
    "Sources/Plots/ProcessRunner.swift": ["getenv", "clock_gettime"]
  ]

  @Test func nothingBelowTheExecutableTouchesItsSurroundings() {
    for file in SourceTree.swiftSources where file.target != "descent" && file.target != "EmbedTextTool" {
      let allowed = Self.surroundingsAllowed[file.path] ?? []
      expectNone(of: Self.surroundings.filter { !allowed.contains($0) }, in: file)
    }
  }

  @Test func nothingBelowTheExecutablePrints() {
    for file in SourceTree.swiftSources where file.target != "descent" && file.target != "EmbedTextTool" {
      for (number, line) in file.code.enumerated() where line.contains(/(^|[^.\w])print\(/) {
        let isOurs = ["case print(", "func print(", "try print("].contains { line.contains($0) }
        #expect(isOurs, "\(file):\(number + 1) prints")
      }
    }
  }

  private static let vagueNames = [
    "Manager", "Helper", "Helpers", "Util", "Utils", "Utilities", "Common", "Misc", "Base", "Impl", "Info", "Object",
    "Handler",
  ]

  @Test func namesSayWhatThingsAre() {
    for file in SourceTree.swift {
      var names = [String(file.name.dropLast(".swift".count))]
      for line in file.code {
        let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
        for (word, next) in zip(words, words.dropFirst())
        where ["struct", "class", "enum", "protocol", "actor", "typealias"].contains(word) {
          names.append(String(next))
        }
      }
      for name in names {
        for part in camelCaseParts(name) {
          #expect(!Self.vagueNames.contains(part), "\(file): the name \(name) holds the vague word \(part)")
        }
      }
    }
  }

  private func camelCaseParts(_ name: String) -> [String] {
    var parts: [String] = []
    for character in name {
      if character.isUppercase || parts.isEmpty { parts.append("") }
      parts[parts.count - 1].append(character)
    }
    return parts
  }

  /// Unsafe constructs live where memory is managed, and where the program speaks to the system.
  private static let unsafeTargets = ["CKernels", "Tensors", "Loops", "Engine"]
  private static let unsafeFiles = [
    "Sources/Data/Files/Gzip.swift",  // hands buffers to zlib
    "Sources/Data/Files/InterruptFlag.swift",  // the flag of an interruption, for loops over files
    "Sources/Data/Files/SystemCalls.swift",  // reads and writes by the C interface
    "Sources/Data/Sampling.swift",  // fills the engine's index stream
    "Sources/Experiments/Runs/SampleStream.swift",  // fills the engine's index stream
    "Sources/Interactive/KeptSessions.swift",  // reads folder entries
    "Sources/Interactive/LineEditor.swift",  // what Readline calls for Tab, and the line it gives
    "Sources/Language/Interactive/InteractiveSession.swift",  // hands the flag of an interruption on
    "Sources/Language/Session.swift",  // hands the flag of an interruption on
    "Sources/Values/SessionContext.swift",  // the same, and compares where two arrays lie
    "Sources/Plots/ProcessRunner.swift",  // starts gnuplot by the C interface
    "Sources/descent/LargeStack.swift",  // hands a task to a thread
    "Sources/descent/Output.swift",  // writes by the C interface
    "Sources/descent/Ranks/MessageRanks.swift",  // hands memory to Open MPI
    "Sources/descent/ScriptFile.swift",  // reads folder entries
    "Sources/descent/Signals.swift",  // the flag that a signal raises
  ]

  @Test func unsafeCodeStaysAtHome() {
    for file in SourceTree.swiftSources
    where !Self.unsafeTargets.contains(file.target) && !Self.unsafeFiles.contains(file.path) {
      let words = [
        "Unmanaged", "unsafeBitCast", "unsafeDowncast", "withUnsafe", "UnsafeMutable", "UnsafePointer", "UnsafeRaw",
        "UnsafeBuffer", "OpaquePointer", "nonisolated(unsafe)",
      ]
      for (number, line) in file.code.enumerated() {
        for word in words where line.contains(word) {
          Issue.record("\(file):\(number + 1) uses \(word)")
        }
      }
    }
  }

  /// The code of a finding is for its reader; what it does to the program is its `effect`.
  @Test func noCodeOfAFindingSteersTheProgram() {
    // Pages are looked up by codes; instructions and lines of text have codes of another kind.
    let others = ["Sources/Diagnostics/Explanations.swift", "Sources/Syntax/Formatter.swift"]
    for file in SourceTree.swiftSources where file.target != "Engine" && !others.contains(file.path) {
      for (number, line) in file.code.enumerated() {
        let compares =
          line.contains(/\.code *(==|!=)[^=]|\bcode *(==|!=) *"/)
          || line.contains(/\bcode\.(has\w+|isEmpty|starts|contains|first|prefix)\b/)
          || line.contains(/(contains\(|switch ).*\.code\b[^.=]/)
        #expect(!compares, "\(file):\(number + 1) looks at a code: \(line)")
      }
      for (number, line) in file.lines.enumerated() {
        let compares = line.contains(/(==|!=|case|contains\(|hasPrefix\() *"[EW]\d+"/)
        #expect(!compares, "\(file):\(number + 1) compares a code: \(line)")
      }
    }
  }

  /// Who calls the body of a built-in function answers for what is unknown: Note [Answers] in `Arithmetic/Kinds`.
  @Test func bodiesOfBuiltinsSeeNothingUnknown() {
    let bodies = SourceTree.swiftSources.filter { $0.path.hasPrefix("Sources/Builtins/Builtin") }
    #expect(bodies.count > 10, "the bodies were not found")
    for file in bodies {
      for (number, line) in file.code.enumerated() where line.contains(/\.unknown\b/) {
        Issue.record("\(file):\(number + 1) looks at an unknown value")
      }
    }
  }

  /// What a script means is in its tree; its text is for titles and messages.
  @Test func noMeaningIsReadFromSourceText() {
    for file in SourceTree.swiftSources where SourceTree.layers.contains(file.target) {
      for (number, line) in file.code.enumerated() {
        let reads =
          line.contains(/(==|!=|switch|contains\(|hasPrefix\(|canonical\() *[\w.]*sources\.text\(/)
          || line.contains(/sources\.text\([^{]*\) *(==|!=|\.hasPrefix|\.split)/)
        #expect(!reads, "\(file):\(number + 1) reads text for its meaning: \(line)")
      }
    }
  }

  @Test func testsUseWhatOthersMayUse() {
    for file in SourceTree.swift where file.path.hasPrefix("Tests/") {
      expectNone(of: ["@testable"], in: file)
    }
  }

  /// Records every place where one of the words stands by itself in code.
  private func expectNone(of words: [String], in file: SourceFile) {
    for (number, line) in file.code.enumerated() {
      for word in words where contains(line, word: word) {
        Issue.record("\(file):\(number + 1) uses \(word)")
      }
    }
  }

  private func contains(_ line: String, word: String) -> Bool {
    var rest = line[...]
    while let range = rest.firstRange(of: word) {
      let before = line[..<range.lowerBound].last
      let after = rest[range.upperBound...].first
      if !isWordCharacter(before), !isWordCharacter(after) { return true }
      rest = rest[range.upperBound...]
    }
    return false
  }

  private func isWordCharacter(_ character: Character?) -> Bool {
    guard let character else { return false }
    return character.isLetter || character.isNumber || character == "_"
  }
}
