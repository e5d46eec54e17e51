import Values

extension RunValue {
  /// The run itself, to go back in it; nil while checking and for a part of a run.
  package var live: LiveRun? {
    get { annex[LiveRun.self] }
    set { annex[LiveRun.self] = newValue }
  }
}
