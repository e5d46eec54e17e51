package import Diagnostics
package import Syntax

/// What is open in a session: the runs that are stepped, the present one, and what is watched of them.
package struct RunDesk {
  /// A value that is shown whenever a run has moved.
  package struct Watch {
    package var text: String
    package var expression: ExpressionID
    package var code: Code

    package init(text: String, expression: ExpressionID, code: Code) {
      self.text = text
      self.expression = expression
      self.code = code
    }
  }

  /// A run or fork, in the order in which they were made.
  package struct Branch {
    package var name: String
    /// The run that it comes from, and the step at which it left it.
    package var parent: String?
    package var step: Int
  }

  /// A plot that is drawn again while runs are stepped.
  package struct LivePlot {
    package var plot: PlotStatement
    package var code: Code
    package var span: Span

    package init(plot: PlotStatement, code: Code, span: Span) {
      self.plot = plot
      self.code = code
      self.span = span
    }
  }

  package var livePlot: LivePlot?
  /// The run that is meant where none is named.
  package var current: String?
  package var watches: [Watch] = []
  package var branches: [Branch] = []

  /// Notes a run and makes it the present one.
  package mutating func choose(_ name: String) {
    open(name)
    current = name
  }

  /// Notes a fork that a script has made, with the step at which it left its source.
  package mutating func noteFork(_ name: String, of source: String, in scope: Scope) {
    guard !branches.contains(where: { $0.name == name }), case .run(let run)? = scope.lookup(name)?.value else {
      return
    }
    open(name, from: source, at: run.definition?.firstStep ?? 0)
  }

  /// Notes a run; one of the same name that was there before is forgotten.
  package mutating func open(_ name: String, from parent: String? = nil, at step: Int = 0) {
    branches.removeAll { $0.name == name }
    branches.append(Branch(name: name, parent: parent, step: step))
  }
}
