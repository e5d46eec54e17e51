import Diagnostics
import Values

extension PointContext {
  /// The step whose rules see this point; nil elsewhere.
  package var rule: StepStager? {
    get { annex[WeakStager.self]?.stager }
    set {
      annex[WeakStager.self] = newValue.map(WeakStager.init)
      guard let stager = newValue else { return (isMeasured, stackedAxis, stack) = (false, nil, nil) }
      isMeasured = true
      stackedAxis = "worker"
      stack = { [weak stager] (value, scope, span) throws(Diagnostic) in
        try stager?.overWorkers(value, in: scope, at: span) ?? .unknown(.any)
      }
    }
  }
}

/// A stager that makes the point in which it is kept.
private struct WeakStager {
  weak var stager: StepStager?

  init(_ stager: StepStager) { self.stager = stager }
}
