"""Trajectories of every library optimizer, computed without Descent.

Usage: python trajectories.py > trajectories.csv        (needs NumPy and PyTorch)

Rules that PyTorch has are run by torch.optim in float64; the others are written from their papers in NumPy.
Columns: the call as a script writes it, the problem, the step, the coordinate, its value with 17 digits.
"""
import numpy as np
import torch

STEPS = (1, 10, 100, 1000)
SPECTRUM = np.array([1.0, 0.3, 0.05, 2.0])
FEATURES = np.array([[np.sin(1 + 1.7 * i + 0.9 * j + 0.1 * i * j) for j in range(5)] for i in range(20)])
LABELS = np.array([1.0 if np.cos(1 + 2.3 * i) > 0 else -1.0 for i in range(20)])
PENALTY = 0.1


def quadratic(x):
    return 0.5 * (SPECTRUM * x**2).sum(), SPECTRUM * x


def rosenbrock(x):
    a, b = x
    value = (1 - a) ** 2 + 100 * (b - a * a) ** 2
    return value, np.array([-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)])


def logistic(w):
    margin = LABELS * (FEATURES @ w)
    value = np.logaddexp(0, -margin).mean() + PENALTY / 2 * w @ w
    slope = -LABELS / (1 + np.exp(margin))
    return value, FEATURES.T @ slope / len(LABELS) + PENALTY * w


def wave(m, n, phase):
    return np.array([[np.sin(1 + 1.7 * i + 0.9 * j + i * j + phase) for j in range(n)] for i in range(m)])


LEFT, RIGHT, TARGET = wave(5, 4, 0.0), wave(3, 3, 0.5), wave(5, 3, 1.0)


def matrix(x):
    """|A W B - C|² / 2 of W [4, 3], by rows."""
    rest = LEFT @ x.reshape(4, 3) @ RIGHT - TARGET
    return 0.5 * (rest**2).sum(), (LEFT.T @ rest @ RIGHT.T).ravel()


PROBLEMS = {
    "matrix": (matrix, np.zeros(12)),
    "quadratic": (quadratic, np.ones(4)),
    "rosenbrock": (rosenbrock, np.array([-1.2, 1.0])),
    "logistic": (logistic, np.zeros(5)),
}


def by_torch(make):
    """Iterates of a torch.optim class, with our own gradients."""

    def iterate(problem, start):
        x = torch.tensor(start, dtype=torch.float64, requires_grad=True)
        optimizer = make([x])
        while True:
            x.grad = torch.tensor(problem(x.detach().numpy().copy())[1], dtype=torch.float64)
            optimizer.step()
            yield x.detach().numpy().copy()

    return iterate


def divide(a, b):
    """a / b with 0 / 0 = 0."""
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    out = np.zeros(a.shape)
    np.divide(a, b, out=out, where=(a != 0) | (b != 0))
    return out if out.shape else float(out)


def by_rule(rule):
    """Iterates of a rule (f, x, state, t) -> x, where f gives loss and gradient."""

    def iterate(problem, start):
        x, state, t = start.copy(), {}, 0
        while True:
            t += 1
            x = rule(problem, x, state, t)
            yield x.copy()

    return iterate


def gd(lr):
    return by_rule(lambda f, x, s, t: x - lr * f(x)[1])


def scheduled(lr):
    return by_rule(lambda f, x, s, t: x - lr(t) * f(x)[1])


def ema_momentum(lr, momentum):
    def rule(f, x, s, t):
        s["m"] = momentum * s.get("m", 0) + (1 - momentum) * f(x)[1]
        return x - lr * s["m"]

    return by_rule(rule)


def nesterov_classic(lr, momentum):
    def rule(f, x, s, t):
        v = s.get("v", np.zeros_like(x))
        s["v"] = momentum * v - lr * f(x + momentum * v)[1]
        return x + s["v"]

    return by_rule(rule)


def polyak(minimum):
    def rule(f, x, s, t):
        value, g = f(x)
        return x - divide(value - minimum, g @ g) * g

    return by_rule(rule)


