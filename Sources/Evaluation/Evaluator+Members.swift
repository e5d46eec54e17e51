import Arithmetic
package import Data
package import Diagnostics
import Experiments
import Messages
package import Syntax
import Tensors
package import Values

extension Evaluator {
  /// The form `owner.name`.
  func member(_ name: Name, of owner: ExpressionID, in scope: Scope) throws(Diagnostic) -> Value {
    let value = try evaluate(owner, in: scope)
    if let view = try lossOver(value, name, in: scope) { return try member(name, of: view) }
    return try member(name, of: value)
  }

  /// The loss over data that a step is asked for, `D.grad(p)`, `D.loss(p)`; nil of all else.
  func lossOver(_ data: Value, _ name: Name, isCalled: Bool = false, in scope: Scope) throws(Diagnostic) -> Value? {
    guard [StepName.grad.rawValue, StepName.loss.rawValue].contains(name.text) else { return nil }
    switch data {
    case .dataset, .tuple: break
    default: return nil
    }
    guard let own = (scope.lookup(StepName.overData) ?? point?.names.lookup(StepName.overData))?.value else {
      throw .unavailableHere(
        name.text,
        "the loss over other data belongs to a step: an optimizer has `D.grad(p)` and `D.loss(p)`, and `record` "
          + "`loss(D)`", at: name.span)
    }
    if case .unknown = own { return own }
    let view = try call(own, [data], at: name.span)
    guard name.text == StepName.loss.rawValue, !isCalled else { return view }
    throw .needs("`loss` over other data", "a point", at: name.span, help: ["write `.loss(x)`"])
  }

  /// What may have been recorded beside a series: which of them it has, only the run says.
  private static let companions = ["residual", "products", "error", "samples", "asymmetry"]

  /// The member of a value.
  func member(_ name: Name, of value: Value) throws(Diagnostic) -> Value {
    switch value {
    case .unknown(let kind) where kind.isSeries && Self.companions.contains(name.text): return value
    case .unknown(let kind) where name.text == "at" && kind.hasCoordinates: return try atMethod(of: value)
    case .unknown(let kind) where kind.isAlong && name.text == "labels": return .unknown(Kind(.list(.text)))
    case .unknown:
      return try byKind([value]) { (known) throws(Diagnostic) in try member(name, of: known[0]) }
    case .run(let run): return try member(name, of: run)
    case .sweep(let sweep): return try member(name, of: sweep)
    case .group(let group):
      // What one run has left is a number like any other.
      if name.text == "value", group.members.count == 1 {
        let only = group.members[0].value
        if only.isSymbolic { return .unknown(.number) }
        if let number = scalar(only) { return .real(number) }
      }
      if let joint = try errorMember(name, of: group) { return joint }
      return .group(try group.map { (member) throws(Diagnostic) in try self.member(name, of: member.value) })
    case .dataset(let dataset): return try member(name, of: dataset)
    case .view(let names):
      guard names.local(name.text) != nil else {
        let own = names.localNames.filter { $0 != StepName.lossAtPoint }
        throw unknownMember(name, of: "this view of the loss", own)
      }
      return try self.value(of: name.text, in: names, at: name.span)
    case .instance(let instance): return try member(name, of: instance)
    case .estimate(let estimate): return try member(name, of: estimate)
    case .integer, .real: return try member(name, ofNumber: value)
    case .tensor, .node, .condition: return try member(name, ofTensor: value)
    case .series(let series): return try member(name, of: series)
    case .tensorSeries(let series): return try member(name, of: series)
    case .along(let vector): return try member(name, of: vector)
    case .function(.native(let native)) where !native.fields.isEmpty:
      let wanted = Spelling.canonical(name.text)
      let own = native.fields.first { $0.name == name.text || Spelling.canonical($0.name) == wanted }
      if let own { return try resolved(own.value, name.text, name.span) }
      let owner = native.name.hasPrefix("the ") ? native.name : "this fit"
      throw unknownMember(name, of: owner, native.fields.map(\.name))
    case .list(let values) where name.text == "count": return .integer(values.count)
    case .range(let range) where name.text == "count": return .integer(range.count)
    default: throw unknownMember(name, of: value.kind, [])
    }
  }

