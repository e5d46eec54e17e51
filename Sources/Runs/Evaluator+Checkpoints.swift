import Data
import Diagnostics
import Experiments
import Values

extension Evaluator {
  /// Runs to the end, keeping checkpoints on the way, from the latest checkpoint if there is one.
  func finish(_ live: LiveRun) throws(Diagnostic) {
    guard let keeper = session.checkpoints else { return try driving(live) { try live.run.finish() } }
    let bound = live.bound
    let identity = RunCheckpoint.Identity(
      run: bound.name, seed: bound.seed, release: session.release, length: bound.length,
      parts: live.run.spec.parts(session.digests), text: session.sources.text(bound.span))
    let entry = keeper.entry(identity)
    if keeper.resumes { try resume(live, keeper, entry, identity) }
    let span = bound.span
    live.run.checkpoint = { [session, unowned self] run in
      guard let error = keeper.keepIfDue(run, entry) else { return true }
      report(.checkpointNotKept(error, at: span))
      return session.checkpoints?.failure == nil
    }
    defer { live.run.checkpoint = nil }
    try driving(live) { try live.run.finish() }
    if let failure = keeper.failure { throw .data(failure, at: span) }
    switch live.run.ending {
    case .completed, .stopped, .interrupted:
      if let error = keeper.keep(live.run, entry) { report(.checkpointNotKept(error, at: span)) }
    case .diverged, nil: break
    }
  }

  /// Takes a run up where its latest checkpoint left it.
  private func resume(
    _ live: LiveRun, _ keeper: CheckpointKeeper, _ entry: CheckpointKeeper.Entry, _ identity: RunCheckpoint.Identity
  ) throws(Diagnostic) {
    let span = live.bound.span
    let found = try ofAllRanks(live) { () throws(Diagnostic) in try latest(keeper, entry, identity, at: span) }
    guard let (checkpoint, path) = found else { return }
    let snapshot = checkpoint.snapshot
    guard try driving(live, { try live.run.canResume(from: snapshot) }) else {
      throw .unusableCheckpoint(path, .misfit, at: span)
    }
    try driving(live) { try live.run.resume(from: snapshot) }
  }

  /// The checkpoint that a run goes on from, and its file; nil where there is none.
  private func latest(
    _ keeper: CheckpointKeeper, _ entry: CheckpointKeeper.Entry, _ identity: RunCheckpoint.Identity, at span: Span
  ) throws(Diagnostic) -> (checkpoint: RunCheckpoint, path: String)? {
    let found: CheckpointFolder.Found
    do { found = try keeper.latest(entry) } catch { throw .data(error, at: span) }
    guard var checkpoint = found.checkpoint else {
      guard let damaged = found.damaged.first else { return nil }
      throw .unusableCheckpoint(damaged.path, damaged.why, at: span)
    }
    if let damaged = found.damaged.first {
      report(.olderCheckpoint(damaged.path, damaged.why, step: checkpoint.snapshot.state.step, at: span))
    }
    guard checkpoint.identity.isSame(as: identity) else {
      throw .checkpointOfAnother(checkpoint, here: identity, at: span)
    }
    if checkpoint.identity.length != identity.length {
      // On its way a run knows nothing of its end; at its end it has recorded what a longer one would not.
      let underWay = [checkpoint, found.earlier].compactMap(\.self).first {
        $0.identity.isSame(as: identity) && $0.snapshot.ending == nil && $0.snapshot.state.step < identity.length
          && $0.snapshot.state.step < $0.identity.length
      }
      guard let underWay else { throw .checkpointOfAnother(checkpoint, here: identity, at: span) }
      checkpoint = underWay
    }
    return (checkpoint, checkpoint.number == found.checkpoint?.number ? found.path : found.earlierPath)
  }
}

extension CheckpointDamage {
  /// What is wrong, for a message.
  fileprivate var words: String {
    switch self {
    case .notACheckpoint: "it is not a checkpoint"
    case .newerFormat(let version): "it has format \(version), which a later release made"
    case .olderFormat(let version): "it has format \(version), which an earlier release made"
    case .truncated: "it is shorter than it says"
    case .altered: "its content does not match its checksum"
    case .misfit: "it holds no state that this run can be in"
    }
  }
}

extension Diagnostic {
  static func unusableCheckpoint(_ path: String, _ why: CheckpointDamage, at span: Span) -> Diagnostic {
    Diagnostic(
      "E1002", effect: .data, "the checkpoint `\(path)` cannot be used: \(why.words)", at: span,
      label: "this run cannot go on",
      help: ["run without `--resume` to begin anew"])
  }

  static func checkpointOfAnother(
    _ checkpoint: RunCheckpoint, here: RunCheckpoint.Identity, at span: Span
  ) -> Diagnostic {
    let there = checkpoint.identity
    let difference =
      if there.release != here.release {
        "it was made by another build of the program"
      } else if there.seed != here.seed {
        "it was made with seed \(there.seed), this run has seed \(here.seed)"
      } else if there.run != here.run {
        "it is of the run `\(there.run)`, this one is `\(here.run)`"
      } else {
        "since then \(changes(from: there, to: here)) changed"
      }
    var notes: [String] = []
    if there.text != here.text { notes = ["then: \(inOneLine(there.text))", "now: \(inOneLine(here.text))"] }
    return Diagnostic(
      "E1003", effect: .data, "the checkpoint is of another run: \(difference)", at: span,
      label: "this run cannot go on from it",
      notes: notes, help: help(checkpoint, here))
  }

  /// What differs, as the subject of "changed".
  private static func changes(from there: RunCheckpoint.Identity, to here: RunCheckpoint.Identity) -> String {
    var words: [String] = []
    if there.length != here.length { words.append("its length (\(there.length) steps, now \(here.length))") }
    words += here.parts.filter { !there.parts.contains($0) }.map(\.words)
    return words.isEmpty ? "the script" : words.joined(separator: " and ")
  }

  private static func help(_ checkpoint: RunCheckpoint, _ here: RunCheckpoint.Identity) -> [String] {
    let anew = "run without `--resume` to begin anew"
    let there = checkpoint.identity
    guard there.run == here.run, there.seed == here.seed, there.release == here.release, !there.run.isEmpty else {
      return [anew]
    }
    let step = checkpoint.snapshot.state.step
    if there.parts == here.parts {
      return ["write `for \(there.length) steps` again to have its results; " + anew]
    }
    return [
      "to go on with other values, keep the run as it was and fork it: `fork \(there.run) at \(step) as other { lr /= 2 }`; "
        + anew
    ]
  }

  /// A run's text without its line breaks, cut where it is long.
  private static func inOneLine(_ text: String) -> String {
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return words.count <= 160 ? words : words.prefix(159) + "…"
  }

  static func olderCheckpoint(_ path: String, _ why: CheckpointDamage, step: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      "W1001", "the checkpoint `\(path)` cannot be used: \(why.words)", at: span,
      label: "goes on from the generation before, at step \(step)", severity: .warning)
  }

  static func checkpointNotKept(_ error: DataError, at span: Span) -> Diagnostic {
    var warning = Diagnostic.data(error, at: span)
    warning.severity = .warning
    warning.code = "W1002"
    warning.effect = .finding
    warning.message = "no checkpoint could be kept: " + warning.message
    warning.label = "the last one is intact; the next is tried again"
    return warning
  }
}
