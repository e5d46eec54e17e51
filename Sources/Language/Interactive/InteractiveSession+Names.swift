import Data
import Diagnostics
import Evaluation
import Experiments
import Library
import Syntax
import Values

/// What is in sight at the prompt, for completion and help.
extension InteractiveSession {
  /// A name of the session and what it stands for.
  package struct Variable: Sendable {
    package var name: String
    package var summary: String
  }

  /// A parameter of something callable: its name, and all that its definition says of it.
  package struct CalleeParameter: Sendable {
    package var name: String
    package var text: String
  }

  /// The names that inputs have defined, without the numbered results.
  package var variables: [Variable] {
    evaluator.globals.localNames.filter { !Self.isResult($0) }.map { name in
      Variable(name: name, summary: evaluator.globals.local(name).map { ValueDisplay.summary($0.value) } ?? "")
    }
  }

  /// Every name that an expression may begin with.
  package var names: [String] {
    var names = Set(evaluator.globals.names.filter { !$0.contains(".") })
    names.formUnion(LibraryEntries.all.map(\.name))
    names.formUnion(BundledData.names)
    return names.sorted()
  }

  /// The runs and forks of the session, in the order in which they were made.
  package var runNames: [String] { context.desk.branches.map(\.name).filter { defines($0) } }

  private var presentRun: RunValue? {
    guard let name = context.desk.current, case .run(let run)? = evaluator.globals.lookup(name)?.value else {
      return nil
    }
    return run
  }

  /// What the present run has recorded.
  package var recordedNames: [String] { presentRun?.series.map(\.name) ?? [] }

  static func isResult(_ name: String) -> Bool {
    name.hasPrefix("_") && name.dropFirst().allSatisfy(\.isNumber)
  }

  /// The number of a result by its name, `_3`; nil for other names.
  static func number(ofResult name: String) -> Int? { isResult(name) ? Int(name.dropFirst()) : nil }

  /// Whether an input has defined the name.
  package func defines(_ name: String) -> Bool { evaluator.globals.local(name) != nil }

  /// Names of what a run, instance or data set is made of: `r.` gives its series, parameters and properties.
  package func members(of path: String) -> [String] {
    let parts = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let first = parts.first else { return [] }
    if parts.count == 1, !defines(first), BundledData.names.contains(first) {
      return Evaluator.datasetProperties + Evaluator.datasetMethods
    }
    guard let binding = evaluator.globals.lookup(first) else {
      // `net.layer1` of what is recorded or watched speaks of the present run.
      return presentRun.map { Self.heads(of: $0.members, below: parts[...]) } ?? []
    }
    switch binding.value {
    case .run(let run): return Self.heads(of: run.members, below: parts.dropFirst())
    case .dataset where parts.count == 1: return Evaluator.datasetProperties + Evaluator.datasetMethods
    case .series where parts.count == 1: return ["at", "count", "positions", "values"]
    case .tensorSeries where parts.count == 1: return ["at", "count", "positions", "shape", "values"]
    case .along where parts.count == 1: return ["at", "count", "labels", "positions", "values"]
    case .estimate where parts.count == 1: return ["error", "high", "low", "value"]
    case .tensor where parts.count == 1: return ["T", "cols", "count", "rows", "shape"]
    case .instance(let instance) where parts.count == 1: return instance.scope.localNames
    default: return []
    }
  }

  /// The next parts of the paths that begin with the given ones, each once.
  private static func heads(of paths: [String], below prefix: ArraySlice<String>) -> [String] {
    let start = prefix.map { $0 + "." }.joined()
    var heads: [String] = []
    for path in paths where path.hasPrefix(start) {
      let head = String(path.dropFirst(start.count).prefix { $0 != "." })
      if !head.isEmpty, heads.last != head, !heads.contains(head) { heads.append(head) }
    }
    return heads.sorted()
  }

  /// The parameters of a function, optimizer, problem or the like; empty where the name is none.
  package func parameters(of callee: String) -> [CalleeParameter] {
    if let binding = evaluator.globals.lookup(callee) {
      switch binding.value {
      case .function(.definition(let value)):
        return value.definition.parameters.map { parameter($0, in: value.code.tree) }
      case .function(.builtin(let builtin)):
        return builtin.parameters.map {
          CalleeParameter(name: $0.name, text: $0.isRequired ? $0.name : "\($0.name) = …")
        }
      default: return []
      }
    }
    if let builtin = Builtin.named("dataset." + callee) {
      // The first is the data set before the dot.
      return builtin.parameters.dropFirst().map {
        CalleeParameter(name: $0.name, text: $0.isRequired ? $0.name : "\($0.name) = …")
      }
    }
    guard let entry = LibraryEntries.entry(named: callee) else { return [] }
    let tree = context.parseLibrary(entry)
    for case .definition(let definition) in tree.body.map({ tree[$0] }) where definition.name.text == callee {
      return definition.parameters.map { parameter($0, in: tree) }
    }
    return []
  }

  /// `lr > 0 = 1e-3`, as the definition writes it.
  private func parameter(_ parameter: Parameter, in tree: Tree) -> CalleeParameter {
    var end = parameter.name.span
    for size in parameter.shape ?? [] { end = tree.span(size) }
    switch parameter.constraint {
    case .compare(_, let bound), .inside(let bound): end = tree.span(bound)
    case nil: break
    }
    if let initial = parameter.initial { end = tree.span(initial) }
    let whole = Span(
      file: tree.file, lower: parameter.name.span.lower, upper: max(end.upper, parameter.name.span.upper))
    return CalleeParameter(name: parameter.name.text, text: context.sources.text(whole))
  }

  /// What a name of the session or a built-in function is, for help; nil for names of the library and unknown ones.
  package func description(of name: String) -> String? {
    if Self.isResult(name) || defines(name), let binding = evaluator.globals.local(name) {
      if case .function(.definition(let value)) = binding.value, !value.definition.documentation.isEmpty {
        return ValueDisplay.summary(binding.value) + "\n" + value.definition.documentation
      }
      return ValueDisplay.text(binding.value, name: name)
    }
    guard let builtin = Builtin.named(name) ?? Builtin.named("dataset." + name) else { return nil }
    return builtin.signature + "\n" + builtin.summary
  }

  /// The built-in functions with a line on each.
  package static var builtinSummaries: [(name: String, summary: String)] {
    Builtin.all.map { ($0.name, $0.summary) }
  }

  /// The text of a definition that an input made; nil for other names.
  package func definitionText(of name: String) -> String? {
    guard case .function(.definition(let value))? = evaluator.globals.local(name)?.value else { return nil }
    for id in value.code.tree.body {
      if case .definition(let definition) = value.code.tree[id], definition.name == value.definition.name {
        return context.sources.text(value.code.tree.span(id))
      }
    }
    return nil
  }

  /// Files and folders below a path that begin as given, for completion.
  package func files(beginningWith path: String) -> [String] {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? ""
    let start = slash.map { String(path[path.index(after: $0)...]) } ?? path
    return context.host.list(folder.isEmpty ? "." : folder).filter { $0.hasPrefix(start) && !$0.hasPrefix(".") }
      .map { folder + $0 }.sorted()
  }
}
