/// What `descent help` says of the functions beside a run.
enum TheoryText {
  static let stationaryLaw = """
    Of dx = a dt + Σ b dB in Itô's sense, with b² the sum of the squares, the density without flux of probability,

        p(x) ∝ exp(∫ 2 a/b² dx) / b²,

    by the trapezoid rule on 8,193 points; of an equation in Stratonovich's sense a is that of Itô's. Without `from` and `to`
    the range is searched from the process's start: beyond it lies a share of 1e-8 of the mass and of the variance; with them
    it is the law of the process kept within. The result is a function, 0 outside of the range, with members `mean`, `var`, `std`.
    Edge cases: no density (the noise is 0 at the start or on the way, or p does not fall) is an error.
    Reference: C. W. Gardiner, Stochastic Methods, 4th edition 2009, section 5.3.

    example:
      let law = stationary_law(ornstein_uhlenbeck(θ = 2, σ = 1))
      claim "it is normal": law.var ≈ 1 / 4 within 0.01%
    """

  static let threshold = """
        z ← T(H) z,   E[T ⊗ T] has spectral radius 1 at the threshold

    One step of the optimizer is staged on ½ xᵀ H x, and T is the derivative of its new state (x, buffers) with respect to
    the old one: nothing is known of any optimizer by name. The step size (`lr`, `η`, or the one parameter that is left
    out) is what is looked for; a value given for it is not used.

    Arguments:
      curvature   a number h, a spectrum [d] or a matrix H [d, d]: the same at every step
      variance    of a number h that is drawn anew at every step
      samples     numbers [n] or matrices [n, d, d] of which each step draws, with weights [n] (equal unless said)
      batch       how many independent samples are averaged in a step (1 unless said)
      frozen      a state to hold at 1, as "v" of `adam`: the curvature is then that of the preconditioned problem

    `threshold(r)` of a run is that of its optimizer with its batches where the run ended: the curvature is the Hessian of
    each sample at the last parameters. Without replacement the batches of an epoch are taken as independent.

    Edge cases: 0 where no step size is stable, inf where all are. Directions without curvature are left out: of a matrix
      that is not diagonal those below 1e-12 of the largest. With a random curvature the state may have 64 entries. Where
      roundings move the result by more than a millionth, W0727 says so.
    Errors: E0620 for an update that is not linear in its state, or that changes from step to step; E0621 for a run that
      has no threshold.
    Reference: for heavy ball 1/η = a/(2(1 + β)) + s²/(2a(1 − β)) with mean a and variance s²; the solvability of
      P − E[T P Tᵀ] = I decides (H. Schneider, Numerische Mathematik 7 (1965), 11–17).

    example:
      print threshold(heavy_ball(momentum = 0.9), curvature = 1)
      print threshold(heavy_ball(momentum = 0.9), samples = [1, 0], weights = [0.01, 0.99], batch = 16)
    """

  static let sharpnessThreshold = """
    The arguments are those of `threshold`, with curvature 1 unless said. The curvature is multiplied by a factor until
    the step is at its edge; the result is the largest eigenvalue of its mean there.

    example:
      let η = 0.04
      print sharpness_threshold(gd(lr = η)), sharpness_threshold(heavy_ball(lr = η, momentum = 0.8))
      print sharpness_threshold(adam(lr = η), frozen = "v")
    """

