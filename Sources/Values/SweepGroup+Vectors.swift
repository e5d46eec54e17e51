extension SweepGroup {
  /// Whether its values are vectors along axes: `E over d by rule`.
  package var holdsVectors: Bool {
    !members.isEmpty
      && members.allSatisfy { member in
        if case .unknown(let kind) = member.value { kind.isAlong } else { member.value.isAcross }
      }
  }
}
