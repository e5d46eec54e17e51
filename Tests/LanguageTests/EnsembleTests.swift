import Diagnostics
import Language
import Testing

/// Ensembles: many paths of a process as one batch, what is recorded over them and of each of them.
@Suite struct EnsembleTests {
  private static let pair = """
    process pair { state x = 1, y: [2] ~ normal()
      dx = -x * dt + 0.5 * dB1
      dy = -y * dt + x * dB2 }

    """

  /// Path 0 is the run of the same seed, bit for bit, by every scheme; a smaller ensemble has the first paths of a larger one.
  @Test(arguments: ["", "scheme milstein", "scheme heun", "scheme tamed"]) func pathsAreRuns(scheme: String) {
    let definition =
      scheme.contains("euler") || scheme.isEmpty || scheme.contains("tamed")
      ? Self.pair : Self.pair.replacing("x * dB2", with: "dB2")
    let found = outcome(
      of: definition + """
        run r = pair() dt 0.1 seed 3 \(scheme) until 2 { record x, y[1] as z every 1 time }
        ensemble e = pair() paths 3 dt 0.1 seed 3 \(scheme) until 2 {
          record x at 1
          record y[1] as z at end
        }
        ensemble f = pair() paths 40 dt 0.1 seed 3 \(scheme) until 2 {
          record x at 1
          record y[1] as z at end
        }
        print e.x.values[0] == r.x.values[1], e.z.values[0] == final(r.z), e.z.values[0] == e.y[0, 1]
        print max(abs(e.x.values - f.x.values[:3])), max(abs(e.y - f.y[:3])), e.x.values[0] != e.x.values[1]
        print e.paths, f.paths, e.diverged
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.lines.filter { $0.contains("true  true  true") }.count == 1, "\(found.lines)")
    #expect(found.numbers.prefix(2) == [0, 0] && found.numbers.suffix(3) == [3, 40, 0], "\(found.lines)")
  }

  /// Statistics over paths are those of the vector of all of them.
  @Test func statisticsAreThoseOfAllPaths() {
    let found = outcome(
      of: Self.pair + """
        ensemble e = pair() paths 101 dt 0.1 until 2 {
          record mean(x over path) as m, var(x over path) as v, std(x over path) as s, sum(x over path) as total
          record min(x over path) as least, max(x over path) as most, median(x over path) as half
          record quantile(x over path, 90%) as q, count(x > 0 over path) as n, mean(x > 0 over path) as share
          record mean(x where x > 0 over path) as upper, mean(y over path)[1] as second
          record sqrt(var(x over path)) / mean(x over path) as ratio
          record x, x * x as square at end
        }
        fn last(series) = final(series.values)
        let x = e.x.values
        let d = x - mean(x)
        let V = sum(d^2) / 100
        let positive = [u for u in x if u > 0]
        print last(e.m) - mean(x), last(e.v) - V, last(e.s) - sqrt(V), last(e.total) - sum(x)
        print last(e.least) - min(x), last(e.most) - max(x), last(e.half) - median(x)
        print last(e.q) - quantile(x, 90%), last(e.n) - positive.count, last(e.share) - positive.count / 101
        print last(e.upper) - mean(positive), last(e.second) - mean(e.y[:, 1]), last(e.ratio) - sqrt(V) / mean(x)
        print final(e.m.error) - sqrt(V / 101)
        print final(e.v.error) - sqrt((mean(d^4) - V^2 * 98 / 100) / 101)
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.numbers.count == 15 && found.numbers.allSatisfy { abs($0) < 1e-12 }, "\(found.lines)")
  }

  /// The intervals cover: of 200 ensembles of 100 paths about 95% hold the exact value.
  @Test func errorsCover() {
    let found = outcome(
      of: """
        process ou { state x = 1
          dx = -x * dt + dB }
        let (d, h) = (0.9, 0.1)
        let (M, V) = (d^10, h * (1 - d^20) / (1 - d^2))
        var hits = [0, 0, 0]
        for k in 0..<200 {
          ensemble e = ou() paths 100 dt h seed k for 10 steps {
            record mean(x over path) as m, var(x over path) as v, median(x over path) as q at end
          }
          let gaps = [abs(final(e.m.values) - M) / final(e.m.error), abs(final(e.v.values) - V) / final(e.v.error),
            abs(final(e.q.values) - M) / final(e.q.error)]
          hits = [hits[i] + (if gaps[i] < 2 { 1 } else { 0 }) for i in 0..<3]
        }
        print hits[0], hits[1], hits[2]
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.numbers.count == 3 && found.numbers.allSatisfy { $0 > 176 && $0 <= 200 }, "\(found.lines)")
  }

  /// The first moment is that which the path itself shows; an event that did not happen is censored.
  @Test(arguments: ["x > 0.9", "x < -5", "x < 0.5"]) func firstMoments(condition: String) {
    let found = outcome(
      of: Self.pair + """
        run r = pair() dt 0.1 until 2 { record x }
        ensemble e = pair() paths 5 dt 0.1 until 2 {
          record first(time where \(condition)) as t
          record first(step where \(condition)) as n
        }
        print e.t.values[0], e.n.values[0]
        print first(time where r.\(condition)), first(step where r.\(condition))
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.lines.count >= 2 && !found.lines[found.lines.count - 2].isEmpty, "\(found.lines)")
    if condition == "x < -5" {
      #expect(found.lines.suffix(2).first == "> 2  > 20", "\(found.lines)")
    } else {
      #expect(found.numbers.count == 4 && found.numbers[0] == found.numbers[2] && found.numbers[1] == found.numbers[3])
    }
  }

