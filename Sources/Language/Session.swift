package import Data
package import Diagnostics
import Engine
import Evaluation
package import Experiments
import Messages
import Plots
import Syntax
package import Values

/// The findings of `descent check`.
package struct CheckReport: Sendable {
  package var diagnostics: [Diagnostic]
  package var sources: SourceMap
  /// The programs of each run of the script, where they are asked for.
  package var plans: [PlanListing] = []
}

/// How a script ended.
package enum Outcome: Sendable, Hashable { case finished, rejected, runtimeError, dataError, limitReached, interrupted }

/// What came of a script: findings, outcome, claims.
package struct RunReport: Sendable {
  package var diagnostics: [Diagnostic]
  package var sources: SourceMap
  package var outcome: Outcome
  /// Whether a run diverged.
  package var diverged: Bool
  package var claims: [Claim]
  /// Runs that were made again to verify them, and those of them that were not the same.
  package var replayed = 0
  package var replayedDifferently = 0
  /// Runs of sweeps that had been kept from before.
  package var storedRuns = 0
  /// Why runs of sweeps could not be kept; nil where they were.
  package var storeFailure: String?
  /// What each line took, where that was counted.
  package var profile: ProfileReport?
  /// What the workers of runs have sent between ranks.
  package var traffic: [RunTraffic] = []
  /// What is to be said of a shard; nil where the whole script was run.
  package var shard: ShardOutcome?

  /// Claims that are refuted or undecided.
  package var unsupported: Int { claims.count { $0.verdict != .supported } }

  /// The verdicts of all claims as JSON objects, one a line.
  package var verdictObjects: String { claims.map { $0.json + "\n" }.joined() }

  /// Number of refuted claims.
  package var refuted: Int { claims.count { $0.verdict == .refuted } }
}

/// What a shard has left undone.
package struct ShardOutcome: Sendable {
  /// Runs that could not be run.
  package var failed: Int
  /// Sweeps that need the results of others.
  package var waiting: [String]
}

