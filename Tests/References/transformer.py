"""Gradient and Hessian-vector product of a small transformer block, by complex steps.

Usage: python transformer.py >> networks.csv        (needs NumPy and SciPy)

The block is written out in NumPy, and knows nothing of derivatives: a gradient is the imaginary part of the loss at a point
that is moved by 1e-30 i, exact to rounding; the product with the Hessian is the central difference of 8th order of such
gradients. Matrices with o rows and i columns start at 0.6 sin(1 + 0.7 (i + o + k)), k in row-major order; norms at 1 and 0, biases at 0.
"""
import numpy as np
from scipy.special import erf

TOKENS, SIZE, HEADS, HIDDEN, SAMPLES = 3, 4, 2, 6, 6
SHAPES = [(4,), (4,)] + [(4, 4)] * 4 + [(4,), (4,), (6, 4), (6,), (4, 6), (4,)]


def matrix(o, i):
    return (0.6 * np.sin(1 + 0.7 * (i + o + np.arange(o * i)))).reshape(o, i)


def start():
    one, zero = np.ones(SIZE), np.zeros(SIZE)
    square = matrix(SIZE, SIZE)
    parts = [one, zero, square, square, square, square, one, zero]
    parts += [matrix(HIDDEN, SIZE), np.zeros(HIDDEN), matrix(SIZE, HIDDEN), zero]
    return np.concatenate([part.ravel() for part in parts])


def layer_norm(x, scale, shift):
    centred = x - x.mean(axis=1, keepdims=True)
    return scale * centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5) + shift


def softmax(h):
    e = np.exp(h - h.real.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def gelu(x):
    return x * 0.5 * (1 + erf(x / np.sqrt(2)))


def block(p, x):
    parts, at = [], 0
    for shape in SHAPES:
        parts.append(p[at : at + int(np.prod(shape))].reshape(shape))
        at += int(np.prod(shape))
    s1, m1, q, k, v, o, s2, m2, w1, b1, w2, b2 = parts
    y = layer_norm(x, s1, m1)
    hidden = np.triu(np.ones((TOKENS, TOKENS), dtype=bool), 1)
    heads = []
    for h in range(HEADS):
        columns = slice(h * SIZE // HEADS, (h + 1) * SIZE // HEADS)
        scores = (y @ q.T)[:, columns] @ (y @ k.T)[:, columns].T / np.sqrt(SIZE / HEADS)
        weights = softmax(np.where(hidden, -1e300, scores))
        heads.append(weights @ (y @ v.T)[:, columns])
    z = x + np.concatenate(heads, axis=1) @ o.T
    return z + gelu(layer_norm(z, s2, m2) @ w1.T + b1) @ w2.T + b2


def loss(p):
    total = 0
    for i in range(SAMPLES):
        j = np.arange(TOKENS * SIZE)
        x = np.sin(0.5 + i + 2.3 * j + 0.4 * i * j).reshape(TOKENS, SIZE)
        h = block(p, x) @ np.array([1, -2, 0.5, 3])
        top = h.real.max()
        total += top + np.log(np.exp(h - top).sum()) - h[i % 3]
    return total / SAMPLES


def gradient(p):
    result = np.zeros(len(p))
    for k in range(len(p)):
        moved = p.astype(complex)
        moved[k] += 1e-30j
        result[k] = loss(moved).imag / 1e-30
    return result


def main():
    p = start()
    v = np.cos(0.3 + 1.1 * np.arange(len(p)))
    weights, step = [4 / 5, -1 / 5, 4 / 105, -1 / 280], 2e-3
    product = sum(
        w * (gradient(p + (n + 1) * step * v) - gradient(p - (n + 1) * step * v)) for n, w in enumerate(weights)) / step
    print(f"transformer,f64,loss,0,{loss(p.astype(complex)).real:.17g}")
    for quantity, values in (("gradient", gradient(p)), ("hvp", product)):
        for k, value in enumerate(values):
            print(f"transformer,f64,{quantity},{k},{value:.17g}")


if __name__ == "__main__":
    main()
