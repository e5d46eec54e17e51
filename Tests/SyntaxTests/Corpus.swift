/// Sound scripts that use every construct of the language between them.
enum Corpus {
  static let scripts: [String] = [
    """
    # edge.opt: full-batch gradient descent drives the sharpness to 2/η, then stays there.

    let D = chebyshev(degree = 5, points = 20)

    problem fit(D) {
      param net = mlp([1, 50, 50, 1], activation = tanh)
      sample (x, y) from D
      loss = norm2(net(x) - y) / 2
    }

    let η = 0.2
    run r = fit(D) with gd(lr = η) for 4000 steps {
      record loss, sharpness every 20
    }

    plot r.sharpness vs step, line 2/η "2/η"
    claim "sharpness settles at 2/η": plateau(r.sharpness) ≈ 2/η within 5%

    """,
    """
    ## Heavy-ball momentum (Polyak 1964).
    ## Second line.
    optimizer heavy_ball(lr > 0, momentum in 0..<1 = 0.9) {
      state v = 0             # one per parameter tensor
      v' = momentum * v + g   # the next value
      x' = x - lr * v'
    }
    optimizer adam(lr = 1e-3, β1 = 0.9, β2 = 0.999, ε = 1e-8) {
      state m = 0, v = 0
      m' = β1 * m + (1 - β1) * g
      v' = β2 * v + (1 - β2) * g^2
      x' = x - lr * (m' / (1 - β1^t)) / (sqrt(v' / (1 - β2^t)) + ε)
    }

    """,
    """
    optimizer mem_sgd(lr, k) over all {
      worker state m: [k] = 0
      let p = m + lr * g
      let (c, i) = top_k(p, k)
      fn half(a) = a / 2
      m' = p - c
      x' = x - mean(send(half(c)))
    }

    """,
    """
    optimizer shaken(lr) over all {
      shared noise J: [3] ~ normal(), ξ ~ normal()
      x' = x - lr * (g + ξ)
    }
    compressor low_rank(rank) {
      state Q: [v.cols, rank] = 1, n = 0
      let P = v @ Q
      Q' = v.T @ P
      apply(v) = P @ Q'.T
      bits = rank * value_bits
    }
    metric batch_sharpness(samples = 64) = expect(batch, n = samples) { dot(g, hvp(g)) / norm2(g) }
    metric twice {
      let a = loss
      return 2 * a
    }

    """,
    """
    problem memory(d, N, α) {
      draw U: [N, d] ~ normal(0, 1/sqrt(d))
      draw V: [N, d] ~ normal(0, 1/sqrt(d))
      param W: [d, d] = 0
      param layer[k in 1...3]: [d, d] ~ normal(0, 1), b = 0
      sample i in 0..<N weight (i + 1)^-α
      noise ε ~ normal(0, 0.1)
      loss = cross_entropy(U @ W @ V[i], i)
      objective = norm2(W)
      metric recovered = count(argmax(U @ W @ V[j]) == j for j in 0..<N)
      facts { L = 2, minimum = 0 }
      test from D
    }
    problem population { sample z: [3] ~ normal(0, 1); loss = norm2(z) }
    problem whole(D) { batch (X, Y) from D; loss = norm2(X - Y) }

    """,
    """
    process mode(s, σ, T, L = 2) {
      state w = 0.01
      let c = 2*(s - w)^2 + σ^2
      dw = (L * w^(2-2/L) * (s - w) + T/2 * L*(L-1) * w^(3-4/L) * c) * dt + L * w^(2-2/L) * sqrt(T * c) * dB
    }
    process strato { stratonovich; state w = 1 by log, v ~ uniform(0, 1) by logit; dw = w * dB1 + w * dB2 }
    process map(r) { state x = 0.5; x' = r * x * (1 - x) }

    """,
    """
    network dense(inputs, outputs, init = kaiming) {
      param W: [outputs, inputs] ~ init
      param b: [outputs] = 0
      apply(x) = W @ x + b
    }
    network deep { param net = mlp([1, 2]); apply(x) { return net(x) } }

    """,
    """
    fn polyloss(h, y, ε = 6) = cross_entropy(h, y) + ε * (1 - softmax(h)[y])
    fn f(x: [n, d], k != 3) {
      var s = 0
      for i in 0..<n { s += x[i, 0] }
      for (a, b) in zip(x, x) {
        s -= a * b
      }
      while s > 10 and not (s == 12) { s /= 2 }
      repeat 3 { s *= 2 }
      if s < 1 {
        return s
      } else if s < 2 {
        return 2*s
      } else {
        return -s
      }
    }

    """,
    """
    run r = net(D) with heavy_ball(lr = 0.04, momentum = 0.8) batch 4 seed 1 for 30_000 steps {
      record loss every 10
      record sharpness, batch_sharpness(64) as bs every 200
      at step 20_000 { momentum = 0.9 }  # an intervention
      stop when loss < 1e-9
    }

    fork r at 20_000 as hot { lr *= 2 }
    fork r at 20_000 as control { }
    fork r at step 5 as other
    start r = net(D) with gd(lr = 0.1) seed 1
    start s = net(D) with gd(lr = 0.1) for 10 steps { record loss every 10 }
    step
    step 500
    step 2 epochs
    step until sharpness > 2/lr
    step r, s 1000 until loss < 1e-3
    back
    back r 40
    goto 1800
    watch sharpness, norm(g)
    unwatch
    fork r as t { lr = 0.1 }
    switch t
    diff r, s
    diff r s
    when sharpness > 9 of r
    record sharpness every 20
    change { lr *= 2 }
    change r { lr *= 2 }
    inspect g
    inspect -g
    watch -sharpness
    spectrum 8
    why
    let (step, back) = (1, 2)
    print step - 1, back(2), why

    """,
    """
    sweep s over b in [4, 16, 64, 256], η in logspace(1e-3, 1e-1, 5), seed in 1...5 where b * η < 1 {
      run net(D) with sgd(lr = η) batch b for 5000 steps { record loss, batch_sharpness every 50 }
    }
    sweep over (a, c) in zip([1, 2], [3, 4]) { run net(D) with sgd(lr = a) for 1 step }
    table s: plateau(batch_sharpness) * η by b, η
    plot s.batch_sharpness vs step, color b, band seed, logy
    claim "the plateau grows with the batch": increasing(plateau(s.batch_sharpness) by b) until decided (max 20 seeds)

    """,
    """
    ensemble e = mode(s = 1, σ = 0.5, T = 0.02) paths 10_000 dt 0.01 until 10 { record mean(w), var(w) every 0.1 }
    compare r, flow(r), sde(r)

    """,
    """
    run p(D) with muon(lr = 0.02) on matrices, adam(1e-3) on rest batch 32 replacement for 3 epochs {
      record loss logspaced 50
      record accuracy when loss < 1
      record sharpness on net.layer1, norm(w) at end
      at 2 epochs { lr = lr / 10; momentum = 0 }
    }
    run q sampler cyclic precision f32 workers 4 seed 2 with gd(0.1) for 10 time
    run z for 3 steps
    run d with adamw(4e-4) local 2 * h on net, sgd(0.1) local 2 * h on rest, diloco() batch 8 workers 4 delay 1 for 3 steps
    run l with local_sgd() link 1e9 bits, 1e-4 latency, [1, 2] flops for 3 steps

    """,
    """
    input lr > 0 = 0.1
    input n in 1...100 = 10
    use "other.opt"
    precision f64
    print
    print "loss {r.loss[-1]:.3f} after {n} steps\\n"
    print("a", lr, n)
    print (lr + 1) * 2
    save r to "out.csv"
    table lr, n by b to "t.csv"

    """,
    """
    plot r.loss, s.loss vs epoch, loglog, title "a \\"b\\" {n:d}", xlabel "x", ylabel "y" to "f.svg"
    plot loss of r, s, points
    plot x, histogram
    plot y vs x, line -1 "minus one", line (2) "two", facet b, live

    """,
    """
    let square = x => x^2
    let add = (x, y) => x + y
    let compose = (f, g) => x => f(g(x))
    let block = x => {
      let y = x + 1
      y * 2
    }
    let nested = [[i * j for j in 0..<3] for i in 0..<3 if i != 1]
    let total = sum(i^2 for i in 0..<10 if i > 2)

    """,
    """
    let a = if x > 0 { 1 } else { -1 }
    let b = if x > 0 { 1 } else if x < 0 { -1 } else { 0 }
    let c = -2^2 + 2^-1 - 7 // 2
    let d = A.T @ B @ c
    let e = x[2:5] + x[:, 0] + x[a:] + x[:b] + x[-1]
    let f = 1 < x <= 3 and x != 2 or not done
    let g = a ≈ b within 5% and c ~= d
    let h = first(step where loss < 1e-3)

    """,
    """
    let long = f(
      a,
      b = [
        1, 2,
        3, 4,
      ],
      c = g(x)
    )
    let chain = a +
      b +
      c
    let text = "tab\\t quote\\" brace\\{ \\u{3B7} {x} {y:.2e} {f("inner {z}")}"

    """,
    """
    # Only comments here.

    # Two groups of them.

    """,
    "",
    "let x = 1; let y = 2; print x + y\n",
    """
    fn newton_schulz(G, n = 5) {
      var X = G / norm(G)
      repeat n {
        let A = X @ X.T
        X = 3.4445 * X + (-4.7750 * A + 2.0315 * A @ A) @ X
      }
      return X
    }

    """,
    """
    problem maml(tasks) {
      param θ = 0
      sample task from tasks
      let adapted = inner(task, θ)
      loss = task.loss(adapted)
      fn inner(task, θ) {
        var φ = θ
        repeat 5 { φ -= 0.01 * grad(task.loss)(φ) }
        return φ
      }
    }

    """,
    """
    let m = expect(batch, n = 4) { norm2(g) }
    let k = expect(batch) {
      let h = hvp(g)
      return dot(g, h)
    }
    let w = f(x by b, η) + f(y by b, n = 3)
    let u = f(x where a over b by (c, d), 3) + (y over (a, b))
    let v = mean(sharpness on net.layer1)

    """,
    """
    var i = 0
    i = i + 1
    x[0] = 3
    x[0, 1] += 2
    r.lr = 0.5
    while i < 3 { i += 1 }
    for k in [1, 2, 3] { print "{k}" }

    """,
    """
    let D = load("digits.csv") # data
    let (train, test) = split(D, 80%, seed = 1)
    let batch = 32
    let line = 2
    let color = "red"
    let state = [batch, line]
    let seed = state[0]
    let steps = 100 * seed
    let weight = steps'

    """,
    """
    let α = 1; let β₁ = 0.9
    let λ_max = α*β₁ + α/β₁ - -α
    let y = f(-x, -1, [-2, - 3], a-b, a - b)

    """,
  ]
}
