"""Sweeps in Numba: one member after the other."""
import numba
import numpy as np

import workloads as w

compiled = numba.njit(fastmath=True)


@compiled
def descend(count, spectrum):
    total = 0.0
    x = np.empty(spectrum.size)
    for k in range(1, count + 1):
        rate = k / count
        x[:] = 1.0
        for _ in range(100):
            for j in range(x.size):
                x[j] -= rate * (spectrum[j] * x[j])
        for j in range(x.size):
            total += spectrum[j] * x[j] * x[j] / 2
    return total / count


@compiled
def solve(seeds, a, b, norms, cumulative, solution):
    total = 0.0
    lengths = (5, 25, 125)
    for seed in range(seeds):
        np.random.seed(seed)
        for steps in lengths:
            x = np.zeros(a.shape[1])
            for _ in range(steps):
                i = min(np.searchsorted(cumulative, np.random.random()), b.size - 1)
                s = 0.0
                for j in range(x.size):
                    s += a[i, j] * x[j]
                c = (b[i] - s) / norms[i]
                for j in range(x.size):
                    x[j] += c * a[i, j]
            total += np.sqrt(((x - solution) ** 2).sum())
    return total / (3 * seeds)


@compiled
def train(ma, mp, mb, mq, x, y, batches, rates, seeds):
    for r in range(ma.shape[0]):
        a, p, b, q, rate = ma[r], mp[r], mb[r], mq[r], rates[r]
        features, labels = np.empty((8, 64), np.float32), np.empty((8, 10), np.float32)
        for t in range(batches.shape[1]):
            for i in range(8):
                features[i] = x[batches[seeds[r], t, i]]
                labels[i] = y[batches[seeds[r], t, i]]
            h = np.maximum(np.dot(features, a.T) + p, np.float32(0))
            error = (np.dot(h, b.T) + q - labels) / np.float32(8)
            delta = np.dot(error, b) * (h > 0)
            b -= rate * np.dot(error.T, h)
            q -= rate * error.sum(0)
            a -= rate * np.dot(delta.T, features)
            p -= rate * delta.sum(0)


def members(name):
    return lambda count: descend(count, 0.1 * np.arange(1.0, 11))


def kaczmarz(name):
    a, b, norms, solution = w.small_system()
    return lambda seeds: solve(seeds, a, b, norms, np.cumsum(norms / norms.sum()), solution)


def networks(name):
    x, y, start = w.network(name, np.float32)
    rates, seeds = w.sweep_runs()

    def run(steps):
        a, p, b, q = (np.repeat(m[None], 64, 0) for layer in start for m in layer)
        train(a, p, b, q, x, y, w.sweep_batches(steps), rates.astype(np.float32), seeds)
        return w.mean_network_loss((a, p[:, None], b, q[:, None]), x, y)

    return run


MAKERS = {"sweep-members": members, "sweep-kaczmarz": kaczmarz, "sweep-networks": networks}
