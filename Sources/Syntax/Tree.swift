package import Diagnostics

/// Index of an expression in `Tree.expressions`.
package struct ExpressionID: Hashable, Sendable {
  package let index: Int32
  package init(_ index: Int) { self.index = Int32(index) }
}

/// Index of a statement in `Tree.statements`.
package struct StatementID: Hashable, Sendable {
  package let index: Int32
  package init(_ index: Int) { self.index = Int32(index) }
}

/// A name with its place.
package struct Name: Hashable, Sendable {
  package var text: String
  package var span: Span
  package init(_ text: String, _ span: Span) {
    self.text = text
    self.span = span
  }
}

/// The syntax tree of one text: arenas of nodes that refer to each other by index, so that a chain of
/// any length is freed without recursion.
package struct Tree: Sendable {
  package var file: UInt32
  package var expressions: [Expression] = []
  package var expressionSpans: [Span] = []
  package var statements: [Statement] = []
  package var statementSpans: [Span] = []
  /// Top level, in source order.
  package var body: [StatementID] = []

  package init(file: UInt32) { self.file = file }

  /// Adds an expression and returns its number.
  package mutating func add(_ expression: Expression, _ span: Span) -> ExpressionID {
    expressions.append(expression)
    expressionSpans.append(span)
    return ExpressionID(expressions.count - 1)
  }

  /// Whether it is the vector along an axis.
  package func isGathered(_ id: ExpressionID) -> Bool { if case .gathered = self[id] { true } else { false } }

  /// Adds a statement and returns its number.
  package mutating func add(_ statement: Statement, _ span: Span) -> StatementID {
    statements.append(statement)
    statementSpans.append(span)
    return StatementID(statements.count - 1)
  }

  /// Puts another statement in the place of one.
  package mutating func replace(_ id: StatementID, with statement: Statement) {
    statements[Int(id.index)] = statement
  }

  package subscript(id: ExpressionID) -> Expression { expressions[Int(id.index)] }
  package subscript(id: StatementID) -> Statement { statements[Int(id.index)] }
  package func span(_ id: ExpressionID) -> Span { expressionSpans[Int(id.index)] }
  package func span(_ id: StatementID) -> Span { statementSpans[Int(id.index)] }
}

/// Two-operand operators that are neither comparisons nor logic; `A after B` is a compressor of what another one keeps.
package enum BinaryOperator: String, Sendable, Hashable {
  case add = "+", subtract = "-", multiply = "*", divide = "/", floorDivide = "//", matrix = "@", power = "^", after
}

/// Comparison operators; a chain keeps one direction.
package enum ComparisonOperator: String, Sendable, Hashable {
  case less = "<", lessEqual = "<=", greater = ">", greaterEqual = ">=", equal = "==", notEqual = "!="
}

/// An argument of a call: positional when `name` is nil.
package struct Argument: Sendable, Hashable {
  package var name: Name?
  package var value: ExpressionID
  package init(name: Name?, value: ExpressionID) {
    self.name = name
    self.value = value
  }
}

/// One place of an index: `x[3]`, `x[2:5]`, `x[:, 0]`.
package enum Subscript: Sendable, Hashable {
  case item(ExpressionID)
  case slice(ExpressionID?, ExpressionID?)
}

/// A piece of a string literal; escapes are already decoded.
package enum StringPart: Sendable, Hashable {
  case text(String)
  /// `{value}` or `{value:.3f}`; the format is what stands after the colon, checked by the parser.
  case value(ExpressionID, format: String?)
}

/// `for pattern in source [if condition]` of a generator or comprehension.
package struct Generator: Sendable, Hashable {
  package var pattern: [Name]
  package var source: ExpressionID
  package var condition: ExpressionID?
  package init(pattern: [Name], source: ExpressionID, condition: ExpressionID?) {
    self.pattern = pattern
    self.source = source
    self.condition = condition
  }
}

