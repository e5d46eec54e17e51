import Diagnostics
import Language
import Testing

/// Ensembles of a problem's runs: path k is the run of the k-th seed after the first, bit for bit.
@Suite struct RunEnsembleTests {
  private static let problems = """
    let X = draw(normal(), [60, 3])
    let y = X @ [1, -2, 0.5] + 0.3 * draw(normal(), [60])
    problem lin() {
      param w: [3] ~ normal(0, 1)
      sample (a, b) from (X, y)
      loss = (dot(a, w) - b)^2 / 2
    }
    problem net() {
      param net = mlp([3, 8, 1], activation = tanh)
      sample (a, b) from (X, y)
      loss = norm2(net(a) - b) / 2
    }
    problem pop() {
      param w: [3] = 0.5
      sample a: [3] ~ normal(0, 1)
      noise z ~ normal(0, 0.1)
      loss = (dot(a, w) - a[0] - z)^2 / 2
    }
    problem idx() {
      param w: [3] = 0.5
      sample i in 0..<60 weight 1 / (i + 1)
      loss = (dot(X[i], w) - y[i])^2 / 2
    }

    """

  /// What makes a run random or stateful, each beside the members by themselves.
  struct Recipe: Sendable {
    var problem: String
    var rule: String
    var clauses = ""
    var changes = ""
  }

  private static let recipes = [
    Recipe(problem: "lin", rule: "heavy_ball(lr = 0.05, momentum = 0.8)", clauses: "batch 4 replacement"),
    Recipe(problem: "lin", rule: "adam(lr = 0.05)", clauses: "batch 4 subset"),
    Recipe(problem: "net", rule: "sgd(lr = 0.1)", clauses: "batch 7 keep"),
    Recipe(problem: "net", rule: "sam(lr = 0.1)", clauses: "batch 8 precision f32"),
    Recipe(problem: "pop", rule: "langevin(lr = 0.05, temperature = 0.01)", clauses: "batch 3"),
    Recipe(problem: "idx", rule: "sgd(lr = 0.05)", clauses: "batch 4 weighted"),
    Recipe(problem: "lin", rule: "svrg(lr = 0.05, m = 10)", clauses: "batch 4"),
    Recipe(problem: "net", rule: "muon(lr = 0.02) on matrices, adam(lr = 0.001) on rest", clauses: "batch 8"),
    Recipe(
      problem: "lin", rule: "sgd(lr = 0.05)", clauses: "batch 4",
      changes: "at step 20 { lr = 0.01 }\n at step 30 { batch = 8\n w *= 2 }"),
    Recipe(problem: "net", rule: "sgd(lr = 1 / sharpness)", clauses: "batch 8"),
    Recipe(problem: "lin", rule: "mem_sgd(lr = 0.05, c = top(1))", clauses: "batch 4 workers 2"),
    Recipe(problem: "net", rule: "adam(lr = 0.02)"),
  ]

