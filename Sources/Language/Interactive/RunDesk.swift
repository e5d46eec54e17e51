import Diagnostics
import Syntax

/// What is open in a session: the runs that are stepped, the present one, and what is watched of them.
struct RunDesk {
  /// A value that is shown whenever a run has moved.
  struct Watch {
    var text: String
    var expression: ExpressionID
    var code: Code
  }

  /// A run or fork, in the order in which they were made.
  struct Branch {
    var name: String
    /// The run that it comes from, and the step at which it left it.
    var parent: String?
    var step: Int
  }

  /// A plot that is drawn again while runs are stepped.
  struct LivePlot {
    var plot: PlotStatement
    var code: Code
    var span: Span
  }

  var livePlot: LivePlot?
  /// The run that is meant where none is named.
  var current: String?
  var watches: [Watch] = []
  var branches: [Branch] = []

  /// Notes a run and makes it the present one.
  mutating func choose(_ name: String) {
    open(name)
    current = name
  }

  /// Notes a fork that a script has made, with the step at which it left its source.
  mutating func noteFork(_ name: String, of source: String, in scope: Scope) {
    guard !branches.contains(where: { $0.name == name }), case .run(let run)? = scope.lookup(name)?.value else {
      return
    }
    open(name, from: source, at: run.definition?.firstStep ?? 0)
  }

  /// Notes a run; one of the same name that was there before is forgotten.
  mutating func open(_ name: String, from parent: String? = nil, at step: Int = 0) {
    branches.removeAll { $0.name == name }
    branches.append(Branch(name: name, parent: parent, step: step))
  }
}
