import Diagnostics
import Language
import Testing

/// Errors of values of several means, against one mean of the same and against how they scatter.
@Suite struct CorrelatedMeanTests {
  private static let line = """
    let A = draw(normal(), [12, 3])
    let b = draw(normal(), [12], 1)

    """

  @Test func meansOverTheSameBatchesAreTakenTogether() {
    let numbers = SmallFit.numbers(
      Self.line + """
        run r = least_squares(A, b) with sgd(lr = 0.01) batch 3 for 4 steps {
          record expect(batch) { norm2(g) } - expect(batch) { norm2(g) } as zero
          record expect(batch) { norm2(g) } - expect(batch) { dot(g, objective.g) } as two
          record expect(batch) { norm2(g) - dot(g, objective.g) } as one
        }
        print final(r.zero.values), final(r.zero.error)
        print final(r.two.values), final(r.one.values), final(r.two.error), final(r.one.error)
        """, count: 6)
    #expect(numbers[0] == 0 && numbers[1] == 0, "\(numbers)")
    #expect(abs(numbers[2] / numbers[3] - 1) < 1e-12 && abs(numbers[4] / numbers[5] - 1) < 1e-9, "\(numbers)")
  }

  /// The parameters do not move, so that what is recorded scatters as its error says.
  @Test func errorsAreHowValuesScatter() {
    let numbers = SmallFit.numbers(
      Self.line + """
        run r = least_squares(A, b) with sgd(lr = 1e-14) batch 3 replacement for 400 steps {
          record expect(batch, n = 256) { norm2(g) } - expect(batch, n = 256) { dot(g, objective.g) } as difference
          record expect(batch, n = 256) { dot(g, hvp(g)) } / expect(batch, n = 256) { norm2(g) } as ratio
          record expect(batch) { norm2(g) } - expect(6) { norm2(g) } as sizes
          record expect(normal()) { z => dot(z, hvp(z)) } - expect(normal()) { z => 0.9 * norm2(z) } as directions
          record expect(batch) { norm2(g) } - expect(batch, n = 32) { norm2(g) } as bounded
        }
        print std(r.difference.values), mean(r.difference.error.values), std(r.ratio.values), mean(r.ratio.error.values)
        print std(r.sizes.values), mean(r.sizes.error.values), std(r.directions.values), mean(r.directions.error.values)
        print std(r.bounded.values), mean(r.bounded.error.values)
        """, count: 10)
    for index in stride(from: 0, to: 8, by: 2) {
      #expect(abs(numbers[index + 1] / numbers[index] - 1) < 0.2, "\(index): \(numbers)")
    }
    #expect(numbers[9] > numbers[8], "what is not known is no smaller than it can be: \(numbers)")
  }
}
