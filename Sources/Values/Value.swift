package import Data
package import Diagnostics
package import Experiments
package import Graph
import Messages
package import Syntax
package import Tensors

/// What an expression evaluates to.
///
/// Numbers are concrete (`integer`, `real`, `tensor`) or symbolic (`node`, an entry of the evaluator's
/// current graph); every operation takes both, so one evaluator serves scripts and staging.
package enum Value {
  case integer(Int)
  case real(Double)
  case boolean(Bool)
  case text(String)
  /// Rank 1 or more; rank 0 is always `integer` or `real`.
  case tensor(Tensor)
  case node(NodeID)
  /// Conditions that only the run knows, 0 or 1: an entry of the current graph.
  case condition(NodeID)
  /// A vector with few entries that are not zero, from sparse rows of data.
  indirect case sparse(SparseValue)
  /// `lower..<upper`
  case range(Range<Int>)
  /// Values that do not form a tensor.
  case list([Value])
  /// Members of a parameter family, numbered from `lower`: `layer[k in 1...n]`.
  case family(lower: Int, [Value])
  case tuple([Value])
  case function(Function)
  case distribution(DistributionValue)
  case dataset(Dataset)
  /// A problem, optimizer, metric, process or network with its arguments.
  case instance(Instance)
  case run(RunValue)
  case series(Series)
  /// A tensor that was recorded, at each of some positions.
  case tensorSeries(TensorSeries)
  /// A value at each place along axes of a sweep: `E over d`.
  case along(AxisVector)
  case sweep(SweepValue)
  /// One value for each member of a sweep.
  case group(SweepGroup)
  /// Place of a parameter tensor in the point that is being evaluated.
  case leaf(Int)
  case estimate(Estimate)
  /// What the evidence says of a comparison; made by claims and by `increasing` and its like.
  case judgement(Judgement)
  /// A value that is computed when first asked for.
  case deferred(Deferred)
  /// Values by name: `objective.g`.
  case view(Scope)
  case nothing
  /// Not known while checking but for its kind; of any kind, also what was reported already: silent everywhere.
  case unknown(Kind)

  /// Whether the value is data alone, so that it holds no names and nothing that is computed later.
  package var isPlain: Bool {
    switch self {
    case .integer, .real, .boolean, .text, .tensor, .node, .condition, .range, .leaf, .dataset, .series, .tensorSeries,
      .along, .estimate,
      .nothing,
      .unknown:
      true
    case .sparse(let sparse): sparse.values.isPlain
    case .list(let members), .tuple(let members), .family(_, let members): members.allSatisfy(\.isPlain)
    case .function, .distribution, .instance, .run, .sweep, .group, .judgement, .deferred, .view: false
    }
  }

  /// The word for this kind of value in messages.
  package var kind: String {
    switch self {
    case .integer: "a whole number"
    case .real: "a number"
    case .boolean, .condition: "a truth value"
    case .text: "a text"
    case .tensor(let tensor) where tensor.holdsTruth: "truth values"
    case .tensor, .node, .leaf, .sparse: "a tensor"
    case .range: "a range"
    case .list, .family: "a list"
    case .tuple: "a tuple"
    case .function: "a function"
    case .distribution: "a distribution"
    case .dataset: "a data set"
    case .instance(let instance): instance.definition.kind.withArticle
    case .run: "a run"
    case .series(let series): series.holdsTruth ? "a series of truth values" : "a series"
    case .tensorSeries(let series): series.holdsTruth ? "a series of tensors of truth values" : "a series of tensors"
    case .along(let vector): vector.holdsTruth ? "truth values along an axis" : "values along an axis"
    case .sweep: "a sweep"
    case .group: "one value for each run of a sweep"
    case .estimate: "an estimate"
    case .judgement: "a judgement"
    case .view: "a view of the loss"
    case .deferred, .nothing: "nothing"
    case .unknown(let kind): kind.words
    }
  }
}

extension DefinitionKind {
  /// The word with its article: `an optimizer`.
  package var withArticle: String {
    switch self {
    case .function: "a function"
    case .optimizer: "an optimizer"
    default: "a \(rawValue)"
    }
  }
}

extension Value {
  /// Whether a call of it can give a value.
  package var isCallable: Bool {
    switch self {
    case .function(.definition(let value)): value.definition.kind == .function
    case .function: true
    case .instance(let instance): instance.definition.kind == .network || instance.definition.kind == .compressor
    default: false
    }
  }
}

