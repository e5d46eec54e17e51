"""Statistics over the runs that `statistics.opt` saves, with NumPy and SciPy: value, error and 95% interval of each.

    python statistics.py < statistics-runs.csv > statistics.csv
"""

import csv
import sys

import numpy as np
from scipy import optimize, stats

rows = list(csv.DictReader(sys.stdin))
sizes, seeds = np.array([8.0, 16, 32, 64]), range(1, 7)


def runs(momentum):
    """One row for each seed, one column for each size."""
    found = {(float(r["d"]), int(r["seed"])): float(r["x"]) for r in rows if float(r["momentum"]) == momentum}
    return np.array([[found[d, k] for d in sizes] for k in seeds])


def show(name, value, error, low=None, high=None, freedom=len(seeds) - 1):
    if low is None:
        reach = stats.t.ppf(0.975, freedom) * error
        low, high = value - reach, value + reach
    print(f"{name},{value!r},{error!r},{low!r},{high!r}".replace("np.float64(", "").replace(")", ""))


def jackknife(statistic, table):
    """The statistic of the means over the seeds, and its error by leaving out one seed at a time."""
    n = len(table)
    left = np.array([statistic(np.delete(table, k, axis=0).mean(axis=0)) for k in range(n)])
    value = statistic(table.mean(axis=0))
    pseudo = n * value - (n - 1) * left
    return value, pseudo.std(axis=0, ddof=1) / np.sqrt(n), pseudo


def slope(means):
    return np.polyfit(np.log(sizes), np.log(means), 1)[0]


E, plain = runs(0.9), runs(0.0)
n = len(E)
x = E[:, 0]
show("mean", x.mean(), x.std(ddof=1) / np.sqrt(n))
difference = E[:, 1] - E[:, 0]
show("difference", difference.mean(), difference.std(ddof=1) / np.sqrt(n))
for name, power in ("variance", 1.0), ("deviation", 0.5):
    value = x.var(ddof=1) ** power
    left = np.array([np.log(np.delete(x, k).var(ddof=1)) * power for k in range(n)])
    pseudo = n * np.log(value) - (n - 1) * left
    spread = pseudo.std(ddof=1) / np.sqrt(n)
    reach = stats.t.ppf(0.975, n - 1) * spread
    show(name, value, value * spread, value * np.exp(-reach), value * np.exp(reach))
for name, order in ("median", 0.5), ("quantile", 0.9):
    # Between the order statistics below and above which the quantile lies with at most 2.5% each.
    ordered = np.sort(x)
    below = [k for k in range(n) if stats.binom.cdf(k, n, order) <= 0.025]
    above = [k for k in range(n) if stats.binom.sf(k, n, order) <= 0.025]
    low = ordered[below[-1]] if below else -np.inf
    high = ordered[above[0]] if above else np.inf
    error = (high - low) / (2 * 1.96) if np.isfinite(high - low) else np.nan
    show(name, np.quantile(x, order), error, low, high)
show("slope", *jackknife(slope, E)[:2])
both = np.hstack([E, plain])
show("slopes", *jackknife(lambda means: slope(means[:4]) - slope(means[4:]), both)[:2])
first = sizes[E.mean(axis=0) > 183][0]


def surely(k, sign):
    reach = stats.t.ppf(0.975, n - 1) * E[:, k].std(ddof=1) / np.sqrt(n)
    return sign * (E[:, k].mean() - 183) - reach > 0


possible = [d for k, d in enumerate(sizes) if not surely(k, -1)][0]
sure = [d for k, d in enumerate(sizes) if surely(k, 1)][0]
show("first", first, 0.0, possible, sure)

# What each size counts: errors as 1, as the root of the value or as the value, whichever makes the spreads most likely.
means, spreads = E.mean(axis=0), E.var(axis=0, ddof=1)
powers = [np.abs(means) ** k for k in (0, 1, 2)]
costs = [np.log(p).sum() + len(sizes) * np.log((spreads / p).mean()) for p in powers]
weight = 1 / np.sqrt(powers[int(np.argmin(costs))])


def fit(targets):
    def residuals(p):
        return weight * (targets - p[0] * sizes ** p[1])

    return optimize.least_squares(residuals, [1, 1.5], xtol=1e-15, ftol=1e-15, gtol=1e-15, x_scale="jac").x


value, error, _ = jackknife(fit, E)
show("factor", value[0], error[0])
show("exponent", value[1], error[1])


def replicate(k):
    return fit(np.delete(E, k, axis=0).mean(axis=0))


def curve(p):
    return p[0] * 128 ** p[1]


pseudo = n * curve(value) - (n - 1) * np.array([curve(replicate(k)) for k in range(n)])
show("curve", curve(value), pseudo.std(ddof=1) / np.sqrt(n))
total = E.mean(axis=1)
show("grid", total.mean(), total.std(ddof=1) / np.sqrt(n))
