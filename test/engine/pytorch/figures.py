"""Makes figures.json: what PyTorch computes in float64 for the engine's tests to compare with.

Run with a Python that has torch (made with 1.13): python3 figures.py && npm run format
All inputs are rounded to float32 first, so that both sides start from the same numbers.
"""

import json
import pathlib

import torch
from torch import nn

from drawing import draw, exact, numbers

torch.manual_seed(1)


def weights(module, write=numbers):
    return {
        name: {"shape": list(value.shape), "values": write(value)}
        for name, value in module.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def round_parameters(module):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(parameter.to(torch.float32))


def batch_normalization(batch, units, eps, momentum, scale=1.0, shift=0.0):
    """One forward and backward pass of y = BN(x) with the mean squared error to targets as the loss."""
    x = draw(batch, units, scale=scale, shift=shift).requires_grad_()
    targets = draw(batch, units)
    layer = nn.BatchNorm1d(units, eps=eps, momentum=momentum, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(draw(units))
        layer.bias.copy_(draw(units))
        layer.running_mean.copy_(draw(units))
        layer.running_var.copy_(draw(units).abs())
    before = {name: exact(value) for name, value in layer.state_dict().items() if value.dim()}
    y = layer(x)
    loss = nn.functional.mse_loss(y, targets)
    loss.backward()
    return {
        "batch": batch, "units": units, "epsilon": eps, "momentum": momentum,
        "x": exact(x), "targets": exact(targets), "before": before,
        "y": numbers(y), "loss": loss.item(), "dx": numbers(x.grad),
        "dgamma": numbers(layer.weight.grad), "dbeta": numbers(layer.bias.grad),
        "runningMean": numbers(layer.running_mean), "runningVariance": numbers(layer.running_var),
    }


def train(model, loss_function, optimizer, inputs, targets, batch, steps):
    """Batches in order, around the end; yields after each step."""
    count = len(inputs)
    for step in range(steps):
        chosen = [(step * batch + row) % count for row in range(batch)]
        optimizer.zero_grad()
        loss = loss_function(model(inputs[chosen]), targets[chosen])
        loss.backward()
        optimizer.step()
        yield loss.item()


def optimizer_steps(name, make, loss):
    """Ten steps of a small network under one optimizer."""
    model = nn.Sequential()
    model.add_module("dense1", nn.Linear(5, 7))
    model.add_module("tanh1", nn.Tanh())
    model.add_module("dense2", nn.Linear(7, 3))
    model.double()
    round_parameters(model)
    initial = weights(model, exact)
    inputs = draw(12, 5)
    classes = torch.randint(3, (12,))
    one_hot = nn.functional.one_hot(classes, 3).double()
    function, targets = {
        "softmax-cross-entropy": (nn.functional.cross_entropy, classes),
        "binary-cross-entropy": (nn.functional.binary_cross_entropy_with_logits, one_hot),
        "mse": (nn.functional.mse_loss, one_hot),
    }[loss]
    losses = list(train(model, function, make(model.parameters()), inputs, targets, 4, 10))
    return {
        "name": name, "loss": loss, "inputs": exact(inputs), "classes": classes.tolist(),
        "initial": initial, "losses": losses, "weights": weights(model),
    }


def whole_network():
    """Twenty steps of dense, BN, sigmoid, dense, BN, relu, dense."""
    sizes = [12, 16, 11, 4]
    model = nn.Sequential()
    model.add_module("dense1", nn.Linear(sizes[0], sizes[1], bias=False))
    model.add_module("batchnorm1", nn.BatchNorm1d(sizes[1]))
    model.add_module("sigmoid1", nn.Sigmoid())
    model.add_module("dense2", nn.Linear(sizes[1], sizes[2], bias=False))
    model.add_module("batchnorm2", nn.BatchNorm1d(sizes[2]))
    model.add_module("relu1", nn.ReLU())
    model.add_module("dense3", nn.Linear(sizes[2], sizes[3]))
    model.double()
    round_parameters(model)
    initial = weights(model, exact)
    inputs = draw(50, sizes[0])
    classes = torch.randint(sizes[3], (50,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    losses = []
    running = []
    for loss in train(model, nn.functional.cross_entropy, optimizer, inputs, classes, 10, 20):
        losses.append(loss)
        running.append({
            layer: {
                "mean": numbers(getattr(model, layer).running_mean),
                "variance": numbers(getattr(model, layer).running_var),
            }
            for layer in ("batchnorm1", "batchnorm2")
        })
    model.eval()
    return {
        "inputs": exact(inputs), "classes": classes.tolist(), "initial": initial,
        "losses": losses, "running": running, "weights": weights(model),
        "logits": numbers(model(inputs)),
    }


SGD = torch.optim.SGD
ADAM = torch.optim.Adam
CE = "softmax-cross-entropy"
figures = {
    "torch": torch.__version__,
    "batchnorm": [
        batch_normalization(7, 5, 1e-5, 0.1),
        batch_normalization(2, 3, 1e-3, 0.25),
        batch_normalization(37, 17, 1e-5, 0.1, scale=3.0, shift=-2.0),
        batch_normalization(16, 8, 1e-5, 0.01, shift=1e4),
    ],
    "optimizers": [
        optimizer_steps("sgd", lambda p: SGD(p, lr=0.3), CE),
        optimizer_steps("sgd, momentum", lambda p: SGD(p, lr=0.1, momentum=0.9), CE),
        optimizer_steps("sgd, nesterov", lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True), CE),
        optimizer_steps("sgd, weight decay", lambda p: SGD(p, lr=0.3, momentum=0.5, weight_decay=0.1), CE),
        optimizer_steps("adam", lambda p: ADAM(p, lr=0.02), CE),
        optimizer_steps("adam, weight decay", lambda p: ADAM(p, lr=0.02, betas=(0.8, 0.95), weight_decay=0.1), CE),
        optimizer_steps("sgd on logits", lambda p: SGD(p, lr=0.5), "binary-cross-entropy"),
        optimizer_steps("sgd on squares", lambda p: SGD(p, lr=0.2), "mse"),
    ],
    "network": whole_network(),
}
path = pathlib.Path(__file__).with_name("figures.json")
path.write_text(json.dumps(figures) + "\n")
