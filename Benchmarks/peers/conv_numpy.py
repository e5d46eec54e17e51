"""Gradient descent of the convolutional network in NumPy: windows as rows of a matrix, derivatives by hand."""
import numpy as np

import workloads as w


def windows(images):
    """Rows of 3 x 3 windows, with zeros around the images: [n, c, h, w] to [n h w, 9 c]."""
    n, c, h, wide = images.shape
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    view = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (2, 3))
    return np.ascontiguousarray(view.transpose(0, 2, 3, 1, 4, 5)).reshape(n * h * wide, 9 * c)


def added(rows, shape):
    """The transpose of `windows`."""
    n, c, h, wide = shape
    rows = rows.reshape(n, h, wide, c, 3, 3)
    padded = np.zeros((n, c, h + 2, wide + 2), rows.dtype)
    for i in range(3):
        for j in range(3):
            padded[:, :, i:i + h, j:j + wide] += rows[..., i, j].transpose(0, 3, 1, 2)
    return padded[:, :, 1:-1, 1:-1]


def images_of(rows, n):
    return np.ascontiguousarray(rows.reshape(n, 32, 32, -1).transpose(0, 3, 1, 2))


def rows_of(images):
    return images.transpose(0, 2, 3, 1).reshape(-1, images.shape[1])


def forward(x, parameters):
    (k1, b1), (k2, b2), (v, b) = parameters
    first = windows(x.reshape(-1, 3, 32, 32))
    h1 = np.maximum(first @ k1.reshape(32, -1).T + b1, 0)
    second = windows(images_of(h1, len(x)))
    h2 = np.maximum(second @ k2.reshape(32, -1).T + b2, 0)
    flat = images_of(h2, len(x)).reshape(len(x), -1)
    return first, h1, second, h2, flat, flat @ v.T + b


def gradients(x, y, parameters):
    (k1, _), (k2, _), (v, _) = parameters
    first, h1, second, h2, flat, out = forward(x, parameters)
    d = (out - y) / x.dtype.type(len(x))
    d2 = rows_of((d @ v).reshape(-1, 32, 32, 32)) * (h2 > 0)
    d1 = rows_of(added(d2 @ k2.reshape(32, -1), (len(x), 32, 32, 32))) * (h1 > 0)
    return [((d1.T @ first).reshape(k1.shape), d1.sum(0)), ((d2.T @ second).reshape(k2.shape), d2.sum(0)),
            (d.T @ flat, d.sum(0))]


def loss(x, y, parameters):
    return float(((forward(x, parameters)[-1] - y) ** 2).sum() / (2 * len(x)))


def train(name, dtype=np.float32):
    x, y, start = w.convolutional(dtype)
    rate = dtype(w.CONV_RATE)

    def run(steps):
        parameters = [tuple(part.copy() for part in layer) for layer in start]
        for _ in range(steps):
            moves = gradients(x, y, parameters)
            parameters = [(a - rate * g, b - rate * h) for (a, b), (g, h) in zip(parameters, moves)]
        return loss(x, y, parameters)

    return run
