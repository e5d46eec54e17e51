/// What `descent help` says of the functions from which curvature metrics are built.
enum CurvatureText {
  static let expectation = """
        expect(batch, n = 64) { f(B) } = (1/n) Σ f(B_i),   B_i fresh batches of the run's size, from a stream of the metric's own

    The block sees the batch's `g`, `loss`, `hvp`, `grad`, `update`; `objective.g` and its like are those of all data.
    Another size of batch may stand for `batch`, or a distribution: `expect(normal(), n = 32) { z => dot(z, hvp(z)) }`.
    With `until = 1%` batches are drawn until the relative standard error of every number is below it, at least 32 and at
    most n (1000 unless said); where it is not reached at some recording, W0724 says so.

    Around it, a metric sees of the run:
      x, g, loss, hvp, grad, losses, outputs     the parameters and the objective over all data
      start                                      the parameters at step 0
      live.g, live.loss, live.hvp                the batch of the next update
      update(g)                                  x' - x of the optimizer for a gradient
      next.x, next.g, next.v, next.live.g        the state after the next update, and the batch of the one after it
      lr, momentum, v, …                         the optimizer's numbers and states

    A metric is a function of the state, so that it can be had at any step by replay. What compares two steps looks ahead:
    the cosine of consecutive gradients is that of `live.g` and `next.live.g`.

    Beside a recorded value that depends on expectations its standard error is recorded as `.error`: with f of the means m
    it is √(∇f · C ∇f), C the covariance of the means (delta method), so that a ratio of means has one too. Means in one
    metric over batches of one size, or over random vectors, see the same draws: C knows how they vary together, where
    they take as many turns and are at most 8 numbers. Where they do not, or end by `until`, their errors add up, which
    is the most they can be. All others are independent. An error that cannot be given is nan: of one draw (n = 1), of a
    mean of more than 8 numbers, of what has no derivative by the mean. What has no `.error` is exact.

    Batches of a sampler without replacement are dealt as an epoch deals them, and those of one pass are not independent: from
    8 passes on the error is that of the means of passes; of fewer it is the most that batches of their size can have, or
    exactly that of single samples, which is 0 after whole passes. `until` wants the error to be small enough by more than
    chance makes it; draws that are all alike do not end it before n.

    Beside a value that takes products with a Hessian their number is recorded as `.products`, in products over all data:
    one over b of n samples counts b/n, of a problem that draws its samples one over as many as the objective averages.
    It is counted as the value is evaluated, so that an `until` that is reached sooner costs less. Iterations on another
    operator, of outputs or of a matrix, count one for each application.

    Edge cases: the full batch is one batch; its value has no error. `f` of several numbers is written as a list.

    example:
      let A = draw(normal(), [32, 4])
      run r = least_squares(A, draw(normal(), [32], 1)) with sgd(lr = 0.05) batch 4 for 9 steps {
        record expect(batch, n = 2000, until = 5%) { norm2(g) } as energy, norm(next.x - x) as step_size
      }
      print final(r.energy), final(r.energy.error), final(r.energy.samples)
      claim "to 5%": final(r.energy.error) < 0.05 * final(r.energy)
    """

  static let moving = """
    After `freeze(w)` the metrics of gradients, their noise and curvature are of what moves: in their text stands
    `moving() { … }`, in which x, g, hvp, losses, update, start, live, next and objective are those of the parameters that are
    not frozen, as with `on` those of a part. What a `record` line writes itself, and metrics of parameters, distances and
    given directions, is of all parameters: `norm(g)` with the frozen ones, `moving() { norm(g) }` without.

    Edge cases: where nothing is frozen it is the block itself, and nan where everything is.

    example:
      problem pair() { param w = 1; param v = 1; loss = w^2 + 2 * v^2 }
      run r = pair() with gd(lr = 0.1) for 4 steps {
        at step 2 { freeze(v) }
        record sharpness, norm(g) as all, moving() { norm(g) } as own
      }
      print r.sharpness.values
      claim "the other way does not move": r.sharpness[0] ≈ 4 within 1e-9 and final(r.sharpness) ≈ 2 within 1e-9
    """

  static let quadrature = """
        Σ wⱼ f(θⱼ) = Σᵢ (qᵀuᵢ)² f(λᵢ) for polynomials f up to degree 2 · steps − 1,   q = start / |start|

    Lanczos gives the nodes θ and weights w of Gauss's rule for the spectral measure of the start, ascending; where fewer
    steps span all that the start sees, the rest has weight 0 and the rule is exact for every f.

    `spectral_rules` gives (θ, w, φ, u): of the same products also the nodes φ and weights u of the rule with one step less,
    which lie between θ. Where both agree the quadrature has converged, and where they differ it is off by about as much. A
    peak that is narrower than the distance of the nodes falls between them: look for the largest difference over that
    distance, as `spectral_density` does, and record the value as `with_error(value, difference)`.

    Reference: G. Golub, J. Welsch, "Calculation of Gauss Quadrature Rules", Mathematics of Computation 23 (1969).

    example:
      let A = [[2.0, 1.0], [1.0, 2.0]]
      let (θ, w, φ, u) = spectral_rules(v => A @ v, [1.0, 0.0], steps = 2)
      print sum(w * θ^2), sum(u * φ^2)
      claim "the measure of two eigenvalues": sum(w * θ^2) ≈ 5 within 1e-9
    """

  static let eigenvalue = """
        θ = max over v in K of vᵀ f(v) / vᵀ v,   K = span(start, f(start), f(f(start)), …)

    Lanczos with full re-orthogonalisation, until the residual bound is below `tolerance` times |θ| (1e-4 unless said) or
    after `steps` products (100). With a recorded value are recorded `.residual`, the bound on its distance to an
    eigenvalue, and `.products`, how often f was applied, in products with the Hessian over all data: see `expect`. Beside a
    value that is computed from eigenvalues or eigenvectors `.residual` is the largest bound relative to its eigenvalue.
    Where all products were taken and the bound is above the tolerance, W0726 says so.

    Every recording starts from the vector that is given, never from the eigenvector found before: the value would then
    depend on which steps were recorded, and could not be had again by going back to a step.

    `under = P` takes the largest eigenvalue of P⁻¹ f instead: what steps along P⁻¹ g see of f. P is a positive number or
    vector, or a function u => P⁻¹ u, symmetric and positive semi-definite. The iteration then keeps pairs (u, P⁻¹ u) and
    multiplies them as u · P⁻¹ u′, so that neither P nor a root of it is needed; directions that P⁻¹ takes to 0 do not
    count. Where P⁻¹ is not symmetric, |P⁻¹a − P⁻ᵀa| above 1% of |P⁻¹a| + |P⁻ᵀa| for the start a, not positive or not
    finite, the value is NaN and W0725 says so; beside a recorded value that measure is `.asymmetry`.

    example:
      let A = [[2.0, 1.0], [1.0, 2.0]]
      print max_eigenvalue(v => A @ v, [1.0, 0.0])
      claim "3": max_eigenvalue(v => A @ v, [1.0, 0.0]) ≈ 3 within 1e-9
    """
}
