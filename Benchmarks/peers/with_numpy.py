"""The workloads in NumPy, gradients written by hand. In float64 (`reference.py`) they are the reference."""
import time

STARTED = time.perf_counter()
import numpy as np

import conv_numpy
import curvature_numpy
import measure
import meta_numpy
import spectral_numpy
import sweeps_numpy
import workloads as w


def train_network(name, dtype=np.float32):
    x, y, start = w.network(name, dtype)
    rate, momentum = dtype(w.RATE[name]), dtype(w.MOMENTUM[name])

    def run(steps):
        layers = [(a.copy(), b.copy()) for a, b in start]
        buffers = [(np.zeros_like(a), np.zeros_like(b)) for a, b in start]
        for step in range(steps):
            rows = slice(None) if w.BATCH[name] is None else w.rows_of_step(name, step, len(x))
            gradient = network_gradient(layers, x[rows], y[rows])
            for layer, buffer, g in zip(layers, buffers, gradient):
                for parameter, v, d in zip(layer, buffer, g):
                    if momentum:
                        v *= momentum
                        v += d
                        d = v
                    parameter -= rate * d
        return w.network_loss(layers, x, y)

    return run


def network_gradient(layers, x, y):
    activations = [x]
    for k, (a, b) in enumerate(layers):
        h = activations[-1] @ a.T
        h += b
        if k < len(layers) - 1:
            np.maximum(h, 0, out=h)
        activations.append(h)
    delta = (activations[-1] - y) / x.dtype.type(len(x))
    gradient = []
    for k in reversed(range(len(layers))):
        gradient.append((delta.T @ activations[k], delta.sum(0)))
        if k:
            delta = (delta @ layers[k][0]) * (activations[k] > 0)
    return gradient[::-1]


def kaczmarz_dense(name):
    a, b, norms, solution = w.dense_system()
    rows = w.sampled_rows(norms, 500_000)

    def run(steps):
        x = np.zeros(a.shape[1])
        for i in rows[:steps]:
            row = a[i]
            x += ((b[i] - row @ x) / norms[i]) * row
        return np.linalg.norm(x - solution)

    return run


def kaczmarz_sparse(name):
    columns, values, b, norms, solution = w.sparse_system()
    rows = w.sampled_rows(norms, 500_000)

    def run(steps):
        x = np.zeros(len(solution))
        for i in rows[:steps]:
            c, v = columns[i], values[i]
            x[c] += ((b[i] - v @ x[c]) / norms[i]) * v
        return np.linalg.norm(x - solution)

    return run


def memsgd_sparse(name):
    columns, values, b, unknowns = w.sparse_samples()
    rate, count = 0.05, len(b)

    def run(steps):
        x, m = np.zeros(unknowns), np.zeros(unknowns)
        for step in range(steps):
            i = step % count
            c, v = columns[i], values[i]
            s = -b[i] / (1 + np.exp(b[i] * (v @ x[c])))
            m += rate / count * x
            m[c] += rate * s * v
            k = np.argmax(np.abs(m))
            x[k] -= m[k]
            m[k] = 0
        return np.linalg.norm(x)

    return run


def memsgd_dense(name):
    a, b = w.dense_samples()
    rate, count, k = w.MEMSGD_RATE, len(b), w.MEMSGD[name]
    places = w.random_places(20_000, a.shape[1], k) if name == "memsgd-random" else None

    def run(steps):
        x, m = np.zeros(a.shape[1]), np.zeros(a.shape[1])
        for step in range(steps):
            i = step % count
            row = a[i]
            m += rate * (-b[i] / (1 + np.exp(b[i] * (row @ x))) * row + x / count)
            s = np.argpartition(np.abs(m), -k)[-k:] if places is None else places[step]
            x[s] -= m[s]
            m[s] = 0
        return np.linalg.norm(x)

    return run


def ensemble(name, dtype=np.float32):
    drift, diffusion = dtype(3 * w.TIME_STEP), dtype(np.sqrt(2 * w.TEMPERATURE * w.TIME_STEP))

    def run(steps):
        random = np.random.default_rng(w.DATA_SEED)
        s = np.full(w.PATHS, 0.05, dtype)
        for _ in range(steps):
            a = np.cbrt(s)
            a *= a
            s = s + drift * a * a * (1 - s) + diffusion * a * random.standard_normal(w.PATHS, dtype)
            np.maximum(s, dtype(1e-6), out=s)
        return s.astype(np.float64).var()

    return run


