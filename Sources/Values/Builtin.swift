package import Diagnostics
import Experiments
import Glibc
import Graph
package import Tensors

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
  /// What computes the value of a call.
  package typealias Body = @Sendable (Evaluator, BoundArguments) throws(Diagnostic) -> Value

  package let name: String
  package let parameters: [BuiltinParameter]
  /// Takes any number of positional values.
  package let isVariadic: Bool
  /// Takes `axis = …` beside any number of values.
  package var takesAxis: Bool { name == "concat" || name == "stack" }
  /// Leaves out members by a mask also where only the run knows which those are.
  package var readsMask: Bool {
    ["sum", "prod", "mean", "max", "min", "count", "norm", "norm2", "all", "any"].contains(name)
  }
  /// Whether it says something of an order along one axis.
  package var takesOrder: Bool { ["increasing", "decreasing"].contains(name) }

  /// Whether it is applied to each number by itself, and has a slope there.
  package var isElementwise: Bool { opcode != nil || ["abs", "silu", "gelu", "real"].contains(name) }

  /// Whether it gives a number for each of a vector's, at the same places.
  package var keepsAxis: Bool {
    isElementwise
      || [
        "max", "min", "sign", "floor", "ceil", "round", "trunc", "where", "mod", "atan2", "clip", "clamp", "square",
        "is_finite", "safe_divide", "cumsum", "cumprod",
      ].contains(name)
  }

  /// Speaks of the members of a sweep together; others are applied to each of them.
  package var takesGroups: Bool { ["increasing", "decreasing", "paired", "same_law"].contains(name) }

  /// Whether its values come from a stream of random numbers, or say which are drawn: one of `Builtin.random`.
  package var draws: Bool {
    [
      "normal", "uniform", "rademacher", "exponential_law", "subset", "draw", "permutation", "new_seed",
    ].contains(name)
  }

  /// One line for `?name`.
  package let summary: String
  /// Equations, arguments, edge cases and sources below that line in `descent help NAME`; empty where it says all.
  package let details: String
  /// What its value is where checking does not compute it.
  package let result: Kind
  /// The function of one real number that it is at each of them; nil where it is more than that.
  package let opcode: UnaryOpcode?
  package let body: Body

  package init(
    _ name: String, _ parameters: [BuiltinParameter], isVariadic: Bool = false, _ summary: String,
    details: String = "", gives result: Kind = .any, opcode: UnaryOpcode? = nil, _ body: @escaping Body
  ) {
    self.name = name
    self.parameters = parameters
    self.isVariadic = isVariadic
    self.summary = summary
    self.details = details
    self.result = result
    self.opcode = opcode
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

  /// Names that stand for a value.
  package static var constants: [(name: String, value: Value)] {
    [
      ("π", .real(.pi)), ("pi", .real(.pi)), ("inf", .real(.infinity)), ("nan", .real(.nan)), ("last", .text("last")),
    ]
  }
}
