/// What a session asks of a run.
extension Run {
  /// Whether the run can go on: it has not ended, or was only interrupted.
  package var goesOn: Bool {
    switch ending {
    case .interrupted, nil: true
    default: false
    }
  }

  /// Lets a run that was interrupted go on.
  package func reopen() {
    if case .interrupted = ending { ending = nil }
  }

  /// The numbers of the samples of the next update; nil where the update sees all of them.
  package var nextBatch: [Int]? { segment.batches?.samples(after: step) }
}
