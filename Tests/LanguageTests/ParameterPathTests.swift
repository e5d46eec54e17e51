import Language
import Testing

/// A path into the parameters is read from the tree: however it is spelt, it means the same.
@Suite struct ParameterPathTests {
  private func played(_ run: String) -> (lines: [String], words: String) {
    let found = outcome(
      of: """
        problem net {
          param layer[k in 1...2]: [2] = [1.0 * k, 2.0]
          param T = 1
          loss = 0.5 * norm2(layer[1]) + norm2(layer[2]) + T^2
        }
        let k = 1
        \(run)
        print r.loss.values
        """)
    return (found.lines, found.words)
  }

  @Test(
    arguments: [
      "layer1", "layer[1]", "layer [ 1 ]", "(layer1)", "layer[k]", "layer[2 - 1]", "(layer[k])",
    ]) func aGroupOfParametersHasOneMeaning(path: String)
  {
    let plain = played(
      "run r = net with gd(lr = 0.1) on layer1, heavy_ball(lr = 0.2) on rest for 4 steps { record loss }")
    let other = played(
      "run r = net with gd(lr = 0.1) on \(path), heavy_ball(lr = 0.2) on rest for 4 steps { record loss }")
    #expect(plain.lines.count == 1 && plain.words.isEmpty, "\(plain.words)")
    #expect(other.lines == plain.lines && other.words.isEmpty, "\(path): \(other.words)")
  }

  @Test(arguments: ["layer[1]", "layer [1]", "layer[k]", "layer[2*k - 1]"])
  func anInterventionHasOneMeaning(path: String) {
    func run(_ path: String) -> (lines: [String], words: String) {
      played(
        """
        run r = net with gd(lr = 0.1) for 6 steps {
          record loss
          record gradient_norm on \(path) as n
          at step 2 { \(path) *= 2 }
          at step 3 { freeze(\(path)) }
          at step 4 { T = 3 }
          at step 5 { unfreeze(\(path), T) }
        }
        print r.n.values
        """)
    }
    let plain = run("layer1")
    #expect(plain.lines.count == 2 && plain.words.isEmpty, "\(plain.words)")
    #expect(run(path).lines == plain.lines, "\(path): \(run(path).words)")
  }

  @Test func blanksAndNetworksAreNoHindrance() {
    func run(_ path: String) -> ScriptOutcome {
      outcome(
        of: """
          run r = regression(chebyshev(degree = 3, points = 9), mlp([1, 3, 1])) with gd(lr = 0.1) on \(path), gd(lr = 0.01) on rest for 4 steps {
            record loss
          }
          print r.loss.values
          """)
    }
    let plain = run("net.layer1")
    #expect(plain.lines.count == 1 && plain.findings.isEmpty, "\(plain.words)")
    for path in ["net . layer1", "net.layer[1]", "net . layer [1]"] {
      #expect(run(path).lines == plain.lines, "\(path): \(run(path).words)")
    }
  }

  @Test(arguments: ["layer[3]", "layer[1.5]", "layer[0:1]", "2", "layer[-1]"])
  func whatIsNoPathIsRefused(path: String) {
    let found = played("run r = net with gd(lr = 0.1) on \(path), gd(lr = 0.2) on rest for 4 steps { record loss }")
    #expect(!found.words.isEmpty, "\(path) is taken")
  }
}
