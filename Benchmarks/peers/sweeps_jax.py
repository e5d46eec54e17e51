"""Sweeps in JAX: `jax.vmap` over the members of a compiled loop, a thousand at a time."""
import jax
import jax.numpy as jnp
import numpy as np

import workloads as w

loop = jax.lax.fori_loop


def members(name):
    spectrum = 0.1 * jnp.arange(1.0, 11)
    loss = lambda x: jnp.sum(spectrum * x**2) / 2
    train = lambda rate: loss(loop(0, 100, lambda _, x: x - rate * jax.grad(loss)(x), jnp.ones(10)))
    total = jax.jit(lambda rates: jnp.sum(jax.vmap(train)(rates)))

    def run(count):
        rates = np.arange(1.0, count + 1) / count
        return sum(total(rates[begin : begin + 1000]).item() for begin in range(0, count, 1000)) / count

    return run


def kaczmarz(name):
    a, b, norms, solution = map(jnp.asarray, w.small_system())
    cumulative = jnp.cumsum(norms / norms.sum())

    def solve(key, steps):
        rows = jnp.minimum(jnp.searchsorted(cumulative, jax.random.uniform(key, (steps,))), len(b) - 1)
        step = lambda t, x: x + ((b[rows[t]] - a[rows[t]] @ x) / norms[rows[t]]) * a[rows[t]]
        return jnp.linalg.norm(loop(0, steps, step, jnp.zeros(a.shape[1])) - solution)

    total = jax.jit(lambda keys, steps: jnp.sum(jax.vmap(lambda key: solve(key, steps))(keys)), static_argnums=1)

    def run(seeds):
        keys = jax.random.split(jax.random.key(w.DATA_SEED), 3 * seeds)
        sums = [
            total(keys[3 * begin + 1000 * k : 3 * begin + 1000 * (k + 1)], steps)
            for begin in range(0, seeds, 1000) for k, steps in enumerate((5, 25, 125))]
        return sum(value.item() for value in sums) / (3 * seeds)

    return run


def networks(name):
    x, y, start = w.network(name, np.float32)
    rates, seeds = w.sweep_runs()

    def loss(layers, x, y):
        (a, p), (b, q) = layers
        return jnp.sum((jax.nn.relu(x @ a.T + p) @ b.T + q - y) ** 2) / (2 * x.shape[0])

    @jax.jit
    def train(steps, layers, rates, batches, x, y):
        def one(rate, batches):
            def step(t, layers):
                g = jax.grad(loss)(layers, x[batches[t]], y[batches[t]])
                return jax.tree.map(lambda m, g: m - rate * g, layers, g)

            return loop(0, steps, step, layers)

        return jax.vmap(jax.vmap(one, (None, 0)), (0, None))(rates, batches)

    rates = jnp.asarray(rates[::8], jnp.float32)
    start, x, y = jax.tree.map(jnp.asarray, (start, x, y))
    batches = jnp.asarray(w.sweep_batches(5000))

    def run(steps):
        ((a, p), (b, q)) = train(steps, start, rates, batches, x, y)
        flat = [np.asarray(part).reshape(64, -1, part.shape[-1]) for part in (a, p, b, q)]
        return w.mean_network_loss(flat, x, y)

    return run


MAKERS = {"sweep-members": members, "sweep-kaczmarz": kaczmarz, "sweep-networks": networks}
