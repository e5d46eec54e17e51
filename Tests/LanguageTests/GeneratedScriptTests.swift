import Foundation
import Language
import Testing

extension Double {
  var sine: Double { sin(self) }
  var cosine: Double { cos(self) }
  var hyperbolicTangent: Double { tanh(self) }
}

/// Generated expressions and scripts: what the language gives against plain arithmetic, and checking against running.
@Suite struct GeneratedScriptTests {
  private static func scripts(seed: UInt64) -> GeneratedScripts {
    var state = seed
    return GeneratedScripts { count in
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((z ^ (z >> 31)) % UInt64(count))
    }
  }

  /// Values and derivatives by a function that is called, and by a metric that is staged, against the interpreter.
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func expressionsHaveTheirValuesAndDerivatives(seed: UInt64) {
    let scripts = Self.scripts(seed: seed)
    for number in 0..<20 {
      let term = scripts.term(depth: 4)
      let at = Double(number - 10) / 4 + 0.125
      let result = outcome(
        of: """
          fn f(w) = \(term.text)
          problem p { param w = \(at); objective = f(w) }
          run r = p with gd(lr = 0) for 1 steps { record f(w) as value, grad(f)(w) as slope, loss, g as step_slope }
          print f(\(at)), grad(f)(\(at)), r.value.values[0], r.slope.values[0], r.loss.values[0]
          """)
      let (value, slope) = (term.value(at), term.slope(at))
      guard value.isFinite, slope.isFinite, result.numbers.count == 5 else {
        Issue.record("seed \(seed), number \(number): \(term.text) gave \(result.lines) \(result.words)")
        continue
      }
      let expected = [value, slope, value, slope, value]
      for (found, wanted) in zip(result.numbers, expected) {
        #expect(
          abs(found - wanted) <= 2e-5 * max(1, abs(wanted)),
          "seed \(seed), number \(number), w = \(at): \(term.text) gave \(found) for \(wanted)")
      }
    }
  }

  /// What checking finds nothing wrong with runs, and gives the same twice.
  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func whatChecksRuns(seed: UInt64) {
    let script = Self.scripts(seed: seed &* 977).script()
    let checked = checking(script)
    #expect(checked.codes.allSatisfy { $0.hasPrefix("W") }, "seed \(seed): \(checked.words)\n\(script)")
    let run = outcome(of: script)
    #expect(run.outcome == .finished, "seed \(seed): \(run.words)\n\(script)")
    #expect(run.lines == outcome(of: script).lines, "seed \(seed)\n\(script)")
  }
}
