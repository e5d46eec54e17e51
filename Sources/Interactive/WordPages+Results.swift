// Pages on what is made of runs.
extension WordPage {
  static let statistics = [
    WordPage(
      words: ["over"], summary: "statistics along an axis of a sweep, or over its seeds",
      forms: """
        FUNCTION(VALUE [where CONDITION] over AXIS [by AXIS])        AXES in parentheses: over (lr, b), by (rule, d)
        slope(final(s.x) over d by rule)         the log-log exponent along d, one for each rule
        argmin(final(s.x) over lr by width)      the lr, with those that are as good at this noise
        first(final(s.x) > 100 over d)           the first d at which it holds: 16, > 64 or ≤ 8
        var, std, quantile, median (VALUE over seed)     with intervals, from 5 seeds on or where order statistics give them
        mean, max, min, count, increasing (VALUE over AXIS)
        fit(VALUE over d, (d, c > 0 = 1, a in -5...5) => c * d^a)     a function m, with m.c and m.a
        seeds are averaged by themselves, unless they are the axis; every other axis is gone along, kept or fixed
        errors are by leaving out one seed at a time, so that differences over the same seeds are paired
        var over seed is Σ (x − mean)² / (n − 1), as an estimate of what other seeds would give
        (VALUE where lr == best)    best: another result for each combination of other axes, as of `argmin(… over lr by width)`
        a run that diverged is beyond every number, or is left out: `where not diverged`
        """,
      example: """
        sweep s over lr in [0.05, 0.1, 0.2], d in [1.0, 2.0], seed in 1...3 {
          run quadratic([1, d]) with gd(lr = lr) for 20 steps { record loss }
        }
        print argmin(final(s.loss) over lr by d)
        print slope(final(s.loss) over lr by d)
        """)
  ]

  static let results = [
    WordPage(
      words: ["print"], summary: "values, in words of one's own",
      forms: """
        print VALUE, VALUE, …
        print "text {VALUE:.3f}"          .3f, .2e, .4g, .1%, d; `\\{` is a brace
        """,
      example: """
        let lr = 0.05
        print "step size {lr:.3f}", 2 / lr
        """),
    WordPage(
      words: ["table", "by"], summary: "results as rows and columns",
      forms: """
        table VALUE, VALUE, …
        table SWEEP: VALUE, … by AXIS, …      a row for each value of the axes, with errors over seeds
        … to "FILE.csv"                       to a file; also .md and .tex
        """,
      example: """
        sweep s over lr in [0.05, 0.1], seed in 1...3 {
          run rosenbrock() with gd(lr = lr / 100) seed seed for 20 steps { record loss }
        }
        table s: final(loss) by lr
        """),
    WordPage(
      words: [
        "plot", "of", "vs", "line", "color", "band", "facet", "title", "xlabel", "ylabel", "xlim", "ylim", "size",
        "logx",
        "logy", "logz", "loglog", "points", "errorbars", "heat", "histogram", "live", "to",
      ],
      summary: "series as curves, on the terminal or in a file",
      forms: """
        plot METRIC, … of RUN, … [vs step | epoch | index | time], OPTIONS [to "FILE.svg"]
        plot VALUE "NAME", … vs AXIS      series, values along an axis, functions of the axis; a name behind each
        plot r.loss vs r.sharpness        one series against another
        plot SWEEP.METRIC vs step, color AXIS, OPTIONS
        plot (VALUE over (lr, b)), heat   two axes of a sweep as a table of colours; logz by the logarithm
        logx, logy, loglog, points, errorbars, histogram
        title "TEXT", xlabel "TEXT", ylabel "TEXT"
        xlim (A, B), ylim (A, B)          what part of an axis is shown
        size (8.6, 6)                     width and height of a picture file in centimetres
        line AT "LABEL"                   a line at a height
        color AXIS, facet AXIS, band AXIS colours, panels with common axes, bands by an axis of a sweep
        live                              at the prompt: drawn again while its runs are stepped
        to "FILE.svg"                     also .png and .pdf
        """,
      example: """
        run r = rosenbrock() with gd(lr = 1e-3) for 100 steps { record loss }
        plot loss of r vs step, logy, title "descent"
        """),
    WordPage(
      words: ["claim", "within", "until", "decided", "max", "seeds"], summary: "a comparison with a verdict",
      forms: """
        claim "TEXT": VALUE < VALUE       supported, refuted or undecided, with the test that decided
        VALUE ≈ VALUE within 5%           `~=` for ≈; a fraction of the right side, or a distance
        … by AXIS                         one verdict for all values of an axis
        … until decided (max 30 seeds)    more seeds of its sweep until there is a verdict
        """,
      example: """
        run r = quadratic([1, 0.5]) with gd(lr = 0.1) for 100 steps { record loss }
        claim "it gets down": final(r.loss) < 1e-3
        """),
    WordPage(
      words: ["save"], summary: "results in files",
      forms: """
        save RUN to "FILE.csv"            its series; also .jsonl, and .npz with the last state
        save RUN to "FILE.run"            the run itself, for `rerun("FILE.run")`
        save VALUE to "FILE.npy"
        save "FILE.opt"                   at the prompt: the session as a script
        save "FILE.svg"                   at the prompt: the last plot
        """,
      example: """
        run r = rosenbrock() with gd(lr = 1e-3) for 10 steps { record loss }
        save r to "r.csv"
        """),
    WordPage(
      words: ["compare"], summary: "runs beside each other, and a run beside its theory",
      forms: """
        compare RUN, RUN, …
        compare RUN, flow(RUN), sde(RUN)
        """,
      example: """
        run r = quadratic([1, 0.5]) with gd(lr = 0.1) for 50 steps { record loss }
        compare r, flow(r)
        """),
    WordPage(
      words: ["ensemble", "paths"], summary: "many paths of a process, or of a problem's run, that step together",
      forms: """
        ensemble NAME = PROCESS paths COUNT dt STEP until TIME { record … }
        ensemble NAME = PROBLEM with OPTIMIZER paths COUNT for STEPS steps { record … }
        record STATISTIC(VALUE over path) every …   mean, var, std, sum, count, min, max, median, quantile(…, q): a series,
                                                    with its standard error over the paths
        (VALUE where CONDITION over path)           of the paths for which it holds; `where not diverged`
        record VALUE at TIME, record VALUE at end   its value for each path
        record first(time where CONDITION)          when it first holds, for each path; of equations without noise the time
                                                    within a step, else that of its end (`?process`)
        NAME.VALUE                                  a series, or one value for each path
        NAME.paths, NAME.diverged                   how many there are, and how many left the finite numbers
        path 0 is the run of the same seed; a smaller ensemble has the first paths of a larger one
        of a problem, path k is the run of `seed` + k, bit for bit
        """,
      example: """
        ensemble e = ornstein_uhlenbeck() paths 5000 dt 0.05 until 4 {
          record mean(x over path), var(x over path) every 0.5 time
          record first(time where x > 0.5) as hit
          record x at end
        }
        print final(e.var), median(e.hit)
        claim "it is stationary in the end": same_law(e.x, stationary_law(ornstein_uhlenbeck()))
        """),
  ]
}
