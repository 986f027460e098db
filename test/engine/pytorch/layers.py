"""Makes layers.json: small layers as PyTorch has them in float64, with the gradients of the sum of y times dy.

Run with a Python that has torch (made with 1.13): python3 layers.py && npm run format
"""

import json
import pathlib

import torch
from torch import nn
from torch.nn import functional

from drawing import draw, exact, numbers

torch.manual_seed(3)


def layer(operation, compute, batch, shape, parameters=None, scale=1.0, shift=0.0):
    """`parameters` are drawn by shape; `compute` takes x and them by name."""
    x = draw(batch, *shape, scale=scale, shift=shift).requires_grad_()
    drawn = {name: draw(*size).requires_grad_() for name, size in (parameters or {}).items()}
    y = compute(x, **drawn)
    dy = draw(*y.shape)
    (y * dy).sum().backward()
    return {
        "operation": operation, "batch": batch, "shape": list(shape),
        "x": exact(x), "dy": exact(dy), "y": numbers(y), "dx": numbers(x.grad),
        "parameters": {name: exact(value) for name, value in drawn.items()},
        "gradients": {name: numbers(value.grad) for name, value in drawn.items()},
    }


def activation(kind, compute, batch, shape, scale=3.0):
    return layer({"kind": kind}, compute, batch, shape, scale=scale)


def softmax(batch, shape):
    return activation("softmax", lambda x: functional.softmax(x, dim=1), batch, shape, scale=2.0)


def lrn(batch, shape, size, alpha, beta, bias):
    operation = {"kind": "lrn", "size": size, "alpha": alpha, "beta": beta, "bias": bias}
    compute = lambda x: functional.local_response_norm(x, size, alpha, beta, bias)
    return layer(operation, compute, batch, shape)


def layer_norm(batch, shape, epsilon, **draws):
    compute = lambda x, weight, bias: functional.layer_norm(x, shape, weight, bias, epsilon)
    operation = {"kind": "layernorm", "epsilon": epsilon}
    return layer(operation, compute, batch, shape, {"weight": shape, "bias": shape}, **draws)


def group_norm(batch, shape, groups, epsilon, **draws):
    compute = lambda x, weight, bias: functional.group_norm(x, groups, weight, bias, epsilon)
    operation = {"kind": "groupnorm", "groups": groups, "epsilon": epsilon}
    channels = shape[:1]
    return layer(operation, compute, batch, shape, {"weight": channels, "bias": channels}, **draws)


def frozen(batch, shape, epsilon, **draws):
    """Batch normalization in evaluation mode: normalized by running statistics, which stay."""
    channels = shape[0]
    mean = draw(channels)
    variance = draw(channels).abs() + 0.1
    compute = lambda x, weight, bias: functional.batch_norm(x, mean, variance, weight, bias, False, 0, epsilon)
    operation = {
        "kind": "batchnorm", "epsilon": epsilon, "momentum": 0.1,
        "state": "freeze-statistics", "statistics": "moving",
    }
    figure = layer(operation, compute, batch, shape, {"weight": [channels], "bias": [channels]}, **draws)
    figure["parameters"] |= {"running_mean": exact(mean), "running_var": exact(variance)}
    return figure


cases = [
    activation("gelu", functional.gelu, 5, [9]),
    activation("gelu", functional.gelu, 3, [3, 2, 2]),
    activation("silu", functional.silu, 5, [9]),
    activation("silu", functional.silu, 3, [3, 5]),
    softmax(5, [3]), softmax(3, [17]), softmax(3, [9, 4]), softmax(5, [11, 2, 3]),
    lrn(3, [7, 2, 3], 5, 1e-4, 0.75, 1.0), lrn(3, [19, 2, 2], 5, 2.0, 0.75, 1.5),
    lrn(2, [9, 3], 4, 3.0, 0.5, 2.0), lrn(2, [26, 2], 19, 3.0, 1.25, 2.0), lrn(5, [8, 2, 2], 1, 1.0, 0.75, 1.0),
    lrn(3, [3, 2, 2], 8, 1.0, 0.75, 1.0),
    layer_norm(5, [7], 1e-5), layer_norm(3, [17], 1e-3), layer_norm(3, [3, 4], 1e-5),
    layer_norm(5, [9, 2, 3], 1e-5), layer_norm(4, [8, 2, 2], 1e-5, shift=1e4),
    group_norm(5, [6], 1, 1e-5), group_norm(3, [18], 3, 1e-3), group_norm(3, [12, 2, 2], 4, 1e-5),
    group_norm(5, [16, 3], 2, 1e-5), group_norm(2, [5, 2, 3], 5, 1e-5), group_norm(3, [20, 2], 2, 1e-5, shift=1e4),
    frozen(5, [7], 1e-5), frozen(3, [17], 1e-3), frozen(1, [4], 1e-5), frozen(3, [9, 2, 3], 1e-5, scale=2.0, shift=1.0),
]
path = pathlib.Path(__file__).with_name("layers.json")
path.write_text(json.dumps({"torch": torch.__version__, "cases": cases}) + "\n")
