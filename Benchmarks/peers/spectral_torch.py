"""Polar factors and the associative memory in PyTorch."""
import numpy as np
import torch

import workloads as w


def newton_schulz(g):
    a, b, c = w.MUON
    x = g / (g.norm() + 1e-7)
    for _ in range(5):
        s = x @ x.T
        x = torch.addmm(x, torch.addmm(s, s, s, beta=b, alpha=c), x, beta=a)
    return x


def polar(g):
    u, _, v = torch.linalg.svd(g)
    return u @ v


def factors(name):
    n = w.SPECTRAL_SIZES[name]
    g = torch.from_numpy(w.waves(n, n).astype(np.float32))

    def run(steps):
        x = torch.eye(n) if name == "polar" else g
        for _ in range(steps):
            x = polar(x @ g) if name == "polar" else newton_schulz(x)
        return (g.double() * x).sum().item()

    return run


def muon(name):
    u, v = map(torch.from_numpy, w.embeddings(np.float32))

    def run(steps):
        matrix = torch.zeros(u.shape[1], u.shape[1], requires_grad=True)
        for step in range(steps):
            rows = (step * w.MUON_BATCH + torch.arange(w.MUON_BATCH)) % len(u)
            loss = torch.nn.functional.cross_entropy((v[rows] @ matrix.T) @ u.T, rows)
            (gradient,) = torch.autograd.grad(loss, matrix)
            with torch.no_grad():
                matrix -= w.MUON_RATE * newton_schulz(gradient)
        return matrix.detach().norm().item()

    return run


def recall(name):
    u, v = map(torch.from_numpy, w.embeddings(np.float32))
    matrix, places = u[:4000].T @ v[:4000], torch.arange(len(u))

    def recalled():
        blocks = [slice(begin, begin + 1024) for begin in range(0, len(u), 1024)]
        return sum(int((((v[b] @ matrix.T) @ u.T).argmax(1) == places[b]).sum()) for b in blocks)

    return lambda steps: [recalled() for _ in range(steps)][-1]


MAKERS = {**{name: factors for name in w.SPECTRAL_SIZES}, "muon-multi-step": muon, "recall": recall}
