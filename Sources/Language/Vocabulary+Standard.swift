import Builtins
import Metrics
import Results
import Staging
import Theory
package import Values

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
    words.close()
    return words
  }()
}

extension Builtin {
  /// All functions, sorted by name.
  package static var all: [Builtin] { Vocabulary.standard.table.all }

  package static func named(_ name: String) -> Builtin? { Vocabulary.standard.table.named(name) }
}
