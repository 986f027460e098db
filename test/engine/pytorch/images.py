"""Makes images.json: convolution, pooling and batch normalization of images and sequences as PyTorch has them in float64.

Run with a Python that has torch (made with 1.13): python3 images.py && npm run format
"""

import json
import pathlib

import torch
from torch import nn
from torch.nn import functional

from drawing import draw, exact, numbers

torch.manual_seed(1)


def pair(value):
    return list(value) if isinstance(value, tuple) else [value, value]


def convolution(batch, channels, size, filters, kernel=3, stride=1, padding=0, dilation=1, groups=1):
    """y and the gradients of the sum of y times dy; a size of one number makes it conv1d."""
    x = draw(batch, channels, *size).requires_grad_()
    taps = pair(kernel) if len(size) == 2 else [kernel]
    weight = draw(filters, channels // groups, *taps).requires_grad_()
    bias = draw(filters).requires_grad_()
    convolve = functional.conv2d if len(size) == 2 else functional.conv1d
    y = convolve(x, weight, bias, stride, padding, dilation, groups)
    dy = draw(*y.shape)
    (y * dy).sum().backward()
    return {
        "batch": batch, "input": [channels, *size], "output": list(y.shape[1:]),
        "kernel": pair(kernel), "stride": pair(stride), "padding": pair(padding),
        "dilation": pair(dilation), "groups": groups,
        "x": exact(x), "weight": exact(weight), "bias": exact(bias), "dy": exact(dy),
        "y": numbers(y), "dx": numbers(x.grad), "dw": numbers(weight.grad), "db": numbers(bias.grad),
    }


def pooling(kind, batch, channels, size, kernel=2, stride=2, padding=0):
    """Inputs are whole numbers from -3 to 3, so that there are ties."""
    x = torch.randint(-3, 4, (batch, channels, *size)).double().requires_grad_()
    two = len(size) == 2
    if kind == "maxpool":
        y = (functional.max_pool2d if two else functional.max_pool1d)(x, kernel, stride, padding)
    elif kind == "avgpool":
        average = functional.avg_pool2d if two else functional.avg_pool1d
        y = average(x, kernel, stride, padding, count_include_pad=False)
    else:
        y = x.mean(dim=tuple(range(2, 2 + len(size))))
    dy = draw(*y.shape)
    (y * dy).sum().backward()
    return {
        "kind": kind, "batch": batch, "input": [channels, *size], "output": list(y.shape[1:]),
        "kernel": pair(kernel), "stride": pair(stride), "padding": pair(padding),
        "x": exact(x), "dy": exact(dy), "y": numbers(y), "dx": numbers(x.grad),
    }


def batch_normalization(batch, channels, size, eps=1e-5, momentum=0.1, scale=1.0, shift=0.0):
    """Forward, backward, the running statistics after it, and what evaluation makes of x with those."""
    x = draw(batch, channels, *size, scale=scale, shift=shift).requires_grad_()
    make = nn.BatchNorm2d if len(size) == 2 else nn.BatchNorm1d
    layer = make(channels, eps=eps, momentum=momentum, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(draw(channels))
        layer.bias.copy_(draw(channels))
        layer.running_mean.copy_(draw(channels))
        layer.running_var.copy_(draw(channels).abs())
    before = {name: exact(value) for name, value in layer.state_dict().items() if value.dim()}
    y = layer(x)
    dy = draw(*y.shape)
    (y * dy).sum().backward()
    layer.eval()
    return {
        "batch": batch, "input": [channels, *size], "epsilon": eps, "momentum": momentum,
        "before": before, "x": exact(x), "dy": exact(dy), "y": numbers(y), "dx": numbers(x.grad),
        "dgamma": numbers(layer.weight.grad), "dbeta": numbers(layer.bias.grad),
        "runningMean": numbers(layer.running_mean), "runningVariance": numbers(layer.running_var),
        "evaluated": numbers(layer(x)),
    }


figures = {
    "torch": torch.__version__,
    "convolutions": [
        convolution(3, 5, (4, 5), 9, padding=1),
        convolution(2, 9, (5, 4), 4, kernel=(3, 2), stride=(2, 1), padding=(1, 0)),
        convolution(2, 2, (9, 8), 3, kernel=(2, 3), stride=2, padding=(1, 2), dilation=(2, 3)),
        convolution(3, 1, (5, 7), 10, kernel=5, stride=2, padding=2),
        convolution(2, 12, (3, 3), 6, groups=3, padding=1),
        convolution(2, 16, (3, 2), 16, kernel=(1, 2), groups=2),
        convolution(3, 9, (4, 5), 9, groups=9, padding=1, stride=2),
        convolution(2, 3, (5, 4), 6, groups=3, dilation=2, padding=2),
        convolution(2, 11, (3, 5), 10, kernel=1),
        convolution(3, 6, (11,), 9, kernel=3, stride=2, padding=1),
        convolution(2, 10, (9,), 4, kernel=4, dilation=2, groups=2),
    ],
    "pools": [
        pooling("maxpool", 2, 5, (6, 5)),
        pooling("maxpool", 2, 9, (3, 4), kernel=3, stride=1, padding=1),
        pooling("maxpool", 2, 3, (7, 7), kernel=(3, 2), stride=(2, 3), padding=(1, 0)),
        pooling("maxpool", 2, 4, (9,), kernel=3, stride=2, padding=1),
        pooling("avgpool", 2, 5, (6, 5), kernel=3, stride=2, padding=1),
        pooling("avgpool", 2, 9, (3, 4), kernel=(2, 3), stride=1, padding=(0, 1)),
        pooling("avgpool", 2, 4, (9,), kernel=2, stride=2),
        pooling("global-avgpool", 3, 9, (5, 3)),
        pooling("global-avgpool", 2, 3, (7,)),
    ],
    "batchnorms": [
        batch_normalization(3, 5, (4, 3)),
        batch_normalization(2, 9, (3, 2), eps=1e-3, momentum=0.25),
        batch_normalization(4, 8, (3, 4), scale=3.0, shift=-2.0),
        batch_normalization(5, 3, (2, 3), momentum=0.01, shift=1e4),
        batch_normalization(1, 6, (3, 3)),
        batch_normalization(3, 7, (5,)),
    ],
}
path = pathlib.Path(__file__).with_name("images.json")
path.write_text(json.dumps(figures) + "\n")
