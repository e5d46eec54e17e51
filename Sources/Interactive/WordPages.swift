import Language
import Runs
import Syntax

/// Pages on the words of the language: what follows each, and an example that runs.
///
/// Every word of the grammar is on one; those of several statements are on the page of the one that they are met in first.
struct WordPage: Sendable {
  let words: [String]
  let summary: String
  /// What follows the words: a line for each form, in the notation of messages.
  let forms: String
  /// A script that runs as it stands.
  let example: String

  /// The page of a word; nil for other words.
  static func of(_ word: String) -> WordPage? { (all + made).first { $0.words.contains(word) } }

  /// Pages of words that have none here, from the tables of statements and clauses.
  static let made: [WordPage] = {
    let written = Set(all.flatMap(\.words))
    let statements = StatementForm.all.filter { written.isDisjoint(with: $0.words) }.map { form in
      WordPage(words: form.words, summary: form.help, forms: "\(form.words.joined(separator: ", ")) …", example: "")
    }
    let clauses = ClauseSummary.all.filter { !written.contains($0.word) }.map { clause in
      let subjects = (clause.isOfProblem ? ["a problem"] : []) + (clause.isOfProcess ? ["a process"] : [])
      return WordPage(
        words: [clause.word], summary: clause.help,
        forms: "run … \(form(of: clause.word)) …    of \(subjects.joined(separator: " or of "))", example: "")
    }
    return statements + clauses
  }()

  /// A clause with what follows its word: `seed NUMBER`, `batch NUMBER [cyclic | shuffled]`.
  private static func form(of clause: String) -> String {
    guard let shape = ClauseShape.of(clause) else { return clause }
    let choices = shape.choices.joined(separator: " | ")
    let words = choices.isEmpty ? [] : [shape.mayLackChoice ? "[\(choices)]" : choices]
    return ([clause] + (shape.takesValue ? ["NUMBER"] : []) + words).joined(separator: " ")
  }

  /// As it is shown.
  var text: String {
    func indented(_ text: String) -> String {
      text.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }.joined(separator: "\n")
    }
    let page = "\(summary)\n\n\(indented(forms))"
    return example.isEmpty ? page : page + "\n\nexample:\n\(indented(example))"
  }

  static let all = values + definitions + runs + statistics + results
}

/// The pages of help that need no session.
package enum LanguageHelp {
  /// What a word of the language is for, or what one does with it at the prompt; nil for other words.
  package static func page(_ word: String) -> String? { WordPage.of(word)?.text ?? HelpTopics.page(word) }

  /// All words that have a page.
  package static var words: [String] {
    (WordPage.all + WordPage.made).flatMap(\.words) + HelpTopics.all.flatMap(\.words)
  }

  /// The examples, each with the first word of its page.
  package static var examples: [(word: String, text: String)] { WordPage.all.map { ($0.words[0], $0.example) } }
}

extension WordPage {
  private static let values = [
    WordPage(
      words: ["let", "var", "true", "false"], summary: "names for values",
      forms: """
        let NAME = VALUE              a name that stays what it is
        let (NAME, NAME) = VALUE      the parts of a pair
        var NAME = VALUE              a name that `NAME = …`, `NAME += …` may change
        true, false                   the truth values
        """,
      example: """
        let (train, test) = chebyshev(degree = 3, points = 40).split(30, seed = 1)
        var total = 0
        total += train.count
        print total
        """),
    WordPage(
      words: ["fn", "return"], summary: "functions",
      forms: """
        fn NAME(PARAMETER, …) = VALUE
        fn NAME(PARAMETER, …) { STATEMENTS; return VALUE }
        a parameter may have a shape, a bound and a default: a: [n], lr > 0 = 0.1
        (NAME, …) => VALUE            a function without a name
        """,
      example: """
        fn distance(a, b) = norm(a - b)
        print distance([3, 4], [0, 0])
        """),
    WordPage(
      words: ["if", "else", "for", "in", "while", "repeat", "truncate", "recompute", "and", "or", "not", "is"],
      summary: "choices and loops",
      forms: """
        if CONDITION { … } else { … }       as a statement or as a value
        for NAME in RANGE { … }             0..<5 is without its end, 1...5 with it
        while CONDITION { … }
        repeat COUNT { … }
        repeat COUNT truncate K { … }       gradients stop K turns from the end (0: what comes out is a constant to them)
        repeat COUNT recompute { … }        gradients compute turns again: memory for about 2 √COUNT turns, not all
        [VALUE for NAME in RANGE if CONDITION]
        CONDITION and CONDITION, or, not
        VALUE is NAME                       whether a value is a call of that definition
        """,
      example: """
        for i in 1...3 {
          if i > 1 and not (i == 3) { print "two" } else { print i }
        }
        """),
    WordPage(
      words: ["input"], summary: "values that the command line may replace: `--set lr=0.2`",
      forms: """
        input NAME = VALUE            with a bound where one holds: input lr > 0 = 0.1
        """,
      example: """
        input lr > 0 = 0.1
        print lr
        """),
    WordPage(
      words: ["use"], summary: "definitions of another script",
      forms: """
        use "FILE.opt"                its definitions, and what its statements do
        """,
      example: """
        # use "shared.opt"
        print 1
        """),
  ]