/// An expression; its span is in `Tree.expressionSpans`.
package enum Expression: Sendable {
  /// What recovery puts where something is missing; already reported, so uses stay silent.
  case missing
  case integer(Int)
  /// `0.5`, `1e-3`, `20%` (already divided by 100).
  case real(Double)
  case boolean(Bool)
  case string([StringPart])
  case name(String)
  /// `x'` on the left of an equation is in `Statement.equation`; on the right it reads the new value.
  case primed(String)
  case negate(ExpressionID)
  case not(ExpressionID)
  case binary(BinaryOperator, ExpressionID, ExpressionID, operatorSpan: Span)
  case and(ExpressionID, ExpressionID)
  case or(ExpressionID, ExpressionID)
  /// `a < b <= c`: one more operand than operators.
  case comparison([ExpressionID], [ComparisonOperator])
  /// `rule is muon`: whether a value is a call of a definition.
  case isCall(ExpressionID, of: ExpressionID)
  /// `a ≈ b within tolerance`; tolerance is relative when written with `%`.
  case approximately(ExpressionID, ExpressionID, tolerance: ExpressionID?, relative: Bool)
  /// `callee(arguments)`, with an optional trailing block `{ … }`: `expect(batch, n = 4) { … }`.
  case call(ExpressionID, [Argument], block: ExpressionID?)
  case member(ExpressionID, Name)
  case index(ExpressionID, [Subscript])
  /// `A.T`
  case transpose(ExpressionID)
  /// `0..<n` (closed false), `1...n` (closed true).
  case range(ExpressionID, ExpressionID, closed: Bool)
  /// `[a, b, c]`
  case list([ExpressionID])
  /// `(a, b)`, at least two.
  case tuple([ExpressionID])
  /// `[value for x in source if condition]`
  case comprehension(ExpressionID, [Generator])
  /// `value for x in source if condition`, as the sole positional argument of a call.
  case generator(ExpressionID, [Generator])
  /// `x => …`, `(x, y) => …`
  case lambda([Parameter], ExpressionID)
  /// `if c { a } else { b }` as an expression; `else if` nests.
  case conditional(ExpressionID, ExpressionID, ExpressionID)
  /// `value over d`, `value over (lr, b)`: the vector of what it is along these axes of a sweep.
  case gathered(ExpressionID, over: [Name])
  /// `value by b, η`
  case grouped(ExpressionID, by: [Name])
  /// `value where condition`, an argument: `first(step where loss < 1e-3)`
  case filtered(ExpressionID, where: ExpressionID)
  /// `sharpness on net.layer1`: a metric of some parameters only; an argument or what is recorded.
  case restricted(ExpressionID, on: ExpressionID)
  /// `{ statements }` where a value is wanted: that of `return`, else of a last expression. A block of one
  /// expression is that expression itself.
  case block([StatementID])
  /// `~ distribution` is kept by declarations, never here.
}

/// What a parameter must satisfy.
package enum Constraint: Sendable {
  case compare(ComparisonOperator, ExpressionID)
  case inside(ExpressionID)
}

/// A parameter of a function, optimizer, problem, metric, process, network, or a script's `input`.
package struct Parameter: Sendable {
  package var name: Name
  /// `x: [n, d]`: sizes, names of which unify across parameters.
  package var shape: [ExpressionID]?
  package var constraint: Constraint?
  package var initial: ExpressionID?
  package init(name: Name, shape: [ExpressionID]? = nil, constraint: Constraint? = nil, initial: ExpressionID? = nil) {
    self.name = name
    self.shape = shape
    self.constraint = constraint
    self.initial = initial
  }
}

/// The unit of a length or a cadence.
package enum Unit: String, Sendable, Hashable { case steps, epochs, time }

