"""Random expressions of the language with their values by NumPy.

Usage: python expressions.py > expressions.csv        (needs NumPy)

Every row holds an expression and its elements in row-major order. The names in it are those of `NAMES`; functions are
only given arguments for which they are smooth and of moderate size, so that values agree to rounding.
"""
import numpy as np

R = np.random.default_rng(20260101)
S = 0.7
A4 = np.array([0.3, -1.2, 2.5, 0.9])
B4 = np.array([1.1, 0.4, -0.6, -2.0])
M = np.array([[0.2, -0.5, 1.0, 0.3], [1.5, 0.7, -0.9, 0.1], [-0.4, 0.8, 0.6, -1.3]])
NAMES = {"s": S, "a": A4, "b": B4, "M": M}

SMOOTH = {
    "tanh": np.tanh, "sin": np.sin, "cos": np.cos, "atan": np.arctan, "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(0, x), "abs": np.abs, "relu": lambda x: np.maximum(x, 0),
}


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def pick(*rules):
    return rules[R.integers(len(rules))]


def number():
    value = round(float(R.uniform(0.1, 3)), 2)
    return str(value), value


def operate(left, right):
    symbol, apply = pick(("+", np.add), ("-", np.subtract), ("*", np.multiply))
    return f"({left[0]} {symbol} {right[0]})", apply(left[1], right[1])


def divide(left, right):
    return f"({left[0]} / (1 + {right[0]}^2))", left[1] / (1 + right[1] ** 2)


def smooth(x):
    name = pick(*SMOOTH)
    return f"{name}({x[0]})", SMOOTH[name](x[1])


def choose(x, y):
    return f"where({x[0]} < {y[0]}, {x[0]}, 2 * {y[0]})", np.where(x[1] < y[1], x[1], 2 * y[1])


def scalar(depth):
    if depth == 0:
        return pick(number, lambda: ("s", S))()

    def reduce():
        v = vector(depth - 1)
        name, f = pick(
            ("sum", np.sum), ("mean", np.mean), ("max", np.max), ("min", np.min), ("norm2", lambda x: np.sum(x**2)),
            ("norm", np.linalg.norm), ("var", np.var), ("std", np.std), ("logsumexp", lambda x: np.log(np.sum(np.exp(x)))),
            ("median", np.median))
        return f"{name}(tanh({v[0]}))", f(np.tanh(v[1]))

    def inner():
        u, v = vector(depth - 1), vector(depth - 1)
        symbol = pick("dot({}, {})", "({} @ {})")
        return symbol.format(u[0], v[0]), np.dot(u[1], v[1])

    def element():
        v, i = vector(depth - 1), int(R.integers(-4, 4))
        return f"({v[0]})[{i}]", v[1][i]

    def entry():
        m, i, j = matrix(depth - 1), int(R.integers(3)), int(R.integers(4))
        return f"({m[0]})[{i}, {j}]", m[1][i, j]

    def branch():
        c, x, y = scalar(depth - 1), scalar(depth - 1), scalar(depth - 1)
        return f"(if {c[0]} > 0.5 {{ {x[0]} }} else {{ {y[0]} }})", x[1] if c[1] > 0.5 else y[1]

    def generator():
        n, x = int(pick(5, 700)), scalar(depth - 1)
        k = int(R.integers(2, 6))
        i = np.arange(n)
        kept = i % k == 1
        value = np.sum((np.sin(i * x[1]) + i / n)[kept])
        return f"sum(sin(i * {x[0]}) + i / {n} for i in 0..<{n} if mod(i, {k}) == 1)", value

    return pick(
        reduce, inner, element, entry, branch, generator, lambda: operate(scalar(depth - 1), scalar(depth - 1)),
        lambda: divide(scalar(depth - 1), scalar(depth - 1)), lambda: smooth(scalar(depth - 1)))()


