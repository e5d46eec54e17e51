"""Ten points, one step of least squares: PyTorch."""
import torch

x = torch.linspace(0, 0.9, 10)
features, y = torch.stack([x, torch.ones(10)], 1), 2 * x + 1
w = torch.zeros(2, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
loss = lambda: ((features @ w - y) ** 2).mean() / 2
loss().backward()
optimizer.step()
print(loss().item())
