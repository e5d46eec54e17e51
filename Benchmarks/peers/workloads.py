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
SPECTRAL = ("newton-schulz-1024", "newton-schulz-256", "polar", "muon-multi-step", "recall")
SPECTRAL_SIZES = {"newton-schulz-1024": 1024, "newton-schulz-256": 256, "polar": 256}
SWEEPS = ("sweep-members", "sweep-kaczmarz", "sweep-networks")
MEMSGD = {"memsgd-dense-1": 1, "memsgd-dense-10": 10, "memsgd-dense-30": 30, "memsgd-random": 10}
MEMSGD_RATE = 0.05
MUON = (3.4445, -4.775, 2.0315)
MUON_RATE, MUON_BATCH = 0.05, 1024
PATHS, TEMPERATURE, TIME_STEP = 10_000, 0.01, 0.01
TASKS, INNER_STEPS, INNER_RATE, META_RATE = 100, 10, 0.5, 1e-3
CONV_RATE = 0.01
UPDATE_COUNT = 10_000_000


def waves(rows, columns):
    """A dense matrix that looks random and is the same in every language."""
    return np.sin(np.outer(np.arange(1.0, rows + 1), np.sqrt(2) * np.arange(1.0, columns + 1)))


def network(name, dtype):
    """Features, targets and the weights [(W, b), ...] of an MLP; W is outputs × inputs."""
    sizes = SIZES["mlp-small"] if name == "sweep-networks" else SIZES.get(name, SIZES["mlp-full-batch"])
    n = 1024 if sizes == SIZES["mlp-small"] else 2048
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


def mean_network_loss(layers, x, y):
    """The mean loss of networks whose weights and biases, outputs in the last axis, are stacked."""
    weights, biases = layers[0::2], layers[1::2]
    members = zip(*weights, *(np.asarray(b).reshape(len(b), -1) for b in biases))
    return float(np.mean([network_loss([(a, p), (b, q)], x, y) for a, b, p, q in members]))


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


def dense_samples():
    """Samples that logistic regression fits, and the sign of each."""
    a = waves(10_000, 2000) / np.sqrt(1000)
    return a, np.sign(a @ np.sin(np.arange(1.0, 2001) ** 2))


def random_places(count, size, k):
    """For each step k different places of a vector."""
    random = np.random.default_rng(DATA_SEED)
    places = np.sort(random.integers(0, size, (count, k)), axis=1)
    while (again := (places[:, 1:] == places[:, :-1]).any(1)).any():
        places[again] = np.sort(random.integers(0, size, (int(again.sum()), k)), axis=1)
    return places


def embeddings(dtype):
    """Keys and values of the associative memory: chirps, 16,384 of them in 256 dimensions."""
    n, d = 16_384, 256
    chirps = lambda slope: np.sin(np.outer(slope * np.arange(1.0, n + 1), np.arange(1.0, d + 1) ** 2)) * np.sqrt(2 / d)
    return chirps(np.sqrt(2)).astype(dtype), chirps(np.sqrt(3)).astype(dtype)


def meta_tasks(dtype):
    """Points [tasks, 200, 10] of three classes, and their labels [200], which all tasks share."""
    y = np.arange(200) % 3
    x = waves(3 * TASKS, 10).reshape(TASKS, 3, 10)[:, y] + waves(200 * TASKS, 10).reshape(TASKS, 200, 10)
    return x.astype(dtype), y


def meta_start(dtype):
    """The learned loss's layers [(W, b), ...], W outputs × inputs, and the classifier that is adapted."""
    sizes = (6, 40, 40, 1)
    layers = [(2 / np.sqrt(i) * waves(o, i), np.zeros(o)) for i, o in zip(sizes, sizes[1:])]
    return [(w.astype(dtype), b.astype(dtype)) for w, b in layers], (0.1 * waves(3, 10)).astype(dtype)


def small_system():
    a, solution = waves(40, 20), waves(1, 20)[0]
    return a, a @ solution, (a * a).sum(1), solution


def sweep_runs():
    """Rates and seeds of the 64 networks, in one order."""
    rates = np.geomspace(0.003, 0.03, 8)
    return np.repeat(rates, 8), np.tile(np.arange(8), 8)


def sweep_batches(steps):
    """The samples of each seed's steps, drawn with replacement: [8, steps, 8]."""
    return np.stack([np.random.default_rng(seed).integers(0, 1024, (steps, 8)) for seed in range(8)])


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
