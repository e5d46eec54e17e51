"""Gradient descent of the convolutional network in JAX: one compiled step, called from Python.

Inside of a compiled loop the convolutions are many times as slow.
"""
import jax
import jax.numpy as jnp
import numpy as np

import workloads as w


def train(name):
    x, y, start = w.convolutional(np.float32)
    images, targets = jnp.asarray(x).reshape(-1, 3, 32, 32), jnp.asarray(y)
    rate = np.float32(w.CONV_RATE)

    def convolve(x, k, b):
        y = jax.lax.conv_general_dilated(x, k, (1, 1), "SAME", dimension_numbers=("NCHW", "OIHW", "NCHW"))
        return jax.nn.relu(y + b[:, None, None])

    def loss(parameters, images, targets):
        (k1, b1), (k2, b2), (v, b) = parameters
        h = convolve(convolve(images, k1, b1), k2, b2).reshape(len(images), -1)
        return jnp.sum((h @ v.T + b - targets) ** 2) / (2 * len(images))

    @jax.jit
    def step(parameters, images, targets):
        return jax.tree.map(lambda p, g: p - rate * g, parameters, jax.grad(loss)(parameters, images, targets))

    device = jax.tree.map(jnp.asarray, start)

    def run(steps):
        parameters = device
        for _ in range(steps):
            parameters = step(parameters, images, targets)
        return loss(parameters, images, targets).item()

    return run