/// When something is recorded.
package enum Cadence: Sendable {
  /// Every step.
  case always
  case every(ExpressionID, Unit)
  case logspaced(ExpressionID)
  case when(ExpressionID)
  /// Only the final state.
  case end
  /// Only at one step or time.
  case at(ExpressionID, Unit)

  /// Whether the line says it.
  package var isWritten: Bool { if case .always = self { false } else { true } }
}

/// What a run records and when, as in `record loss, batch_sharpness(64) as bs every 200`.
package struct Recording: Sendable {
  /// One value that is recorded, and what it is called.
  package struct Item: Sendable {
    package var value: ExpressionID
    package var alias: Name?
    package init(value: ExpressionID, alias: Name?) {
      self.value = value
      self.alias = alias
    }
  }
  package var items: [Item]
  package var cadence: Cadence
  package init(items: [Item], cadence: Cadence) {
    self.items = items
    self.cadence = cadence
  }
}

/// An update rule and the parameters it governs: `muon(lr = 0.02) on matrices`.
package struct OptimizerRule: Sendable {
  package var call: ExpressionID
  /// `matrices`, `rest`, or a path such as `net.layer1`; nil for all.
  package var group: ExpressionID?
  /// So many steps of it are made by each worker before the others hear of them: `local 8`.
  package var local: ExpressionID?
  package init(call: ExpressionID, group: ExpressionID?, local: ExpressionID? = nil) {
    self.call = call
    self.group = group
    self.local = local
  }
}

/// A clause of a run header, in any order: `batch 4 replacement`, `seed 1`, `paths 100`, `dt 0.01`; `ClauseShape.all`
/// says what follows each word.
package struct RunClause: Sendable {
  package var name: Name
  package var value: ExpressionID?
  /// One of the clause's words, such as `shuffled` after `batch`, or `f32` after `precision`.
  package var word: Name?
  /// What may follow it, such as `stochastic`.
  package var option: Name?
  /// What follows behind commas, where the clause takes several values.
  package var more: [(value: ExpressionID, word: Name?)] = []
  package init(name: Name, value: ExpressionID?, word: Name?, option: Name? = nil) {
    self.name = name
    self.value = value
    self.word = word
    self.option = option
  }
}

/// `run [name =] problem [with rules] clauses for length unit { body }`; also `start` and `ensemble`.
package struct RunStatement: Sendable {
  package var name: Name?
  package var subject: ExpressionID
  package var rules: [OptimizerRule]
  package var clauses: [RunClause]
  package var length: ExpressionID?
  package var unit: Unit
  package var body: [RunItem]
  package var isEnsemble: Bool
  package init(
    name: Name?, subject: ExpressionID, rules: [OptimizerRule], clauses: [RunClause], length: ExpressionID?,
    unit: Unit, body: [RunItem], isEnsemble: Bool
  ) {
    self.name = name
    self.subject = subject
    self.rules = rules
    self.clauses = clauses
    self.length = length
    self.unit = unit
    self.body = body
    self.isEnsemble = isEnsemble
  }
}

/// What stands in the braces of a run.
package enum RunItem: Sendable {
  case record(Recording, Span)
  /// `at step N { … }`: assignments to hyper-parameters, and later interventions.
  case at(ExpressionID, Unit, [StatementID], Span)
  case stop(when: ExpressionID, Span)
}

/// `sample …`, `batch …`: what is random about a problem.
package enum SampleSource: Sendable {
  /// `from D`
  case data(ExpressionID)
  /// `in 0..<N [weight w]`
  case range(ExpressionID, weight: ExpressionID?)
  /// `z: [d] ~ normal(0, 1)`
  case distribution(shape: [ExpressionID]?, ExpressionID)
}

