import Diagnostics
import Language
import Library
import Messages
import Syntax
import Testing

/// "Did you mean": names with one slip of the finger; and mistakes planted together.
@Suite struct SuggestionTests {
  private static let script = """
    let learning_rate = 0.1
    let spectrum = [1.0, 2.0]
    fn squared_distance(first_point, second_point) = norm2(first_point - second_point)
    problem bowl(target) {
      param weight: [2] = 0
      loss = squared_distance(weight, target) / 2
    }
    run training = bowl(spectrum) with heavy_ball(lr = learning_rate, momentum = 0.5) for 20 steps {
      record loss every 2
      record gradient_norm
    }
    claim "it falls": decreasing(training.loss)
    print plateau(training.loss), final(training.gradient_norm), sharpness_free(1)
    fn sharpness_free(scale) = exp(scale) + cumsum([1, 2])[0]
    """

  private static func slip(_ name: String, _ random: inout SeededGenerator) -> String {
    var letters = Array(name)
    let place = Int.random(in: 0..<letters.count - 1, using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: letters.swapAt(place, place + 1)
    case 1: letters.remove(at: place)
    case 2: letters.insert(letters[place], at: place)
    case 3: letters[place] = letters[place] == "e" ? "r" : "e"
    default: letters[place] = letters[place].uppercased().first ?? letters[place]
    }
    return String(letters)
  }

  /// A misspelt word of another tool is translated where nothing here is spelt like it.
  @Test func misspeltWordsOfOtherToolsAreTranslated() {
    #expect(checking("run rosenbrock() with momentun(lr = 0.1) for 3 steps { }").words.contains("`heavy_ball`"))
    #expect(checking("print qqqqqqqq(1)").words.contains("did you mean") == false)
  }

  /// Words of other tools mean nothing here, and what stands for them does.
  @Test(arguments: ForeignNames.all.map(\.word)) func wordsOfOtherToolsAreTranslated(word: String) throws {
    let meaning = try #require(ForeignNames.meaning(of: word.uppercased()))
    let unknown = checking("print \(word)(1)")
    #expect(unknown.codes == ["E0301"], "`\(word)` means something: \(unknown.words)")
    switch meaning {
    case .name(let name):
      #expect(unknown.words.contains("did you mean `\(name)`?"), "\(unknown.words)")
      #expect(checking("let known = \(name)").codes == [], "nothing is called `\(name)`")
    case .metric(let text):
      #expect(unknown.words.contains("`\(text)`"), "\(unknown.words)")
      let problem = "let (train, test) = data([[0, 1], [1, 0], [1, 1], [0, 0]], [0, 1, 1, 0]).split(2)\n"
      let run = "run r = classifier(train, mlp([2, 2])) with gd(lr = 0.1) for 3 steps { record \(text) }\nprint r"
      #expect(checking(problem + run).codes == [], "`\(text)` is no metric: \(checking(problem + run).words)")
    case .form(let text):
      #expect(unknown.words.contains("`\(text)`"), "\(unknown.words)")
      let names =
        "let n = 3\nlet (a, b, low, high) = (1, 2, 3, 4)\nlet x = ones([3])\nlet y = ones([3])\nlet (A, B) = (eye(3), eye(3))\n"
      let run = "run r = rosenbrock() with gd(1e-3) for 3 steps { record loss }\n"
      let used = text.hasPrefix("for") ? text : "print \(text)"
      #expect(checking(names + run + used).codes == [], "`\(text)` is no script")
    }
  }