def greedy():
    def rule(f, x, s, t):
        value, g = f(x)
        return x - divide(2 * value, g @ g) * g

    return by_rule(rule)


def normalized_gd(lr):
    def rule(f, x, s, t):
        g = f(x)[1]
        return x - lr * divide(g, np.sqrt(g @ g))

    return by_rule(rule)


def sign_sgd(lr):
    return by_rule(lambda f, x, s, t: x - lr * np.sign(f(x)[1]))


def adagrad_without_epsilon(lr):
    def rule(f, x, s, t):
        g = f(x)[1]
        s["s"] = s.get("s", 0) + g * g
        return x - lr * divide(g, np.sqrt(s["s"]))

    return by_rule(rule)


def adam_without_epsilon(lr, b1=0.9, b2=0.999):
    def rule(f, x, s, t):
        g = f(x)[1]
        s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
        s["v"] = b2 * s.get("v", 0) + (1 - b2) * g * g
        return x - lr * divide(s["m"] / (1 - b1**t), np.sqrt(s["v"] / (1 - b2**t)))

    return by_rule(rule)


def nadam(lr, b1=0.9, b2=0.999, eps=1e-8):
    def rule(f, x, s, t):
        g = f(x)[1]
        s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
        s["v"] = b2 * s.get("v", 0) + (1 - b2) * g * g
        ahead = b1 * s["m"] / (1 - b1 ** (t + 1)) + (1 - b1) * g / (1 - b1**t)
        return x - lr * ahead / (np.sqrt(s["v"] / (1 - b2**t)) + eps)

    return by_rule(rule)


def lion(lr, b1=0.9, b2=0.99, decay=0.0):
    def rule(f, x, s, t):
        g = f(x)[1]
        m = s.get("m", np.zeros_like(x))
        s["m"] = b2 * m + (1 - b2) * g
        return x - lr * (np.sign(b1 * m + (1 - b1) * g) + decay * x)

    return by_rule(rule)


def sam(lr, rho):
    def rule(f, x, s, t):
        g = f(x)[1]
        return x - lr * f(x + rho * divide(g, np.sqrt(g @ g)))[1]

    return by_rule(rule)


def schedule_free(lr, beta=0.9):
    def rule(f, x, s, t):
        z = s.get("z", x)
        s["z"] = z - lr * f((1 - beta) * z + beta * x)[1]
        return (1 - 1 / t) * x + s["z"] / t

    return by_rule(rule)


# Rules of matrices.


def of_matrices(rule):
    """A rule (W, g, state, t) -> W on matrices of four rows."""
    return by_rule(lambda f, x, s, t: rule(x.reshape(4, -1), f(x)[1].reshape(4, -1), s, t).ravel())


def newton_schulz(g, steps=5):
    a, b, c = 3.4445, -4.775, 2.0315
    x = (g.T if g.shape[0] > g.shape[1] else g) / (np.linalg.norm(g) + 1e-7)
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if g.shape[0] > g.shape[1] else x


def fading(lr, rate):
    return lambda t: lr * rate**t


def muon(lr, beta=0.95, decay=0.0, nesterov=True):
    def rule(w, g, s, t):
        s["m"] = beta * s.get("m", 0) + (1 - beta) * g
        u = (1 - beta) * g + beta * s["m"] if nesterov else s["m"]
        rows, columns = w.shape
        return (1 - lr(t) * decay) * w - lr(t) * max(1, rows / columns) ** 0.5 * newton_schulz(u)

    return of_matrices(rule)


def spectral_descent(lr, softening):
    def rule(w, g, s, t):
        u, values, vt = np.linalg.svd(g, full_matrices=False)
        return w - lr(t) * (u * (values / np.sqrt(values**2 + softening**2))) @ vt

    return of_matrices(rule)


def normuon(lr, b1=0.95, b2=0.95, eps=1e-8, decay=0.0):
    def rule(w, g, s, t):
        s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
        o = newton_schulz(s["m"])
        s["v"] = b2 * s.get("v", 0) + (1 - b2) * (o * o).mean(axis=1, keepdims=True)
        u = o / (np.sqrt(s["v"]) + eps)
        return (1 - lr(t) * decay) * w - 0.2 * lr(t) * np.sqrt(w.size) * u / np.linalg.norm(u)

    return of_matrices(rule)


