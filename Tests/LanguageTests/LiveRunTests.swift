import Data
import Diagnostics
import Evaluation
import Experiments
import Syntax
import Tensors
import Testing

import Language
import Values
import Runs

/// A run that is stepped, gone back in, changed and forked.
@Suite struct LiveRunTests {
  /// An evaluator that has read a script, and one run of it that is not under way.
  private func live(_ rule: String = "heavy_ball(lr = 0.02, momentum = 0.8) batch 3", body: String = "record loss")
    throws -> (Evaluator, LiveRun)
  {
    let text = """
      problem fit {
        param w: [4] ~ normal(0, 1)
        sample i in 0..<10
        loss = (dot([i, 1, i^2 / 10, sin(i)], w) - 1)^2 / 20
      }
      run r = fit with \(rule) seed 3 for 5000 steps { \(body) }
      """
    let context = SessionContext(
      host: MemoryHost(), vocabulary: .standard, options: SessionOptions(), output: { _ in }, progress: nil,
      interrupt: nil)
    let source = SourceText(name: "live.opt", text)
    let parsed = Parser.parse(source, file: context.addSource(source))
    let evaluator = Evaluator(session: context, mode: .run)
    evaluator.code = Code(parsed.tree)
    _ = try evaluator.execute(parsed.tree.body[0], in: evaluator.globals)
    var found: RunStatement?
    if case .run(let statement) = parsed.tree[parsed.tree.body[1]] { found = statement }
    let statement = try #require(found)
    let definition = RunDefinition(
      statement: statement, code: evaluator.code, scope: evaluator.globals, span: parsed.tree.span(parsed.tree.body[1]))
    return (evaluator, try evaluator.started(definition))
  }

  private func bits(_ live: LiveRun) -> [[UInt64]] { live.slots.map { $0.tensor.doubles().map(\.bitPattern) } }

  @Test(arguments: [0, 1, 7, 1023, 1024, 1500, 2999])
  func goingBackGivesTheStateOfTheOriginalPass(step: Int) throws {
    let (evaluator, run) = try live(body: "record loss every 7\n at step 1200 { lr /= 2; v = 0; batch = 2 }")
    try evaluator.advance(run, to: step)
    let there = bits(run)
    let series = run.series[0].values
    try evaluator.advance(run, to: 3000)
    let end = bits(run)
    let all = run.series[0].values
    try evaluator.move(run, to: step)
    #expect(run.step == step)
    #expect(bits(run) == there)
    #expect(run.series[0].values == series)
    try evaluator.move(run, to: 3000)
    #expect(bits(run) == end)
    #expect(run.series[0].values == all)
  }

  @Test func lookingAtAnEarlierStateLeavesTheRunWhereItIs() throws {
    let (evaluator, run) = try live()
    try evaluator.advance(run, to: 40)
    let early = bits(run)
    try evaluator.advance(run, to: 1800)
    let late = bits(run)
    #expect(try run.run.state(at: 40).slots.map { $0.doubles().map(\.bitPattern) } == early)
    #expect(bits(run) == late)
    #expect(run.step == 1800)
  }

  @Test func changeAtAStepIsTheInterventionOfTheScript() throws {
    let (evaluator, written) = try live(body: "record loss\n at step 1100 { lr *= 2; batch = 5 }")
    try evaluator.advance(written, to: 2000)
    let (other, run) = try live()
    try other.advance(run, to: 1100)
    let changes = try statements("lr *= 2; batch = 5", other)
    let changed = try other.changed(run, by: changes.body, in: other.globals, at: changes.span)
    try other.advance(changed, to: 2000)
    #expect(bits(changed) == bits(written))
    #expect(changed.series[0].values == written.series[0].values)
    // The run before the change is still there, unchanged.
    #expect(run.step == 1100)
    // Time goes back through the change.
    try other.move(changed, to: 500)
    try other.move(run, to: 500)
    #expect(bits(changed) == bits(run))
    try other.move(changed, to: 2000)
    #expect(bits(changed) == bits(written))
  }

  @Test func forkWithoutChangeIsTheRun() throws {
    let (evaluator, run) = try live(body: "record loss every 3\n at step 1500 { momentum = 0.5 }")
    try evaluator.advance(run, to: 2000)
    let nothing = try statements("", evaluator)
    let fork = try evaluator.forked(
      run, at: 1200, as: Name("s", nothing.span), nothing.body, in: evaluator.globals, nothing.span)
    #expect(fork.step == 1200)
    try evaluator.advance(fork, to: 2000)
    #expect(bits(fork) == bits(run))
    #expect(fork.series[0].values == run.series[0].values)
  }

  @Test func metricRecordedAfterwardsIsTheOneRecordedAtOnce() throws {
    let (evaluator, run) = try live(body: "record loss\n at step 90 { lr *= 3 }")
    try evaluator.advance(run, to: 200)
    let more = try statements("run x = fit with gd(0.1) for 1 steps { record norm(g) as slope every 5 }", evaluator)
    guard case .run(let statement) = evaluator.code.tree[more.body[0]],
      case .record(let recording, let span) = statement.body[0]
    else { return }
    let again = try evaluator.recording(run, recording, in: evaluator.globals, at: span)
    let (other, both) = try live(body: "record loss\n record norm(g) as slope every 5\n at step 90 { lr *= 3 }")
    try other.advance(both, to: 200)
    #expect(again.series.map(\.name) == ["loss", "slope"])
    #expect(again.series.map(\.values) == both.series.map(\.values))
    #expect(bits(again) == bits(run))
  }

  @Test func conditionIsFoundByReplayAlsoIfItWasNeverRecorded() throws {
    let (evaluator, run) = try live("gd(lr = 0.01)", body: "record norm(g) as slope")
    try evaluator.advance(run, to: 300)
    let bound = run.series[0].values[100]
    let condition = try statements("norm(g) < \(bound) * lr / 0.01", evaluator)
    guard case .expression(let id) = evaluator.code.tree[condition.body[0]] else { return #expect(Bool(false)) }
    let probe = try evaluator.probe(condition: id, on: run, in: evaluator.globals)
    let expected = run.series[0].values.firstIndex { $0 < bound }
    #expect(expected == 101)
    #expect(try evaluator.firstStep(where: probe, of: run) == expected)
    #expect(run.step == 300)
  }

  @Test func replayTellsFromWhichStepRunsPart() throws {
    let (evaluator, run) = try live("gd(lr = 0.01)")
    try evaluator.advance(run, to: 5000)
    try evaluator.verify(run)
    #expect(evaluator.diagnostics.isEmpty)
    let (other, changed) = try live("gd(lr = 0.01)", body: "at step 1234 { lr = 0.02 }")
    try other.advance(changed, to: 5000)
    try evaluator.verify(LiveRun(run, run: changed.run))
    #expect(evaluator.diagnostics.map(\.code) == ["E1001", "E1001", "E1001", "E1001", "E1001", "E1001"])
    #expect(evaluator.diagnostics[0].label.contains("`w` differs from step 1235 on"))
  }

  /// Statements of another text, which becomes the evaluator's current one.
  private func statements(_ text: String, _ evaluator: Evaluator) throws -> (body: [StatementID], span: Span) {
    let source = SourceText(name: "more.opt", text)
    let parsed = Parser.parse(source, file: evaluator.session.addSource(source))
    evaluator.code = Code(parsed.tree)
    return (parsed.tree.body, Span(0, 0))
  }
}