/// A value that is computed at the first use and kept.
///
/// Members of problems and optimizers, and the names
/// of a step such as `g`, which cost something only where they are asked for.
package final class Deferred {
  private enum State { case waiting, running, done(Value) }
  private var state = State.waiting
  private let compute: () throws(Diagnostic) -> Value
  /// Told of each use of a value that is known from the beginning.
  private let noted: (() -> Void)?

  package init(_ compute: @escaping () throws(Diagnostic) -> Value) { (self.compute, noted) = (compute, nil) }

  /// A value that is known, each use of which is noted.
  package init(_ value: Value, noted: @escaping () -> Void) {
    (compute, self.noted) = ({ () throws(Diagnostic) in value }, noted)
    state = .done(value)
  }

  /// Whether a use of it computes nothing.
  package var isKnown: Bool { if case .done = state { true } else { false } }

  /// The value; a definition that needs itself is a finding.
  package func force(_ name: String, at span: Span) throws(Diagnostic) -> Value {
    switch state {
    case .done(let value):
      noted?()
      return value
    case .running:
      throw .throughItself(name, at: span)
    case .waiting:
      state = .running
      do {
        let value = try compute()
        state = .done(value)
        return value
      } catch {
        state = .waiting
        throw error
      }
    }
  }
}

/// A text that was parsed: its tree and where its definitions look up outer names.
package final class Code {
  package let tree: Tree
  package init(_ tree: Tree) { self.tree = tree }
}

/// Something that can be called.
package enum Function {
  case builtin(Builtin)
  /// A built-in function with its first argument given: `D.split`.
  case method(Builtin, of: [Value])
  case closure(Closure)
  /// A definition of any kind; calling a `fn` evaluates it, calling the others makes an instance.
  case definition(DefinitionValue)
  /// A function made by an operator such as `grad`, or by the step context (`grad(point)`, `hvp(v)`).
  case native(NativeFunction)
}

extension Function {
  /// What it is called; a function without a name is called `name`.
  package var name: String {
    switch self {
    case .definition(let value): value.definition.name.text
    case .builtin(let builtin), .method(let builtin, _): builtin.name
    case .native(let native): native.name
    case .closure: "name"
    }
  }
}

/// A lambda, with the variables it captured by value.
package final class Closure {
  package let parameters: [Parameter]
  package let body: ExpressionID
  package let code: Code
  package internal(set) var scope: Scope
  package init(parameters: [Parameter], body: ExpressionID, code: Code, scope: Scope) {
    self.parameters = parameters
    self.body = body
    self.code = code
    self.scope = scope
  }
}

/// A named definition and the scope in which its body looks up names.
package final class DefinitionValue {
  package let definition: Definition
  package let code: Code
  package internal(set) var scope: Scope
  package init(_ definition: Definition, code: Code, scope: Scope) {
    self.definition = definition
    self.code = code
    self.scope = scope
  }
}

/// A function that Swift code provides at run time.
package final class NativeFunction {
  package let name: String
  package let body: (Evaluator, [Value], Span) throws(Diagnostic) -> Value
  /// Tried first for a call with one argument, which it may evaluate in several scopes; nil declines.
  package let lazy: ((ExpressionID, Scope, Span) throws(Diagnostic) -> Value?)?
  /// What it knows by name: the parameters of a fit.
  package let fields: [(name: String, value: Value)]

  package init(
    name: String, fields: [(name: String, value: Value)] = [],
    body: @escaping (Evaluator, [Value], Span) throws(Diagnostic) -> Value,
    lazy: ((ExpressionID, Scope, Span) throws(Diagnostic) -> Value?)? = nil
  ) {
    self.name = name
    self.body = body
    self.lazy = lazy
    self.fields = fields
  }
}

/// A problem, optimizer, metric, process or network with bound arguments.
///
/// Optimizer arguments stay expressions (`thunks`), because they may speak of `t`, `loss` and `g`.
package final class Instance {
  package let definition: Definition
  package let code: Code
  /// Arguments, and what staging adds; its parent is the scope of the definition.
  package var scope: Scope
  package let span: Span
  package var thunks: [(name: String, thunk: Thunk)] = []
  /// A required argument of an optimizer that the call leaves open; a run misses it, a threshold finds it.
  package var open: String?
  /// Of `A after B` the compressor B, whose result this one is applied to.
  package let inner: Instance?

  package init(definition: Definition, code: Code, scope: Scope, span: Span, inner: Instance? = nil) {
    self.definition = definition
    self.code = code
    self.scope = scope
    self.span = span
    self.inner = inner
  }

  /// Its name, and of `A after B` both.
  package var title: String {
    guard let inner else { return definition.name.text }
    return "\(definition.name.text) after \(inner.title)"
  }
}

/// An argument that is evaluated where it is used.
package struct Thunk {
  package var expression: ExpressionID
  package var code: Code
  package var scope: Scope

  package init(expression: ExpressionID, code: Code, scope: Scope) {
    self.expression = expression
    self.code = code
    self.scope = scope
  }
}

/// A distribution with its parameters; `draw` adds what is random.
package struct DistributionValue {
  package enum Kind: String { case normal, uniform, rademacher, exponential, subset }
  package var kind: Kind
  /// normal: mean, standard deviation; uniform: low, high; exponential: rate; subset: number of places.
  package var parameters: [Value]

  package init(kind: Kind, parameters: [Value]) {
    self.kind = kind
    self.parameters = parameters
  }
}