def vector(depth):
    if depth == 0:
        return pick(("a", A4), ("b", B4), ("M[1]", M[1]), ("M[0, :]", M[0]))

    def of_matrix():
        m = matrix(depth - 1)
        name, f = pick(("sum({}, axis = 0)", lambda x: x.sum(0)), ("mean({}, axis = 0)", lambda x: x.mean(0)),
                       ("max({}, axis = 0)", lambda x: x.max(0)))
        return name.format(m[0]), f(m[1])

    def rearranged():
        v = vector(depth - 1)
        name, f = pick(("sort", np.sort), ("cumsum", np.cumsum), ("reverse", lambda x: x[::-1]), ("softmax", softmax))
        return f"{name}({v[0]})", f(v[1])

    def product():
        m, v = matrix(depth - 1), vector(depth - 1)
        return f"({m[0]}.T @ ({m[0]} @ {v[0]}) / 8)", m[1].T @ (m[1] @ v[1]) / 8

    def joined():
        u, v = vector(depth - 1), vector(depth - 1)
        return f"concat(({u[0]})[1:3], ({v[0]})[0:2])", np.concatenate([u[1][1:3], v[1][:2]])

    def comprehension():
        x = scalar(depth - 1)
        return f"[cos(k + {x[0]}) for k in 2...5]", np.cos(np.arange(2, 6) + x[1])

    return pick(
        of_matrix, rearranged, product, joined, comprehension, lambda: operate(vector(depth - 1), vector(depth - 1)),
        lambda: operate(vector(depth - 1), scalar(depth - 1)), lambda: operate(scalar(depth - 1), vector(depth - 1)),
        lambda: divide(vector(depth - 1), vector(depth - 1)), lambda: smooth(vector(depth - 1)),
        lambda: choose(vector(depth - 1), vector(depth - 1)))()


def matrix(depth):
    if depth == 0:
        return pick(("M", M), ("outer([1, 2, -1], a)", np.outer([1, 2, -1], A4)))
    return pick(
        lambda: operate(matrix(depth - 1), matrix(depth - 1)), lambda: operate(matrix(depth - 1), vector(depth - 1)),
        lambda: operate(scalar(depth - 1), matrix(depth - 1)), lambda: smooth(matrix(depth - 1)))()


def flat():
    """Operators without parentheses: the same precedence as in Python, where `^` is `**`."""
    text = ""
    for position in range(int(R.integers(3, 7))):
        if position > 0:
            text += f" {pick('+', '-', '*', '/')} "
        text += pick("", "", "-") if position == 0 else ""
        value = f"{R.uniform(0.5, 3):.2f}"
        text += pick(value, value, f"{value}^2", f"{value}^-1", f"{value}^0.5")
    return text, eval(text.replace("^", "**"))


def whole():
    """Whole numbers: exact, `//` rounds down, `mod` has the sign of the divisor."""
    def one(depth):
        if depth == 0:
            n = int(R.integers(-40, 40))
            return (str(n) if n >= 0 else f"({n})"), n
        (s, x), (t, y) = one(depth - 1), one(depth - 1)
        rule = pick("+", "-", "*", "//", "mod", "max", "min")
        if rule in "+-*":
            return f"({s} {rule} {t})", {"+": x + y, "-": x - y, "*": x * y}[rule]
        if rule in ("max", "min"):
            return f"{rule}({s}, {t})", max(x, y) if rule == "max" else min(x, y)
        if y == 0:
            return s, x
        return (f"({s} // {t})", x // y) if rule == "//" else (f"mod({s}, {t})", x % y)
    return one(3)


def main():
    print("expression,values")
    rows = 0
    while rows < 600:
        text, value = build(rows)
        values = np.ravel(np.asarray(value, dtype=float))
        if len(text) > 400 or not np.all(np.isfinite(values)) or np.max(np.abs(values)) > 1e6:
            continue
        print(f'"{text}","{" ".join(repr(float(v)) for v in values)}"')
        rows += 1


def build(row):
    kind = row % 5
    depth = int(R.integers(1, 4))
    return flat() if kind == 0 else whole() if kind == 1 else (scalar, vector, matrix)[kind - 2](depth)


main()