  /// What is left out before names are compared letter by letter is never near.
  @Test func whatIsNearIsPlausible() {
    var random = SeededGenerator(29)
    let names =
      ["η", "ηs", "straße", "STRASSE", "\u{212A}elvin", "a", "_x", "x_", "w1", "w2"]
      + LibraryEntries.all.map(\.name)
    var (kept, all) = (0, 0)
    for name in names where name.count > 2 {
      for slip in [Self.slip(name, &random), Self.slip(Self.slip(name, &random), &random)] {
        let wanted = Letters(slip)
        let plausible = names.filter(wanted.mayBeNear)
        (kept, all) = (kept + plausible.count, all + names.count)
        for other in names where !plausible.contains(other) {
          // Names of two characters have a limit of their own.
          let longer = max(slip.unicodeScalars.count, other.unicodeScalars.count)
          #expect(longer < 3 || Suggestion.distance(slip, other) > 2 * ((longer + 1) / 3), "\(slip) \(other)")
        }
      }
    }
    #expect(kept < all / 3, "most are passed over")
  }

  @Test(arguments: [("A", "a", 1), ("[", "{", 2), ("@", "`", 2), ("\u{212A}", "k", 1), ("Η", "η", 1), ("a", "", 2)])
  func changesOfCaseCostLess(left: String, right: String, distance: Int) {
    #expect(Suggestion.distance(left, right) == distance)
  }

  @Test func theNameThatWasMeantIsOffered() {
    var random = SeededGenerator(11)
    let source = SourceText(name: "t.opt", Self.script)
    let tokens = Parser.parse(source).lexed.tokens.filter { $0.kind == .name && $0.upper - $0.lower > 3 }
    var (said, right, missed) = (0, 0, [String]())
    for _ in 0..<400 {
      guard let token = tokens.randomElement(using: &random) else { continue }
      let name = source.text(Span(lower: token.lower, upper: token.upper))
      let wrong = Self.slip(name, &random)
      if wrong == name { continue }
      let text =
        String(decoding: source.bytes[..<Int(token.lower)], as: UTF8.self) + wrong
        + String(decoding: source.bytes[Int(token.upper)...], as: UTF8.self)
      let result = checking(text)
      guard result.findings.contains(where: { $0.severity == .error }) else { continue }
      said += 1
      // A slip in a definition is offered at its uses, in either direction.
      let isOffered = result.words.contains("`\(name)`") || result.words.contains("`\(wrong)`")
      if isOffered { right += 1 } else { missed.append("\(name) → \(wrong): \(result.words)") }
    }
    #expect(said > 250)
    #expect(Double(right) >= 0.95 * Double(said), "\(right) of \(said)\n\(missed.joined(separator: "\n"))")
  }

  @Test func nothingIsOfferedForANameLikeNoOther() {
    for name in ["zzqqk", "wobble", "kxjq"] {
      let words = checking("print \(name)").words
      #expect(words.contains("nothing here is called `\(name)`") && !words.contains("did you mean"), "\(words)")
    }
  }

  /// Independent mistakes are all told at once, and nothing that follows from one.
  @Test func plantedMistakesAreAllFoundTogether() {
    let mistakes: [(text: String, code: String)] = [
      ("print nowhere_defined + 1", "E0301"), ("print exp(1, 2, 3)", "E0305"), ("print [1, 2] + [1, 2, 3]", "E0501"),
      ("print zeros(2)[5]", "E0504"), ("print 1 + \"a\"", "E0401"), ("let unused = svd(\"text\")", "E0402"),
      ("run r\0 = quadratic([1]) with gd(lr = -1) for 3 steps", "E0601"),
      ("print quadratic([1], spectrun = 2)", "E0302"),
      ("let f\0 = undefined_thing\0 * 2\nprint f\0 + f\0[3]", "E0301"), ("print digits_of.count", "E0301"),
    ]
    var random = SeededGenerator(3)
    var (complete, spurious) = (0, 0)
    let rounds = 100
    for round in 0..<rounds {
      let chosen = Array(mistakes.shuffled(using: &random).prefix(2 + round % 4))
      let lines = chosen.enumerated().map { $0.element.text.replacing("\0", with: "\($0.offset)") }
      let result = checking(lines.joined(separator: "\n"))
      let wanted = chosen.map(\.code)
      if result.codes == wanted { complete += 1 }
      if result.codes.count > wanted.count { spurious += 1 }
    }
    #expect(complete >= rounds * 9 / 10)
    #expect(spurious == 0)
  }
}
