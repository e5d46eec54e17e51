"""Second derivatives of the network in PyTorch: a second backward pass through the graph of the first."""
import numpy as np
import torch

import workloads as w


def curvature(name):
    x, y, start = w.network(name, np.float32)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    parameters = [torch.from_numpy(part).requires_grad_() for layer in start for part in layer]
    size = sum(p.numel() for p in parameters)
    v = torch.from_numpy(w.waves(1, size)[0].astype(np.float32))
    batches = [torch.from_numpy(rows) for rows in w.epoch_batches(len(x))]

    def linearised(x, y):
        h = x
        for k in range(0, len(parameters), 2):
            h = h @ parameters[k].T + parameters[k + 1]
            if k < len(parameters) - 2:
                h = torch.relu(h)
        loss = ((h - y) ** 2).sum() / (2 * len(x))
        g = torch.autograd.grad(loss, parameters, create_graph=True)
        return g, lambda u, keep=True: torch.autograd.grad(g, parameters, u, retain_graph=keep)

    def flat(parts):
        return torch.cat([part.reshape(-1) for part in parts])

    def unflat(vector):
        parts, offset = [], 0
        for p in parameters:
            parts.append(vector[offset:offset + p.numel()].view_as(p))
            offset += p.numel()
        return parts

    def top(multiply, steps):
        basis, q, alpha, beta = torch.empty(steps, size), v / v.norm(), [], []
        for j in range(steps):
            basis[j] = q
            u = flat(multiply(unflat(q)))
            alpha.append(u @ q)
            for _ in range(2):
                u = u - basis[:j + 1].T @ (basis[:j + 1] @ u)
            beta.append(u.norm())
            q = u / beta[-1]
        a, b = torch.stack(alpha), torch.stack(beta[:-1])
        return torch.linalg.eigvalsh(torch.diag(a) + torch.diag(b, 1) + torch.diag(b, -1))[-1].item()

    def once():
        if name == "curvature-batches":
            ratios = []
            for rows in batches:
                g, multiply = linearised(x[rows], y[rows])
                direction = [part.detach() for part in g]
                g = flat(direction)
                ratios.append((g @ flat(multiply(direction, False)) / (g @ g)).item())
            return float(np.mean(ratios))
        _, multiply = linearised(x, y)
        if name == "curvature-hvp":
            return flat(multiply(unflat(v), False)).norm().item()
        return top(multiply, 20)

    def run(evaluations):
        for _ in range(evaluations):
            result = once()
        return result

    return run
