import Values

extension Vocabulary {
  /// Theories of runs, and what compares runs and laws.
  package mutating func addTheory() { functions += Builtin.theory + Builtin.sweeps }
}
