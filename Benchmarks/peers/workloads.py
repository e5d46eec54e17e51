"""What the workloads are, for the peers: the same formulas as in the .opt files, in NumPy."""
import numpy as np

DATA_SEED = 0
SIZES = {"mlp-full-batch": (3072, 512, 512, 10), "mlp-batch": (3072, 512, 512, 10), "mlp-small": (64, 64, 10)}
BATCH = {"mlp-full-batch": None, "mlp-batch": 128, "mlp-small": 8}
RATE = {"mlp-full-batch": 0.01, "mlp-batch": 0.002, "mlp-small": 0.01}
MOMENTUM = {"mlp-full-batch": 0.0, "mlp-batch": 0.9, "mlp-small": 0.9}
FACTORS = {"deep-linear-10": (3, 10), "deep-linear-64": (4, 64), "deep-linear-noise": (3, 10)}
CURVATURE = ("curvature-hvp", "curvature-lanczos", "curvature-batches")
UPDATES = ("update-gd", "update-momentum", "update-nesterov", "update-adagrad", "update-rmsprop", "update-adam")
CONV_RATE = 0.01
UPDATE_COUNT = 10_000_000


def waves(rows, columns):
    """A dense matrix that looks random and is the same in every language."""
    return np.sin(np.outer(np.arange(1.0, rows + 1), np.sqrt(2) * np.arange(1.0, columns + 1)))


def network(name, dtype):
    """Features, targets and the weights [(W, b), ...] of an MLP; W is outputs × inputs."""
    sizes = SIZES.get(name, SIZES["mlp-full-batch"])
    n = 1024 if name == "mlp-small" else 2048
    x, y = np.sqrt(2) * waves(n, sizes[0]), waves(n, sizes[-1])
    layers = [(2 / np.sqrt(i) * waves(o, i), np.zeros(o)) for i, o in zip(sizes, sizes[1:])]
    return x.astype(dtype), y.astype(dtype), [(w.astype(dtype), b.astype(dtype)) for w, b in layers]


def convolutional(dtype):
    """Images, targets and parameters [(K, b), (K, b), (W, b)] of the convolutional network."""
    x, y = np.sqrt(2) * waves(128, 3072), waves(128, 10)
    layers = [(waves(o, 9 * i).reshape(o, i, 3, 3) / np.sqrt(9 * i), np.zeros(o)) for i, o in ((3, 32), (32, 32))]
    layers.append((waves(10, 32768) / np.sqrt(32768), np.zeros(10)))
    return x.astype(dtype), y.astype(dtype), [(a.astype(dtype), b.astype(dtype)) for a, b in layers]


def rows_of_step(name, step, count):
    """The samples of a step: batches in the order of the data."""
    batch = BATCH[name]
    return (step * batch + np.arange(batch)) % count


def epoch_batches(count):
    """The blocks of 64 of a random permutation."""
    return np.random.default_rng(DATA_SEED).permutation(count).reshape(-1, 64)


def network_loss(layers, x, y):
    """Mean over samples of half the squared error, in float64."""
    h = np.asarray(x, np.float64)
    for k, (w, b) in enumerate(layers):
        h = h @ np.asarray(w, np.float64).T + np.asarray(b, np.float64)
        if k < len(layers) - 1:
            h = np.maximum(h, 0)
    return float(((h - y) ** 2).sum() / (2 * len(y)))


def dense_system():
    a = waves(2000, 500)
    solution = waves(1, 500)[0]
    return a, a @ solution, (a * a).sum(1), solution


def sparse_system():
    i = np.arange(20_000)[:, None]
    columns = (97 * np.arange(50) + 53 * i * i) % 5000
    values = waves(20_000, 50)
    solution = np.sin(np.arange(1.0, 5001))
    return columns, values, (values * solution[columns]).sum(1), (values * values).sum(1), solution


def sparse_samples():
    i = np.arange(20_000)[:, None]
    columns = (631 * np.arange(75) + 53 * i * i) % 47_236
    values = waves(20_000, 75) / 6
    return columns, values, np.sign((values * np.sin(np.arange(1.0, 47_237))[columns]).sum(1)), 47_236


def sampled_rows(weights, count):
    """Rows drawn in proportion to their weights, with replacement."""
    return np.random.default_rng(DATA_SEED).choice(len(weights), count, p=weights / weights.sum())


def factors(name):
    """Factors of a deep linear network, and what their product should become."""
    layers, n = FACTORS[name]
    start = (waves(n, n) / np.sqrt(n) + np.eye(n)) / 2
    target = np.diag(np.concatenate([[2, 1.2, 0.6], np.zeros(n - 3)]))
    return [start.copy() for _ in range(layers)], target


def logistic_data():
    i = np.arange(1.0, 1001)
    a, b = np.sin(i), np.sin(np.sqrt(2) * i)
    return np.stack([a, b], 1), np.where(a + b / 2 + 0.1 > 0, 1.0, -1.0)


def update_gradient():
    return np.sin(np.arange(1.0, UPDATE_COUNT + 1)).astype(np.float32)
