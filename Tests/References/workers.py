"""What several workers do together, written out: parameters and bits after some rounds, for `WorkerReferenceTests`."""

import numpy as np

K, B = 3, 2
A = np.array([[np.sin(1 + i + 2 * j + i * j) for j in range(4)] for i in range(24)])
Y = np.array([np.sign(np.sin(3 * i + 1)) for i in range(24)])
C = np.array([[np.cos(1 + 2 * i + j) for j in range(3)] for i in range(24)])


class Samples:
    """The data in their order, over and over; a round takes those of all its turns, turn by turn, worker by worker."""

    def __init__(self):
        self.place = 0

    def next(self):
        rows = (self.place + np.arange(B)) % 24
        self.place += B
        return rows


def logistic(w, rows):
    a, y = A[rows], Y[rows]
    return -(a * (y / (1 + np.exp(y * (a @ w))))[:, None]).mean(axis=0)


def regression(w, rows):
    return ((A[rows] @ w.T - C[rows]).T @ A[rows]) / len(rows)


def sgd(lr):
    def start():
        return lambda x, g: x - lr * g
    return start


def adamw(lr, b1=0.9, b2=0.999, eps=1e-8, decay=0.01):
    def start():
        s = {"m": 0, "v": 0, "t": 0}

        def step(x, g):
            s["t"] += 1
            s["m"] = b1 * s["m"] + (1 - b1) * g
            s["v"] = b2 * s["v"] + (1 - b2) * g * g
            m, v = s["m"] / (1 - b1 ** s["t"]), s["v"] / (1 - b2 ** s["t"])
            return x - lr * (m / (np.sqrt(v) + eps) + decay * x)
        return step
    return start


def local(inner, turns, outer, rounds):
    """Each worker steps by itself; `outer` makes the next x of the mean move."""
    samples, x = Samples(), np.zeros(4)
    rules = [inner() for _ in range(K)]
    bits = 0
    for _ in range(rounds):
        points = [x.copy() for _ in range(K)]
        for _ in range(turns):
            for k in range(K):
                points[k] = rules[k](points[k], logistic(points[k], samples.next()))
        x = outer(x, x - np.mean(points, axis=0))
        bits += K * 4 * 32
    return x, bits


def nesterov(lr, momentum):
    s = {"v": 0}

    def step(x, g):
        s["v"] = momentum * s["v"] + g
        return x - lr * (g + momentum * s["v"])
    return step


def top(v, k):
    kept = np.zeros_like(v)
    places = np.argsort(-np.abs(v), kind="stable")[:k]
    kept[places] = v[places]
    return kept


def mem_sgd(lr, k, delay, rounds):
    """What is sent arrives `delay` rounds later; 0 before."""
    samples, x, m = Samples(), np.zeros(4), np.zeros((K, 4))
    waiting = [[np.zeros(4)] * K for _ in range(delay)]
    for _ in range(rounds):
        sent = []
        for w in range(K):
            p = m[w] + lr * logistic(x, samples.next())
            sent.append(top(p, k))
            m[w] = p - sent[w]
        waiting.append(sent)
        x = x - np.mean(waiting.pop(0), axis=0)
    return x, rounds * K * k * 64


def stale(lr, delay, rounds):
    samples, x = Samples(), np.zeros(4)
    waiting = [[np.zeros(4)] * K for _ in range(delay)]
    for _ in range(rounds):
        waiting.append([logistic(x, samples.next()) for _ in range(K)])
        x = x - lr * np.mean(waiting.pop(0), axis=0)
    return x, rounds * K * 4 * 32


def majority_vote(lr, momentum, decay, rounds):
    samples, x, m = Samples(), np.zeros(4), np.zeros((K, 4))
    for _ in range(rounds):
        for k in range(K):
            m[k] = momentum * m[k] + (1 - momentum) * logistic(x, samples.next())
        x = x - lr * (np.sign(np.where(m < 0, -1, 1).sum(axis=0)) + decay * x)
    return x, rounds * K * 4


def power_sgd(lr, rank, momentum, rounds):
    samples, x, m = Samples(), np.zeros((3, 4)), np.zeros((K, 3, 4))
    q, v = np.eye(4)[:, :rank], 0
    for _ in range(rounds):
        p = np.array([m[k] + regression(x, samples.next()) for k in range(K)])
        # The product P Qᵀ does not depend on the signs of P's columns.
        basis = np.linalg.qr((p @ q).mean(axis=0))[0]
        q = (p.transpose(0, 2, 1) @ basis).mean(axis=0)
        sent = basis @ q.T
        m = p - sent
        v = momentum * v + sent
        x = x - lr * (sent + v)
    return x, rounds * K * rank * 7 * 32


def low_rank(lr, rank, rounds):
    samples, x, m = Samples(), np.zeros((3, 4)), np.zeros((K, 3, 4))
    q = [np.eye(4)[:, :rank] for _ in range(K)]
    for _ in range(rounds):
        sent = []
        for k in range(K):
            p = m[k] + lr * regression(x, samples.next())
            basis = np.linalg.qr(p @ q[k])[0]
            q[k] = p.T @ basis
            sent.append(basis @ q[k].T)
            m[k] = p - sent[k]
        x = x - np.mean(sent, axis=0)
    return x, rounds * K * rank * 7 * 32


CASES = [
    ("logistic", "sgd(lr = 0.3) local 4", 6, local(sgd(0.3), 4, lambda x, g: x - g, 6)),
    ("logistic", "sgd(lr = 0.3) local 4, local_sgd(lr = 0.5)", 6, local(sgd(0.3), 4, lambda x, g: x - 0.5 * g, 6)),
    ("logistic", "adamw(lr = 0.05) local 5, diloco()", 6, local(adamw(0.05), 5, nesterov(0.7, 0.9), 6)),
    ("logistic", "adamw(lr = 0.05) local 5, nesterov(lr = 0.7)", 6, local(adamw(0.05), 5, nesterov(0.7, 0.9), 6)),
    ("logistic", "majority_vote(lr = 0.1, momentum = 0.5, weight_decay = 0.1)", 9, majority_vote(0.1, 0.5, 0.1, 9)),
    ("logistic", "local_sgd(lr = 0.4) delay 3", 12, stale(0.4, 3, 12)),
    ("logistic", "mem_sgd(lr = 0.3, c = top(2))", 12, mem_sgd(0.3, 2, 0, 12)),
    ("logistic", "mem_sgd(lr = 0.3, c = top(2)) delay 2", 12, mem_sgd(0.3, 2, 2, 12)),
    ("matrix", "power_sgd(lr = 0.1, rank = 1, momentum = 0.5)", 20, power_sgd(0.1, 1, 0.5, 20)),
    ("matrix", "power_sgd(lr = 0.1, rank = 2)", 20, power_sgd(0.1, 2, 0.9, 20)),
    ("matrix", "feedback(lr = 0.1, c = low_rank(1))", 20, low_rank(0.1, 1, 20)),
    ("matrix", "feedback(lr = 0.1, c = low_rank(2))", 20, low_rank(0.1, 2, 20)),
]

if __name__ == "__main__":
    print("rule,problem,rounds,bits,coordinate,value")
    for problem, rule, rounds, (x, bits) in CASES:
        for place, value in enumerate(np.ravel(x)):
            print(f'"{rule}",{problem},{rounds},{bits},{place},{value:.17g}')