  private static let definitions = [
    WordPage(
      words: ["problem", "param", "sample", "from", "weight", "loss", "objective", "draw", "noise", "test", "facts"],
      summary: "the loss of one sample, the data it is over, and parameters with their start",
      forms: """
        problem NAME(PARAMETER, …) { … }    with lines, of which `loss` or `objective` must be there:
        param NAME: [SIZES] = START         what is trained; `~ normal(0, 1)` draws the start from the seed
        sample PATTERN from DATA            one row; `sample i in 0..<n [weight VALUE]`, `sample x ~ DISTRIBUTION`
        batch PATTERN from DATA             a whole batch at once, for losses that are no mean over samples
        loss = VALUE                        of one sample
        objective = VALUE                   of no sample
        draw NAME: [SIZES] ~ DISTRIBUTION   what a seed draws once and no step moves
        noise NAME: [SIZES] ~ DISTRIBUTION  what every step draws anew
        test from DATA                      what `loss(test)` is over, and metrics with `test` as argument
        facts { NAME = VALUE }              what is known of it: r.NAME
        """,
      example: """
        problem line(n = 20) {
          param w: [2] = 0
          sample i in 0..<n
          loss = (w[0] + w[1] * i / n - sin(i))^2
        }
        run r = line() with sgd(lr = 0.1) batch 5 for 100 steps { record loss every 10 }
        print final(r.loss)
        """),
    WordPage(
      words: ["optimizer", "state", "worker", "all"], summary: "an update rule, as equations",
      forms: """
        optimizer NAME(PARAMETER, …) { … }  with lines:
        state NAME = START                  what it remembers from step to step, of each parameter's shape
        NAME' = VALUE                       its next value; x' that of the parameters
        noise NAME ~ DISTRIBUTION           new at every step, of each parameter's shape
        let NAME = VALUE
        unprimed names are old values: x, g, t, loss, grad(p), loss(p), hvp(v), and the states
          objective.grad(p), objective.loss(p)   of all data; next.grad(p) of the batch after this one
          D.grad(p), D.loss(p)                   of other data of the problem's form
          if mod(step, 50) == 0 { … } else { … } of a condition on the step one side alone is computed
          a metric is measured before the update: lr = 1 / sharpness, lr = 1 / hold(sharpness, 100 steps)
        a parameter called `rule` is another optimizer, which rule(g) asks for the next x: clip_norm(adam(), 1)
        optimizer NAME(…) over all { … }    all parameters as one vector
        worker state NAME = START           one for each of a run's `workers`
        """,
      example: """
        optimizer momentum_by_hand(lr > 0, β = 0.9) {
          state v = 0
          v' = β * v + g
          x' = x - lr * v'
        }
        run r = quadratic([1, 0.1]) with momentum_by_hand(lr = 0.1) for 50 steps { record loss }
        print final(r.loss)
        """),
    WordPage(
      words: [
        "process", "stratonovich", "dt", "time", "scheme", "euler", "milstein", "heun", "tamed", "rk4", "adaptive",
        "tolerance",
      ],
      summary: "an equation in time, with or without noise",
      forms: """
        process NAME(PARAMETER, …) { … }    with lines:
        state NAME = START                  `… by log` keeps it positive, `… by logit` between 0 and 1: it is stepped in that
                                            coordinate, by Itô's formula
        noise …; dNAME = DRIFT * dt + DIFFUSION * dB      an increment
        NAME' = VALUE                       a map from step to step
        stratonovich                        equations are meant in Stratonovich's sense, not in Itô's
        run … for TIME time dt STEP         its length, and the step of the scheme; also `until TIME`
        run … dt STEP scheme SCHEME         how it steps, h = dt, Δ = DRIFT h + DIFFUSION ΔB:
          euler                             x' = x + Δ; without a scheme
          milstein                          with the terms of order h: strong order 1, of noise that commutes
          heun                              x' = x + (Δ(x) + Δ(x + Δ)) / 2: order 2 without noise, Stratonovich with it
          tamed                             x' = x + Δ / max(1, h ‖Δ‖): where coefficients grow faster than x
          rk4                               order 4, of equations without noise
          adaptive tolerance ERROR          order 5(4), steps of its own within each dt so that each is off by no more than
                                            ERROR (1 + |x|), 1e-8 where none is written; without noise
        an equation that is meant in the other sense than its scheme's is converted
        dB is a function of seed, name, time and number format: dt, dt/2, dt/4, … and every scheme see the same path,
        and `precision f32` another one than `f64`
        `stop when CONDITION` of a run, `record first(time where CONDITION)` of an ensemble: of equations without noise the
        time is found within the step, as exactly as the scheme knows it; the run's last record is there. A condition begins
        to hold: `x < 0` is a way down, and what holds and ends within one step is missed. With noise it is the end of a
        step, later than the path by a time of the order of √dt. Of a series, `first(time where r.x < 0)`, it is a record
        a run whose length is in time has series along time: `every 0.1 time`, `at 2 time`, `first(time where …)`;
        `vs step`, `vs time`, `SERIES.steps` and `SERIES.times` give either
        """,
      example: """
        process decay(k = 1) {
          state y = 1
          dy = -k * y * dt
        }
        run r = decay() until 1 dt 0.1 scheme rk4 {
          record y every 0.1 time
          stop when y < 0.5
        }
        print final(r.y), final(r.y.times), log(2)
        """),
    WordPage(
      words: ["compressor", "bits", "after"], summary: "what is sent of a vector, and what that costs",
      forms: """
        compressor NAME(PARAMETER, …) { … }   with lines:
        apply(v) = VALUE                      what NAME(…)(v) gives: of v's shape
        bits = NUMBER                         what it costs to send it, of `size`, `value_bits`, `index_bits`, `result`
        noise J ~ subset(k)                   new at every step, for each worker
        shared noise J ~ subset(k)            the same for all workers
        state Q = START                       kept from step to step, for each parameter and worker; its equation is
        Q' = VALUE                            of v, as `let`s are
        c = natural() after top(10)           in a call: the first of what the second keeps, and their bits
        """,
      example: """
        compressor largest(k) { apply(v) = top_k(v, k); bits = k * (value_bits + index_bits) }
        compressor rounded(k) { apply(v) = natural()(largest(k)(v)); bits = k * (9 + index_bits) }
        print largest(1)([1, -3, 2]), rounded(1)([1, -3, 2])
        """),
    WordPage(
      words: ["workers", "send", "worker", "shared", "local", "delay", "link", "latency", "flops"],
      summary: "several workers that share the parameters",
      forms: """
        … batch 4 workers 8                   eight workers with 4 samples each a step
        worker state m = 0                    in a rule: one for each worker
        shared noise ξ ~ normal()             in a rule: the same for all workers; `noise` is of each
        send(v)                               what all others receive; counted in the state `bits`
        mean(q over worker)                   over what the workers have sent, in their order
        send(c(mean(q over worker)))          what goes back, in the state `bits_down`; else 32 bits for each number of it,
                                              and none with one worker
        with RULE local 8, OUTER              each worker makes 8 steps of its own, then OUTER one, whose `g` is x minus the
                                              mean of where they are: a step of the run is a round. Without OUTER, their mean
        … delay 3                             `over worker` is of what was sent 3 steps before; 0 in the first ones
        … link 1e9 bits, 1e-4 latency, 1e12 flops
                                              what a step takes, in the state `seconds`: operations of a worker (of the slowest
                                              of `[1e12, 5e11] flops`), seconds of latency, bits up and down
        """,
      example: """
        optimizer sign_vote(lr) over all {
          let q = send(sign_scaled()(g))
          x' = x - lr * sign(sum(q over worker))
        }
        run r = rosenbrock() with sign_vote(lr = 1e-3) for 20 steps { record loss, bits }
        print final(r.bits)
        """),
    WordPage(
      words: ["network", "apply"], summary: "a function with parameters",
      forms: """
        network NAME(PARAMETER, …) { … }    with lines:
        param NAME: [SIZES] = START
        apply(INPUT) = VALUE                what NET(INPUT) gives
        """,
      example: """
        network scaled(n) {
          param a: [n] = 1
          apply(x) = dot(a, x)
        }
        problem fit { param net = scaled(1); sample (x, y) from chebyshev(degree = 1, points = 9); loss = norm2(net(x) - y) }
        run r = fit with gd(lr = 0.1) for 10 steps { record loss }
        """),
    WordPage(
      words: ["metric"], summary: "a function of a run's state that can be recorded",
      forms: """
        metric NAME(PARAMETER, …) = VALUE   of x, g, t, step, loss, the parameters by their names, …
        metric NAME(…) { … return VALUE }
        in a problem's braces: one of that problem
        """,
      example: """
        metric from_one() = norm(x - 1)
        run r = quadratic([1, 2]) with gd(lr = 0.1) for 20 steps { record from_one }
        print final(r.from_one)
        """),
  ]