def symmetric_power(a, power):
    values, vectors = np.linalg.eigh(a)
    return (vectors * values**power) @ vectors.T


def shampoo(lr, eps=1e-4):
    def rule(w, g, s, t):
        rows, columns = w.shape
        s["l"] = s.get("l", eps * np.eye(rows)) + g @ g.T
        s["r"] = s.get("r", eps * np.eye(columns)) + g.T @ g
        return w - lr * symmetric_power(s["l"], -0.25) @ g @ symmetric_power(s["r"], -0.25)

    return of_matrices(rule)


def soap(lr, b1=0.95, b2=0.95, eps=1e-8, decay=0.01, every=10):
    def rule(w, g, s, t):
        old = (s["p"], s["q"]) if t > 1 else None
        s["l"] = b2 * s.get("l", 0) + (1 - b2) * g @ g.T
        s["r"] = b2 * s.get("r", 0) + (1 - b2) * g.T @ g
        if t == 1:
            s["p"], s["q"] = np.linalg.eigh(s["l"])[1][:, ::-1], np.linalg.eigh(s["r"])[1][:, ::-1]
            return w
        p, q = old
        if t % every == 0:
            s["p"], s["q"] = np.linalg.qr(s["l"] @ p)[0], np.linalg.qr(s["r"] @ q)[0]
        s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
        s["v"] = b2 * s.get("v", 0) + (1 - b2) * (p.T @ g @ q) ** 2
        mean, square = s["m"] / (1 - b1 ** (t - 1)), s["v"] / (1 - b2 ** (t - 1))
        return (1 - lr(t) * decay) * w - lr(t) * p @ ((p.T @ mean @ q) / (np.sqrt(square) + eps)) @ q.T

    return of_matrices(rule)


def dion(lr, rank, mu=0.95, decay=0.0):
    def rule(w, g, s, t):
        rows, columns = w.shape
        b = s.get("m", 0) + g
        p = np.linalg.qr(b @ s.get("q", np.eye(columns)[:, :rank]))[0]
        r = b.T @ p
        s["m"] = b - (1 - mu) * p @ r.T
        s["q"] = r / np.linalg.norm(r, axis=0)
        return (1 - lr(t) * decay) * w - lr(t) * (rows / columns) ** 0.5 * p @ s["q"].T

    return of_matrices(rule)


def episodic(lr, every):
    """Gradient descent that goes back to its start at every `every`-th step."""

    def rule(f, x, s, t):
        start = s.setdefault("start", x)
        return start if t % every == 0 else x - lr * f(x)[1]

    return by_rule(rule)


def clipped(lr, limit):
    """Gradient descent with the norm of the gradient clipped."""

    def rule(f, x, s, t):
        g = f(x)[1]
        return x - lr * g * min(1, limit / np.sqrt(g @ g))

    return by_rule(rule)


def clipped_entries(lr, momentum, limit):
    """Heavy ball with each entry of the gradient clipped."""

    def rule(f, x, s, t):
        s["v"] = momentum * s.get("v", 0) + np.clip(f(x)[1], -limit, limit)
        return x - lr * s["v"]

    return by_rule(rule)


def decayed(lr, momentum, decay):
    """Heavy ball beside which the parameters shrink."""

    def rule(f, x, s, t):
        s["v"] = momentum * s.get("v", 0) + f(x)[1]
        return x - lr * s["v"] - lr * decay * x

    return by_rule(rule)


def cosine(t, peak, length):
    return peak * (1 + np.cos(np.pi * min(t, length) / length)) / 2


