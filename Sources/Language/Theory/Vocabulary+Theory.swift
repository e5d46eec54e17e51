extension Vocabulary {
  /// Theories of runs, and what compares runs and laws.
  mutating func addTheory() { functions += Builtin.theory + Builtin.sweeps }
}
