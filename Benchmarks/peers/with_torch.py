"""The workloads in PyTorch: autograd and torch.optim, one step after the other."""
import time

STARTED = time.perf_counter()
import numpy as np
import torch

import conv_torch
import curvature_torch
import measure
import meta_torch
import spectral_torch
import sweeps_torch
import workloads as w

torch.set_num_threads(1)


def train_network(name):
    x, y, start = w.network(name, np.float32)
    tx, ty = torch.from_numpy(x), torch.from_numpy(y)
    layers = []
    for k, (a, b) in enumerate(start):
        layers.append(torch.nn.Linear(a.shape[1], a.shape[0]))
        if k < len(start) - 1:
            layers.append(torch.nn.ReLU())
    net = torch.nn.Sequential(*layers)
    linear = [layer for layer in net if isinstance(layer, torch.nn.Linear)]

    def run(steps):
        with torch.no_grad():
            for layer, (a, b) in zip(linear, start):
                layer.weight.copy_(torch.from_numpy(a))
                layer.bias.copy_(torch.from_numpy(b))
        optimizer = torch.optim.SGD(net.parameters(), lr=w.RATE[name], momentum=w.MOMENTUM[name])
        for step in range(steps):
            rows = slice(None) if w.BATCH[name] is None else torch.from_numpy(w.rows_of_step(name, step, len(x)))
            loss = ((net(tx[rows]) - ty[rows]) ** 2).sum() / (2 * len(tx[rows]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return w.network_loss([(m.weight.detach().numpy(), m.bias.detach().numpy()) for m in linear], x, y)

    return run


def kaczmarz_dense(name):
    data = w.dense_system()
    a, b, norms, solution = map(torch.from_numpy, data)
    rows = w.sampled_rows(data[2], 500_000).tolist()

    def run(steps):
        x = torch.zeros(a.shape[1], dtype=torch.float64)
        for i in rows[:steps]:
            row = a[i]
            x.add_(row, alpha=((b[i] - row @ x) / norms[i]).item())
        return torch.linalg.norm(x - solution).item()

    return run


def kaczmarz_sparse(name):
    data = w.sparse_system()
    columns, values, b, norms, solution = map(torch.from_numpy, data)
    rows = w.sampled_rows(data[3], 500_000).tolist()

    def run(steps):
        x = torch.zeros(len(solution), dtype=torch.float64)
        for i in rows[:steps]:
            c, v = columns[i], values[i]
            x.index_add_(0, c, v, alpha=((b[i] - v @ x[c]) / norms[i]).item())
        return torch.linalg.norm(x - solution).item()

    return run


def memsgd_dense(name):
    a, b = map(torch.from_numpy, w.dense_samples())
    (count, d), k = a.shape, w.MEMSGD[name]
    places = torch.from_numpy(w.random_places(20_000, d, k)) if name == "memsgd-random" else None

    def run(steps):
        x, m = torch.zeros(d, dtype=torch.float64), torch.zeros(d, dtype=torch.float64)
        for step in range(steps):
            row, sign = a[step % count], b[step % count]
            m.add_(x, alpha=w.MEMSGD_RATE / count)
            m.add_(row * (-w.MEMSGD_RATE * sign * torch.sigmoid(-sign * (row @ x))))
            s = torch.topk(m.abs(), k, sorted=False).indices if places is None else places[step]
            x[s] -= m[s]
            m[s] = 0
        return torch.linalg.norm(x).item()

    return run


def ensemble(name):
    drift, diffusion = 3 * w.TIME_STEP, (2 * w.TEMPERATURE * w.TIME_STEP) ** 0.5

    def run(steps):
        torch.manual_seed(w.DATA_SEED)
        s = torch.full((w.PATHS,), 0.05)
        for _ in range(steps):
            a = s ** (1 / 3)
            a = a * a
            s = torch.clamp_min(s + drift * a * a * (1 - s) + diffusion * a * torch.randn(w.PATHS), 1e-6)
        return s.double().var().item()

    return run


def product(matrices):
    result = matrices[0]
    for matrix in matrices[1:]:
        result = matrix @ result
    return result


def deep_linear(name):
    start, target = w.factors(name)
    target = torch.from_numpy(target)
    noisy = name == "deep-linear-noise"

    def run(steps):
        torch.manual_seed(w.DATA_SEED)
        matrices = [torch.from_numpy(m.copy()).requires_grad_() for m in start]
        optimizer = torch.optim.SGD(matrices, lr=0.01)
        for _ in range(steps):
            if noisy:
                x = torch.randn(10, 16, dtype=torch.float64)
                noise = 0.1 * torch.randn(10, 16, dtype=torch.float64)
                loss = ((product(matrices) @ x - target @ x - noise) ** 2).sum() / 32
            else:
                loss = ((product(matrices) - target) ** 2).sum() / 2
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            return (((product(matrices) - target) ** 2).sum() / (1 if noisy else 2)).item()

    return run


def update(name):
    g = torch.from_numpy(w.update_gradient())
    o = torch.optim
    make = {
        "update-gd": lambda p: o.SGD(p, lr=1e-3, fused=True),
        "update-momentum": lambda p: o.SGD(p, lr=1e-3, momentum=0.9, fused=True),
        "update-nesterov": lambda p: o.SGD(p, lr=1e-3, momentum=0.9, nesterov=True, fused=True),
        "update-adagrad": lambda p: o.Adagrad(p, lr=1e-3, fused=True),
        "update-rmsprop": lambda p: o.RMSprop(p, lr=1e-3),
        "update-adam": lambda p: o.Adam(p, lr=1e-3, fused=True),
    }[name]

    def run(steps):
        parameter = torch.nn.Parameter(torch.ones_like(g))
        parameter.grad = g
        optimizer = make([parameter])
        for _ in range(steps):
            optimizer.step()
        return float(np.dot(parameter.detach().numpy().astype(np.float64), g.numpy().astype(np.float64)))

    return run


def rosenbrock(name):
    def run(steps):
        x = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([x], lr=5e-4)
        value = lambda: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
        for _ in range(steps):
            optimizer.zero_grad()
            value().backward()
            optimizer.step()
        return value().item()

    return run


def logistic(name):
    features, signs = map(torch.from_numpy, w.logistic_data())

    def run(steps):
        x = torch.zeros(2, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([x], lr=0.1)
        for step in range(steps):
            loss = torch.nn.functional.softplus(-signs[step % 1000] * (features[step % 1000] @ x))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return torch.nn.functional.softplus(-signs * (features @ x)).mean().item()

    return run


MAKERS = {
    "conv": conv_torch.train,
    **{name: curvature_torch.curvature for name in w.CURVATURE},
    **{name: train_network for name in w.SIZES}, "kaczmarz-dense": kaczmarz_dense, "kaczmarz-sparse": kaczmarz_sparse,
    **{name: memsgd_dense for name in w.MEMSGD}, "sde-ensemble": ensemble, **spectral_torch.MAKERS,
    **sweeps_torch.MAKERS, "meta-loss": meta_torch.train,
    **{name: deep_linear for name in w.FACTORS}, **{name: update for name in w.UPDATES}, "rosenbrock": rosenbrock,
    "logistic": logistic,
}

if __name__ == "__main__":
    measure.main(lambda name: MAKERS[name](name), STARTED)