T = torch.optim
# Per optimizer: the call on each problem. Steps after which rounding decides the path are left out.
CASES = [
    ("quadratic", "gd(lr = 0.4)", gd(0.4)),
    ("rosenbrock", "gd(lr = 1e-3)", gd(1e-3)),
    ("logistic", "clip_norm(gd(lr = 0.5), 0.1)", clipped(0.5, 0.1)),
    ("rosenbrock", "clip_norm(gd(lr = 1e-3), 20)", clipped(1e-3, 20)),
    ("logistic", "clip_each(gd(lr = 0.5), 0.1)", clipped(0.5, 0.1)),
    ("quadratic", "clip_value(heavy_ball(lr = 0.1, momentum = 0.9), 0.25)", clipped_entries(0.1, 0.9, 0.25)),
    ("quadratic", "episodic(gd(lr = 0.2), every = 7)", episodic(0.2, 7)),
    ("quadratic", "weight_decay(heavy_ball(lr = 0.1, momentum = 0.9), 0.3)", decayed(0.1, 0.9, 0.3)),
    # Without their noise, whose law has tests of its own.
    ("quadratic", "langevin(lr = 0.4, temperature = 0)", gd(0.4)),
    ("rosenbrock", "noisy_gd(lr = 1e-3, σ = 0)", gd(1e-3)),
    ("logistic", "sgld(lr = 0.01, n = 20, temperature = 0)", gd(0.1)),
    ("logistic", "sgd(lr = 0.5)", by_torch(lambda p: T.SGD(p, lr=0.5))),
    # On all samples; on batches it has a test of its own.
    ("logistic", "svrg(lr = 0.5, m = 10)", gd(0.5)),
    ("logistic", "sgd(lr = cosine(t, 0.5, 800))", scheduled(lambda t: cosine(t, 0.5, 800))),
    ("quadratic", "heavy_ball(lr = 0.1)", by_torch(lambda p: T.SGD(p, lr=0.1, momentum=0.9))),
    ("rosenbrock", "heavy_ball(lr = 2e-4, momentum = 0.5)", by_torch(lambda p: T.SGD(p, lr=2e-4, momentum=0.5))),
    ("logistic", "heavy_ball(lr = 0.1)", by_torch(lambda p: T.SGD(p, lr=0.1, momentum=0.9))),
    ("quadratic", "nesterov(lr = 0.1)", by_torch(lambda p: T.SGD(p, lr=0.1, momentum=0.9, nesterov=True))),
    ("logistic", "nesterov(lr = 0.1)", by_torch(lambda p: T.SGD(p, lr=0.1, momentum=0.9, nesterov=True))),
    ("quadratic", "nesterov_classic(lr = 0.1)", nesterov_classic(0.1, 0.9)),
    ("logistic", "nesterov_classic(lr = 0.1, momentum = 0.8)", nesterov_classic(0.1, 0.8)),
    ("quadratic", "ema_momentum(lr = 0.7)", ema_momentum(0.7, 0.9)),
    ("logistic", "ema_momentum(lr = 1, momentum = 0.5)", ema_momentum(1.0, 0.5)),
    ("quadratic", "polyak()", polyak(0.0)),
    ("quadratic", "greedy()", greedy()),
    ("logistic", "greedy()", greedy()),
    ("quadratic", "normalized_gd(lr = 0.03)", normalized_gd(0.03)),
    ("rosenbrock", "normalized_gd(lr = 0.001)", normalized_gd(0.001)),
    ("logistic", "normalized_gd(lr = 0.03)", normalized_gd(0.03)),
    ("quadratic", "sign_sgd(lr = 0.03)", sign_sgd(0.03)),
    ("logistic", "sign_sgd(lr = 0.003)", sign_sgd(0.003)),
    ("quadratic", "adagrad(lr = 0.1)", by_torch(lambda p: T.Adagrad(p, lr=0.1))),
    ("rosenbrock", "adagrad(lr = 0.1, ε = 0)", adagrad_without_epsilon(0.1)),
    ("logistic", "adagrad(lr = 0.1, ε = 1e-3)", by_torch(lambda p: T.Adagrad(p, lr=0.1, eps=1e-3))),
    ("quadratic", "rmsprop(lr = 0.003)", by_torch(lambda p: T.RMSprop(p, lr=0.003))),
    ("logistic", "rmsprop(lr = 0.001, ρ = 0.9)", by_torch(lambda p: T.RMSprop(p, lr=0.001, alpha=0.9))),
    ("quadratic", "adadelta(ε = 1e-4)", by_torch(lambda p: T.Adadelta(p, lr=1.0, eps=1e-4))),
    ("logistic", "adadelta(lr = 0.5)", by_torch(lambda p: T.Adadelta(p, lr=0.5))),
    ("quadratic", "adam(lr = 0.05)", by_torch(lambda p: T.Adam(p, lr=0.05))),
    ("rosenbrock", "adam(lr = 0.01)", by_torch(lambda p: T.Adam(p, lr=0.01))),
    ("logistic", "adam()", by_torch(lambda p: T.Adam(p))),
    ("logistic", "adam(lr = 0.01, ε = 0)", adam_without_epsilon(0.01)),
    ("quadratic", "adamw(lr = 0.05, λ = 0.1)", by_torch(lambda p: T.AdamW(p, lr=0.05, weight_decay=0.1))),
    ("logistic", "adamw()", by_torch(lambda p: T.AdamW(p))),
    ("quadratic", "nadam(lr = 0.05)", nadam(0.05)),
    ("logistic", "nadam()", nadam(0.002)),
    ("quadratic", "lion(lr = 0.003, λ = 0.1)", lion(0.003, decay=0.1)),
    ("rosenbrock", "lion(lr = 0.001)", lion(0.001)),
    ("logistic", "lion(lr = 0.001)", lion(0.001)),
    ("quadratic", "sam(lr = 0.1)", sam(0.1, 0.05)),
    ("rosenbrock", "sam(lr = 2e-4)", sam(2e-4, 0.05)),
    ("logistic", "sam(lr = 0.1, ρ = 0.2)", sam(0.1, 0.2)),
    ("quadratic", "averaging(lr = 0.2)", gd(0.2)),
    ("logistic", "averaging(lr = 0.2)", gd(0.2)),
    ("quadratic", "schedule_free(lr = 0.5)", schedule_free(0.5)),
    ("rosenbrock", "schedule_free(lr = 1e-3)", schedule_free(1e-3)),
    ("logistic", "schedule_free(lr = 1)", schedule_free(1.0)),
    ("matrix", "muon(lr = 0.1 * 0.98^t)", muon(fading(0.1, 0.98))),
    ("matrix", "muon(0.1 * 0.98^t, 0.9, λ = 0.1, nesterov = false)", muon(fading(0.1, 0.98), 0.9, 0.1, False)),
    ("matrix", "spectral_descent(lr = 0.1, λ = 0.3)", spectral_descent(fading(0.1, 1), 0.3)),
    ("matrix", "spectral_descent(lr = 0.1 * 0.98^t)", spectral_descent(fading(0.1, 0.98), 0.0)),
    ("matrix", "normuon(0.1 * 0.98^t, λ = 0.1)", normuon(fading(0.1, 0.98), decay=0.1)),
    ("matrix", "shampoo(lr = 0.3)", shampoo(0.3)),
    ("matrix", "soap(0.02 * 0.98^t, ε = 0.01)", soap(fading(0.02, 0.98), eps=0.01)),
    ("matrix", "dion(0.05 * 0.98^t, rank = 2, λ = 0.1)", dion(fading(0.05, 0.98), 2, decay=0.1)),
    ("quadratic", "fixed()", gd(0.0)),
]


def comparable(problem, start, iterate):
    """The steps up to which a disturbance of the start by 1e-13 has not grown a hundredfold."""
    a, b = iterate(problem, start), iterate(problem, start + 1e-13)
    steps = []
    for t in range(1, max(STEPS) + 1):
        x, y = next(a), next(b)
        if t in STEPS:
            if abs(x - y).max() > 1e-11:
                break
            steps.append(t)
    return steps


def main():
    print("call,problem,step,coordinate,value")
    for name, call, iterate in CASES:
        problem, start = PROBLEMS[name]
        marks = comparable(problem, start, iterate)
        assert len(marks) >= 2, (name, call, marks)
        steps = iterate(problem, start)
        for t in range(1, max(marks) + 1):
            x = next(steps)
            if t in marks:
                for k, value in enumerate(x):
                    print(f'"{call}",{name},{t},{k},{value:.17g}')


if __name__ == "__main__":
    main()
