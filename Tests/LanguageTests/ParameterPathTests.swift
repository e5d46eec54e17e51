import Language
import Testing

/// A path into the parameters is read from the tree: however it is spelt, it means the same.
@Suite struct ParameterPathTests {
  private func numbers(_ run: String) -> (numbers: [Double], words: String) {
    let found = outcome(
      of: """
        problem net {
          param layer[k in 1...2]: [2] = [1.0 * k, 2.0]
          param T = 1
          loss = 0.5 * norm2(layer[1]) + norm2(layer[2]) + T^2
        }
        let k = 1
        \(run)
        print r.loss
        """)
    return (found.numbers, found.words)
  }

  @Test(
    arguments: [
      "layer1", "layer[1]", "layer [ 1 ]", "(layer1)", "layer[k]", "layer[2 - 1]", "(layer[k])",
    ]) func aGroupOfParametersHasOneMeaning(path: String)
  {
    let plain = numbers(
      "run r = net with gd(lr = 0.1) on layer1, heavy_ball(lr = 0.2) on rest for 4 steps { record loss }")
    let other = numbers(
      "run r = net with gd(lr = 0.1) on \(path), heavy_ball(lr = 0.2) on rest for 4 steps { record loss }")
    #expect(plain.numbers.count > 4 && plain.words.isEmpty, "\(plain.words)")
    #expect(other.numbers == plain.numbers && other.words.isEmpty, "\(path): \(other.words)")
  }

  @Test(arguments: ["layer[1]", "layer [1]", "layer[k]", "layer[2*k - 1]"])
  func anInterventionHasOneMeaning(path: String) {
    func run(_ path: String) -> (numbers: [Double], words: String) {
      numbers(
        """
        run r = net with gd(lr = 0.1) for 6 steps {
          record loss
          record gradient_norm on \(path) as n
          at step 2 { \(path) *= 2 }
          at step 3 { freeze(\(path)) }
          at step 4 { T = 3 }
          at step 5 { unfreeze(\(path), T) }
        }
        print r.n
        """)
    }
    let plain = run("layer1")
    #expect(plain.numbers.count > 12 && plain.words.isEmpty, "\(plain.words)")
    #expect(run(path).numbers == plain.numbers, "\(path): \(run(path).words)")
  }

  @Test func blanksAndNetworksAreNoHindrance() {
    func run(_ path: String) -> ScriptOutcome {
      outcome(
        of: """
          run r = regression(chebyshev(degree = 3, points = 9), mlp([1, 3, 1])) with gd(lr = 0.1) on \(path), gd(lr = 0.01) on rest for 4 steps {
            record loss
          }
          print r.loss
          """)
    }
    let plain = run("net.layer1")
    #expect(plain.numbers.count > 4 && plain.findings.isEmpty, "\(plain.words)")
    for path in ["net . layer1", "net.layer[1]", "net . layer [1]"] {
      #expect(run(path).numbers == plain.numbers, "\(path): \(run(path).words)")
    }
  }

  @Test(arguments: ["layer[3]", "layer[1.5]", "layer[0:1]", "2", "layer[-1]"])
  func whatIsNoPathIsRefused(path: String) {
    let found = numbers("run r = net with gd(lr = 0.1) on \(path), gd(lr = 0.2) on rest for 4 steps { record loss }")
    #expect(!found.words.isEmpty, "\(path) is taken")
  }
}
