"""A learned loss in JAX: `jax.grad` through a loop of ten inner steps."""
import jax
import jax.numpy as jnp
import numpy as np

import workloads as w


def train(name):
    x, y = w.meta_tasks(np.float32)
    labels = jnp.eye(3, dtype=jnp.float32)[y]
    start, v = jax.tree.map(jnp.asarray, w.meta_start(np.float32))
    rate = np.float32(w.INNER_RATE)

    def measured(v, layers, x, labels):
        h = jnp.concatenate([x @ v.T, labels], 1)
        for k, (m, d) in enumerate(layers):
            h = h @ m.T + d
            if k < 2:
                h = jnp.tanh(h)
        return jnp.mean(h)

    def loss(layers, x, labels):
        adapt = lambda v, _: (v - rate * jax.grad(measured)(v, layers, x[:100], labels[:100]), None)
        fitted = jax.lax.scan(adapt, v, None, length=w.INNER_STEPS)[0]
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(x[100:] @ fitted.T) * labels[100:], 1))

    @jax.jit
    def train(steps, layers, x, labels):
        def step(t, state):
            layers, means, squares = state
            g = jax.grad(loss)(layers, x[t % w.TASKS], labels)
            means = jax.tree.map(lambda m, g: m + np.float32(0.1) * (g - m), means, g)
            squares = jax.tree.map(lambda s, g: s + np.float32(0.001) * (g * g - s), squares, g)
            c1, c2 = 1 - np.float32(0.9) ** (t + 1), 1 - np.float32(0.999) ** (t + 1)
            move = lambda p, m, s: (
                p - np.float32(w.META_RATE) * (m / c1) / (jnp.sqrt(s / c2) + 1e-8)).astype(jnp.float32)
            return jax.tree.map(move, layers, means, squares), means, squares

        zeros = jax.tree.map(jnp.zeros_like, layers)
        return jax.lax.fori_loop(0, steps, step, (layers, zeros, zeros))[0]

    judge = jax.jit(lambda layers, x, labels: jnp.mean(jax.vmap(lambda task: loss(layers, task, labels))(x)))

    def run(steps):
        layers = jax.block_until_ready(train(steps, start, x, labels))
        return judge(layers, x, labels).item() if steps < 1000 else 0.0

    x = jnp.asarray(x)
    return run
