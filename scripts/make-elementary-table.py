#!/usr/bin/env python3
"""Writes ElementaryTable.swift: arguments and correctly rounded values of the elementary functions.

Each value is computed by mpmath with 400 bits at the exact binary argument and rounded once to f64.
Usage: scripts/make-elementary-table.py > Tests/TensorsTests/ElementaryTable.swift
"""
import math
import random

import mpmath as mp

mp.mp.prec = 400
random.seed(20)

FUNCTIONS = {
    "exp": (mp.exp, [(-745, 709), (-1, 1)]),
    "expm1": (mp.expm1, [(-40, 709), (-0.5, 0.5)]),
    "log": (mp.log, [(1e-300, 1e300), (0.5, 2)]),
    "log1p": (mp.log1p, [(-0.99, 1), (1, 1e18)]),
    "sigmoid": (lambda x: 1 / (1 + mp.exp(-x)), [(-740, 40), (-3, 3)]),
    "softplus": (lambda x: mp.log1p(mp.exp(x)), [(-740, 60), (-3, 3)]),
    "sin": (mp.sin, [(-10, 10), (-1e15, 1e15), (-1e300, 1e300)]),
    "cos": (mp.cos, [(-10, 10), (-1e15, 1e15), (-1e300, 1e300)]),
    "tan": (mp.tan, [(-10, 10), (-1e15, 1e15)]),
    "asin": (mp.asin, [(-1, 1)]),
    "acos": (mp.acos, [(-1, 1), (0.999, 1)]),
    "atan": (mp.atan, [(-3, 3), (-1e9, 1e9)]),
    "sinh": (mp.sinh, [(-710, 710), (-1, 1)]),
    "cosh": (mp.cosh, [(-710, 710), (-1, 1)]),
    "tanh": (mp.tanh, [(-20, 20), (-0.5, 0.5)]),
    "erf": (mp.erf, [(-6, 6), (-1, 1)]),
    "cbrt": (lambda x: mp.sign(x) * mp.cbrt(abs(x)), [(-1e300, 1e300), (-2, 2)]),
    "rsqrt": (lambda x: 1 / mp.sqrt(x), [(1e-300, 1e300), (0.5, 2)]),
}
# Arguments that are hard to reduce, or near a branch.
EXTRA = {
    "sin": [6381956970095103 * 2.0**797, math.pi, 2.0**30, 2.0**1023],
    "cos": [6381956970095103 * 2.0**797, math.pi / 2, 2.0**30, 2.0**1023],
    "tan": [6381956970095103 * 2.0**797, math.pi / 2],
    "exp": [1e-300, -5e-324, 709.782712893384, -745.1332191019411],
    "log": [5e-324, 1.7976931348623157e308, 1 + 2.0**-52, 1 - 2.0**-53],
}


def rounded(value):
    return float(mp.mpf(value)).hex()


print("// Made by scripts/make-elementary-table.py: function, argument, correctly rounded value.")
print('let elementaryTable = """')
for name, (function, ranges) in FUNCTIONS.items():
    arguments = list(EXTRA.get(name, []))
    for low, high in ranges:
        for _ in range(6):
            x = random.uniform(low, high)
            if low > 0 and high / low > 1e6:
                x = math.exp(random.uniform(math.log(low), math.log(high)))
            arguments.append(x)
        if low < 0:
            arguments.append(random.choice([-1, 1]) * 2.0 ** random.uniform(-40, -2))
    for x in arguments:
        print(f"  {name} {float(x).hex()} {rounded(function(mp.mpf(x)))}")
print('  """')
