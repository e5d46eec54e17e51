"""Second derivatives of the network in JAX: the gradient linearised once, the Lanczos steps in one compiled scan."""
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

import workloads as w


def curvature(name):
    x, y, layers = w.network(name, np.float32)
    x, y = jnp.asarray(x), jnp.asarray(y)
    point, unravel = ravel_pytree(jax.tree.map(jnp.asarray, layers))
    v = jnp.asarray(w.waves(1, point.size)[0].astype(np.float32))
    batches = jnp.asarray(np.stack(w.epoch_batches(len(x))))

    def gradient(p, x, y):
        def loss(p):
            h = x
            for k, (a, b) in enumerate(unravel(p)):
                h = h @ a.T + b
                if k < len(layers) - 1:
                    h = jax.nn.relu(h)
            return jnp.sum((h - y) ** 2) / (2 * x.shape[0])

        return jax.grad(loss)(p)

    @jax.jit
    def product(p, v, x, y):
        return jnp.linalg.norm(jax.jvp(lambda q: gradient(q, x, y), (p,), (v,))[1])

    @jax.jit
    def top(p, v, x, y):
        _, multiply = jax.linearize(lambda q: gradient(q, x, y), p)

        def step(carry, j):
            basis, q = carry
            basis = basis.at[j].set(q)
            u = multiply(q)
            alpha = u @ q
            for _ in range(2):
                u = u - basis.T @ (basis @ u)
            beta = jnp.linalg.norm(u)
            return (basis, u / beta), (alpha, beta)

        start = (jnp.zeros((20, v.size), v.dtype), v / jnp.linalg.norm(v))
        _, (alpha, beta) = jax.lax.scan(step, start, jnp.arange(20))
        return jnp.linalg.eigvalsh(jnp.diag(alpha) + jnp.diag(beta[:-1], 1) + jnp.diag(beta[:-1], -1))[-1]

    @jax.jit
    def ratios(p, x, y, batches):
        def one(rows):
            g, multiply = jax.linearize(lambda q: gradient(q, x[rows], y[rows]), p)
            return (g @ multiply(g)) / (g @ g)

        return jnp.mean(jax.lax.map(one, batches))

    calls = {
        "curvature-hvp": lambda: product(point, v, x, y), "curvature-lanczos": lambda: top(point, v, x, y),
        "curvature-batches": lambda: ratios(point, x, y, batches),
    }

    def run(evaluations):
        for _ in range(evaluations):
            result = calls[name]().item()
        return result

    return run
