import Diagnostics
import Experiments

/// A stretch of a run between two interventions.
struct BoundSegment {
  var start: Int
  var settings: StepSettings
  var step: StepSpec
  /// What its beginning does to the state.
  var entry = EntrySpec()
  /// The assignments of which `entry` is made.
  var assignments: [StateAssignment] = []
  var metrics: [StagedMetrics] = []
  /// Those of `metrics` that look ahead as they are at the last step before the next segment; nil for all others.
  var lastMetrics: [StagedMetrics?] = []
  var stop: StagedMetrics?
  /// Series at whose stall the run stops.
  var stalls: [StallSpec] = []
  /// Where a rule asks for the batch after the next one.
  var seesNext: Span?

  /// What of it belongs to the run as a value.
  var spec: SegmentSpec {
    SegmentSpec(
      dynamics: SegmentDynamics(start: start, step: step, sampling: settings.sampling, entry: entry),
      recorded: SegmentRecording(
        metrics: metrics.map(\.spec), lastMetrics: lastMetrics.map { $0?.spec }, stop: stop?.spec, stalls: stalls))
  }
}
