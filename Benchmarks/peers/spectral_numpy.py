"""Polar factors and the associative memory in NumPy."""
import numpy as np

import workloads as w


def newton_schulz(g):
    """Five steps of the quintic iteration towards the polar factor of g."""
    a, b, c = (g.dtype.type(value) for value in w.MUON)
    x = g / (np.linalg.norm(g) + g.dtype.type(1e-7))
    for _ in range(5):
        s = x @ x.T
        x = a * x + (b * s + c * (s @ s)) @ x
    return x


def polar(g):
    u, _, v = np.linalg.svd(g)
    return u @ v


def factors(name, dtype=np.float32):
    n = w.SPECTRAL_SIZES[name]
    g = w.waves(n, n).astype(dtype)

    def run(steps):
        x = np.eye(n, dtype=dtype) if name == "polar" else g
        for _ in range(steps):
            x = polar(x @ g) if name == "polar" else newton_schulz(x)
        return (g.astype(np.float64) * x).sum()

    return run


def muon(name, dtype=np.float32):
    u, v = w.embeddings(dtype)

    def gradient(matrix, rows):
        z = (v[rows] @ matrix.T) @ u.T
        z -= z.max(1, keepdims=True)
        np.exp(z, out=z)
        z /= z.sum(1, keepdims=True)
        z[np.arange(len(rows)), rows] -= 1
        return (z @ u).T @ v[rows] / dtype(len(rows))

    def run(steps):
        matrix = np.zeros((u.shape[1], u.shape[1]), dtype)
        for step in range(steps):
            rows = (step * w.MUON_BATCH + np.arange(w.MUON_BATCH)) % len(u)
            matrix -= dtype(w.MUON_RATE) * newton_schulz(gradient(matrix, rows))
        return np.linalg.norm(matrix)

    return run


def recall(name, dtype=np.float32):
    u, v = w.embeddings(dtype)
    matrix = u[:4000].T @ v[:4000]

    def recalled():
        hits = 0
        for begin in range(0, len(u), 1024):
            best = ((v[begin : begin + 1024] @ matrix.T) @ u.T).argmax(1)
            hits += int((best == begin + np.arange(1024)).sum())
        return hits

    return lambda steps: [recalled() for _ in range(steps)][-1]


MAKERS = {**{name: factors for name in w.SPECTRAL_SIZES}, "muon-multi-step": muon, "recall": recall}
