"""Gradients and Hessian-vector products of a small MLP and a small CNN by PyTorch's automatic differentiation.

Usage: python networks.py > networks.csv        (needs NumPy and PyTorch)

Parameter number k of a network (tensors in order of layers, weight before bias, each in row-major order) is
0.6 sin(1 + 0.7 k); the direction of the product is cos(0.3 + 1.1 k); input (i, j) is sin(0.5 + i + 2.3 j + 0.4 i j).
"""
import numpy as np
import torch
import torch.nn.functional as F

SAMPLES = 6


def fill(shapes, rule, dtype):
    tensors, k = [], 0
    for shape in shapes:
        size = int(np.prod(shape))
        values = np.array([rule(k + j) for j in range(size)]).reshape(shape)
        tensors.append(torch.tensor(values, dtype=dtype))
        k += size
    return tensors


def inputs(features, dtype):
    rows = [[np.sin(0.5 + i + 2.3 * j + 0.4 * i * j) for j in range(features)] for i in range(SAMPLES)]
    return torch.tensor(np.array(rows), dtype=dtype)


def mlp(p, x):
    """3 - 5 - 4 - 3, tanh then silu."""
    h = torch.tanh(x @ p[0].T + p[1])
    h = F.silu(h @ p[2].T + p[3])
    return h @ p[4].T + p[5]


def cnn(p, x):
    """1 x 6 x 6, two 3 x 3 kernels with padding 1, gelu, max pooling 2, dense to 3."""
    h = F.conv2d(x.reshape(SAMPLES, 1, 6, 6), p[0], p[1], padding=1)
    h = F.max_pool2d(F.gelu(h), 2)
    return h.flatten(1) @ p[2].T + p[3]


NETWORKS = {
    "mlp": (mlp, 3, [(5, 3), (5,), (4, 5), (4,), (3, 4), (3,)]),
    "cnn": (cnn, 36, [(2, 1, 3, 3), (2,), (3, 18), (3,)]),
}


def main():
    print("network,precision,quantity,index,value")
    labels = torch.tensor([i % 3 for i in range(SAMPLES)])
    for name, (apply, features, shapes) in NETWORKS.items():
        for precision, dtype in (("f64", torch.float64), ("f32", torch.float32)):
            p = fill(shapes, lambda k: 0.6 * np.sin(1 + 0.7 * k), dtype)
            v = fill(shapes, lambda k: np.cos(0.3 + 1.1 * k), dtype)
            for tensor in p:
                tensor.requires_grad_(True)
            loss = F.cross_entropy(apply(p, inputs(features, dtype)), labels)
            g = torch.autograd.grad(loss, p, create_graph=True)
            product = torch.autograd.grad(sum((a * b).sum() for a, b in zip(g, v)), p)
            print(f"{name},{precision},loss,0,{loss.item():.17g}")
            for quantity, tensors in (("gradient", g), ("hvp", product)):
                flat = torch.cat([tensor.detach().flatten() for tensor in tensors])
                for k, value in enumerate(flat.tolist()):
                    print(f"{name},{precision},{quantity},{k},{value:.17g}")


if __name__ == "__main__":
    main()
