package import Diagnostics
package import Experiments
package import Staging

/// A stretch of a run between two interventions.
package struct BoundSegment {
  package var start: Int
  package var settings: StepSettings
  package var step: StepSpec
  /// What its beginning does to the state.
  package var entry = EntrySpec()
  /// The assignments of which `entry` is made.
  package var assignments: [StateAssignment] = []
  package var metrics: [StagedMetrics] = []
  /// Those of `metrics` that look ahead as they are at the last step before the next segment; nil for all others.
  package var lastMetrics: [StagedMetrics?] = []
  package var stop: StagedMetrics?
  /// Series at whose stall the run stops.
  package var stalls: [StallSpec] = []
  /// Where a rule asks for the batch after the next one.
  package var seesNext: Span?

  /// What of it belongs to the run as a value.
  package var spec: SegmentSpec {
    SegmentSpec(
      dynamics: SegmentDynamics(start: start, step: step, sampling: settings.sampling, entry: entry),
      recorded: SegmentRecording(
        metrics: metrics.map(\.spec), lastMetrics: lastMetrics.map { $0?.spec }, stop: stop?.spec, stalls: stalls))
  }

  package init(
    start: Int, settings: StepSettings, step: StepSpec, entry: EntrySpec = EntrySpec(),
    assignments: [StateAssignment] = [], metrics: [StagedMetrics] = [], lastMetrics: [StagedMetrics?] = [],
    stop: StagedMetrics? = nil, stalls: [StallSpec] = [], seesNext: Span? = nil
  ) {
    self.start = start
    self.settings = settings
    self.step = step
    self.entry = entry
    self.assignments = assignments
    self.metrics = metrics
    self.lastMetrics = lastMetrics
    self.stop = stop
    self.stalls = stalls
    self.seesNext = seesNext
  }
}
