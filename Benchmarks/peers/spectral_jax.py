"""Polar factors and the associative memory in JAX."""
import jax
import jax.numpy as jnp
import numpy as np

import workloads as w

loop = jax.lax.fori_loop


def newton_schulz(g):
    a, b, c = map(np.float32, w.MUON)
    x = g / (jnp.linalg.norm(g) + np.float32(1e-7))
    for _ in range(5):
        s = x @ x.T
        x = a * x + (b * s + c * (s @ s)) @ x
    return x


def polar(g):
    u, _, v = jnp.linalg.svd(g)
    return u @ v


def factors(name):
    n = w.SPECTRAL_SIZES[name]
    g = jnp.asarray(w.waves(n, n), jnp.float32)
    step = (lambda x, g: polar(x @ g)) if name == "polar" else lambda x, g: newton_schulz(x)
    train = jax.jit(lambda steps, x, g: loop(0, steps, lambda _, x: step(x, g), x))
    start = jnp.eye(n, dtype=jnp.float32) if name == "polar" else g
    return lambda steps: float((np.asarray(g, np.float64) * np.asarray(train(steps, start, g))).sum())


def muon(name):
    u, v = map(jnp.asarray, w.embeddings(np.float32))
    count, d = u.shape

    @jax.jit
    def train(steps, u, v):
        def step(t, matrix):
            rows = (t * w.MUON_BATCH + jnp.arange(w.MUON_BATCH)) % count

            def loss(matrix):
                z = (v[rows] @ matrix.T) @ u.T
                return jnp.mean(jax.nn.logsumexp(z, axis=1) - z[jnp.arange(w.MUON_BATCH), rows])

            return matrix - np.float32(w.MUON_RATE) * newton_schulz(jax.grad(loss)(matrix))

        return loop(0, steps, step, jnp.zeros((d, d), jnp.float32))

    return lambda steps: jnp.linalg.norm(train(steps, u, v)).item()


def recall(name):
    u, v = map(jnp.asarray, w.embeddings(np.float32))
    matrix = u[:4000].T @ v[:4000]
    blocks = (v.reshape(-1, 1024, v.shape[1]), jnp.arange(len(v)).reshape(-1, 1024))

    @jax.jit
    def recalled(matrix, u, blocks):
        hits = lambda block: jnp.sum(jnp.argmax((block[0] @ matrix.T) @ u.T, axis=1) == block[1])
        return jnp.sum(jax.lax.map(hits, blocks))

    return lambda steps: [recalled(matrix, u, blocks).item() for _ in range(steps)][-1]


MAKERS = {**{name: factors for name in w.SPECTRAL_SIZES}, "muon-multi-step": muon, "recall": recall}
