import Evaluation
import Language
import Syntax
import Testing

/// What the table of statements says is what the language does.
@Suite struct StatementFormTests {
  @Test func everyStatementOfItsOwnTypeDoesSomething() {
    let nodes = StatementForm.all.compactMap(\.node)
    #expect(!nodes.isEmpty)
    for node in nodes { #expect(node is any ExecutableStatement.Type, "\(node) is parsed and never executed") }
  }

  /// A name that a refused statement would have defined is not missed again.
  @Test(arguments: [
    ("let x = zeros([2]) + zeros([3])", "E0501"), ("var x = zeros([2]) + zeros([3])", "E0501"),
    ("let (x, y) = zeros([2]) + zeros([3])", "E0501"), ("input x = zeros([2]) + zeros([3])", "E0501"),
    ("run x = quadratic([1]) with gd(lr = 0.1) seed -1 for 3 steps", "E0603"),
    ("run x = quadratic([1]) with gd(lr = 0.1) for zeros([2]) + zeros([3]) steps", "E0501"),
    ("sweep x over a in [] { run quadratic([1]) with gd(lr = a) for 3 steps { record loss } }", "E0660"),
    ("start x = quadratic([1]) with gd(lr = -1)", "E0601"),
  ]) func whatARefusedStatementDefinesIsUnknown(statement: String, code: String) {
    let codes = checking(statement + "\nprint x").codes
    #expect(codes.first == code && !codes.contains("E0301"), "\(statement): \(codes)")
  }

  /// What a statement that is not certain to be executed assigns to is unknown behind it.
  @Test(arguments: ["if x.loss[0] > 0 { n = 5 }", "repeat int(final(x.loss)) { for k in 0..<2 { n += 1 } }"])
  func whatIsAssignedPerhapsIsUnknown(statement: String) {
    let script = """
      run x = quadratic([1]) with gd(lr = 0.1) for 3 steps { record loss }
      var n = 0
      \(statement)
      let v = zeros([3])
      print v[n]
      """
    #expect(!checking(script).codes.contains("E0504"), "\(checking(script).words)")
  }
}
