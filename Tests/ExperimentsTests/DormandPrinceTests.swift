import Experiments
import Foundation
import Testing

/// The integrator against equations that have a solution in closed form.
@Suite struct DormandPrinceTests {
  private func solve(_ tolerance: Double, from start: [Double], times: [Double], _ field: ([Double]) -> [Double])
    throws -> (values: [[Double]], outcome: DormandPrince.Outcome, count: Int)
  {
    var method = DormandPrince(relativeTolerance: tolerance, absoluteTolerance: tolerance)
    var values: [[Double]] = []
    let outcome = try method.integrate(from: start, times: times, field) { _, value in
      values.append(value)
      return true
    }
    return (values, outcome, method.evaluationCount)
  }

  @Test(arguments: [1e-4, 1e-7, 1e-10]) func oscillatorStaysWithinTheTolerance(tolerance: Double) throws {
    let times = (0...50).map { Double($0) * 0.37 }
    let (values, outcome, _) = try solve(tolerance, from: [1, 0], times: times) { [$0[1], -$0[0]] }
    #expect(outcome == .reached)
    #expect(values.count == times.count)
    for (time, value) in zip(times, values) {
      #expect(abs(value[0] - cos(time)) < 30 * tolerance, "t = \(time)")
      #expect(abs(value[1] + sin(time)) < 30 * tolerance, "t = \(time)")
    }
  }

  /// An order below five would need more than ten times the work for a tenth of a thousandth of the error.
  @Test func workGrowsAsTheFifthRootOfTheTolerance() throws {
    let coarse = try solve(1e-5, from: [1, 0], times: [40]) { [$0[1], -$0[0]] }
    let fine = try solve(1e-10, from: [1, 0], times: [40]) { [$0[1], -$0[0]] }
    #expect(Double(fine.count) / Double(coarse.count) < 14)
    #expect(coarse.count > 100)
  }

  @Test func valuesBetweenStepsCostNothing() throws {
    let few = try solve(1e-8, from: [1], times: [3]) { [-$0[0]] }
    let many = try solve(1e-8, from: [1], times: (1...3000).map { Double($0) / 1000 }) { [-$0[0]] }
    #expect(few.count == many.count)
    for (index, value) in many.values.enumerated() {
      #expect(abs(value[0] - exp(-Double(index + 1) / 1000)) < 1e-8)
    }
  }

  /// y' = y² from 1 ends at time 1.
  @Test func blowUpIsAnOutcome() throws {
    let (values, outcome, _) = try solve(1e-8, from: [1], times: [0.5, 0.9, 2]) { [$0[0] * $0[0]] }
    #expect(values.count == 2)
    #expect(abs(values[1][0] - 10) < 1e-5)
    guard case .blewUp(let time) = outcome else { return #expect(Bool(false), "\(outcome)") }
    #expect(abs(time - 1) < 1e-4)
  }

  @Test func restIsKept() throws {
    let (values, outcome, count) = try solve(1e-8, from: [2], times: [0, 1, 1e6]) { _ in [0] }
    #expect(values == [[2], [2], [2]])
    #expect(outcome == .reached)
    #expect(count < 40)
  }
}