  private static let runs = [
    WordPage(
      words: [
        "run", "with", "batch", "seed", "sampler", "workers", "epoch", "epochs", "steps", "shuffled", "replacement",
        "cyclic", "subset", "weighted", "warmup", "precision", "f32", "f64", "bf16", "f16", "mantissa", "stochastic",
        "nearest",
        "on",
      ],
      summary: "a problem, an optimizer, a seed, a number of steps",
      forms: """
        run [NAME =] PROBLEM with OPTIMIZER CLAUSES for COUNT steps { ITEMS }
        with RULE on PARAMETERS, RULE on rest     several optimizers, by parameters: a path such as `net.layer1`,
                                                  `matrices`, `vectors`, `rest` for all others
        for COUNT steps | epochs | time           its length; `stop when CONDITION` ends it earlier
        batch COUNT [ORDER]                       samples of a step, also of `t`: 8 * 2^(t // 100); all without it
        sampler ORDER                             shuffled, replacement, cyclic, weighted; subset: new ones at each
                                                  step, none twice in it
        seed NUMBER                               of everything random in it
        precision f32                             its numbers in single precision; f64 without it. As a line of
                                                  its own: of all runs of the file. Statements compute with f64
        precision bf16 | f16 [stochastic]         what an update computes of the state, the samples and the noise is
                                                  rounded after each operation, to the nearest number, or up or down
                                                  at random so that the mean is right. Sums are rounded once; what
                                                  is given and what is recorded is f32
        mantissa BITS [stochastic]                the same with so many bits behind the point: 7 with
                                                  `precision f32` is bf16
        warmup STEPS                              `lr` of each rule times min(1, t / STEPS): it grows from 0 to what is given;
                                                  `lr = …` at a step ends that, `lr *= …` does not
        dt STEP, scheme SCHEME                    of a process
        workers COUNT                             so many workers, each with a batch of its own: see `workers`
        items: `record …`, `at step … { … }`, `stop when …`
        """,
      example: """
        let D = chebyshev(degree = 3, points = 40)
        run r = regression(D, mlp([1, 8, 1])) with sgd(lr = 0.1) batch 4 replacement seed 3 for 2 epochs { record loss }
        print final(r.loss)
        """),
    WordPage(
      words: ["record", "every", "logspaced", "when", "as", "end"], summary: "what is recorded of a run, and how often",
      forms: """
        record METRIC, … [CADENCE]        in a run's braces; at the prompt, of the present run from its start
        record VALUE as NAME              any value of the state under a name
        every COUNT [steps | epochs]      without a cadence: every step
        logspaced COUNT                   so many steps, spaced evenly in their logarithm
        when CONDITION                    the steps at which it holds
        at COUNT [steps | epochs | time]  one step; at end: the last one
        """,
      example: """
        run r = rosenbrock() with adam(lr = 0.01) for 100 steps {
          record loss every 10
          record norm(x) as size logspaced 8
          record gradient_norm at end
        }
        print final(r.size)
        """),
    WordPage(
      words: ["at", "stop", "records"], summary: "what happens to a run on its way",
      forms: """
        at step COUNT { CHANGES }         from that step on: lr *= 2, batch = 8, freeze(PARAMETER), update = …,
                                          loss = quadratic_model, STATE = VALUE
        at epoch COUNT { CHANGES }
        stop when CONDITION               ends the run at the first step where it holds; of equations in time without noise at the
                                          time within a step (`?process`)
        stop when stalled(NAME, 10 records)    where the smallest value of what is recorded is so many records old
        """,
      example: """
        run r = quadratic([1, 0.1]) with gd(lr = 0.1) for 200 steps {
          record loss
          at step 50 { lr *= 2 }
          stop when loss < 1e-6
        }
        print r.steps
        """),
    WordPage(
      words: ["fork"], summary: "a run that begins at a step of another, with one change",
      forms: """
        fork RUN at STEP as NAME { CHANGES }    the same later randomness; see `?at` for changes
        """,
      example: """
        run r = quadratic([1, 0.1]) with gd(lr = 0.1) for 100 steps { record loss }
        fork r at 20 as s { lr *= 2 }
        print final(r.loss), final(s.loss)
        """),
    WordPage(
      words: ["sweep", "where"], summary: "a run for each combination of values",
      forms: """
        sweep NAME over AXIS in VALUES, AXIS in VALUES [where CONDITION] { run … }
        the run speaks of the axes by their names; an axis called `seed` is averaged over
        final(s.loss where lr == 0.1)     one part of it
        """,
      example: """
        sweep s over lr in [0.05, 0.1], seed in 1...3 {
          run regression(chebyshev(degree = 3, points = 9), mlp([1, 4, 1])) with gd(lr = lr) for 20 steps { record loss }
        }
        table s: final(loss) by lr
        """),
  ]
}
