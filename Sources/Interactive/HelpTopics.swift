/// Pages on what one does at the prompt, each found by several words.
enum HelpTopics {
  struct Topic: Sendable {
    let words: [String]
    let summary: String
    let text: String
  }

  /// The page of a topic; nil for other words.
  static func page(_ word: String) -> String? {
    all.first { $0.words.contains(word) }.map { "\($0.summary)\n\n\($0.text)" }
  }

  static let all: [Topic] = [
    Topic(
      words: ["values", "results", "_"], summary: "values are shown, and numbered to be used again",
      text: """
          > 3 * 4
          _1 = 12
          > _1 + 1              # `_` is the last value, `_1`, `_2`, … are the earlier ones
        """),
    Topic(
      words: ["step", "start", "back", "goto", "stepping"], summary: "stepping through a run, and going back",
      text: """
          > start r = fit(D) with gd(lr = 0.2)   # at step 0; it records the loss every 10 steps unless it says `record`
          > step                                 # one step
          > step 500
          > step until sharpness > 2/lr          # hyper-parameters, `loss`, `g`, `x` and metrics have their names
          > step r, s 1000                       # several runs in line, with the same randomness
          > back 40                              # exactly the state of 40 steps ago, bit for bit
          > goto 1800
          > when sharpness > 9                   # the first such step, also of what was never recorded
          > r.net.layer1.W[0]                    # the present parameters by their paths

        Ctrl-C stops between two steps; the run goes on from there.
        """),
    Topic(
      words: ["fork", "change", "switch", "diff", "branches", "tree"], summary: "branches of a run, and what differs",
      text: """
          > fork r as s { lr = 0.1 }       # another run from here on, with a change
          > fork r at 1800 as s { lr *= 2 }
          > change { momentum = 0 }        # the present run itself; kept: whoever goes back and on meets it again
          > switch s                       # the run that is meant where none is named
          > diff r, s                      # parameters, states, metrics, and where they part
          > :tree
        """),
    Topic(
      words: ["watch", "unwatch", "inspect", "spectrum", "why", "looking"], summary: "looking at a run",
      text: """
          > watch sharpness, norm(g)       # shown whenever a run has moved, and live while it does
          > unwatch sharpness
          > record sharpness every 20      # also of the steps that have been made
          > inspect                        # parameters, states, hyper-parameters, the samples of the next batch
          > sharpness * lr                 # any value on the present state
          > inspect g                      # the same, also where the session has a name of its own for it
          > inspect batch                  # the samples of the next step, their loss and its gradient
          > spectrum 8                     # largest eigenvalues of the Hessian
          > why                            # the last change of the loss: slope, curvature, the rest
          > plot loss of r, s, live        # drawn again while they are stepped, until `unwatch`
          > plot loss of r, s              # `save "x.svg"` then writes the picture
        """),
    Topic(
      words: ["derivatives", "kinks", "subgradients"], summary: "derivatives at kinks, in masks and at 0/0",
      text: """
        What is smooth has its own derivatives, also where its formula has a root of 0: norm(x)^2, std(v)^2, sqrt(x^4).

          > grad(norm)([0.0, 0.0])                        # [0, 0]: at a kink one slope of those around it. 0 for abs, relu,
                                                          # norm and std, the first of equals for max and min
          > hessian(norm)([0.0, 0.0])                     # nan: that slope was chosen, it has no derivative of its own
          > grad(x => where(x > 0, x * log(x), 0))(0.0)   # 0: of a branch that is not taken nothing arrives, not even nan
          > grad(x => safe_divide(x, x))(0.0)             # nan: 0/0 is 0 by definition, and has no derivative there
        """),
    Topic(
      words: ["input", "lines", "paste"], summary: "inputs of several lines, history, and keys",
      text: """
        An input goes on while a bracket is open or the line ends in an operator; the prompt is then `…`.
        A pasted script is one input. What stands on one line is one unit: where a statement of it fails,
        nothing of the line has happened. A name may be defined anew.

          Tab      complete a name, an argument, a path into parameters, a file
          Up, Ctrl-R   earlier inputs, and searching them; one that begins with a blank is not kept
          Ctrl-C   forget the line, or stop the computation; twice within a second: leave
          Ctrl-D   leave
        """),
  ]
}
