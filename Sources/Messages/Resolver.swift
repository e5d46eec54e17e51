package import Diagnostics
package import Syntax

/// What a call of a definition may be given.
package struct Signature: Hashable, Sendable {
  package var name: String
  package var parameters: [String]
  /// Those without a default.
  package var required: [String]
  /// Arguments that may stand without their name.
  package var positionalMax: Int
  /// A call of an optimizer may leave arguments open until a run needs them: `threshold(heavy_ball(momentum = 0.9), …)`.
  package var mayStayOpen = false

  package init(name: String, parameters: [String], required: [String], positionalMax: Int) {
    self.name = name
    self.parameters = parameters
    self.required = required
    self.positionalMax = positionalMax
  }

  package init(_ definition: Definition) {
    name = definition.name.text
    parameters = definition.parameters.map(\.name.text)
    required = definition.parameters.filter { $0.initial == nil }.map(\.name.text)
    positionalMax = [.function, .metric, .network].contains(definition.kind) ? parameters.count : 2
    mayStayOpen = definition.kind == .optimizer
  }
}

/// What a file sees of the world around it.
package struct Surroundings {
  /// Built-in names, the library's, data sets, and in a session what earlier inputs defined.
  package var names: Set<String>
  /// How an outer definition may be called; nil where the resolver shall not judge.
  package var signature: (String) -> Signature?
  /// Makes the spellings of a hyper-parameter equal, `eta` and `η`.
  package var canonical: (String) -> String

  package init(
    names: Set<String>, signature: @escaping (String) -> Signature? = { _ in nil },
    canonical: @escaping (String) -> String = { $0 }
  ) {
    self.names = names
    self.signature = signature
    self.canonical = canonical
  }
}

