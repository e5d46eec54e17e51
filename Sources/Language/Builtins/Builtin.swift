import Diagnostics
import Experiments
import Glibc
import Graph
import Tensors

/// A parameter of a built-in function.
package struct BuiltinParameter: ExpressibleByStringLiteral {
  package let name: String
  package let isRequired: Bool

  /// `"x"` is required, `"axis?"` is not.
  package init(stringLiteral text: String) {
    isRequired = !text.hasSuffix("?")
    name = isRequired ? text : String(text.dropLast())
  }
}

/// A function that the language provides.
package final class Builtin: Sendable {
  typealias Body = @Sendable (Evaluator, BoundArguments) throws(Diagnostic) -> Value

  package let name: String
  package let parameters: [BuiltinParameter]
  /// Takes any number of positional values.
  package let isVariadic: Bool
  /// Takes `axis = …` beside any number of values.
  package var takesAxis: Bool { name == "concat" || name == "stack" }
  /// Leaves out members by a mask also where only the run knows which those are.
  var readsMask: Bool { ["sum", "prod", "mean", "max", "min", "count", "norm", "norm2", "all", "any"].contains(name) }
  /// Whether it says something of an order along one axis.
  var takesOrder: Bool { ["increasing", "decreasing"].contains(name) }

  /// Whether it is applied to each number by itself, and has a slope there.
  var isElementwise: Bool {
    [
      "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "tanh", "sigmoid", "softplus", "relu", "erf", "erfc",
      "asin",
      "acos", "atan", "sinh", "cosh", "abs", "silu", "gelu", "logit", "log10", "log2", "real",
    ].contains(name)
  }

  /// Whether it gives a number for each of a vector's, at the same places.
  var keepsAxis: Bool {
    isElementwise
      || [
        "max", "min", "sign", "floor", "ceil", "round", "trunc", "where", "mod", "atan2", "clip", "clamp", "square",
        "is_finite", "safe_divide", "cumsum", "cumprod",
      ].contains(name)
  }

  /// Speaks of the members of a sweep together; others are applied to each of them.
  var takesGroups: Bool { ["increasing", "decreasing", "paired", "same_law"].contains(name) }
  /// One line for `?name`.
  package let summary: String
  /// Equations, arguments, edge cases and sources below that line in `descent help NAME`; empty where it says all.
  package let details: String
  /// What its value is where checking does not compute it.
  let result: Kind
  let body: Body

  init(
    _ name: String, _ parameters: [BuiltinParameter], isVariadic: Bool = false, _ summary: String,
    details: String = "", gives result: Kind = .any, _ body: @escaping Body
  ) {
    self.name = name
    self.parameters = parameters
    self.isVariadic = isVariadic
    self.summary = summary
    self.details = details
    self.result = result
    self.body = body
  }

  /// How it is called: `sum(x, axis)`.
  package var signature: String {
    isVariadic
      ? "\(name)(…)"
      : "\(name)(" + parameters.map { $0.isRequired ? $0.name : "\($0.name) = …" }.joined(separator: ", ") + ")"
  }

  /// Everything that is said of it: how it is called, what it does, and the details.
  package var documentation: String {
    ([signature, "", summary] + (details.isEmpty ? [] : ["", details])).joined(separator: "\n")
  }

  /// All functions, sorted by name; methods of data sets carry the prefix `dataset.`, those of values with coordinates `series.`.
  package static let all: [Builtin] =
    (elementwise + reductions + construction + arrays + linearAlgebra + spectral + networks + random
    + operators + conjugates + curvature + data + corruptions + estimators + theory + sweeps + coordinates
    + histograms)
    .sorted { $0.name < $1.name }

  private static let byName: [String: Builtin] = Dictionary(
    all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  package static func named(_ name: String) -> Builtin? { byName[name] }

  /// Names of all functions, methods and constants, in no order.
  static let names: [String] = all.map(\.name) + constants.map(\.name)

  private static let constantNames = Set(constants.map(\.name))

  /// What a name means before anyone has defined it; nil where it means nothing.
  static func value(named name: String) -> Value? {
    if let builtin = byName[name] { return .function(.builtin(builtin)) }
    return constantNames.contains(name) ? constants.first { $0.name == name }?.value : nil
  }

  /// Names that stand for a value.
  package static var constants: [(name: String, value: Value)] {
    [
      ("π", .real(.pi)), ("pi", .real(.pi)), ("inf", .real(.infinity)), ("nan", .real(.nan)), ("last", .text("last")),
    ]
  }
}

extension Evaluator {
  /// The shape of what an operand of a function was made into.
  func shape(_ value: Value, of a: BoundArguments) throws(Diagnostic) -> Shape {
    guard let shape = shape(of: value) else { throw .unsuitableOperand(a.callee, value.kind, at: a.place(0)) }
    return shape
  }
}

extension BoundArguments {
  /// The operand as real numbers.
  func real(_ index: Int, _ evaluator: Evaluator) throws(Diagnostic) -> Value {
    let value = self[index]
    if case .series(let series) = value { return .tensor(series.tensor) }
    if case .list(let values) = value, values.allSatisfy(\.isScalarLike) {
      return .tensor(Tensor(values.map { evaluator.scalar($0) ?? .nan }, shape: [values.count]))
    }
    guard value.isNumeric || value.isBoolean else { throw .unsuitableOperand(callee, value.kind, at: place(index)) }
    return try evaluator.asReal(value, at: place(index))
  }

  /// The shape of a numeric operand.
  func shape(_ index: Int, _ evaluator: Evaluator) throws(Diagnostic) -> Shape {
    if let shape = evaluator.shape(of: self[index]) { return shape }
    throw .unsuitableOperand(callee, self[index].kind, at: place(index))
  }

  func whole(_ index: Int, _ what: String, _ evaluator: Evaluator) throws(Diagnostic) -> Int {
    try evaluator.whole(self[index], what: what, in: -Evaluator.wholeMax...Evaluator.wholeMax, at: place(index))
  }

  func number(_ index: Int, _ what: String, _ evaluator: Evaluator) throws(Diagnostic) -> Double {
    try evaluator.number(self[index], what: what, at: place(index))
  }

  func text(_ index: Int, _ what: String) throws(Diagnostic) -> String {
    switch self[index] {
    case .text(let text): return text
    case let other: throw .expected(what, found: other.kind, at: place(index))
    }
  }

  /// The text of an argument that may be left out.
  func optionalText(_ index: Int, _ what: String) throws(Diagnostic) -> String? {
    given(index) == nil ? nil : try text(index, what)
  }

  /// Sizes given as `[n, d]`, as one number, or as several.
  func sizes(_ index: Int, _ evaluator: Evaluator) throws(Diagnostic) -> Shape {
    let place = place(index)
    switch self[index] {
    case .integer(let n): return try checked([n], place)
    case .tensor(let tensor) where tensor.dtype == .i64: return try checked(tensor.integers(), place)
    case .tensor(let tensor) where tensor.count == 0: return .scalar
    case .node: throw .unknownCondition(at: place)
    case let other: throw .expected("sizes such as `[3, 4]`", found: other.kind, at: place)
    }
  }

  private func checked(_ sizes: [Int], _ place: Span) throws(Diagnostic) -> Shape {
    var count = 1
    for size in sizes {
      guard size >= 0 else { throw .outOfRange("a size", "\(size)", expected: "0 or more", at: place) }
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if overflow {
        throw .tooLarge(
          "a tensor of shape \(Shape(sizes))", needs: "more than 2^63 elements", limit: "2^31 elements", at: place)
      }
      count = product
    }
    return Shape(sizes)
  }

  /// Both operands of an elementwise function.
  var places: OperandPlaces { OperandPlaces(whole: span, left: place(0), right: place(1)) }
}
