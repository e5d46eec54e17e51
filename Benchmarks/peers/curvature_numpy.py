"""Second derivatives of the network in NumPy: Pearlmutter's R-operator written by hand."""
import numpy as np

import workloads as w


def flat(layers):
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def unflat(vector, like):
    parts, offset = [], 0
    for a, b in like:
        size = a.size + b.size
        parts.append((vector[offset:offset + a.size].reshape(a.shape), vector[offset + a.size:offset + size]))
        offset += size
    return parts


def linearised(layers, x, y):
    """Activations and what flows back at a point."""
    activations = [x]
    for k, (a, b) in enumerate(layers):
        h = activations[-1] @ a.T + b
        activations.append(np.maximum(h, 0) if k < len(layers) - 1 else h)
    deltas = [(activations[-1] - y) / x.dtype.type(len(x))]
    for k in reversed(range(1, len(layers))):
        deltas.insert(0, (deltas[0] @ layers[k][0]) * (activations[k] > 0))
    return activations, deltas


def gradient(state):
    activations, deltas = state
    return [(d.T @ h, d.sum(0)) for d, h in zip(deltas, activations)]


def product(layers, state, vector):
    """The Hessian times a flat vector."""
    activations, deltas = state
    v = unflat(vector, layers)
    moved = [None]
    for k, ((a, b), (va, vb)) in enumerate(zip(layers, v)):
        r = activations[k] @ va.T + vb
        if moved[-1] is not None:
            r += moved[-1] @ a.T
        moved.append(r * (activations[k + 1] > 0) if k < len(layers) - 1 else r)
    back = moved[-1] / vector.dtype.type(len(activations[0]))
    result = []
    for k in reversed(range(len(layers))):
        g = back.T @ activations[k]
        if moved[k] is not None:
            g += deltas[k].T @ moved[k]
        result.append((g, back.sum(0)))
        if k:
            back = (back @ layers[k][0] + deltas[k] @ v[k][0]) * (activations[k] > 0)
    return flat(result[::-1])


def top(multiply, start, steps):
    """Largest Ritz value after some Lanczos steps with full re-orthogonalisation."""
    basis = np.empty((steps, start.size), start.dtype)
    q, alpha, beta = start / np.linalg.norm(start), [], []
    for j in range(steps):
        basis[j] = q
        u = multiply(q)
        alpha.append(float(u @ q))
        for _ in range(2):
            u = u - basis[:j + 1].T @ (basis[:j + 1] @ u)
        beta.append(float(np.linalg.norm(u)))
        q = u / u.dtype.type(beta[-1])
    return np.linalg.eigvalsh(np.diag(alpha) + np.diag(beta[:-1], 1) + np.diag(beta[:-1], -1))[-1]


def curvature(name, dtype=np.float32):
    x, y, layers = w.network(name, dtype)
    v = w.waves(1, flat(layers).size)[0].astype(dtype)

    def once():
        if name == "curvature-batches":
            ratios = []
            for rows in w.epoch_batches(len(x)):
                state = linearised(layers, x[rows], y[rows])
                g = flat(gradient(state))
                ratios.append(float(g @ product(layers, state, g)) / float(g @ g))
            return np.mean(ratios)
        state = linearised(layers, x, y)
        if name == "curvature-hvp":
            return np.linalg.norm(product(layers, state, v))
        return top(lambda u: product(layers, state, u), v, 20)

    def run(evaluations):
        for _ in range(evaluations):
            result = once()
        return result

    return run
