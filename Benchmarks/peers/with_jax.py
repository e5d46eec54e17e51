"""The workloads in JAX: gradients by `jax.grad`, all steps in one compiled loop."""
import time

STARTED = time.perf_counter()
import jax

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")
import jax.numpy as jnp
import numpy as np

import conv_jax
import curvature_jax
import measure
import meta_jax
import spectral_jax
import sweeps_jax
import workloads as w

loop = jax.lax.fori_loop


def train_network(name):
    x, y, start = w.network(name, np.float32)
    rate, momentum, batch = np.float32(w.RATE[name]), np.float32(w.MOMENTUM[name]), w.BATCH[name]

    def loss(layers, x, y):
        for k, (a, b) in enumerate(layers):
            x = x @ a.T + b
            if k < len(layers) - 1:
                x = jax.nn.relu(x)
        return jnp.sum((x - y) ** 2) / (2 * x.shape[0])

    @jax.jit
    def train(steps, layers, x, y):
        def step(t, state):
            layers, buffers = state
            rows = None if batch is None else (t * batch + jnp.arange(batch)) % x.shape[0]
            g = jax.grad(loss)(layers, x, y) if rows is None else jax.grad(loss)(layers, x[rows], y[rows])
            buffers = jax.tree.map(lambda v, g: momentum * v + g, buffers, g) if momentum else g
            return jax.tree.map(lambda p, v: p - rate * v, layers, buffers), buffers

        return loop(0, steps, step, (layers, jax.tree.map(jnp.zeros_like, layers)))[0]

    device = [jax.tree.map(jnp.asarray, part) for part in (start, x, y)]

    def run(steps):
        layers = jax.tree.map(np.asarray, train(steps, *device))
        return w.network_loss(layers, x, y) if steps < 1000 else 0.0

    return run


def kaczmarz_dense(name):
    a, b, norms, solution = map(jnp.asarray, w.dense_system())
    rows = jnp.asarray(w.sampled_rows(np.asarray(norms), 500_000))

    @jax.jit
    def solve(steps, a, b, norms, rows):
        def step(t, x):
            row = a[rows[t]]
            return x + ((b[rows[t]] - row @ x) / norms[rows[t]]) * row

        return loop(0, steps, step, jnp.zeros(a.shape[1]))

    return lambda steps: jnp.linalg.norm(solve(steps, a, b, norms, rows) - solution).item()


def kaczmarz_sparse(name):
    columns, values, b, norms, solution = map(jnp.asarray, w.sparse_system())
    rows = jnp.asarray(w.sampled_rows(np.asarray(norms), 500_000))

    @jax.jit
    def solve(steps, columns, values, b, norms, rows):
        def step(t, x):
            i = rows[t]
            c, v = columns[i], values[i]
            return x.at[c].add(((b[i] - v @ x[c]) / norms[i]) * v, unique_indices=True)

        return loop(0, steps, step, jnp.zeros(solution.shape))

    return lambda steps: jnp.linalg.norm(solve(steps, columns, values, b, norms, rows) - solution).item()


def memsgd_dense(name):
    a, b = map(jnp.asarray, w.dense_samples())
    (count, d), k = a.shape, w.MEMSGD[name]
    places = jnp.asarray(w.random_places(20_000, d, k)) if name == "memsgd-random" else None

    @jax.jit
    def train(steps, a, b):
        def step(t, state):
            x, m = state
            row, sign = a[t % count], b[t % count]
            m = m + w.MEMSGD_RATE * (x / count - row * (sign * jax.nn.sigmoid(-sign * (row @ x))))
            if places is not None:
                s = places[t]
            else:
                s = jnp.argmax(jnp.abs(m))[None] if k == 1 else jax.lax.top_k(jnp.abs(m), k)[1]
            return x.at[s].add(-m[s]), m.at[s].set(0)

        return loop(0, steps, step, (jnp.zeros(d), jnp.zeros(d)))[0]

    return lambda steps: jnp.linalg.norm(train(steps, a, b)).item()


def ensemble(name):
    drift, diffusion = np.float32(3 * w.TIME_STEP), np.float32(np.sqrt(2 * w.TEMPERATURE * w.TIME_STEP))

    @jax.jit
    def simulate(steps):
        def step(t, s):
            a = jnp.cbrt(s)
            a = a * a
            z = jax.random.normal(jax.random.fold_in(jax.random.key(w.DATA_SEED), t), (w.PATHS,), jnp.float32)
            return jnp.maximum(s + drift * a * a * (1 - s) + diffusion * a * z, np.float32(1e-6))

        return loop(0, steps, step, jnp.full((w.PATHS,), 0.05, jnp.float32))

    return lambda steps: np.asarray(simulate(steps), np.float64).var()


