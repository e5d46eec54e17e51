package import Diagnostics
import Experiments
import Graph
import Tensors
package import Values

// See Note [Specimens].

extension Evaluator {
  /// What came of an operation on one form of each unknown value.
  private enum Attempt {
    case gives(Value)
    case refused(Diagnostic)
    /// It hangs on the values.
    case open
  }

  /// Attempts at most for one operation; with more forms than that its result is unknown.
  private static let attemptsMax = 64

  /// The value of an operation on values of which only a run knows some: its kind, or the refusal that all values of those
  /// kinds meet with.
  ///
  /// While a program is staged, a value of a known type stands in it as an input.
  ///
  /// - Parameters:
  ///   - values: the operands.
  ///   - isOperator: whether it takes numbers, texts, truths and what is made of them alone, so that it refuses a value of
  ///     any kind where it refuses all of those.
  ///   - operation: the operation, which sees no unknown value.
  package func byKind(
    _ values: [Value], isOperator: Bool = false, _ operation: ([Value]) throws(Diagnostic) -> Value
  ) throws(Diagnostic) -> Value {
    let values = values.map { $0.holdsUnknown ? entered(.unknown(kind(of: $0))) : $0 }
    guard values.contains(where: \.isUnknownValue) else { return try operation(values) }
    guard let combinations = combinations(of: values, isOperator: isOperator) else { return .unknown(.any) }
    if combinations.count == 1, combinations[0].isEmpty { return try operation(values) }
    guard checking.mayTry else { return .unknown(.any) }
    var found: [Value] = []
    var refusal: Diagnostic?
    var isOpen = false
    for forms in combinations {
      checking.countAttempt()
      switch try attempt(operation, on: values, as: forms) {
      case .gives(let value): found.append(value)
      case .refused(let finding): refusal = refusal ?? finding
      case .open: isOpen = true
      }
    }
    if isOpen { return .unknown(.any) }
    guard let first = found.first else {
      if let refusal { throw refusal }
      return .unknown(.any)
    }
    if found.count == 1, combinations.count == 1 { return first }
    return .unknown(found.dropFirst().reduce(kind(of: first)) { $0.joined(kind(of: $1)) })
  }

  /// A value of a known type as an input of the program that is being staged.
  package func entered(_ value: Value) -> Value {
    guard stagingDepth > 0, case .unknown(let kind) = value, let type = kind.type else { return value }
    let id = graph.freshInput(TensorType(type.shape, type.dtype.isReal ? realType : type.dtype))
    return kind.isTruth ? .condition(id) : .node(id)
  }

  /// Each way to choose a form for each unknown value; nil where they are too many, or some have no specimen.
  private func combinations(of values: [Value], isOperator: Bool) -> [[Int: Kind.Form]]? {
    var result: [[Int: Kind.Form]] = [[:]]
    var isAny = false
    for (index, value) in values.enumerated() {
      guard case .unknown(let kind) = value else { continue }
      let forms: [Kind.Form]
      if let own = kind.forms {
        forms = own
      } else {
        guard isOperator, !isAny else { return nil }
        isAny = true
        forms = Kind.operands
      }
      result = result.flatMap { chosen in
        forms.map { form in chosen.merging([index: form]) { $1 } }
      }
      if result.count > Self.attemptsMax { return nil }
    }
    return result
  }

  // MARK: One attempt

  private func attempt(
    _ operation: ([Value]) throws(Diagnostic) -> Value, on values: [Value], as forms: [Int: Kind.Form]
  ) throws(Diagnostic) -> Attempt {
    let hasShapes = forms.values.allSatisfy(\.hasShape)
    if forms.values.contains(where: \.isLargeTensor) {
      let staged = try symbolically(operation, on: values, as: forms, believesShapes: hasShapes)
      switch staged {
      case .open: break
      case .gives(.unknown(.number)):
        // A program may compute in real numbers what is whole, or a truth.
        if let first = specimens(of: values, as: forms).first,
          case .gives(.unknown(let kind)) = try concretely(operation, on: first, forms, keepsPositions: false),
          kind == .whole || kind == .truth
        {
          return .gives(.unknown(kind))
        }
        return staged
      default: return staged
      }
    }
    var result: [Attempt] = []
    let isSeries = forms.values.contains { $0.positions != nil }
    for specimens in specimens(of: values, as: forms) {
      result.append(try concretely(operation, on: specimens, forms, keepsPositions: isSeries && hasShapes))
    }
    guard let first = result.first else { return .open }
    let one = result.dropFirst().reduce(first, both)
    // Of numbers alone a tensor's sizes may hang on their values, and do not where a program gives it.
    if hasShapes, case .gives(.unknown(let kind)) = one, kind.forms?.contains(where: \.isArray) ?? false,
      case .gives(let value) = try symbolically(operation, on: values, as: forms, believesShapes: true)
    {
      return .gives(value)
    }
    return one
  }

