import Data
import Diagnostics
import Experiments

extension Evaluator {
  /// Runs to the end, keeping checkpoints on the way, from the latest checkpoint if there is one.
  func finish(_ live: LiveRun) throws(Diagnostic) {
    guard let keeper = session.checkpoints else { return try driving(live) { try live.run.finish() } }
    let staged = live.staged
    let identity = RunCheckpoint.Identity(
      run: staged.name, seed: staged.seed, release: session.release,
      key: key(of: staged, initial: live.run.origin.slots, release: session.release) ?? "")
    let entry = keeper.entry(identity)
    if keeper.resumes { try resume(live, keeper, entry, identity) }
    let span = staged.span
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
    let span = live.staged.span
    let found: CheckpointFolder.Found
    do { found = try keeper.latest(entry) } catch { throw .data(error, at: span) }
    guard let checkpoint = found.checkpoint else {
      guard let damaged = found.damaged.first else { return }
      throw .unusableCheckpoint(damaged.path, damaged.why, at: span)
    }
    if let damaged = found.damaged.first {
      report(.olderCheckpoint(damaged.path, damaged.why, step: checkpoint.snapshot.state.step, at: span))
    }
    guard checkpoint.identity == identity else {
      throw .checkpointOfAnother(checkpoint.identity, here: identity, at: span)
    }
    try driving(live) { try live.run.resume(from: checkpoint.snapshot) }
  }
}

extension CheckpointDamage {
  /// What is wrong, for a message.
  fileprivate var words: String {
    switch self {
    case .notACheckpoint: "it is not a checkpoint"
    case .newerFormat(let version): "it has format \(version), which a later release made"
    case .truncated: "it is shorter than it says"
    case .altered: "its content does not match its checksum"
    }
  }
}

extension Diagnostic {
  static func unusableCheckpoint(_ path: String, _ why: CheckpointDamage, at span: Span) -> Diagnostic {
    Diagnostic(
      "E1002", "the checkpoint `\(path)` cannot be used: \(why.words)", at: span, label: "this run cannot go on",
      help: ["run without `--resume` to begin anew"])
  }

  static func checkpointOfAnother(
    _ there: RunCheckpoint.Identity, here: RunCheckpoint.Identity, at span: Span
  ) -> Diagnostic {
    let difference =
      if there.release != here.release {
        "it was made by another build of the program"
      } else if there.seed != here.seed {
        "it was made with seed \(there.seed), this run has seed \(here.seed)"
      } else if there.run != here.run {
        "it is of the run `\(there.run)`, this one is `\(here.run)`"
      } else {
        "the script or its data have changed since"
      }
    return Diagnostic(
      "E1003", "the checkpoint is of another run: \(difference)", at: span, label: "this run cannot go on from it",
      help: ["run without `--resume` to begin anew"])
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
    warning.message = "no checkpoint could be kept: " + warning.message
    warning.label = "the last one is intact; the next is tried again"
    return warning
  }
}
