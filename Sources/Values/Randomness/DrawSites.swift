package import Diagnostics
package import Syntax

/// The names of the places at which random numbers may be drawn: part of the key of every draw that has no seed of its
/// own.
///
/// A call is named by the binding or member in which it stands and by its number among the calls of the same function
/// there: `A.draw`, `A.draw#1`, `fit.U.draw`. Statements without a name share that of their kind: `print.draw#2`.
/// Numbers count in the order of the text, so that a place has one name however often and in whatever order it is
/// evaluated, and neither comments nor formatting nor other bindings have a part in it.
package struct DrawSites {
  /// A text whose places have names.
  private struct Known {
    var tree: Tree
    var prefix: String
    /// Calls of the same name in texts before: at a prompt a name that is bound again counts on.
    var before: [String: Int]
    var names: [Span: String]?
    /// Names of definitions that stand without arguments: `run r = NAME with …`; filled when the first one is asked for.
    var bareNames: [Span: String]?
  }

  /// How many places of each name the texts so far have.
  package struct Counts {
    fileprivate var calls: [String: Int] = [:]
    /// What had been counted before a file was used first.
    fileprivate var used: [String: [String: Int]] = [:]
  }

  private var texts: [UInt32: Known] = [:]
  /// The calls of the input whose statements are being counted, in the order of the text: looked for once, and not for
  /// each of its statements.
  private var counted: (file: UInt32, calls: [(span: Span, name: String)])?
  /// At a prompt this goes back with `undo`.
  package var counts = Counts()

  package init() {}

  /// Takes in a text of which nothing was counted before: a script, a definition of the library.
  package mutating func add(_ tree: Tree, prefix: String = "") {
    texts[tree.file] = Known(tree: tree, prefix: prefix, before: [:])
  }

  /// Takes in an input of a prompt, whose names count on from those before it.
  package mutating func add(input tree: Tree) {
    texts[tree.file] = Known(tree: tree, prefix: "", before: counts.calls)
  }

  /// Takes in a file that is used: its names are apart from those of the script, and two files with one name count on.
  package mutating func add(used tree: Tree, path: String) {
    let before = counts.used[path] ?? counts.calls
    counts.used[path] = before
    texts[tree.file] = Known(tree: tree, prefix: Self.usedPrefix, before: before)
    for (name, count) in Self.callCounts(tree, prefix: Self.usedPrefix) {
      counts.calls[name] = max(counts.calls[name] ?? 0, (before[name] ?? 0) + count)
    }
  }

  private static let usedPrefix = "use "

  /// Counts the places of statements that were carried out.
  package mutating func count(_ statements: [StatementID], of tree: Tree) {
    let calls: [(span: Span, name: String)]
    if let counted, counted.file == tree.file {
      calls = counted.calls
    } else {
      calls = Self.calls(in: tree)
      counted = (tree.file, calls)
    }
    for span in statements.map(tree.span) {
      var place = Self.first(of: calls, from: span.lower)
      while place < calls.count, calls[place].span.lower < span.upper {
        if calls[place].span.upper <= span.upper { counts.calls[calls[place].name, default: 0] += 1 }
        place += 1
      }
    }
  }

  /// The place of the first call that does not begin before `lower`.
  private static func first(of calls: [(span: Span, name: String)], from lower: UInt32) -> Int {
    var (low, high) = (0, calls.count)
    while low < high {
      let middle = (low + high) / 2
      if calls[middle].span.lower < lower { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The name of the call at a place.
  package mutating func name(of span: Span) -> String {
    guard var known = texts[span.file] else { return "elsewhere" }
    if known.names == nil {
      known.names = Self.names(known.tree, prefix: known.prefix, before: known.before)
      texts[span.file] = known
    }
    if let name = known.names?[span] { return name }
    if known.bareNames == nil {
      known.bareNames = Self.bareNames(known.tree, prefix: known.prefix)
      texts[span.file] = known
    }
    return known.bareNames?[span] ?? "elsewhere"
  }

  // MARK: Names

  /// Names that are no calls count apart from calls, so that they have no part in the calls' numbers.
  private static func bareNames(_ tree: Tree, prefix: String) -> [Span: String] {
    var numbers: [String: Int] = [:]
    var result: [Span: String] = [:]
    for place in places(in: tree, { if case .name(let name) = $0 { name } else { nil } }) {
      let name = prefix + place.name + "()"
      let number = numbers[name, default: 0]
      numbers[name] = number + 1
      result[place.span] = number == 0 ? name : "\(name)#\(number)"
    }
    return result
  }

  private static func names(_ tree: Tree, prefix: String, before: [String: Int]) -> [Span: String] {
    var numbers = before
    var result: [Span: String] = [:]
    for call in calls(in: tree) {
      let name = prefix + call.name
      let number = numbers[name, default: 0]
      numbers[name] = number + 1
      result[call.span] = number == 0 ? name : "\(name)#\(number)"
    }
    return result
  }

  private static func callCounts(_ tree: Tree, prefix: String) -> [String: Int] {
    var result: [String: Int] = [:]
    for call in calls(in: tree) { result[prefix + call.name, default: 0] += 1 }
    return result
  }

  /// All calls in the order of the text, each with what it stands in and what it calls.
  private static func calls(in tree: Tree) -> [(span: Span, name: String)] {
    places(in: tree) { if case .call(let callee, _, _) = $0 { calleeName(tree[callee]) } else { nil } }
  }

  /// All expressions that have a name, in the order of the text, each with what it stands in.
  private static func places(in tree: Tree, _ name: (Expression) -> String?) -> [(span: Span, name: String)] {
    var found: [(span: Span, callee: String)] = []
    for (index, expression) in tree.expressions.enumerated() {
      if let name = name(expression) { found.append((tree.expressionSpans[index], name)) }
    }
    guard !found.isEmpty else { return [] }
    found.sort { ($0.span.lower, $0.span.upper) < ($1.span.lower, $1.span.upper) }
    let regions = DrawRegion.all(in: tree)
    var next = 0
    var open: [DrawRegion] = []
    var last: Span?
    return found.compactMap { call in
      // What was read twice is one place.
      guard call.span != last else { return nil }
      last = call.span
      while next < regions.count, regions[next].lower <= call.span.lower {
        open.removeAll { $0.upper <= regions[next].lower }
        open.append(regions[next])
        next += 1
      }
      open.removeAll { $0.upper <= call.span.lower }
      let named = open.filter(\.isNamed).map(\.name)
      let owner = named.isEmpty ? open.last?.name ?? "" : named.joined(separator: ".")
      return (call.span, "\(owner).\(call.callee)")
    }
  }

  private static func calleeName(_ callee: Expression) -> String {
    switch callee {
    case .name(let name): name
    case .member(_, let name): name.text
    default: "call"
    }
  }
}

/// A stretch of text that gives its name to the draws in it: a binding, a member, a run, or a statement of some kind.
struct DrawRegion {
  var lower: UInt32
  var upper: UInt32
  var name: String
  /// Whether it has a name of its own.
  ///
  /// A statement without one gives the word of its kind, where nothing around it is named.
  var isNamed: Bool

  private init(_ span: Span, _ name: String, isNamed: Bool = true) {
    (lower, upper, self.name, self.isNamed) = (span.lower, span.upper, name, isNamed)
  }

  /// All regions of a text, outer ones before those in them.
  static func all(in tree: Tree) -> [DrawRegion] {
    var regions: [DrawRegion] = []
    for (index, statement) in tree.statements.enumerated() {
      let span = tree.statementSpans[index]
      if let name = name(of: statement, in: tree) {
        regions.append(DrawRegion(span, name))
      } else {
        regions.append(DrawRegion(span, word(for: statement), isNamed: false))
      }
      if case .definition(let definition) = statement { regions += members(of: definition) }
    }
    return regions.sorted { ($0.lower, $1.upper) < ($1.lower, $0.upper) }
  }

  /// What a statement gives a name to.
  private static func name(of statement: Statement, in tree: Tree) -> String? {
    switch statement {
    case .binding(let names, _, _): return isResult(names) ? nil : joined(names)
    case .input(let parameter): return parameter.name.text
    case .definition(let definition): return definition.name.text
    case .assignment(let target, _, _):
      switch tree[target] {
      case .name(let name): return name
      case .index(let base, _):
        if case .name(let name) = tree[base] { return name }
        return nil
      default: return nil
      }
    case .run(let run), .session(.start(let run)): return run.name?.text ?? "run"
    case .sweep(let sweep): return sweep.name?.text ?? "sweep"
    case .fork(_, _, _, let name, _), .session(.fork(_, let name, _)): return name.text
    default: return nil
    }
  }

  /// The word for a statement without a name.
  ///
  /// What a prompt shows and numbers stands in a saved script behind `let _3 =` or `inspect`: it has one word in all
  /// three forms.
  private static func word(for statement: Statement) -> String {
    switch statement {
    case .print: "print"
    case .table: "table"
    case .plot: "plot"
    case .claim: "claim"
    case .save: "save"
    case .use: "use"
    case .node(let node): type(of: node).form.words[0]
    case .ifElse: "if"
    case .forLoop: "for"
    case .whileLoop: "while"
    case .repeatLoop: "repeat"
    case .session(.inspect): "_"
    case .session: "session"
    default: "_"
    }
  }

  /// `_3`: how a saved session calls the third value that it showed.
  private static func isResult(_ names: [Name]) -> Bool {
    guard names.count == 1, let first = names.first?.text, first.hasPrefix("_") else { return false }
    return first.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
  }

  private static func joined(_ names: [Name]) -> String { names.map(\.text).joined(separator: ",") }

  private static func members(of definition: Definition) -> [DrawRegion] {
    guard case .members(let members) = definition.body else { return [] }
    return members.map { member in
      switch member {
      case .parameter(let declaration, let span), .draw(let declaration, let span), .noise(let declaration, let span):
        DrawRegion(span, declaration.name.text)
      case .state(let declarations, _, let span): DrawRegion(span, joined(declarations.map(\.name)))
      case .letBinding(let names, _, let span): DrawRegion(span, joined(names))
      case .sample(let names, _, _, let span): DrawRegion(span, joined(names))
      case .metric(let own, let span), .function(let own, let span), .apply(let own, let span):
        DrawRegion(span, own.name.text)
      case .loss(_, let span): DrawRegion(span, "loss")
      case .objective(_, let span): DrawRegion(span, "objective")
      case .facts(_, let span): DrawRegion(span, "facts")
      case .test(_, let span): DrawRegion(span, "test")
      case .bits(_, let span): DrawRegion(span, "bits")
      case .equation(let name, _, _, let span): DrawRegion(span, name.text + "'")
      case .stratonovich(let span): DrawRegion(span, "stratonovich")
      }
    }
  }
}