  static let flow = """
        θ' = −∇L(θ),   time of step t = Σ_{s < t} η_s

    η_s is how far a constant gradient of 1 moves x in one update in the long run: lr for `gd`, lr/(1 − β) for
    `heavy_ball`, read off the optimizer's own equations. The result is like a run: its series have the run's steps as
    positions, its last parameters are members. Metrics that speak of the optimizer's buffers see them as they start.

    Arguments: tolerance of each step, relative (1e-8 unless said; absolute a thousandth of that); from, the run's step at
      which the flow begins, in its state (0 unless said, or the step of the fork).
    Edge cases: a flow that leaves the finite numbers ends there (W0702). A run that diverged has a flow of its full
      length. Problems that draw fresh samples without a closed `objective` are averaged over 1,024 fixed draws.
    Errors: E0621 for optimizers that do not follow the gradient, several optimizers, step sizes that depend on the
      state, and interventions that move parameters, exchange the loss or change the update itself. What they make of the
      optimizer's numbers counts from their step on.
    Reference: J. R. Dormand, P. J. Prince 1980, order 5 with an embedded order 4 and dense output.

    example:
      run r = quadratic([1, 0.1]) with heavy_ball(lr = 0.1, momentum = 0.8) for 100 steps { record loss every 10 }
      compare r, flow(r)
    """

  static let stochasticFlow = """
        dθ = −∇L dt + √(η κ Σ(θ)) dB,   Σ = covariance of one sample's gradient,   κ = 1/b

    κ is (n − b)/(b (n − 1)) without replacement. Time and η are those of `flow`. Each step draws from the exact
    covariance at its point: Σ^½ ξ is the gradient of a loss with random weights, so a step costs one gradient of the
    whole data. One path; its draws follow from the seed (the run's unless said).

    Arguments: substeps for each update of the run (1 unless said; with momentum about 1/(1 − β), so that a step of time
      is not longer than lr); seed; from, as for `flow`.
    Edge cases: with one substep and no momentum the noise of the update has SGD's mean and covariance, and is Gaussian;
      more substeps come closer to the equation itself. Problems that draw fresh samples use 1,024 of them each time.
    Errors: as for `flow`; E0621 where the gradient has no noise or the loss is no mean over samples.
    Reference: Q. Li, C. Tai, W. E, Journal of Machine Learning Research 20 (2019), 1–47, the first-order equation.
    Differs in: the correlation that sampling without replacement leaves between the batches of an epoch is not there: a
      shuffled run, whose batches cancel within an epoch, varies less at a minimum than its sde, by a factor of several where
      an epoch is short beside 1/(η λ). Runs `batch b replacement` are what it describes.

    example:
      let D = breast_cancer.standardize().signs()
      run r = logistic(D) with sgd(lr = 0.1) batch 8 for 200 steps { record loss every 20 }
      compare r, flow(r), sde(r)
    """

  static let centralFlow = """
        dw/dt = −η (∇L + ½ ∇⟨H, Σ⟩),   Σ ⪰ 0 on the eigenvectors of H at 2/η,   H ⪯ 2/η,   ⟨Σ, 2/η − H⟩ = 0

    Σ is the covariance of the oscillation around w. Recorded besides the run's metrics: `oscillation`, the trace of Σ, and
    `mean_loss` = L + tr Σ / η, what the loss of gradient descent is on average.

    Arguments: substeps, Euler steps for each update of the run (4 unless said; with 1 the flow is gradient descent itself
      as long as the sharpness is below 2/η); from, as for `flow`.
    Edge cases: at most 12 directions at the edge. Above 200 parameters eigenvectors come from a Lanczos iteration with
      relative residuals of 1e-6 that begins where the one before ended: some 10 Hessian–vector products for each step.
    Errors: as for `flow`; E0621 for optimizers with a state, for mini-batches, and where an eigenvalue above 2/η does not
      fall with the oscillation, as on a quadratic: nothing keeps H ⪯ 2/η there.
    Reference: J. Cohen, A. Damian, A. Talwalkar, Z. Kolter, J. Lee, ICLR 2025, arXiv:2410.24206.
    Differs in: H ⪯ 2/η is asked of the next point to first order, so that nothing drifts off the edge.

    example:
      problem toy(c) {
        param x = 0.01
        param y = 190
        loss = y * x^2 / 2 - c * y
      }
      run r = toy(0.2) with gd(lr = 0.01) for 6000 steps { record y every 500 }
      let m = central_flow(r, substeps = 1)
      claim "the sharpness stays at 2/η": final(m.y) ≈ 200 within 1e-6%
      claim "the oscillation balances the slope": final(m.oscillation) ≈ 0.4 within 1e-6%
    """

