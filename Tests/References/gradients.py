"""Random functions of a vector v of the language, with value and gradient by NumPy.

Usage: python gradients.py [COUNT] > gradients.csv        (needs NumPy; 2,000 functions unless COUNT is given)

Every row holds a scalar expression of v, its value and its gradient at v = V. Values carry their derivatives along by the
rules of calculus, written out here once more: nothing of the implementation is shared. Functions keep away from kinks and
ends of domains, and what is masked may be infinite or no number: those parts have derivative 0.
"""
import sys

import numpy as np

R = np.random.default_rng(20260202)
V = np.array([0.7, -0.4, 1.3, 0.25])
C = np.array([[0.2, -0.5, 1.0, 0.3], [1.5, 0.7, -0.9, 0.1], [-0.4, 0.8, 0.6, -1.3]])


class Node:
    """A text, its value, and the derivatives of each element of the value by each of the four variables."""

    def __init__(self, text, value, slope=None):
        self.text, self.value = text, np.asarray(value, dtype=float)
        self.slope = np.zeros(self.value.shape + (4,)) if slope is None else slope


def pick(*options):
    return options[R.integers(len(options))]


def mapped(text, x, value, derivative):
    return Node(text, value, np.asarray(derivative)[..., None] * x.slope)


def constant():
    number = round(float(R.uniform(0.1, 2)), 2)
    return Node(str(number), number)


def smooth(x):
    v = x.value
    t = np.tanh(v)
    s = 1 / (1 + np.exp(-v))
    return pick(
        lambda: mapped(f"tanh({x.text})", x, t, 1 - t**2),
        lambda: mapped(f"sin({x.text})", x, np.sin(v), np.cos(v)),
        lambda: mapped(f"cos({x.text})", x, np.cos(v), -np.sin(v)),
        lambda: mapped(f"atan({x.text})", x, np.arctan(v), 1 / (1 + v**2)),
        lambda: mapped(f"sigmoid({x.text})", x, s, s * (1 - s)),
        lambda: mapped(f"softplus({x.text})", x, np.logaddexp(0, v), s),
        lambda: mapped(f"exp(-({x.text})^2)", x, np.exp(-(v**2)), -2 * v * np.exp(-(v**2))),
        lambda: mapped(f"log(1 + ({x.text})^2)", x, np.log1p(v**2), 2 * v / (1 + v**2)),
        lambda: mapped(f"sqrt(0.5 + ({x.text})^2)", x, np.sqrt(0.5 + v**2), v / np.sqrt(0.5 + v**2)),
        lambda: mapped(f"({x.text})^2", x, v**2, 2 * v),
        lambda: mapped(f"({x.text})^3", x, v**3, 3 * v**2),
        lambda: mapped(f"(1 + ({x.text})^2)^-0.7", x, (1 + v**2) ** -0.7, -1.4 * v * (1 + v**2) ** -1.7))()


def kinked(x):
    """Functions with a kink, where no element is near it; else a smooth one."""
    v = x.value
    if np.min(np.abs(v)) < 1e-3:
        return smooth(x)
    inside = np.where(v > 0, v, 1)
    return pick(
        lambda: mapped(f"abs({x.text})", x, np.abs(v), np.sign(v)),
        lambda: mapped(f"relu({x.text})", x, np.maximum(v, 0), v > 0),
        lambda: mapped(f"sqrt(({x.text})^2)", x, np.abs(v), np.sign(v)),
        lambda: mapped(f"where({x.text} > 0, log({x.text}), 0)", x, np.where(v > 0, np.log(inside), 0),
                       np.where(v > 0, 1 / inside, 0)),
        lambda: mapped(f"where({x.text} > 0, ({x.text}) * log({x.text}), 0)", x,
                       np.where(v > 0, v * np.log(inside), 0), np.where(v > 0, np.log(inside) + 1, 0)),
        lambda: mapped(f"where({x.text} > 0, sqrt({x.text}), ({x.text})^2)", x,
                       np.where(v > 0, np.sqrt(inside), v**2), np.where(v > 0, 0.5 / np.sqrt(inside), 2 * v)),
        lambda: mapped(f"safe_divide(1, {x.text})", x, 1 / v, -1 / v**2))()


def operate(x, y):
    a, b = x.value[..., None], y.value[..., None]
    bottom = 1 + y.value**2
    return pick(
        lambda: Node(f"({x.text} + {y.text})", x.value + y.value, x.slope + y.slope),
        lambda: Node(f"({x.text} - {y.text})", x.value - y.value, x.slope - y.slope),
        lambda: Node(f"({x.text} * {y.text})", x.value * y.value, x.slope * b + a * y.slope),
        lambda: Node(f"({x.text} / (1 + ({y.text})^2))", x.value / bottom,
                     x.slope / bottom[..., None] - 2 * a * b * y.slope / bottom[..., None] ** 2))()