/// `param`, `draw`, `noise` and `state` share this form: `name: [shape] = value`, `~ distribution`.
package struct TensorDeclaration: Sendable {
  package enum Start: Sendable { case value(ExpressionID), distribution(ExpressionID) }
  package var name: Name
  /// `param layer[k in 1...n] = …` declares a family `layer1 … layern`.
  package var family: (index: Name, range: ExpressionID)?
  package var shape: [ExpressionID]?
  package var start: Start?
  /// `shared noise`: the same numbers for all workers.
  package var isShared = false
  /// `state w = 0.1 by log` of a process: the coordinate in which its equation is stepped.
  package var coordinate: Name?
  package init(
    name: Name, family: (index: Name, range: ExpressionID)? = nil, shape: [ExpressionID]? = nil, start: Start? = nil
  ) {
    self.name = name
    self.family = family
    self.shape = shape
    self.start = start
  }
}

/// One member of a problem, optimizer, process, network or compressor.
package enum Member: Sendable {
  case parameter(TensorDeclaration, Span)
  case draw(TensorDeclaration, Span)
  case noise(TensorDeclaration, Span)
  /// `state m = 0, v = 0`; worker state has one copy a worker.
  case state([TensorDeclaration], isWorker: Bool, Span)
  /// `sample (x, y) from D`; `isBatch` for `batch (X, Y) from D`.
  case sample([Name], SampleSource, isBatch: Bool, Span)
  case letBinding([Name], ExpressionID, Span)
  /// `loss = …`, `objective = …`
  case loss(ExpressionID, Span)
  case objective(ExpressionID, Span)
  /// `metric name(parameters) = …`
  case metric(Definition, Span)
  case function(Definition, Span)
  /// `facts { L = …, minimum = … }`
  case facts([(name: Name, value: ExpressionID)], Span)
  /// `test from D` : the held-out data of `test error` and the like.
  case test(ExpressionID, Span)
  /// `m' = …`, and `dw = … * dt + … * dB` with `isDifferential`; the name is `w`, without its `d`.
  case equation(Name, ExpressionID, isDifferential: Bool, Span)
  /// `apply(x) = …` of a network or a compressor.
  case apply(Definition, Span)
  /// `bits = …` of a compressor: what it costs to send its result.
  case bits(ExpressionID, Span)
  /// A line `stratonovich` of a process: its equations are in Stratonovich's sense, not Itô's.
  case stratonovich(Span)
}

/// What a definition defines.
package enum DefinitionKind: String, Sendable, Hashable {
  case function = "fn", problem, optimizer, metric, process, network, compressor
}

/// The body of a definition.
package enum DefinitionBody: Sendable {
  /// `= expression`
  case expression(ExpressionID)
  /// `{ statements … return … }` of a function, metric or apply.
  case statements([StatementID])
  /// Members of a problem, optimizer, process, network or compressor.
  case members([Member])
}

/// A definition such as `fn f(x) = …` or `optimizer sgd(lr > 0) { … }`.
package struct Definition: Sendable {
  package var kind: DefinitionKind
  package var name: Name
  package var parameters: [Parameter]
  /// Whether it says `over all`.
  package var isOverAll: Bool
  package var body: DefinitionBody
  /// Text of the `##` lines before it, without the marks.
  package var documentation: String
  package init(
    kind: DefinitionKind, name: Name, parameters: [Parameter], isOverAll: Bool = false, body: DefinitionBody,
    documentation: String = ""
  ) {
    self.kind = kind
    self.name = name
    self.parameters = parameters
    self.isOverAll = isOverAll
    self.body = body
    self.documentation = documentation
  }
}

