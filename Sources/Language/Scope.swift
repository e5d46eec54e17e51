package import Diagnostics

/// What a name stands for in one scope.
package struct Binding {
  package var value: Value
  package var isVariable: Bool
  /// Where the name was introduced; nil for built-in names.
  package var span: Span?
  /// What the name means besides, where two meanings meet that no reader could tell apart.
  var rival: Rival?
}

/// A second meaning of a name: it may be used only where both meanings are the same value.
///
/// An object, as hardly any binding has one and all are copied.
final class Rival {
  let value: Value
  /// Where the script defines it.
  let span: Span
  /// What the name means first, as in "`w` is an axis of the sweep, and a name of the script".
  let meaning: String

  init(value: Value, span: Span, meaning: String) {
    self.value = value
    self.span = span
    self.meaning = meaning
  }
}

/// Names of one block, function call or definition, with the scope around it.
///
/// Blocks nest by reference; closures capture variables by value through `capturing()`.
package final class Scope {
  package private(set) var parent: Scope?
  /// Whether this scope holds the arguments of a call: what lies outside cannot be changed from inside.
  private let isCall: Bool
  private var bindings = Bindings()

  package init(parent: Scope?, isCall: Bool = false) {
    self.parent = parent
    self.isCall = isCall
  }

  /// The binding of the name here or further out.
  package func lookup(_ name: String) -> Binding? {
    var scope: Scope? = self
    while let current = scope {
      if let binding = current.bindings[name] { return binding }
      scope = current.parent
    }
    return nil
  }

  /// The binding of the name in this scope alone.
  package func local(_ name: String) -> Binding? { bindings[name] }

  /// Binds a name in this scope.
  package func define(_ name: String, _ value: Value, isVariable: Bool = false, span: Span? = nil) {
    bindings[name] = Binding(value: value, isVariable: isVariable, span: span)
  }

  /// Notes that a name of this scope hides one that `outer` sees and a text has defined: a use of it must not choose in
  /// silence.
  func contest(_ name: String, with outer: Scope, as meaning: String) {
    guard let mine = bindings[name], let other = outer.lookup(name), let span = other.span else { return }
    var contested = mine
    contested.rival = Rival(value: other.value, span: span, meaning: meaning)
    bindings[name] = contested
  }

  /// The binding of the name before leaving the function that is running.
  func lookupInCall(_ name: String) -> Binding? {
    var scope: Scope? = self
    while let current = scope {
      if let binding = current.bindings[name] { return binding }
      scope = current.isCall ? nil : current.parent
    }
    return nil
  }

  /// Replaces the value of an existing variable; false when none can be reached.
  @discardableResult package func assign(_ name: String, _ value: Value) -> Bool {
    var scope: Scope? = self
    while let current = scope {
      if let old = current.bindings[name] {
        guard old.isVariable else { return false }
        current.bindings[name] = Binding(value: value, isVariable: true, span: old.span)
        return true
      }
      scope = current.isCall ? nil : current.parent
    }
    return false
  }

  /// Gives a name that is fixed for scripts another value, where it is bound: a run that goes on keeps its name.
  func rebind(_ name: String, _ value: Value) {
    var scope: Scope? = self
    while let current = scope {
      if let old = current.bindings[name] {
        current.bindings[name] = Binding(value: value, isVariable: old.isVariable, span: old.span)
        return
      }
      scope = current.parent
    }
  }

  /// Whether the name is found before leaving the function that is running.
  package func reaches(_ name: String) -> Bool {
    var scope: Scope? = self
    while let current = scope {
      if current.bindings[name] != nil { return true }
      scope = current.isCall ? nil : current.parent
    }
    return false
  }

  /// The names of this scope alone, sorted.
  package var localNames: [String] { bindings.names.sorted() }

  /// The runs that names of this scope alone stand for, in the order of the names.
  package var localRuns: [(name: String, run: RunValue)] { bindings.runs }

  /// All names in sight, sorted, for suggestions and completion.
  package var names: [String] {
    var seen: [String] = []
    var scope: Scope? = self
    while let current = scope {
      seen.append(contentsOf: current.bindings.names)
      scope = current.parent
    }
    return Array(Set(seen)).sorted()
  }

  /// This scope as a closure sees it later: variables keep the value they have now.
  package func capturing() -> Scope {
    var variables: [(String, Binding)] = []
    var scope: Scope? = self
    while let current = scope {
      variables += current.bindings.variables
      scope = current.parent
    }
    if variables.isEmpty { return self }
    let captured = Scope(parent: self)
    // Innermost first: a later, outer variable of the same name must not win.
    for (name, binding) in variables.reversed() { captured.define(name, binding.value, span: binding.span) }
    return captured
  }

  /// A copy of this scope and those around it: what is defined or assigned later does not reach it.
  package func frozen() -> Scope {
    let copy = Scope(parent: parent.map { $0.parent == nil ? $0 : $0.frozen() }, isCall: isCall)
    copy.bindings = bindings
    return copy
  }

  /// A copy of the bindings of this scope alone, to undo a statement that fails half-way.
  package func snapshot() -> ScopeSnapshot { ScopeSnapshot(bindings: bindings) }

  package func restore(_ snapshot: ScopeSnapshot) { bindings = snapshot.bindings }

  /// Forgets all names.
  ///
  /// A function bound in a scope holds the scope, so that neither would ever be freed by itself.
  package func clear() { bindings = Bindings() }
}