/// Finds mistakes with names and arguments in a whole file without running it, also in definitions that nothing uses.
///
/// A pure function of the tree. It reports what is certain: unknown names in statements and definitions, second
/// definitions of a name in sight, assignments to what is fixed or unknown, and calls of known definitions with unknown,
/// repeated, surplus or missing arguments. What depends on a run (names in `record`, in hyper-parameters, in tables, plots,
/// claims and metrics) is left to the evaluator. A name is reported once.
package final class Resolver {
  struct Entry {
    var span: Span
    var isVariable = false
    /// Definitions around it.
    var depth = 0
    /// A parameter: it may have the name of something outside, and does not change.
    var isParameter = false
  }

  let tree: Tree
  let surroundings: Surroundings
  var diagnostics: [Diagnostic] = []
  var scopes: [[String: Entry]] = [[:]]
  /// Definitions of the file by name; the first of each.
  private(set) var definitions: [String: Definition] = [:]
  /// Everything that the top level defines anywhere: bodies run later and see all of it.
  private var topLevelNames: [String: Span] = [:]
  /// Bodies being looked at; 0 at the top level.
  var definitionDepth = 0
  /// Whether an unknown name is certainly a mistake.
  var isStrict = true
  /// A file that is used brings names that are not known here.
  private let hasUses: Bool
  private var reported: Set<String> = []

  /// Names that an update rule, a hyper-parameter or a metric may use.
  static let stepNames = Set(StepName.allCases.map(\.rawValue))

  /// Whether a name is that of a Brownian motion's increment, such as `dB` and `dB1`.
  private static func isIncrement(_ name: String) -> Bool {
    name.hasPrefix("dB") && name.dropFirst(2).allSatisfy(\.isNumber)
  }

  /// The findings about a file, in the order of its text.
  package static func resolve(_ tree: Tree, in surroundings: Surroundings) -> [Diagnostic] {
    let resolver = Resolver(tree, surroundings)
    resolver.run()
    return resolver.diagnostics.sorted { ($0.span?.lower ?? 0) < ($1.span?.lower ?? 0) }
  }

  /// Both lists in the order of the text, without findings that say the same of the same place.
  package static func merge(_ first: [Diagnostic], _ second: [Diagnostic]) -> [Diagnostic] {
    var merged = first
    let known = Set(first.map(\.identity))
    for finding in second where !known.contains(finding.identity) { merged.append(finding) }
    return merged.enumerated().sorted {
      ($0.element.span?.file ?? 0, $0.element.span?.lower ?? 0, $0.offset)
        < ($1.element.span?.file ?? 0, $1.element.span?.lower ?? 0, $1.offset)
    }.map(\.element)
  }

  private init(_ tree: Tree, _ surroundings: Surroundings) {
    self.tree = tree
    self.surroundings = surroundings
    hasUses = tree.body.contains { if case .use = tree[$0] { true } else { false } }
  }

  private func run() {
    for id in tree.body { collect(id) }
    var bodies: [Definition] = []
    for id in tree.body {
      if case .definition(let definition) = tree[id] {
        declare(definition.name)
        bodies.append(definition)
      } else {
        visit(id)
      }
    }
    for definition in bodies { visit(definition) }
  }

  // MARK: - Names

  /// Notes what a statement of the top level defines.
  private func collect(_ id: StatementID) {
    if case .definition(let definition) = tree[id], definitions[definition.name.text] == nil {
      definitions[definition.name.text] = definition
    }
    for name in tree.names(definedBy: id) where topLevelNames[name.text] == nil { topLevelNames[name.text] = name.span }
  }

  /// Introduces a name; one in sight that the file has defined must not be hidden.
  func declare(_ name: Name, isVariable: Bool = false) {
    guard !name.text.isEmpty else { return }
    // A function's own names are its own: what stands outside of it is not hidden from anyone.
    if let first = entry(name.text), first.depth == definitionDepth,
      !first.isParameter || scopes.last?[name.text] != nil
    {
      diagnostics.append(.alreadyDefined(name.text, first: first.span, at: name.span))
      return
    }
    scopes[scopes.count - 1][name.text] = Entry(span: name.span, isVariable: isVariable, depth: definitionDepth)
  }

  /// Introduces a parameter, the variable of a generator, or the like; it may hide a name further out.
  func declareParameter(_ name: Name) {
    scopes[scopes.count - 1][name.text] = Entry(span: name.span, depth: definitionDepth, isParameter: true)
  }

  /// What a name means here, innermost first.
  func entry(_ name: String) -> Entry? {
    for scope in scopes.reversed() {
      if let entry = scope[name] { return entry }
    }
    return nil
  }

  func inScope(_ body: () -> Void) {
    scopes.append([:])
    body()
    scopes.removeLast()
  }

  /// Runs `body` where unknown names are nobody's mistake yet.
  func leniently(_ body: () -> Void) {
    let saved = isStrict
    isStrict = false
    body()
    isStrict = saved
  }

  func isKnown(_ name: String) -> Bool {
    if name.isEmpty || entry(name) != nil || surroundings.names.contains(name) { return true }
    if definitions[name] != nil { return true }
    guard definitionDepth > 0 else { return false }
    return topLevelNames[name] != nil || Self.stepNames.contains(name) || Self.isIncrement(name)
  }

  /// Mistakes for which similar names are looked for.
  private static let suggestionsMax = 64

  /// Reports a name that nothing defines, once.
  func use(_ name: String, at span: Span) {
    guard isStrict, !hasUses, !isKnown(name), reported.insert(name).inserted else { return }
    // More than are shown need none.
    let near = diagnostics.count < Self.suggestionsMax ? nearest(to: name) : []
    var finding = Diagnostic.unknownName(name, near: near, at: span)
    if let later = topLevelNames[name] {
      finding.help = []
      finding.edits = []
      finding.labels = [Diagnostic.Label(later, "it is defined only here")]
    }
    diagnostics.append(finding)
  }

  /// Names in sight that are spelt nearly like it: those of the file first.
  func nearest(to name: String) -> [String] {
    let letters = Letters(name)
    func near(_ names: some Sequence<String>) -> [String] { names.filter(letters.mayBeNear) }
    let own = Set(scopes.flatMap { near($0.keys) }).union(near(topLevelNames.keys))
    return Suggestion.nearest(to: name, in: own.sorted() + near(surroundings.names).sorted())
  }
}