/// A figure, as in `plot y, y vs x, line 2/η "2/η", logy to "file.svg"`.
package struct PlotStatement: Sendable {
  /// `line e "label"`, `color b`, `band seed`, `facet b`, `title "…"`, `xlabel "…"`, `ylabel "…"`, `xlim (a, b)`,
  /// `ylim (a, b)`, `size (w, h)`, and the bare words `logx`, `logy`, `logz`, `loglog`, `points`,
  /// `errorbars`, `heat`, `histogram`, `live`.
  package struct Option: Sendable {
    package var name: Name
    package var value: ExpressionID?
    package var label: ExpressionID?
    package init(name: Name, value: ExpressionID?, label: ExpressionID?) {
      self.name = name
      self.value = value
      self.label = label
    }
  }
  package var series: [ExpressionID]
  /// What each of them is called in the figure, where it says so.
  package var names: [ExpressionID?]
  /// The runs of `plot loss of r, s`.
  package var runs: [ExpressionID]
  package var axis: ExpressionID?
  package var options: [Option]
  package var destination: ExpressionID?
  package init(
    series: [ExpressionID], runs: [ExpressionID] = [], axis: ExpressionID?, options: [Option],
    destination: ExpressionID?
  ) {
    self.series = series
    self.names = series.map { _ in nil }
    self.runs = runs
    self.axis = axis
    self.options = options
    self.destination = destination
  }
}

/// A grid of runs, as in `sweep s over b in [4, 16], seed in 1...5 where b * η < 1 { run … }`.
package struct SweepStatement: Sendable {
  /// Names and the values they go through; several names go through tuples.
  package struct Axis: Sendable {
    package var names: [Name]
    package var values: ExpressionID
    package init(names: [Name], values: ExpressionID) {
      self.names = names
      self.values = values
    }
  }
  package var name: Name?
  package var axes: [Axis]
  package var condition: ExpressionID?
  package var body: [StatementID]
  package init(name: Name?, axes: [Axis], condition: ExpressionID?, body: [StatementID]) {
    self.name = name
    self.axes = axes
    self.condition = condition
    self.body = body
  }
}

/// How long a claim goes on drawing seeds: `until decided (max 20 seeds)`.
package struct Decision: Sendable {
  package var span: Span
  /// Most seeds, those of the sweep included; nil for the default.
  package var seedsMax: ExpressionID?
  package init(span: Span, seedsMax: ExpressionID?) {
    self.span = span
    self.seedsMax = seedsMax
  }
}

/// A statement; its span is in `Tree.statementSpans`.
package enum Statement: Sendable {
  case missing
  /// `let x = …`, `let (U, S) = …`, `var x = …`
  case binding([Name], ExpressionID, isVariable: Bool)
  /// `input lr > 0 = 0.1`: a value that `--set lr=…` may replace.
  case input(Parameter)
  /// `x = …`, `x[i] = …`, `x += …` (operator set).
  case assignment(ExpressionID, BinaryOperator?, ExpressionID)
  /// `m' = …` inside a process or optimizer is a `Member`; here it is only reported.
  case definition(Definition)
  case expression(ExpressionID)
  case ifElse(ExpressionID, then: [StatementID], otherwise: [StatementID])
  case forLoop([Name], ExpressionID, [StatementID])
  case whileLoop(ExpressionID, [StatementID])
  case repeatLoop(RepeatStatement)
  case returnValue(ExpressionID?)
  case run(RunStatement)
  /// `fork r at N as s { … }`
  case fork(source: ExpressionID, at: ExpressionID, unit: Unit, name: Name, [StatementID])
  case sweep(SweepStatement)
  case print([ExpressionID])
  /// `table a, b by c`, `table s: a, b by c`
  case table(source: ExpressionID?, [ExpressionID], by: [Name], destination: ExpressionID?)
  case plot(PlotStatement)
  /// `claim "text": condition`, `claim "text": condition until decided (max 20 seeds)`
  case claim(text: ExpressionID, ExpressionID, until: Decision?)
  /// `save r to "file.csv"`
  case save(ExpressionID, to: ExpressionID)
  /// `use "other.opt"`
  case use(ExpressionID)
  /// `precision f32`, `precision bf16 stochastic`
  case precision(Name, rounding: Name?)
  /// A statement of a type of its own, such as `compare r, flow(r)`.
  case node(any StatementNode)
  /// What is said about runs that are stepped.
  case session(SessionStatement)
}
