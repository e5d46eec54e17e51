// What can be said of a value by itself.

extension Value {
  /// An entry of the current graph, or a value that only a run will have.
  package var isSymbolic: Bool {
    switch self {
    case .node, .condition, .sparse, .unknown: true
    default: false
    }
  }

  package var isNumeric: Bool {
    switch self {
    case .integer, .real, .tensor, .node, .condition, .sparse, .estimate, .range: true
    case .unknown(let kind): kind.type != nil
    default: false
    }
  }
}

extension Value {
  package var isBoolean: Bool { if case .boolean = self { true } else { false } }

  /// Whether it is an entry of the current graph.
  package var isNode: Bool {
    switch self {
    case .node, .condition: true
    default: false
    }
  }
}

extension Value {
  package var isUnknownValue: Bool { if case .unknown = self { true } else { false } }

  /// Whether nothing is known of it, not even its kind.
  package var isOfAnyKind: Bool { if case .unknown(.any) = self { true } else { false } }
}

extension Value {
  package var isTensorSeries: Bool { if case .tensorSeries = self { true } else { false } }
}

extension Value {
  /// Whether it is one value for each run of a sweep.
  package var isGroup: Bool { if case .group = self { true } else { false } }
}

extension Value {
  /// Whether it stands along an axis of a sweep.
  package var isAcross: Bool { if case .along = self { true } else { false } }
}