/// Checks and runs scripts.
package final class Session {
  private let host: any Host
  let options: SessionOptions
  private let output: (String) -> Void
  private let progress: ((Progress) -> Void)?
  private let interrupt: UnsafePointer<Int32>?

  package init(
    host: any Host, options: SessionOptions, output: @escaping (String) -> Void, progress: ((Progress) -> Void)?,
    interrupt: UnsafePointer<Int32>?
  ) {
    self.host = host
    self.options = options
    self.output = output
    self.progress = progress
    self.interrupt = interrupt
  }

  private func context() -> SessionContext {
    SessionContext(
      host: host, vocabulary: .standard, options: options, output: output, progress: progress, interrupt: interrupt)
  }

  /// Everything that can be known of a script without running it.
  package func check(_ source: SourceText) -> CheckReport {
    let context = context()
    let (diagnostics, _) = checked(source, context)
    return CheckReport(diagnostics: diagnostics, sources: context.sources, plans: context.plans ?? [])
  }

  /// Checks a script, and runs it when nothing is wrong.
  package func run(_ source: SourceText) -> RunReport {
    let context = context()
    let timing = ProfileTiming(now: options.now)
    var origins: [Span] = []
    var report = run(source, context, &origins)
    // All programs of the script are freed by now, and have told what they took.
    report.profile = context.profile.map {
      timing.report(of: $0, origins: origins, statements: context.statementTicks, sources: report.sources)
    }
    return report
  }

  private func run(_ source: SourceText, _ context: SessionContext, _ origins: inout [Span]) -> RunReport {
    let (findings, parsed) = context.counting(.checking) { checked(source, context) }
    if context.isInterrupted {
      let stop = context.interruption(at: Span(file: parsed?.tree.file ?? 0, 0, 0))
      return report([stop], context, outcome: Self.outcome(of: stop))
    }
    guard let parsed, !findings.contains(where: { $0.severity == .error }) else {
      return report(findings, context, outcome: Self.outcome(ofRejected: findings))
    }
    context.beginRun()
    options.ranks?.wishes = { [unowned context] in context.wishes }
    defer { options.ranks?.wishes = { [] } }
    context.engineOptions.profile = context.profile
    let evaluator = Evaluator(session: context, mode: .run)
    defer { evaluator.globals.clear() }
    var outcome = Outcome.finished
    var failure: [Diagnostic] = []
    do {
      try evaluate(source, Code(parsed.tree), by: evaluator, context)
    } catch {
      let told = error.effect == .silent ? Diagnostic.unknownValue(at: error.span) : error
      outcome = Self.outcome(of: told)
      failure = [told]
    }
    context.reportClaims()
    let all = findings + evaluator.diagnostics.filter { !findings.contains($0) } + failure
    var report = report(all, context, outcome: outcome)
    report.storedRuns = context.storedRuns
    origins = evaluator.origins
    report.traffic = context.traffic
    report.shard = context.shard.map { ShardOutcome(failed: $0.log.failedCount, waiting: $0.log.waiting) }
    if let failure = context.store?.failure.first {
      report.storeFailure = Diagnostic.data(failure, at: Span(file: 0, 0, 0)).message
    }
    return report
  }

  private func report(_ diagnostics: [Diagnostic], _ context: SessionContext, outcome: Outcome) -> RunReport {
    var report = RunReport(
      diagnostics: diagnostics, sources: context.sources, outcome: outcome, diverged: context.hasDivergence,
      claims: context.claims)
    (report.replayed, report.replayedDifferently) = context.replays
    return report
  }

  /// Syntax first; names, types and shapes only of what could be read.
  private func checked(_ source: SourceText, _ context: SessionContext) -> ([Diagnostic], Parsed?) {
    let file = context.addSource(source)
    let parsed = Parser.parse(source, file: file)
    context.drawSites.add(parsed.tree)
    let evaluator = Evaluator(session: context, mode: .check)
    defer { evaluator.globals.clear() }
    do { try evaluator.evaluateTop(Code(parsed.tree), in: evaluator.globals) } catch {
      if Evaluator.isCheckFinding(error) { evaluator.report(error) }
    }
    // A definition that could not be read is not looked into.
    if !parsed.diagnostics.contains(where: { $0.severity == .error }) {
      evaluator.enterUncalled(Code(parsed.tree), in: evaluator.globals)
    }
    for finding in context.unusedOverrides() { evaluator.report(finding) }
    if let finding = Self.idlePrecision(in: parsed.tree) { evaluator.report(finding) }
    let resolved = Resolver.resolve(parsed.tree, in: context.surroundings())
    let findings = Findings(parsed: parsed, source: source, sources: context.sources)
    let all = findings.merged(resolved, evaluator.diagnostics)
    return (all, parsed)
  }

  /// `precision` is of runs: a file that has none, nor may have one in a file that it uses, computes with f64.
  private static func idlePrecision(in tree: Tree) -> Diagnostic? {
    let hasRuns = tree.statements.contains { statement in
      switch statement {
      case .run, .sweep, .use, .session: true
      default: false
      }
    }
    guard !hasRuns else { return nil }
    for id in tree.body {
      if case .precision(let word, _) = tree[id], word.text != "f64" {
        return .idlePrecision(word.text, at: tree.span(id))
      }
    }
    return nil
  }

  /// A script that is refused because of a file has the exit status of files.
  static func outcome(ofRejected findings: [Diagnostic]) -> Outcome {
    let errors = findings.filter { $0.severity == .error }
    return errors.allSatisfy { $0.effect == .data } ? .dataError : .rejected
  }

  static func outcome(of error: Diagnostic) -> Outcome {
    switch error.effect {
    case .interrupt: .interrupted
    case .limit, .memory: .limitReached
    case .data: .dataError
    default: .runtimeError
    }
  }
}
