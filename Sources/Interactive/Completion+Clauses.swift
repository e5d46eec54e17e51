import Language
import Runs
import Syntax

/// What goes on inside a statement: clauses of a run, units of its length, options of a plot, what a change may set.
extension Completion {
  /// Words that may stand at the cursor within a statement; nil where an expression is wanted.
  func clauseCandidates(_ before: String, _ word: String) -> [Candidate]? {
    let statement = Self.statement(before)
    let words = statement.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
    guard let verb = words.first, statement.last?.isWhitespace == true else { return nil }
    let last = statement.last { !$0.isWhitespace } ?? " "
    let isBehindValue = last.isNumber || last.isLetter || ")]_".contains(last)
    func fitting(_ list: [String]) -> [Candidate]? {
      let found = list.filter { $0.hasPrefix(word) }.map { word in
        Candidate(word + " ", remark: ClauseSummary.all.first { $0.word == word }?.help ?? "")
      }
      return found.isEmpty ? nil : found
    }
    if verb == "change" || Self.isInChange(before), last == "{" || last == "," || last == ";" { return settings(word) }
    if verb == "plot", last == "," { return fitting(Words.valueOptions + Words.bareOptions) }
    if verb == "plot", isBehindValue { return fitting(["of", "to", "vs"]) }
    guard ["run", "start", "sweep"].contains(verb), isBehindValue, words.count > 1 else { return nil }
    if last.isNumber, words.dropLast().last == "for" { return fitting(["epochs", "steps", "time"]) }
    let (isOfProblem, isOfProcess) = (words.contains("with"), words.contains("dt"))
    if isOfProblem || isOfProcess {
      let taken = ClauseSummary.all.filter { (!isOfProblem || $0.isOfProblem) && (!isOfProcess || $0.isOfProcess) }
      return fitting((taken.map(\.word) + (isOfProcess ? ["until"] : [])).filter { !words.contains($0) })
    }
    return fitting(["with", "dt", "for", "seed", "until"])
  }

  /// The statement that the cursor stands in, as far as it goes, from the last brace or semicolon that begins one on.
  private static func statement(_ before: String) -> Substring {
    var start = before.startIndex
    var depth = 0
    for index in before.indices {
      switch before[index] {
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      case ";" where depth == 0, "\n" where depth == 0: start = before.index(after: index)
      default: break
      }
    }
    return before[start...].drop(while: \.isWhitespace)
  }

  /// Whether the innermost open brace is that of a change.
  private static func isInChange(_ before: String) -> Bool {
    guard let brace = before.lastIndex(of: "{"), !before[brace...].contains("}") else { return false }
    let head = before[..<brace].split { !$0.isLetter && !$0.isNumber && $0 != "_" }
    return head.last == "change" || head.dropLast().last == "change" || head.first == "fork"
  }

  /// What a change of the present run may set.
  private func settings(_ word: String) -> [Candidate] {
    (session.hyperparameters + ["batch", "loss", "update"]).filter { $0.hasPrefix(word) }.map { Candidate($0 + " ") }
  }

  /// A letter by the name that TeX gives it: `\\lambda` is completed to λ.
  func symbolCandidates(_ word: String) -> [Candidate] {
    let name = word.dropFirst()
    if let letter = Self.letters.first(where: { $0.name == name }) { return [Candidate(letter.symbol)] }
    return Self.letters.filter { $0.name.hasPrefix(name) }.map { Candidate("\\" + $0.name, remark: $0.symbol) }
  }

  private static let letters: [(name: String, symbol: String)] = [
    ("alpha", "α"), ("approx", "≈"), ("beta", "β"), ("chi", "χ"), ("delta", "δ"), ("ell", "ℓ"), ("epsilon", "ε"),
    ("eta", "η"), ("gamma", "γ"), ("kappa", "κ"), ("lambda", "λ"), ("mu", "μ"), ("nu", "ν"), ("omega", "ω"),
    ("phi", "φ"), ("pi", "π"), ("psi", "ψ"), ("rho", "ρ"), ("sigma", "σ"), ("tau", "τ"), ("theta", "θ"), ("xi", "ξ"),
    ("zeta", "ζ"),
  ]
}