  @Test(arguments: recipes.indices) func pathsAreRuns(_ index: Int) {
    let recipe = Self.recipes[index]
    let header = "\(recipe.problem)() with \(recipe.rule) \(recipe.clauses)"
    let found = outcome(
      of: Self.problems + """
        ensemble e = \(header) seed 5 paths 3 for 60 steps {
          record mean(loss over path) as m every 10
          record loss as last at end
          record norm2(x) as half at 30
          record first(step where loss < 0.2) as n
          \(recipe.changes)
        }
        for k in 0..<3 {
          run r = \(header) seed 5 + k for 60 steps { record loss
            record norm2(x) as half at 30
            \(recipe.changes) }
          print e.last.values[k] - final(r.loss.values), e.half.values[k] - final(r.half.values)
          print "{e.n.values[k]}" == "{first(step where r.loss < 0.2)}"
        }
        print e.last.values[0] == e.last.values[1]
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.numbers.suffix(6) == [0, 0, 0, 0, 0, 0], "\(recipe)\n\(found.lines)")
    #expect(found.lines.filter { $0 == "true" }.count == 3 && found.lines.last == "false", "\(found.lines)")
  }

  /// The first paths of a larger ensemble are a smaller one; statistics are those of the vector, or of a sweep over the seeds.
  @Test func statisticsAreThoseOfTheSweep() {
    let found = outcome(
      of: Self.problems + """
        ensemble e = lin() with sgd(lr = 0.05) batch 4 seed 2 paths 40 for 50 steps {
          record mean(loss over path) as m, var(loss over path) as v, quantile(w[1] over path, 90%) as q
          record loss, w[1] as w1 at end
        }
        ensemble f = lin() with sgd(lr = 0.05) batch 4 seed 2 paths 7 for 50 steps { record loss at end }
        sweep s over seed in 2..<42 { run lin() with sgd(lr = 0.05) batch 4 for 50 steps { record loss, w[1] as w1 } }
        print max(abs(e.loss.values[:7] - f.loss.values)), max(abs(e.loss.values - (final(s.loss) over seed).values))
        print final(e.m.values) - mean(e.loss.values), final(e.v.values) - var(e.loss.values) * 40 / 39
        print final(e.q.values) - quantile(e.w1.values, 90%), mean(e.loss).value - mean(final(s.loss) over seed).value
        print e.w.shape, e.paths, e.diverged
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.numbers.prefix(6).allSatisfy { abs($0) < 1e-12 } && found.numbers.count >= 6, "\(found.lines)")
    #expect(found.lines.last == "[40, 3]  40  0", "\(found.lines)")
  }

  /// A path diverges where its run does; the others go on, and a value of a path that is no number stops nobody.
  @Test func eachPathDivergesByItself() {
    let found = outcome(
      of: """
        problem steep() {
          param w ~ normal(0, 1)
          loss = w^4 / 4
        }
        ensemble e = steep() with gd(lr = 1) seed 3 paths 30 for 40 steps {
          record count(not diverged over path) as n, mean(w where not diverged over path) as m every 1
          record w as last, log(w) as odd, 1 / (w - w) as far at end
        }
        var rest = 0
        for k in 0..<30 { run r = steep() with gd(lr = 1) seed 3 + k for 40 steps { record w }
          if r.diverged { } else { rest = rest + 1 } }
        print e.diverged > 0, e.diverged < 30, 30 - e.diverged - rest, 30 - e.diverged - final(e.n.values)
        print is_finite(final(e.m.values))
        """)
    #expect(found.codes.filter { $0 == "W0720" }.count == 1 && !found.words.contains("path@"), "\(found.words)")
    #expect(found.lines.contains("true  true  0  0") && found.lines.last == "true", "\(found.lines)\n\(found.words)")
  }

  @Test(arguments: [
    ("ensemble e = lin() with sgd(lr = 0.1) paths 3 for 5 steps { record loss }", "E0604"),
    ("ensemble e = lin() with sgd(lr = 0.1) for 5 steps { record loss at end }", "E0604"),
    ("run r = lin() with sgd(lr = 0.1) paths 3 for 5 steps", "E0604"),
    ("ensemble e = drawn() with sgd(lr = 0.1) paths 3 for 5 steps", "E0604"),
    ("ensemble e = lin() with sgd(lr = 0.1) paths 3 for 5 steps { record first(time where loss < 1) }", "E0604"),
    ("ensemble e = lin() with sgd(lr = 0.1) paths 3 for 5 steps { record norm(w - start) at end }", "E0315"),
    (
      "ensemble e = lin() with sgd(lr = 0.1) paths 3 for 5 steps {\n record loss at end\n at step 5 { lr = 1 } }",
      "E0604"
    ),
    ("ensemble e = lin() with sgd(lr = 0.1) paths 3 for 5 steps { record w at end }", "E0509"),
  ])
  func mistakesAreRefused(line: String, code: String) {
    let drawn = """
      problem drawn() { draw A: [3] ~ normal()
        param w: [3] = 0
        loss = norm2(w - A) }

      """
    let found = checking(Self.problems + drawn + line)
    #expect(found.codes == [code], "\(line)\n\(found.words)")
  }
}