  /// What two specimens of one form say together.
  private func both(_ first: Attempt, _ second: Attempt) -> Attempt {
    switch (first, second) {
    case (.gives(let a), .gives(let b)): .gives(.unknown(kind(of: a).joined(kind(of: b))))
    case (.gives, .refused), (.refused, .refused): first
    case (.refused, .gives): second
    case (.open, _), (_, .open): .open
    }
  }

  /// The operation on inputs of a program that is thrown away: the type of its result follows from theirs.
  ///
  /// What is refused for its kind may be refused there as what no program knows, which says nothing.
  private func symbolically(
    _ operation: ([Value]) throws(Diagnostic) -> Value, on values: [Value], as forms: [Int: Kind.Form],
    believesShapes: Bool
  ) throws(Diagnostic) -> Attempt {
    var operands = values
    // What comes of the numbers of a specimen is no number of a program.
    var showsSpecimens = false
    for (index, form) in forms {
      if case .tensor = form { continue }
      if case .truths(_?) = form { continue }
      guard let specimen = form.specimens().first else { return .open }
      operands[index] = specimen
      showsSpecimens = true
    }
    func result() throws(Diagnostic) -> Value {
      for (index, form) in forms {
        switch form {
        case .tensor(let type): operands[index] = .node(graph.freshInput(type))
        case .truths(let shape?): operands[index] = .condition(graph.freshInput(TensorType(shape, realType)))
        default: break
        }
      }
      return known(try operation(operands), hasShapes: believesShapes, hasNumbers: !showsSpecimens)
    }
    return try watched(believes: believesShapes ? [.shapes, .numbers] : []) { () throws(Diagnostic) in
      // What is known there may be of the program that is being staged.
      try stagingDepth > 0 ? result() : staging(real: .f64) { () throws(Diagnostic) in try result() }
    }
  }

  /// The operation on specimens; of its result only the kind is kept.
  private func concretely(
    _ operation: ([Value]) throws(Diagnostic) -> Value, on specimens: [Value], _ forms: [Int: Kind.Form],
    keepsPositions: Bool
  ) throws(Diagnostic) -> Attempt {
    // Sizes can hang on whole numbers, and on nothing else that has a shape.
    let believesShapes = forms.values.allSatisfy { form in
      if case .tensor(let type) = form { return type.shape.rank == 0 && type.dtype.isReal }
      return form.hasShape
    }
    return try watched(believes: believesShapes ? [.kinds, .shapes] : [.kinds]) { () throws(Diagnostic) in
      let result = try operation(specimens)
      // A series that is computed from series is recorded where they are.
      if keepsPositions, case .series = result { return .unknown(kind(of: result)) }
      if keepsPositions, case .tensorSeries = result { return .unknown(kind(of: result)) }
      if keepsPositions, case .along = result { return .unknown(kind(of: result)) }
      return known(result, hasShapes: false)
    }
  }

  /// Runs an attempt without leaving a trace.
  private func watched(believes grounds: Set<Diagnostic.Ground>, _ body: () throws(Diagnostic) -> Value)
    throws(Diagnostic) -> Attempt
  {
    let outer = drawCount
    defer { drawCount = outer }
    do {
      return .gives(try checking.trying(body))
    } catch {
      return grounds.contains(error.ground) ? .refused(error) : .open
    }
  }