def scalar(depth):
    if depth == 0:
        return constant()

    def reduce():
        x = vector(depth - 1)
        v, d = x.value, x.slope
        centred = v - v.mean()
        w = np.exp(v - v.max())
        norm, deviation = np.sqrt(np.sum(v**2)), np.std(v)
        options = [
            lambda: Node(f"sum({x.text})", v.sum(), d.sum(0)), lambda: Node(f"mean({x.text})", v.mean(), d.mean(0)),
            lambda: Node(f"norm2({x.text})", np.sum(v**2), 2 * v @ d),
            lambda: Node(f"var({x.text})", np.var(v), 2 * centred @ d / 4),
            lambda: Node(f"logsumexp({x.text})", np.log(np.sum(np.exp(v))), w @ d / w.sum()),
            lambda: Node(f"prod({x.text})", np.prod(v), sum(np.prod(np.delete(v, i)) * d[i] for i in range(4)))]
        if norm > 1e-3:
            options += [lambda: Node(f"norm({x.text})", norm, v @ d / norm),
                        lambda: Node(f"norm({x.text})^3", norm**3, 3 * norm * (v @ d))]
        if deviation > 1e-3:
            options += [lambda: Node(f"std({x.text})", deviation, centred @ d / 4 / deviation)]
        order = np.sort(v)
        if np.min(np.diff(order)) > 1e-3:
            options += [lambda: Node(f"max({x.text})", v.max(), d[v.argmax()]),
                        lambda: Node(f"min({x.text})", v.min(), d[v.argmin()]),
                        lambda: Node(f"median({x.text})", np.median(v), d[np.argsort(v)[1:3]].mean(0))]
        return pick(*options)()

    def inner():
        x, y = vector(depth - 1), vector(depth - 1)
        return Node(f"dot({x.text}, {y.text})", x.value @ y.value, y.value @ x.slope + x.value @ y.slope)

    def element():
        x, i = vector(depth - 1), int(R.integers(4))
        return Node(f"({x.text})[{i}]", x.value[i], x.slope[i])

    return pick(reduce, reduce, inner, element, lambda: operate(scalar(depth - 1), scalar(depth - 1)),
                lambda: smooth(scalar(depth - 1)), lambda: kinked(scalar(depth - 1)))()


def vector(depth):
    if depth <= 0:
        return pick(lambda: Node("v", V, np.eye(4)), lambda: Node("v", V, np.eye(4)), lambda: Node("C[1]", C[1]))()

    def rearranged():
        x = vector(depth - 1)
        v, d = x.value, x.slope
        w = np.exp(v - v.max())
        p = w / w.sum()
        options = [
            lambda: Node(f"cumsum({x.text})", np.cumsum(v), np.cumsum(d, axis=0)),
            lambda: Node(f"reverse({x.text})", v[::-1], d[::-1]),
            lambda: Node(f"softmax({x.text})", p, p[:, None] * (d - p @ d)),
            lambda: Node(f"concat(({x.text})[2:4], ({x.text})[0:2])", np.roll(v, 2), np.roll(d, 2, axis=0))]
        if np.min(np.diff(np.sort(v))) > 1e-3:
            options.append(lambda: Node(f"sort({x.text})", np.sort(v), d[np.argsort(v)]))
        return pick(*options)()

    def product():
        x = vector(depth - 1)
        A = C.T @ C / 8
        return Node(f"(C.T @ (C @ {x.text}) / 8)", A @ x.value, A @ x.slope)

    return pick(rearranged, product, lambda: operate(vector(depth - 1), vector(depth - 1)),
                lambda: smooth(vector(depth - 1)), lambda: kinked(vector(depth - 1)),
                lambda: operate(scalar(depth - 1), vector(depth - 1)))()


def main(count):
    print("expression,value and gradient")
    while count > 0:
        with np.errstate(all="ignore"):
            node = scalar(int(R.integers(2, 5)))
        numbers = [float(node.value), *map(float, node.slope)]
        if len(node.text) > 400 or not all(np.isfinite(numbers)) or max(map(abs, numbers)) > 1e4:
            continue
        print(f'"{node.text}","{" ".join(f"{x:.15g}" for x in numbers)}"')
        count -= 1


main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
