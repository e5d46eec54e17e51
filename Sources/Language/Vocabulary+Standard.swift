extension Vocabulary {
  /// All of it.
  package static let standard: Vocabulary = {
    var words = Vocabulary()
    words.addFunctions()
    words.addStaging()
    words.addMetrics()
    words.addResults()
    words.addTheory()
    words.addSessions()
    return words
  }()
}

extension Builtin {
  private static let table = FunctionTable(Vocabulary.standard.functions)

  /// All functions, sorted by name.
  package static var all: [Builtin] { table.all }

  package static func named(_ name: String) -> Builtin? { table.named(name) }
}