  private func specimens(of values: [Value], as forms: [Int: Kind.Form]) -> [[Value]] {
    var result = [values]
    for (index, form) in forms.sorted(by: { $0.key < $1.key }) {
      let choices = form.specimens()
      result = result.flatMap { operands in
        choices.map { choice in
          var operands = operands
          operands[index] = choice
          return operands
        }
      }
    }
    return result.count > Self.attemptsMax ? [] : result
  }

  // MARK: Kinds of results

  /// A result without what hangs on the specimen.
  private func known(_ value: Value, hasShapes: Bool, hasNumbers: Bool = true) -> Value {
    // No program knows the numbers of its inputs, so what is a number there hangs on shapes alone.
    if hasShapes, hasNumbers, value.isPlain, !value.holdsSymbol { return value }
    return switch value {
    case .tuple(let parts): .tuple(parts.map { known($0, hasShapes: hasShapes, hasNumbers: hasNumbers) })
    case .group(let group): .group(group.map { known($0.value, hasShapes: hasShapes, hasNumbers: hasNumbers) })
    case .nothing: value
    default: .unknown(kind(of: value, hasShapes: hasShapes))
    }
  }

  /// The kind of a value; without shapes, that of all values that differ in sizes.
  package func kind(of value: Value, hasShapes: Bool = true) -> Kind {
    switch value {
    case .integer: .whole
    case .real: .number
    case .boolean: .truth
    case .text: .text
    case .tensor(let tensor) where tensor.holdsTruth: Kind(.truths(hasShapes ? tensor.shape : nil))
    case .tensor(let tensor): hasShapes ? Kind(tensor.type) : Kind(.array(rank: tensor.shape.rank))
    case .condition(let id): kind(ofNode: graph.type(id), hasShapes: hasShapes).asTruth
    case .node(let id): kind(ofNode: graph.type(id), hasShapes: hasShapes)
    case .range: Kind(.range)
    case .series(let series) where series.holdsTruth: Kind(.truthSeries(hasShapes ? series.positions : []))
    case .series(let series): hasShapes ? Kind(.series(series.positions)) : .series
    case .tensorSeries(let series): kind(of: series, hasShapes: hasShapes)
    case .along(let vector): Kind(.along(hasShapes ? vector.places : vector.places[0..<0], isTruth: vector.holdsTruth))
    case .estimate: Kind(.estimate)
    case .judgement: Kind(.judgement)
    case .list(let members): kind(ofList: members, hasShapes: hasShapes)
    case .tuple(let members): Kind(.tuple(members.map { kind(of: $0, hasShapes: hasShapes) }))
    case .unknown(let kind): kind
    default: .any
    }
  }

  private func kind(of series: TensorSeries, hasShapes: Bool) -> Kind {
    var form = series.form
    if !hasShapes { form.positions = [] }
    return Kind(.tensorSeries(form))
  }

  private func kind(ofList members: [Value], hasShapes: Bool) -> Kind {
    guard let first = members.first else { return .any }
    let member = members.dropFirst().reduce(kind(of: first, hasShapes: hasShapes)) {
      $0.joined(kind(of: $1, hasShapes: hasShapes))
    }
    // Of members of any kind it may be a tensor as well.
    return member == .any ? .any : Kind(.list(member))
  }

  private func kind(ofNode type: TensorType, hasShapes: Bool) -> Kind {
    hasShapes || type.shape.rank == 0 ? Kind(type) : Kind(.array(rank: type.shape.rank))
  }
}

extension Value {
  /// Whether it is symbolic, or a list or tuple with something symbolic inside.
  var holdsSymbol: Bool {
    switch self {
    case .list(let members), .tuple(let members), .family(_, let members): members.contains(where: \.holdsSymbol)
    default: isSymbolic
    }
  }

  /// Whether nothing is known of it but that it is an estimate.
  package var isUnknownEstimate: Bool {
    if case .unknown(let kind) = self { kind == Kind(.estimate) } else { false }
  }

  /// Whether it is unknown, or a list or tuple with something unknown inside.
  package var holdsUnknown: Bool {
    switch self {
    case .unknown: true
    case .list(let members), .tuple(let members): members.contains(where: \.holdsUnknown)
    default: false
    }
  }
}