  func unknownMember(_ name: Name, of owner: String, _ available: [String]) -> Diagnostic {
    .unknownMember(
      name.text, of: owner, available: available, near: Suggestion.nearest(to: name.text, in: available),
      function: session.functions.named(name.text)?.name, at: name.span)
  }

  // MARK: Runs

  /// A series, a last parameter by its path, or a prefix of such paths.
  package func member(_ name: Name, of run: RunValue) throws(Diagnostic) -> Value {
    if let series = recorded(name.text, of: run) { return series }
    if let tensors = recordedTensor(name.text, of: run) { return tensors }
    if let vector = run.vectors.first(where: { $0.name == name.text }) {
      return run.isKnown ? .along(vector) : .unknown(Kind(.along(vector.places, isTruth: false)))
    }
    if let index = run.finals.firstIndex(where: { $0.path == name.text }) {
      if run.isKnown { return self.value(of: run.finals[index].tensor.inStatements) }
      return index < run.finalTypes.count ? unknownTensor(run.finalTypes[index].inStatements) : .unknown(.any)
    }
    let inner = run.finals.indices.filter { run.finals[$0].path.hasPrefix(name.text + ".") }
    if !inner.isEmpty {
      let part = RunValue(
        name: "\(run.name).\(name.text)", series: [],
        finals: inner.map { (String(run.finals[$0].path.dropFirst(name.text.count + 1)), run.finals[$0].tensor) },
        ending: run.ending, stepCount: run.stepCount, isKnown: run.isKnown, header: [])
      part.finalTypes = run.isKnown ? [] : inner.map { run.finalTypes[$0] }
      return .run(part)
    }
    if let state = try state(name.text, of: run) { return state }
    if let members = try family(name, of: run) { return members }
    if run.isPartial { return .unknown(.any) }
    switch name.text {
    case "steps": return run.isKnown ? .integer(run.stepCount) : .unknown(.whole)
    case "paths" where run.paths != nil: return .integer(run.paths?.count ?? 0)
    case "diverged" where run.paths != nil:
      return run.isKnown ? .integer(run.paths?.diverged ?? 0) : .unknown(.whole)
    case "diverged":
      guard run.isKnown else { return .unknown(.truth) }
      if case .diverged = run.ending { return .boolean(true) }
      return .boolean(false)
    default: throw unknownMember(name, of: "the run `\(run.name)`", run.members)
    }
  }

  /// A series that a run recorded; while checking what is known of it.
  func recorded(_ name: String, of run: RunValue) -> Value? {
    guard var series = run.series.first(where: { $0.name == name }) else { return nil }
    series.companions = run.series.filter { $0.name.hasPrefix(name + ".") }
    series.run = run.identity
    series.noteEnd(of: run)
    series.holdsTruth = run.forms.truths.contains(name)
    if run.isKnown { return .series(series) }
    let positions = run.plannedPositions[name] ?? []
    return .unknown(Kind(series.holdsTruth ? .truthSeries(positions) : .series(positions)))
  }

  /// A tensor that a run recorded.
  private func recordedTensor(_ name: String, of run: RunValue) -> Value? {
    guard let shape = run.forms.shape(of: name) else { return nil }
    let names = TensorSeries.elementNames(name, shape)
    guard run.isKnown else {
      let isTruth = names.first.map(run.forms.truths.contains) ?? false
      let positions = names.first.flatMap { run.plannedPositions[$0] } ?? []
      return .unknown(Kind(.tensorSeries(TensorSeriesForm(shape: shape, positions: positions, isTruth: isTruth))))
    }
    let elements = names.compactMap { name -> Series? in
      if case .series(let series)? = recorded(name, of: run) { series } else { nil }
    }
    return elements.count == shape.count ? .tensorSeries(TensorSeries(name, shape: shape, elements)) : nil
  }