  static let rerun = """
    The file holds all that the run's numbers depend on: equations, data, start, seed, samples, interventions and what is
    recorded, and nothing of the script. The result is that of the run itself, bit for bit, in another process and on
    another machine too, by the same build of the program (W1003 otherwise).

    A file that came from elsewhere deserves the trust that a program from there does.

    Errors: E1004 for what is no such file, or is damaged.

    example:
      run r = quadratic([4, 1], start = 1) with gd(lr = 0.1) for 20 steps { record loss }
      save r to "r.run"
      print final(rerun("r.run").loss) == final(r.loss)
    """

  static let lyapunov = """
        v ← DF(s) v,   λ = lim (1/T) log |v| for almost all v

    The run is made again together with the linearisation of its steps along `count` directions (1 unless said) in the
    space of its state: all parameters and all states of the optimizer. The samples and the noise are those of the run.
    After each step the directions are made orthonormal. The result is the mean growth behind step `from` (a tenth of the
    run unless said, in which the directions turn into place), largest first, with its standard error: one estimate, or a
    list of them. Per step; for a process with `dt` per unit of time.

    Edge cases: a direction that a step maps to 0 has -inf. Parameters that are at rest have exponents 0.
    Errors: E0603 for more exponents than numbers in the state; E0621 for a run that diverged, for a fork, for a step
      without a derivative, and for an intervention that takes a quadratic model.
    Reference: Benettin, Galgani, Giorgilli, Strelcyn, Meccanica 15 (1980), 9-20.

    example:
      process logistic_map(a) { state x = 0.3
        x' = a * x * (1 - x) }
      run r = logistic_map(4) for 20000 steps { record x every 100 }
      claim "it is chaotic": lyapunov(r) ≈ log(2) within 2%
    """

  static let sensitivity = """
        v ← ∂F/∂s v + ∂F/∂p,   d m(s, p)/dp = ∂m/∂s v + ∂m/∂p

    The result has the form of a run: its series are the derivatives of those of `run` at the same steps, its parameters
    those of the last parameters, with the same samples and the same noise. `parameter` is the name of a hyper-parameter
    of the run's optimizer, as "lr", and the derivative is that by a number which is added to what the run gives it; a
    schedule is shifted as a whole.

    Edge cases: where a step or a metric is not smooth the derivative is that of the side taken.
    Errors: E0301 for a name that the optimizer has not; E0621 as for `lyapunov`, and where the optimizer begins with
      what depends on the hyper-parameter.

    example:
      run r = quadratic([4, 1], start = 1) with heavy_ball(lr = 0.1, momentum = 0.5) for 20 steps { record loss }
      print final(sensitivity(r, "lr").loss), sensitivity(r, "momentum").x
    """

  static let hypergradient = """
        λ_T = ∇L(s_T),   λ_t = ∂F/∂sᵀ λ_{t+1},   dL/dp = Σ_t ∂F/∂pᵀ λ_{t+1}

    L is the loss over all data at the last state, as `record loss` has it. The derivative is that of `sensitivity`, but
    the work does not grow with the number of hyper-parameters, and with `by_step = true` the share of each step comes
    out: the derivative by a hyper-parameter that is another at each step, as a series over the steps.
    States are kept in blocks and made again: with T steps about 2 √T of them are in memory.

    Errors: those of `sensitivity`; loops with an unknown number of turns have no reverse derivative, and interventions that
      assign to the state are not gone back over.

    example:
      run r = quadratic([4, 1], start = 1) with gd(lr = 0.1) for 20 steps { record loss }
      print hypergradient(r, "lr"), argmin(hypergradient(r, "lr", by_step = true))
    """
}