def product(matrices):
    result = matrices[0]
    for matrix in matrices[1:]:
        result = matrix @ result
    return result


def deep_linear(name):
    start, target = w.factors(name)
    loss = lambda matrices: jnp.sum((product(matrices) - target) ** 2) / 2

    @jax.jit
    def train(steps, matrices):
        descend = lambda _, m: jax.tree.map(lambda p, g: p - 0.01 * g, m, jax.grad(loss)(m))
        return loss(loop(0, steps, descend, matrices))

    start = jax.tree.map(jnp.asarray, start)
    return lambda steps: train(steps, start).item()


def deep_linear_noise(name):
    start, target = w.factors(name)

    def loss(matrices, x, noise):
        return jnp.sum((product(matrices) @ x - target @ x - noise) ** 2) / (2 * x.shape[1])

    @jax.jit
    def train(steps, matrices):
        def step(t, matrices):
            kx, kn = jax.random.split(jax.random.fold_in(jax.random.key(w.DATA_SEED), t))
            x, noise = jax.random.normal(kx, (10, 16)), 0.1 * jax.random.normal(kn, (10, 16))
            return jax.tree.map(lambda p, g: p - 0.01 * g, matrices, jax.grad(loss)(matrices, x, noise))

        return jnp.sum((product(loop(0, steps, step, matrices)) - target) ** 2)

    start = jax.tree.map(jnp.asarray, start)
    return lambda steps: train(steps, start).item()


def update(name):
    g = jnp.asarray(w.update_gradient())
    one = lambda value: jnp.float32(value)

    def step(t, state, g):
        x, m, v = state
        if name == "update-gd":
            return x - one(1e-3) * g, m, v
        if name in ("update-momentum", "update-nesterov"):
            m = one(0.9) * m + g
            return x - one(1e-3) * (m if name == "update-momentum" else g + one(0.9) * m), m, v
        if name == "update-adagrad":
            v = v + g * g
            return x - one(1e-3) * g / (jnp.sqrt(v) + one(1e-10)), m, v
        if name == "update-rmsprop":
            v = one(0.99) * v + one(0.01) * g * g
            return x - one(1e-3) * g / (jnp.sqrt(v) + one(1e-8)), m, v
        t = (t + 1).astype(jnp.float32)
        m = one(0.9) * m + one(0.1) * g
        v = one(0.999) * v + one(0.001) * g * g
        rate = one(1e-3) / (1 - one(0.9) ** t)
        return x - rate * m / (jnp.sqrt(v / (1 - one(0.999) ** t)) + one(1e-8)), m, v

    needs_m = name in ("update-momentum", "update-nesterov", "update-adam")
    needs_v = name in ("update-adagrad", "update-rmsprop", "update-adam")

    @jax.jit
    def train(steps, g):
        zero = jnp.zeros_like(g)
        start = (jnp.ones_like(g), zero if needs_m else jnp.zeros(()), zero if needs_v else jnp.zeros(()))
        return loop(0, steps, lambda t, state: step(t, state, g), start)[0]

    return lambda steps: float(np.dot(np.asarray(train(steps, g), np.float64), np.asarray(g, np.float64)))


def rosenbrock(name):
    loss = lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    train = jax.jit(lambda steps, x: loss(loop(0, steps, lambda _, x: x - 5e-4 * jax.grad(loss)(x), x)))
    start = jnp.array([-1.2, 1.0])
    return lambda steps: train(steps, start).item()


def logistic(name):
    features, signs = map(jnp.asarray, w.logistic_data())
    loss = lambda x, a, s: jax.nn.softplus(-s * (a @ x))

    @jax.jit
    def train(steps, features, signs):
        step = lambda t, x: x - 0.1 * jax.grad(loss)(x, features[t % 1000], signs[t % 1000])
        x = loop(0, steps, step, jnp.zeros(2))
        return jnp.mean(jax.nn.softplus(-signs * (features @ x)))

    return lambda steps: train(steps, features, signs).item()


MAKERS = {
    "conv": conv_jax.train,
    **{name: curvature_jax.curvature for name in w.CURVATURE},
    **{name: train_network for name in w.SIZES}, "kaczmarz-dense": kaczmarz_dense, "kaczmarz-sparse": kaczmarz_sparse,
    **{name: memsgd_dense for name in w.MEMSGD}, "sde-ensemble": ensemble, **spectral_jax.MAKERS, **sweeps_jax.MAKERS,
    "meta-loss": meta_jax.train,
    "deep-linear-10": deep_linear, "deep-linear-64": deep_linear, "deep-linear-noise": deep_linear_noise,
    **{name: update for name in w.UPDATES}, "rosenbrock": rosenbrock, "logistic": logistic,
}

if __name__ == "__main__":
    measure.main(lambda name: MAKERS[name](name), STARTED)