// MARK: Ending

extension Scope {
  /// Frees the scope of a block or call that has ended, where nothing but functions bound in it holds it.
  ///
  /// A function bound in a scope holds the scope, so that a loop which binds one would keep the scope of every turn.
  /// Functions that nothing else holds let go of the scope; if nobody else holds it now, they go with it, and otherwise
  /// they take it up again.
  static func end(_ scope: inout Scope) {
    guard scope.bindings.holdsFunctions, let outer = scope.parent, !isKnownUniquelyReferenced(&scope) else { return }
    var functions = scope.bindings.takeFunctions()
    for index in functions.indices {
      functions[index].letGo(of: scope, for: outer)
      functions[index].letCapturedGo(for: outer)
    }
    if isKnownUniquelyReferenced(&scope) { return }
    for function in functions {
      function.takeUp(scope)
      scope.bindings[function.name] = function.whole
    }
  }

  /// A function that was bound in a scope that ends.
  fileprivate struct BoundFunction {
    let name: String
    /// The binding without its value.
    private let binding: Binding
    private var closure: Closure?
    private var definition: DefinitionValue?
    /// The scope that the function has let go of: the one that ends, or one inside of it that holds captured variables.
    private var captured: Scope?
    private var hasLetGo = false

    init?(_ name: String, _ binding: Binding) {
      switch binding.value {
      case .function(.closure(let value)): closure = value
      case .function(.definition(let value)): definition = value
      default: return nil
      }
      self.name = name
      self.binding = Binding(value: .nothing, isVariable: binding.isVariable, span: binding.span, rival: binding.rival)
    }

    /// The binding with its value.
    var whole: Binding {
      var binding = binding
      if let closure { binding.value = .function(.closure(closure)) }
      if let definition { binding.value = .function(.definition(definition)) }
      return binding
    }

    private var scope: Scope? { closure?.scope ?? definition?.scope }

    private func hold(_ scope: Scope) {
      closure?.scope = scope
      definition?.scope = scope
    }

    /// Holds the outer scope instead, where the function is held by nothing but this and its scope is the one that ends.
    mutating func letGo(of ending: Scope, for outer: Scope) {
      guard let scope, scope === ending || scope.parent === ending else { return }
      guard closure == nil || isKnownUniquelyReferenced(&closure) else { return }
      guard definition == nil || isKnownUniquelyReferenced(&definition) else { return }
      if scope !== ending { captured = scope }
      hold(outer)
      hasLetGo = true
    }

    /// Lets the captured variables go of the scope too, where the function alone holds them.
    mutating func letCapturedGo(for outer: Scope) {
      if captured != nil, isKnownUniquelyReferenced(&captured) { captured?.parent = outer }
    }

    func takeUp(_ ending: Scope) {
      guard hasLetGo else { return }
      captured?.parent = ending
      hold(captured ?? ending)
    }
  }
}

/// The bindings of one scope at one moment.
package struct ScopeSnapshot {
  fileprivate let bindings: Bindings
}

/// Names with their bindings, cheap to copy and then to change: before every statement a copy is kept.
///
/// Most are in a part that copies share; what is new is in a small one, which is merged when it has grown.
private struct Bindings {
  private var settled: [String: Binding] = [:]
  private var recent: [String: Binding] = [:]
  /// Names of variables, which closures ask for.
  private var variableNames: [String] = []
  /// Names that stand, or stood, for runs: a session looks at all of them before every statement.
  private var runNames: Set<String> = []

  /// Whether functions with a scope of their own are, or were, among the values.
  private(set) var holdsFunctions = false

  private static let recentMax = 256

  subscript(name: String) -> Binding? {
    get { recent[name] ?? settled[name] }
    set {
      guard let newValue else { return }
      if newValue.isVariable, self[name]?.isVariable != true { variableNames.append(name) }
      if case .run = newValue.value { runNames.insert(name) }
      switch newValue.value {
      case .function(.closure), .function(.definition): holdsFunctions = true
      default: break
      }
      recent[name] = newValue
      guard recent.count > Self.recentMax else { return }
      settled.merge(recent) { _, new in new }
      recent = [:]
    }
  }

  /// All names, in no order.
  var names: [String] { settled.keys.filter { recent[$0] == nil } + recent.keys }

  /// The runs with their names, sorted.
  var runs: [(name: String, run: RunValue)] {
    runNames.sorted().compactMap { name in
      guard case .run(let run)? = self[name]?.value else { return nil }
      return (name, run)
    }
  }

  /// Takes the functions out; none of a scope with many names, which is not one of a loop's turn.
  mutating func takeFunctions() -> [Scope.BoundFunction] {
    guard settled.isEmpty else { return [] }
    var functions: [Scope.BoundFunction] = []
    for name in Array(recent.keys) {
      guard let binding = recent[name], let function = Scope.BoundFunction(name, binding) else { continue }
      functions.append(function)
      recent[name] = nil
    }
    return functions
  }

  /// What may change, with its value now.
  var variables: [(String, Binding)] {
    variableNames.compactMap { name in self[name].flatMap { $0.isVariable ? (name, $0) : nil } }
  }
}
