"""Sweeps in NumPy: all members of a sweep in one array."""
import numpy as np

import workloads as w


def members(name, dtype=np.float64):
    spectrum = 0.1 * np.arange(1.0, 11)

    def run(count):
        factor = 1 - np.outer(np.arange(1.0, count + 1) / count, spectrum)
        x = np.ones_like(factor)
        for _ in range(100):
            x *= factor
        return ((spectrum * x * x).sum(1) / 2).mean()

    return run


def kaczmarz(name):
    a, b, norms, solution = w.small_system()
    cumulative = np.cumsum(norms / norms.sum())

    def run(seeds):
        random = np.random.default_rng(w.DATA_SEED)
        gaps = []
        for begin in range(0, seeds, 1000):
            for steps in (5, 25, 125):
                x = np.zeros((min(1000, seeds - begin), a.shape[1]))
                for _ in range(steps):
                    i = np.minimum(np.searchsorted(cumulative, random.random(len(x))), len(b) - 1)
                    rows = a[i]
                    x += ((b[i] - (rows * x).sum(1)) / norms[i])[:, None] * rows
                gaps.append(np.linalg.norm(x - solution, axis=1))
        return np.concatenate(gaps).mean()

    return run


def networks(name, dtype=np.float32):
    x, y, ((a, p), (b, q)) = w.network(name, dtype)
    rates, seeds = w.sweep_runs()
    rate = rates.astype(dtype)[:, None, None]

    def run(steps):
        batches = w.sweep_batches(steps)
        repeat = lambda value: np.repeat(value[None], len(rates), 0)
        ma, mp, mb, mq = repeat(a), repeat(p[None]), repeat(b), repeat(q[None])
        for t in range(steps):
            rows = batches[seeds, t]
            features = x[rows]
            h = np.maximum(features @ ma.transpose(0, 2, 1) + mp, 0)
            error = (h @ mb.transpose(0, 2, 1) + mq - y[rows]) / dtype(8)
            delta = (error @ mb) * (h > 0)
            mb -= rate * (error.transpose(0, 2, 1) @ h)
            mq -= rate * error.sum(1, keepdims=True)
            ma -= rate * (delta.transpose(0, 2, 1) @ features)
            mp -= rate * delta.sum(1, keepdims=True)
        return w.mean_network_loss((ma, mp, mb, mq), x, y)

    return run


MAKERS = {"sweep-members": members, "sweep-kaczmarz": kaczmarz, "sweep-networks": networks}
