"""Sweeps in PyTorch: autograd over all members at once, `torch.func.vmap` over the networks."""
import numpy as np
import torch

import workloads as w


def members(name):
    spectrum = 0.1 * torch.arange(1.0, 11, dtype=torch.float64)

    def run(count):
        rates = (torch.arange(1.0, count + 1, dtype=torch.float64) / count)[:, None]
        x = torch.ones(count, 10, dtype=torch.float64, requires_grad=True)
        losses = lambda: (spectrum * x**2).sum(1) / 2
        for _ in range(100):
            (gradient,) = torch.autograd.grad(losses().sum(), x)
            with torch.no_grad():
                x -= rates * gradient
        return losses().mean().item()

    return run


def kaczmarz(name):
    a, b, norms, solution = map(torch.from_numpy, w.small_system())

    def run(seeds):
        torch.manual_seed(w.DATA_SEED)
        gaps = []
        for begin in range(0, seeds, 1000):
            for steps in (5, 25, 125):
                x = torch.zeros(1000, a.shape[1], dtype=torch.float64)
                for i in torch.multinomial(norms, 1000 * steps, replacement=True).reshape(steps, 1000):
                    rows = a[i]
                    x.addcmul_(((b[i] - (rows * x).sum(1)) / norms[i])[:, None], rows)
                gaps.append(torch.linalg.norm(x - solution, dim=1))
        return torch.cat(gaps).mean().item()

    return run


def networks(name):
    x, y, start = w.network(name, np.float32)
    tx, ty = torch.from_numpy(x), torch.from_numpy(y)
    rates, seeds = w.sweep_runs()
    rates = torch.from_numpy(rates.astype(np.float32))

    def loss(layers, x, y):
        a, p, b, q = layers
        return ((torch.relu(x @ a.T + p) @ b.T + q - y) ** 2).sum() / (2 * x.shape[0])

    def step(layers, x, y, rate):
        return tuple(m - rate * g for m, g in zip(layers, torch.func.grad(loss)(layers, x, y)))

    all_step = torch.func.vmap(step)

    def run(steps):
        batches = torch.from_numpy(w.sweep_batches(steps)[seeds])
        layers = tuple(torch.from_numpy(np.repeat(m[None], 64, 0)) for layer in start for m in layer)
        for t in range(steps):
            rows = batches[:, t]
            layers = all_step(layers, tx[rows], ty[rows], rates)
        a, p, b, q = (m.numpy() for m in layers)
        return w.mean_network_loss((a, p[:, None], b, q[:, None]), x, y)

    return run


MAKERS = {"sweep-members": members, "sweep-kaczmarz": kaczmarz, "sweep-networks": networks}