def product(matrices):
    result = matrices[0]
    for matrix in matrices[1:]:
        result = matrix @ result
    return result


def factor_gradient(matrices, outer):
    """Gradients of a function of the product whose gradient by the product is `outer`."""
    below = [None]
    for matrix in matrices[:-1]:
        below.append(matrix if below[-1] is None else matrix @ below[-1])
    gradient = []
    for k in reversed(range(len(matrices))):
        gradient.append(outer if below[k] is None else outer @ below[k].T)
        outer = matrices[k].T @ outer
    return gradient[::-1]


def deep_linear(name):
    start, target = w.factors(name)

    def run(steps):
        matrices = [m.copy() for m in start]
        for _ in range(steps):
            for m, g in zip(matrices, factor_gradient(matrices, product(matrices) - target)):
                m -= 0.01 * g
        return ((product(matrices) - target) ** 2).sum() / 2

    return run


def deep_linear_noise(name):
    start, target = w.factors(name)

    def run(steps):
        random = np.random.default_rng(w.DATA_SEED)
        matrices = [m.copy() for m in start]
        for _ in range(steps):
            x = random.standard_normal((10, 16))
            noise = 0.1 * random.standard_normal((10, 16))
            error = product(matrices) @ x - target @ x - noise
            for m, g in zip(matrices, factor_gradient(matrices, error @ x.T / 16)):
                m -= 0.01 * g
        return ((product(matrices) - target) ** 2).sum()

    return run


def update(name, dtype=np.float32):
    g = w.update_gradient().astype(dtype)
    rate, momentum, rho, beta, epsilon = dtype(1e-3), dtype(0.9), dtype(0.99), dtype(0.999), dtype(1e-8)

    def run(steps):
        x, m, v = np.ones_like(g), np.zeros_like(g), np.zeros_like(g)
        for t in range(1, steps + 1):
            if name == "update-gd":
                x -= rate * g
            elif name in ("update-momentum", "update-nesterov"):
                m = momentum * m + g
                x -= rate * (m if name == "update-momentum" else g + momentum * m)
            elif name == "update-adagrad":
                v += g * g
                x -= rate * g / (np.sqrt(v) + dtype(1e-10))
            elif name == "update-rmsprop":
                v = rho * v + (1 - rho) * g * g
                x -= rate * g / (np.sqrt(v) + epsilon)
            else:
                m = momentum * m + (1 - momentum) * g
                v = beta * v + (1 - beta) * g * g
                x -= rate / (1 - momentum**t) * m / (np.sqrt(v / (1 - beta**t)) + epsilon)
        return np.dot(g.astype(np.float64), x.astype(np.float64))

    return run


def rosenbrock(name):
    def run(steps):
        x = np.array([-1.2, 1.0])
        for _ in range(steps):
            t = x[1] - x[0] * x[0]
            x -= 5e-4 * np.array([-2 * (1 - x[0]) - 400 * x[0] * t, 200 * t])
        return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2

    return run


def logistic(name):
    features, signs = w.logistic_data()

    def run(steps):
        x = np.zeros(2)
        for step in range(steps):
            a, s = features[step % 1000], signs[step % 1000]
            x += 0.1 * s / (1 + np.exp(s * (a @ x))) * a
        return np.log1p(np.exp(-signs * (features @ x))).mean()

    return run


MAKERS = {
    "conv": conv_numpy.train,
    **{name: curvature_numpy.curvature for name in w.CURVATURE},
    **{name: train_network for name in w.SIZES}, "kaczmarz-dense": kaczmarz_dense, "kaczmarz-sparse": kaczmarz_sparse,
    "memsgd-sparse": memsgd_sparse, **{name: memsgd_dense for name in w.MEMSGD}, "sde-ensemble": ensemble,
    **spectral_numpy.MAKERS, **sweeps_numpy.MAKERS, "meta-loss": meta_numpy.train,
    "deep-linear-10": deep_linear, "deep-linear-64": deep_linear, "deep-linear-noise": deep_linear_noise,
    **{name: update for name in w.UPDATES}, "rosenbrock": rosenbrock, "logistic": logistic,
}

if __name__ == "__main__":
    measure.main(lambda name: MAKERS[name](name), STARTED)
