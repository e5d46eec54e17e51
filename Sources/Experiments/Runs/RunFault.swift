package import Engine

/// Why a run cannot go on: an index that is outside of what it is an index of.
package struct RunFault: Error {
  package var fault: IndexFault
  /// Updates that were made before.
  package var step: Int
  /// Names of the metrics that met it; nil where the update did.
  package var metrics: [String]?
  /// The samples of the update's batch; nil where it saw all of them.
  package var batch: [Int]?

  package init(_ fault: IndexFault, step: Int, metrics: [String]?, batch: [Int]? = nil) {
    (self.fault, self.step, self.metrics, self.batch) = (fault, step, metrics, batch)
  }
}

extension Run {
  /// Ends a stretch of steps that met an index outside of its table: the run is put where it was before that step.
  ///
  /// A state that is not finite is why its index is none: such a run has diverged.
  ///
  /// - Throws: the fault, with the step.
  func stop(by fault: IndexFault) throws {
    try replay(from: marks.last, to: step + fault.steps)
    if let divergence = try checkFinite() {
      ending = divergence
      return
    }
    throw RunFault(fault, step: step, metrics: nil, batch: nextBatch)
  }
}
