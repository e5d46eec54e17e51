package import Diagnostics

/// What a name stands for in one scope.
package struct Binding {
  package var value: Value
  package var isVariable: Bool
  /// Where the name was introduced; nil for built-in names.
  package var span: Span?
  /// What the name means besides, where two meanings meet that no reader could tell apart.
  package var rival: Rival?
}

/// A second meaning of a name: it may be used only where both meanings are the same value.
///
/// An object, as hardly any binding has one and all are copied.
package final class Rival {
  package let value: Value
  /// Where the script defines it.
  package let span: Span
  /// What the name means first, as in "`w` is an axis of the sweep, and a name of the script".
  package let meaning: String

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
  package let parent: Scope?
  /// Whether this scope holds the arguments of a call: what lies outside cannot be changed from inside.
  private let isCall: Bool
  private var bindings = Bindings()
  /// What the language provides, where this scope holds that: it is the same for all, and nobody copies it.
  private let functions: FunctionTable?
  /// Whether a variable further out was given a value that may hold this scope.
  private(set) var isHeld = false

  package init(parent: Scope?, isCall: Bool = false) {
    self.parent = parent
    self.isCall = isCall
    functions = nil
  }

  private init(functions: FunctionTable) {
    parent = nil
    isCall = false
    self.functions = functions
  }

  /// The outermost scope: built-in functions and constants.
  static func ofLanguage(_ functions: FunctionTable) -> Scope { Scope(functions: functions) }

  /// The binding of the name in this scope alone.
  private func own(_ name: String) -> Binding? {
    if let binding = bindings[name] { return binding }
    return functions?.value(named: name).map { Binding(value: $0, isVariable: false, span: nil) }
  }

  /// The binding of the name here or further out.
  package func lookup(_ name: String) -> Binding? {
    var scope: Scope? = self
    while let current = scope {
      if let binding = current.own(name) { return binding }
      scope = current.parent
    }
    return nil
  }

  /// The binding of the name in this scope alone.
  package func local(_ name: String) -> Binding? { own(name) }

  /// Binds a name in this scope.
  package func define(_ name: String, _ value: Value, isVariable: Bool = false, span: Span? = nil) {
    bindings[name] = Binding(value: value, isVariable: isVariable, span: span)
  }

  /// Notes that a name of this scope hides one that `outer` sees and a text has defined: a use of it must not choose in
  /// silence.
  package func contest(_ name: String, with outer: Scope, as meaning: String) {
    guard let mine = bindings[name], let other = outer.lookup(name), let span = other.span else { return }
    var contested = mine
    contested.rival = Rival(value: other.value, span: span, meaning: meaning)
    bindings[name] = contested
  }

  /// The binding of the name before leaving the function that is running.
  package func lookupInCall(_ name: String) -> Binding? {
    var scope: Scope? = self
    while let current = scope {
      if let binding = current.own(name) { return binding }
      scope = current.isCall ? nil : current.parent
    }
    return nil
  }

  /// Replaces the value of an existing variable; false when none can be reached.
  @discardableResult package func assign(_ name: String, _ value: Value) -> Bool {
    var scope: Scope? = self
    while let current = scope {
      if let old = current.own(name) {
        guard old.isVariable else { return false }
        current.bindings[name] = Binding(value: value, isVariable: true, span: old.span)
        if !value.isPlain { hold(below: current) }
        return true
      }
      scope = current.isCall ? nil : current.parent
    }
    return false
  }

  /// Notes that a value in `outer` may hold this scope, and with it those between.
  private func hold(below outer: Scope) {
    var scope: Scope? = self
    while let current = scope, current !== outer {
      current.isHeld = true
      scope = current.parent
    }
  }

  /// Forgets all names of a block or call that has ended with `result`, if nothing outside can ask for them.
  ///
  /// A function or a run that is bound here holds this scope, so that neither would ever be freed by itself.
  package func end(with result: Value?) {
    if !isHeld, result?.isPlain ?? true { clear() }
  }

  /// Gives a name that is fixed for scripts another value, where it is bound: a run that goes on keeps its name.
  package func rebind(_ name: String, _ value: Value) {
    var scope: Scope? = self
    while let current = scope {
      if let old = current.own(name) {
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
      if current.own(name) != nil { return true }
      scope = current.isCall ? nil : current.parent
    }
    return false
  }

  /// The names of this scope alone, sorted.
  package var localNames: [String] { bindings.names.sorted() }

  /// The runs that names of this scope alone stand for, in the order of the names.
  package var localRuns: [(name: String, run: RunValue)] { bindings.runs }

  /// All names in sight, sorted, for completion.
  package var names: [String] { Set(namesInSight).sorted() }

  /// The names in sight that may be near a misspelt one, sorted.
  package func names(like name: String) -> [String] {
    let wanted = Letters(name)
    return Set(namesInSight.filter(wanted.mayBeNear)).sorted()
  }

  /// All names in sight, some twice, in no order.
  private var namesInSight: [String] {
    var seen: [String] = []
    var scope: Scope? = self
    while let current = scope {
      seen.append(contentsOf: current.bindings.names)
      if let functions = current.functions { seen.append(contentsOf: functions.names) }
      scope = current.parent
    }
    return seen
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
  package func clear() { bindings = Bindings() }
}

/// The bindings of one scope at one moment.
package struct ScopeSnapshot {
  fileprivate let bindings: Bindings
}

/// A binding in a place of its own.
private final class Bound {
  let binding: Binding
  init(_ binding: Binding) { self.binding = binding }
}

/// Names with their bindings, cheap to copy and then to change: before every statement a copy is kept.
///
/// What is new is in a small part, which is merged into a larger one when it has grown, and that into the largest: a
/// copy shares them all, and a change copies the smallest alone.
private struct Bindings {
  /// From the largest to the smallest; what is bound lies outside of them, as a copy of a part copies its entries.
  private var parts: [[String: Bound]] = [[:], [:], [:], [:]]
  /// Names of variables, which closures ask for.
  private var variableNames: [String] = []
  /// Names that stand, or stood, for runs: a session looks at all of them before every statement.
  private var runNames: Set<String> = []

  /// The most names of each part but the largest.
  private static let most = [Int.max, 4096, 256, 8]

  subscript(name: String) -> Binding? {
    get { (parts[3][name] ?? parts[2][name] ?? parts[1][name] ?? parts[0][name])?.binding }
    set {
      guard let newValue else { return }
      if newValue.isVariable, self[name]?.isVariable != true { variableNames.append(name) }
      if case .run = newValue.value { runNames.insert(name) }
      parts[3][name] = Bound(newValue)
      for part in [3, 2, 1] {
        guard parts[part].count > Self.most[part] else { return }
        let grown = parts[part]
        parts[part] = [:]
        parts[part - 1].merge(grown) { _, new in new }
      }
    }
  }

  /// All names, in no order.
  var names: [String] {
    parts.indices.flatMap { part in
      parts[part].keys.filter { name in !parts[(part + 1)...].contains { $0[name] != nil } }
    }
  }

  /// The runs with their names, sorted.
  var runs: [(name: String, run: RunValue)] {
    runNames.sorted().compactMap { name in
      guard case .run(let run)? = self[name]?.value else { return nil }
      return (name, run)
    }
  }

  /// What may change, with its value now.
  var variables: [(String, Binding)] {
    variableNames.compactMap { name in self[name].flatMap { $0.isVariable ? (name, $0) : nil } }
  }
}