  /// A path that leaves the finite numbers stays where it was; it is counted, told, and has no mean.
  @Test func divergedPathsAreCounted() {
    let found = outcome(
      of: """
        process steep { state x ~ normal(0, 1)
          dx = (x^3 - x) * dt }
        ensemble e = steep() paths 200 dt 0.1 until 20 {
          record mean(x over path) as m, median(x over path) as half, max(x over path) as most every 1 time
          record mean(x where not diverged over path) as rest, count(not diverged over path) as n every 1 time
          record x at end
        }
        print e.diverged > 0, e.diverged < 200, is_finite(final(e.m.values)), is_finite(final(e.half.values))
        print is_finite(final(e.rest.values)), final(e.most.values), 200 - e.diverged - final(e.n.values)
        """)
    #expect(found.codes == ["W0720"] && found.words.contains("paths of the ensemble `e` diverged"), "\(found.words)")
    #expect(found.lines.contains { $0.hasPrefix("true  true  false  true") }, "\(found.lines)")
    #expect(found.lines.contains { $0.hasPrefix("true  nan") && $0.hasSuffix(" 0") }, "\(found.lines)")
  }

  /// What has diverged may lie on either side of values of either sign: a quantile is between both, and not what it would be
  /// with all of them above; of values that are not negative they lie above.
  @Test func divergedPathsMayLieOnEitherSide() {
    let found = outcome(
      of: """
        process cubic { state x = 0
          dx = x^3 * dt + dB }
        ensemble e = cubic() paths 400 dt 0.01 until 1 {
          record median(x over path) as half, min(x over path) as least, max(x over path) as most every 1 time
          record median(abs(x) over path) as size, min(abs(x) over path) as near every 1 time
          record quantile(x over path, 0.99) as top every 1 time
        }
        let n = e.diverged
        print n > 10, n < 200, abs(e.half.values[-1]) < e.half.error.values[-1], is_finite(e.least.values[-1])
        print is_finite(e.most.values[-1]), is_finite(e.top.values[-1]), e.size.values[-1] < 5, is_finite(e.near.values[-1])
        """)
    #expect(found.lines.contains { $0.hasPrefix("true  true  true  false") }, "\(found.lines) \(found.words)")
    #expect(found.lines.contains { $0.hasPrefix("false  false  true  true") }, "\(found.lines) \(found.words)")
  }

  @Test(arguments: [
    ("ensemble e = p() paths 3 dt 0.1 until 1 { record x }", "E0604"),
    ("ensemble e = p() paths 3 dt 0.1 until 1 { record x every 0.5 }", "E0604"),
    ("ensemble e = p() dt 0.1 until 1 { record x at end }", "E0604"),
    ("ensemble e = p() paths 0 dt 0.1 until 1 { record x at end }", "E0603"),
    ("ensemble e = p() paths -1 dt 0.1 until 1", "E0603"), ("ensemble e = p() paths 2.5 dt 0.1 until 1", "E0404"),
    ("run e = p() paths 3 dt 0.1 until 1", "E0604"),
    ("ensemble e = p() paths 3 dt 0.1 until 1 { record slope(x over path) }", "E0604"),
    ("ensemble e = p() paths 3 dt 0.1 until 1 { record quantile(x over path, 2) }", "E0603"),
    ("ensemble e = p() paths 3 dt 0.1 until 1 { record quantile(x over path) }", "E0303"),
    ("ensemble e = p() paths 3 dt 0.1 until 1 { record mean(q over path) }", "E0301"),
    ("ensemble e = p() paths 3 dt 0.1 until 1 { record x - mean(x over path) as d at end }", "E0604"),
    ("ensemble e = p() paths 3 dt 0.1 until 1 {\n record x at 0.5\n record x at end }", "E0307"),
    ("ensemble e = p() paths 3 dt 0.1 until 1 { record x at 0.55 }", "E0603"),
    ("ensemble e = p() paths 3 dt 0.1 until 0 { record x at end }", "E0604"),
    ("ensemble e = p() paths 3 dt 0.1 until 1 { stop when x > 3 }", "E0604"),
    ("ensemble e = p() paths 3 dt 0.1 until 1 { record mean(x over paths) }", "E0403"),
    ("run r = p() dt 0.1 until 1 { record mean(x over path) }", "E0604"),
    ("ensemble e = p() paths 3 dt 0.1 until 1 { at 5 steps { a = 2 } }", "E0604"),
    ("ensemble e = drawn() paths 3 dt 0.1 until 1", "E0604"),
    ("sweep s over a in [1, 2] { ensemble p() paths 3 dt 0.1 until 1 { record mean(x over path) } }", "E0661"),
  ])
  func mistakesAreRefused(line: String, code: String) {
    let script = """
      process p { state x = 1
        dx = -x * dt + dB }
      process drawn { draw a ~ normal()
        state x = a
        dx = -x * dt + dB }

      """
    let found = checking(script + line)
    #expect(!found.codes.isEmpty, "\(line)")
    #expect(found.codes == [code], "\(line)\n\(found.words)")
  }
}
