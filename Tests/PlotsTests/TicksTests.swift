import Experiments
import Plots
import Testing

@Suite struct TicksTests {
  @Test(arguments: [
    (0.0, 10.0, 5, ["0", "2", "4", "6", "8", "10"]), (-0.1, 0.1, 4, ["-0.10", "-0.05", "0.00", "0.05", "0.10"]),
    (0, 4000, 4, ["0", "1000", "2000", "3000", "4000"]), (9.99, 10.01, 2, ["9.99", "10.00", "10.01"]),
    (0, 3e7, 3, ["0", "1e7", "2e7", "3e7"]), (0, 3e-6, 3, ["0", "1e-6", "2e-6", "3e-6"]),
    (1e6, 1.5e6, 5, ["1.0e6", "1.1e6", "1.2e6", "1.3e6", "1.4e6", "1.5e6"]),
  ])
  func linearTicksAreRound(_ low: Double, _ high: Double, _ wanted: Int, _ expected: [String]) {
    let ticks = Ticks(Interval(low: low, high: high), scale: .linear, wanted: wanted, notation: .plain)
    #expect(ticks.major.map(\.label) == expected)
  }

  @Test(arguments: [
    (1e-3, 1.0, 5, ["10⁻³", "10⁻²", "10⁻¹", "1"]), (1, 1e12, 4, ["1", "10³", "10⁶", "10⁹", "10¹²"]),
    (1, 30, 5, ["1", "2", "5", "10", "20"]), (0.9, 1.1, 4, ["0.90", "0.95", "1.00", "1.05", "1.10"]),
  ])
  func logarithmicTicksArePowers(_ low: Double, _ high: Double, _ wanted: Int, _ expected: [String]) {
    let ticks = Ticks(Interval(low: low, high: high), scale: .logarithmic, wanted: wanted, notation: .superscript)
    #expect(ticks.major.map(\.label) == expected)
  }

  @Test func ticksStayInsideAndFew() {
    var generator = SeededGenerator(seed: 6)
    for _ in 0..<2000 {
      let low = Double.random(in: -1...1, using: &generator) * [1e-6, 1, 1e9][Int.random(in: 0..<3, using: &generator)]
      let high = low + Double.random(in: 1e-9...1, using: &generator) * max(1e-3, low.magnitude)
      let wanted = Int.random(in: 2...10, using: &generator)
      let range = Interval(low: low, high: high)
      let ticks = Ticks(range, scale: .linear, wanted: wanted, notation: .plain).major
      let slack = 1e-8 * (high - low)
      #expect(ticks.allSatisfy { $0.value >= low - slack && $0.value <= high + slack })
      #expect((1...(2 * wanted + 1)).contains(ticks.count), "\(low) … \(high): \(ticks.count) for \(wanted)")
      #expect(Set(ticks.map(\.label)).count == ticks.count, "labels repeat: \(ticks.map(\.label))")
    }
  }

  @Test func marginLabelsKeepTheirOrderAndRoom() {
    #expect(TerminalMargin.spread([3, 3, 3], rows: 10) == [3, 4, 5])
    #expect(TerminalMargin.spread([9, 9, 0], rows: 10) == [8, 9, 0])
    #expect(TerminalMargin.spread([0, 0, 0], rows: 2) == [0, 1, nil])
    #expect(TerminalMargin.spread([], rows: 2) == [])
  }
}
