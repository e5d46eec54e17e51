import Diagnostics
import Language
import Testing

/// What metrics say they cost, against what they do.
@Suite struct ProductCountTests {
  private static func numbers(_ record: String, _ names: String, count: Int) -> [Double] {
    SmallFit.numbers(
      SmallFit.problem + """
        run r = fit(X, Y) with sgd(lr = 0.05) batch 3 for 2 steps {
          record \(record)
        }
        print \(names.split(separator: " ").map { "final(r.\($0))" }.joined(separator: ", "))
        """, count: count)
  }

  /// Batches of 3 of 12 samples are a quarter of the data.
  @Test func productsOverBatchesCountTheirShare() {
    let found = Self.numbers(
      """
      batch_sharpness, batch_sharpness_ratio, generalized_batch_sharpness(8) as gbs, step_sharpness
          record expect(6, n = 10) { dot(g, hvp(g)) } as halves, curvature_along(g) as along
      """,
      "batch_sharpness.products batch_sharpness_ratio.products gbs.products step_sharpness.products halves.products along.products",
      count: 6)
    #expect(found == [16, 16, 2, 0.25, 5, 1], "\(found)")
  }

  @Test func productsOverAllDataCountOne() {
    let found = Self.numbers(
      """
      hessian_trace(5) as tr, gradient_noise_interaction(7) as gni, spectral_density(0, 1, probes = 3, steps = 9) as density
          record expect(batch, n = 4) { dot(g, objective.hvp(objective.g)) } as same
      """, "tr.products gni.products density.products same.products", count: 4)
    #expect(found == [5, 7, 27, 1], "what does not change from batch to batch is taken once: \(found)")
  }

  @Test func loopsThatEndEarlyCostLess() {
    let found = Self.numbers(
      """
      expect(batch, n = 3000, until = 20%) { dot(g, hvp(g)) } as seq
          record batch_top_eigenvalue(4) as few, batch_top_eigenvalue(8) as many, sharpness, sharpness(tolerance = 0.2) as rough
      """,
      "seq.products seq.samples few.products many.products sharpness.products rough.products", count: 6)
    #expect(found[1] >= 10 && found[0] == found[1] / 4, "\(found)")
    #expect(found[2] >= 2 && found[3] > 1.5 * found[2] && found[3] < 8 * 26 / 4, "\(found)")
    #expect(found[4] > found[5] && found[5] >= 1, "\(found)")
  }

  /// Loops of one stream are one loop; what both need is taken once.
  @Test func sharedProductsCountOnce() {
    let found = Self.numbers(
      """
      expect(batch, n = 8) { dot(g, hvp(g)) } / expect(batch, n = 8) { norm2(hvp(g)) } as ratio
          record sharpness * loss as scaled, sharpness as once, ggn_sharpness as ggn, loss
      """, "ratio.products scaled.products once.products ggn.products", count: 4)
    #expect(found[0] == 2 && found[1] == found[2] && found[3] >= 4, "\(found)")
  }
}
