package import Engine

/// Why a run cannot go on: an index out of range, a singular matrix.
package struct RunFault: Error {
  package var fault: ProgramFault
  /// Updates that were made before.
  package var step: Int
  /// Names of the metrics that met it; nil where the update did.
  package var metrics: [String]?
  /// The samples of the update's batch; nil where it saw all of them.
  package var batch: [Int]?

  package init(_ fault: ProgramFault, step: Int, metrics: [String]?, batch: [Int]? = nil) {
    (self.fault, self.step, self.metrics, self.batch) = (fault, step, metrics, batch)
  }
}

extension Run {
  /// Ends a stretch of steps that met what it cannot go on with: the run is put where it was before that step.
  ///
  /// A state that is not finite is why: such a run has diverged.
  ///
  /// - Throws: the fault, with the step.
  func stop(by fault: ProgramFault) throws {
    try replay(from: marks.last, to: step + fault.steps)
    if let divergence = try checkFinite() {
      ending = divergence
      return
    }
    throw RunFault(fault, step: step, metrics: nil, batch: segment.batches?.numbers(after: step))
  }
}