  /// The last value of an optimizer's state: its tensor, or those of several parameters as one vector, as in `record`.
  private func state(_ name: String, of run: RunValue) throws(Diagnostic) -> Value? {
    let places = run.finals.indices.filter { RunValue.state(of: run.finals[$0].path) == name }
    guard let first = places.first else { return nil }
    guard run.isKnown else {
      guard places.allSatisfy({ $0 < run.finalTypes.count }) else { return .unknown(.any) }
      let types = places.map { run.finalTypes[$0].inStatements }
      if types.count == 1 { return unknownTensor(types[0]) }
      return unknownTensor(TensorType([types.reduce(0) { $0 + $1.count }], types[0].dtype))
    }
    guard places.count > 1 else { return value(of: run.finals[first].tensor.inStatements) }
    let parts = places.map { run.finals[$0].tensor.inStatements }
    return .tensor(Tensor(parts.flatMap { $0.doubles() }, shape: [parts.reduce(0) { $0 + $1.count }]))
  }

  /// The members of a family of parameters, for `net.layer[1]` where they are called `net.layer1`, `net.layer2`, ….
  private func family(_ name: Name, of run: RunValue) throws(Diagnostic) -> Value? {
    var numbers: Set<Int> = []
    for path in run.finals.map(\.path) where path.hasPrefix(name.text) {
      let digits = path.dropFirst(name.text.count).prefix { $0.isASCII && $0.isNumber }
      let rest = path.dropFirst(name.text.count + digits.count)
      if let number = Int(digits), rest.isEmpty || rest.hasPrefix(".") { numbers.insert(number) }
    }
    guard let lower = numbers.min(), let upper = numbers.max(), upper - lower + 1 == numbers.count else { return nil }
    return .family(
      lower: lower,
      try (lower...upper).map { (number) throws(Diagnostic) in
        try member(Name("\(name.text)\(number)", name.span), of: run)
      })
  }

  /// A number without an error is the estimate that is exact: what a formula says of estimates holds for it.
  private func member(_ name: Name, ofNumber value: Value) throws(Diagnostic) -> Value {
    switch name.text {
    case "value", "low", "high": return value
    case "error": return .real(0)
    default: throw unknownMember(name, of: value.kind, ["value", "error", "low", "high"])
    }
  }

  private func member(_ name: Name, of estimate: Estimate) throws(Diagnostic) -> Value {
    switch name.text {
    case "value": return .real(estimate.value)
    case "error": return .real(estimate.lacksError ? .nan : estimate.error ?? (estimate.value.isFinite ? 0 : .nan))
    case "low": return .real(estimate.interval().low)
    case "high": return .real(estimate.interval().high)
    default: throw unknownMember(name, of: "an estimate", ["value", "error", "low", "high"])
    }
  }

  // MARK: Parameters and tensors

  /// A parameter or nested network of a network.
  private func member(_ name: Name, of instance: Instance) throws(Diagnostic) -> Value {
    if let binding = instance.scope.local(name.text) ?? instance.scope.parent?.local(name.text) {
      if case .leaf(let index) = binding.value, let point { return point.parameters[index] }
      return binding.value
    }
    if let member = try member(name, ofFamilyOf: instance) { return member }
    if instance.definition.kind == .optimizer, let argument = try argument(name.text, of: instance) { return argument }
    throw unknownMember(name, of: instance.definition.kind.withArticle, instance.scope.localNames)
  }

  /// `net.layer1`, as messages and files call `net.layer[1]`.
  private func member(_ name: Name, ofFamilyOf instance: Instance) throws(Diagnostic) -> Value? {
    let base = String(name.text.prefix { !$0.isNumber })
    guard let number = Int(name.text.dropFirst(base.count)), let binding = instance.scope.local(base),
      case .family(let lower, let members) = binding.value, members.indices.contains(number - lower)
    else { return nil }
    if case .leaf(let index) = members[number - lower], let point { return point.parameters[index] }
    return members[number - lower]
  }

