import Data
import Diagnostics
import Experiments
import Foundation
import Language
import Plots
import Testing
import Values

/// What plots can draw: names, functions, series against series, limits, sizes, errors, heat maps.
@Suite struct FigureTests {
  private static let head = """
    problem q(d) {
      param w: [2] = [1, 2]
      sample z ~ normal()
      loss = d * norm2(w - 0.1 * z) / 2
    }
    run r = q(1) with sgd(lr = 0.1) batch 4 for 20 steps { record loss, w, norm(w) as n every 2 }
    sweep s over lr in [0.1, 0.2], d in [1, 2, 4], seed in 1...3 {
      run q(d) with sgd(lr = lr) batch 4 for 10 steps { record loss at end }
    }
    let E = (final(s.loss) over d by lr)

    """

  private func figure(_ plot: String) -> (figure: Figure?, words: String) {
    let session = InteractiveSession(
      host: MemoryHost(), options: SessionOptions(), output: { _ in }, progress: nil, interrupt: nil)
    var figure: Figure?
    session.onPicture = { (drawn, _) in
      figure = drawn
      return true
    }
    let report = session.run(Array((Self.head + plot + "\n").utf8))
    return (figure, report.diagnostics.map(\.message).joined(separator: "\n"))
  }

  @Test func namesStandBehindCurves() {
    let (figure, words) = figure("plot r.loss \"SGD\", t => 2 * exp(-t) \"theory\", r.n vs step")
    let curves = figure?.panels.first?.curves ?? []
    #expect(curves.map(\.name) == ["SGD", "r.n", "theory"], "\(words)")
    #expect(curves.map(\.isTheory) == [false, false, true])
    #expect(curves.last?.x.first == 0 && curves.last?.x.last == 20 && curves.last?.y.first == 2)
    #expect(figure?.panels.first?.horizontal.label == "step")
  }

  @Test func aSeriesIsDrawnAgainstAnother() {
    let (figure, words) = figure("plot r.loss vs r.n")
    let curve = figure?.panels.first?.curves.first
    #expect(curve?.x.count == 11 && curve?.x.first == 5.0.squareRoot(), "\(words)")
    #expect(figure?.panels.first?.horizontal.label == "r.n")
  }

  @Test func elementsOfATensorAreCurves() {
    let (figure, words) = figure("plot r.w vs step, color index")
    #expect(figure?.panels.first?.curves.map(\.name) == ["r.w[0]", "r.w[1]"], "\(words)")
  }

  @Test func vectorsAreDrawnAlongTheirAxis() {
    let (figure, words) = figure("plot E vs d, errorbars, xlim (0, 5), ylim (0, 1), size (8.6, 6)")
    let panel = figure?.panels.first
    #expect(panel?.curves.map(\.name) == ["lr = 0.1", "lr = 0.2"], "\(words)")
    #expect(panel?.curves.allSatisfy { $0.mark == .points && $0.band != nil && $0.x == [1, 2, 4] } ?? false)
    #expect(panel?.horizontal.label == "d" && panel?.horizontal.range?.high == 5 && panel?.vertical.range?.high == 1)
    #expect(figure?.size == Figure.Size(width: 8.6, height: 6))
  }

  @Test func aHeatMapHasAValueForEachPlace() {
    let (figure, words) = figure("plot (final(s.loss) over (d, lr)) \"loss\", heat, logz")
    let heat = figure?.panels.first?.heat
    #expect(heat?.columns == ["1", "2", "4"] && heat?.rows == ["0.1", "0.2"], "\(words)")
    #expect(heat?.values.joined().allSatisfy { $0 > 0 } ?? false && heat?.label == "loss")
    #expect(heat?.isLogarithmic == true)
    let text = figure.map { TerminalPlot.text($0) } ?? ""
    #expect(text.contains("█") && text.contains("by its logarithm"), "\(text)")
    let svg = figure.map { SVGDrawing.text($0) } ?? ""
    #expect(svg.components(separatedBy: "<rect").count > 6 + 32)
  }

  @Test(arguments: [
    ("plot r.loss, xlim (3, 1)", "E0603"), ("plot r.loss, xlim 3", "E0403"), ("plot r.loss, size (1, 5)", "E0603"),
    ("plot r.loss, size (8, 5, 3)", "E0403"), ("plot r.loss, heat", "E0403"), ("plot r.loss, logz", "E0604"),
    ("plot r.loss, errorbars", "E0407"), ("plot r.loss vs time", "E0604"), ("plot E vs lr", "E0603"),
    ("plot t => t", "E0604"), ("plot (final(s.loss) over (d, lr)), heat, logx", "E0604"),
    ("plot r.loss vs [1, 2]", "E0403"), ("plot r.loss \"x\" \"y\"", "E0203"),
  ])
  func whatMeansNothingIsRefused(_ plot: String, _ code: String) {
    let result = outcome(of: Self.head + plot + "\n")
    #expect(result.codes.first == code, "\(plot): \(result.codes) \(result.words)")
  }
}
