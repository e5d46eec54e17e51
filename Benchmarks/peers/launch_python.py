"""Ten points, one step of least squares: plain Python."""
xs = [0.1 * i for i in range(10)]
ys = [2 * x + 1 for x in xs]
w = b = 0.0
errors = [w * x + b - y for x, y in zip(xs, ys)]
w -= 0.1 * sum(e * x for e, x in zip(errors, xs)) / 10
b -= 0.1 * sum(errors) / 10
print(sum((w * x + b - y) ** 2 for x, y in zip(xs, ys)) / 20)