  private func member(_ name: Name, ofTensor value: Value) throws(Diagnostic) -> Value {
    guard let shape = shape(of: value) else { throw unknownMember(name, of: value.kind, []) }
    switch name.text {
    case "rows" where shape.rank >= 1: return .integer(shape[0])
    case "cols", "columns":
      guard shape.rank >= 2 else { throw .unsuitableShape(name.text, shape, expected: "a matrix", at: name.span) }
      return .integer(shape[1])
    case "count": return .integer(shape.count)
    case "shape": return .tensor(Tensor(integers: shape.sizes, shape: [shape.rank]))
    case "value", "error", "low", "high":
      guard shape.rank == 0 else { fallthrough }
      return try member(name, ofNumber: value)
    default: throw unknownMember(name, of: "a tensor", ["rows", "cols", "count", "shape", "T"])
    }
  }

  // MARK: Data sets

  package static let datasetProperties = ["count", "features", "classes", "X", "labels"]

  package static let datasetMethods = [
    "split", "take", "standardize", "center", "scale", "normalize", "one_hot", "signs", "signed", "shuffle", "only",
    "flatten", "dense",
  ]

  private func member(_ name: Name, of dataset: Dataset) throws(Diagnostic) -> Value {
    switch name.text {
    case "count": return .integer(dataset.count)
    case "features": return .integer(dataset.featureCount)
    case "classes":
      guard let classes = dataset.classCount else {
        throw .lacks("`\(dataset.name)`", "classes: its labels are not 0, 1, …", at: name.span)
      }
      return .integer(classes)
    case "X":
      do { return session.tensor(try dataset.densified().denseFeatures(for: "X"), wholeIfPossible: false) } catch {
        throw .data(error, at: name.span)
      }
    case "labels", "y":
      guard let labels = dataset.labels else { throw .lacks("`\(dataset.name)`", "labels", at: name.span) }
      return session.tensor(labels, wholeIfPossible: true)
    default:
      if Self.datasetMethods.contains(name.text), let builtin = session.functions.named("dataset.\(name.text)") {
        return .function(.method(builtin, of: [.dataset(dataset)]))
      }
      throw unknownMember(
        name, of: "the data set `\(dataset.name)`",
        Self.datasetProperties + Self.datasetMethods)
    }
  }

  /// The columns that a pattern of `count` names takes from a data set: features, then labels.
  package func columns(of dataset: Dataset, count: Int, at span: Span) throws(Diagnostic) -> [Value] {
    var result: [Value] = []
    switch dataset.features {
    case .dense(let array): result.append(session.tensor(array, wholeIfPossible: false))
    case .sparse(let rows): result.append(session.sparseRows(rows))
    }
    if let labels = dataset.labels { result.append(session.tensor(labels, wholeIfPossible: true)) }
    guard count <= result.count else {
      throw .wrongNameCount(count, for: "the \(result.count) columns of `\(dataset.name)`", at: span)
    }
    return Array(result.prefix(count))
  }

  /// `D[3]`: one sample as a tuple.
  func row(of dataset: Dataset, _ subscripts: [Subscript], in scope: Scope, at span: Span) throws(Diagnostic) -> Value {
    let columns = try columns(of: dataset, count: dataset.labels == nil ? 1 : 2, at: span)
    var parts: [Value] = []
    for column in columns {
      if case .sparse = column {
        throw .sparseRows(of: dataset.name, at: span)
      }
      parts.append(try indexed(column, subscripts, in: scope, at: span))
    }
    return parts.count == 1 ? parts[0] : .tuple(parts)
  }
}

// What a run of another precision ends with is taken over exactly: statements compute with f64.
extension Tensor {
  fileprivate var inStatements: Tensor { dtype == .f32 ? converted(to: .f64) : self }
}

extension TensorType {
  fileprivate var inStatements: TensorType { dtype == .f32 ? TensorType(shape, .f64) : self }
}
