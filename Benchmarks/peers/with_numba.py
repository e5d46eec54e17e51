"""The workloads that are loops, in Numba."""
import time

STARTED = time.perf_counter()
import numba
import numpy as np

import measure
import sweeps_numba
import workloads as w

compiled = numba.njit(fastmath=True)


@compiled
def solve_dense(a, b, norms, rows, steps):
    x = np.zeros(a.shape[1])
    for t in range(steps):
        i = rows[t]
        s = 0.0
        for j in range(x.size):
            s += a[i, j] * x[j]
        c = (b[i] - s) / norms[i]
        for j in range(x.size):
            x[j] += c * a[i, j]
    return x


@compiled
def solve_sparse(columns, values, b, norms, rows, steps, unknowns):
    x = np.zeros(unknowns)
    for t in range(steps):
        i = rows[t]
        s = 0.0
        for k in range(values.shape[1]):
            s += values[i, k] * x[columns[i, k]]
        c = (b[i] - s) / norms[i]
        for k in range(values.shape[1]):
            x[columns[i, k]] += c * values[i, k]
    return x


@compiled
def send_largest(columns, values, b, unknowns, steps):
    x, m = np.zeros(unknowns), np.zeros(unknowns)
    count, rate = values.shape[0], 0.05
    for t in range(steps):
        i = t % count
        s = 0.0
        for k in range(values.shape[1]):
            s += values[i, k] * x[columns[i, k]]
        c = -rate * b[i] / (1 + np.exp(b[i] * s))
        for j in range(unknowns):
            m[j] += rate / count * x[j]
        for k in range(values.shape[1]):
            m[columns[i, k]] += c * values[i, k]
        largest, place = -1.0, 0
        for j in range(unknowns):
            if abs(m[j]) > largest:
                largest, place = abs(m[j]), j
        x[place] -= m[place]
        m[place] = 0
    return x


@compiled
def select_largest(m, values, places):
    """The places of the largest magnitudes, in a short sorted list."""
    count, k = 0, places.size
    for j in range(m.size):
        value = abs(m[j])
        if count < k or value > values[count - 1]:
            at = count if count < k else k - 1
            count = min(count + 1, k)
            while at > 0 and values[at - 1] < value:
                values[at], places[at] = values[at - 1], places[at - 1]
                at -= 1
            values[at], places[at] = value, j


@compiled
def send_some(a, b, random_places, largest, k, rate, steps):
    count, d = a.shape
    x, m = np.zeros(d), np.zeros(d)
    values, places = np.zeros(k), np.zeros(k, np.int64)
    for t in range(steps):
        i = t % count
        s = 0.0
        for j in range(d):
            s += a[i, j] * x[j]
        c = -rate * b[i] / (1 + np.exp(b[i] * s))
        for j in range(d):
            m[j] += c * a[i, j] + rate / count * x[j]
        if largest:
            select_largest(m, values, places)
        else:
            places[:] = random_places[t]
        for place in places:
            x[place] -= m[place]
            m[place] = 0
    return x


@compiled
def simulate(paths, steps, drift, diffusion):
    result = np.empty(paths, np.float32)
    for i in range(paths):
        s = np.float32(0.05)
        for _ in range(steps):
            a = s ** np.float32(1 / 3)
            a = a * a
            z = np.float32(np.random.standard_normal())
            s = max(s + drift * a * a * (np.float32(1) - s) + diffusion * a * z, np.float32(1e-6))
        result[i] = s
    return result


@compiled
def descend_rosenbrock(steps):
    x, y = -1.2, 1.0
    for _ in range(steps):
        t = y - x * x
        gx, gy = -2 * (1 - x) - 400 * x * t, 200 * t
        x -= 5e-4 * gx
        y -= 5e-4 * gy
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2


@compiled
def descend_logistic(features, signs, steps):
    u = v = 0.0
    for t in range(steps):
        a, b, s = features[t % 1000, 0], features[t % 1000, 1], signs[t % 1000]
        c = 0.1 * s / (1 + np.exp(s * (u * a + v * b)))
        u += c * a
        v += c * b
    return u, v


def kaczmarz_dense(name):
    a, b, norms, solution = w.dense_system()
    rows = w.sampled_rows(norms, 500_000)
    return lambda steps: np.linalg.norm(solve_dense(a, b, norms, rows, steps) - solution)


def kaczmarz_sparse(name):
    columns, values, b, norms, solution = w.sparse_system()
    rows = w.sampled_rows(norms, 500_000)
    return lambda steps: np.linalg.norm(
        solve_sparse(columns, values, b, norms, rows, steps, len(solution)) - solution)


def memsgd_sparse(name):
    samples = w.sparse_samples()
    return lambda steps: np.linalg.norm(send_largest(*samples, steps))


def memsgd_dense(name):
    a, b = w.dense_samples()
    k, largest = w.MEMSGD[name], name != "memsgd-random"
    places = np.zeros((1, k), np.int64) if largest else w.random_places(20_000, a.shape[1], k)
    return lambda steps: np.linalg.norm(send_some(a, b, places, largest, k, w.MEMSGD_RATE, steps))


def ensemble(name):
    drift, diffusion = np.float32(3 * w.TIME_STEP), np.float32(np.sqrt(2 * w.TEMPERATURE * w.TIME_STEP))
    return lambda steps: simulate(w.PATHS, steps, drift, diffusion).astype(np.float64).var()


def logistic(name):
    features, signs = w.logistic_data()

    def run(steps):
        x = np.array(descend_logistic(features, signs, steps))
        return np.log1p(np.exp(-signs * (features @ x))).mean()

    return run


MAKERS = {
    "kaczmarz-dense": kaczmarz_dense, "kaczmarz-sparse": kaczmarz_sparse,
    "memsgd-sparse": memsgd_sparse, **{name: memsgd_dense for name in w.MEMSGD}, "sde-ensemble": ensemble,
    **sweeps_numba.MAKERS, "rosenbrock": lambda _: descend_rosenbrock,
    "logistic": logistic,
}

if __name__ == "__main__":
    measure.main(lambda name: MAKERS[name](name), STARTED)
