"""Makes networks.json: fifty steps of whole networks as PyTorch makes them in float64.

Activations are smooth: a rectifier's input that is all but 0 may fall to either side in float32, and from there on two
right answers part.

Run with a Python that has torch (made with 1.13): python3 networks.py && npm run format
"""

import json
import pathlib

import torch
from torch import nn

from drawing import draw, exact, numbers

torch.manual_seed(3)
EXAMPLES = 40
CLASSES = 5
STEPS = 50


class Network(nn.Module):
    """Modules under the engine's names, and how they follow each other."""

    def __init__(self, modules, path):
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)
        self.path = path

    def forward(self, x):
        return self.path(self, x)


def sigmoids():
    modules = {}
    for layer, width in enumerate([20, 16, 16], start=1):
        modules[f"dense{layer}"] = nn.Linear(width, 16, bias=False)
        modules[f"batchnorm{layer}"] = nn.BatchNorm1d(16)
    modules["dense4"] = nn.Linear(16, CLASSES)

    def path(net, x):
        for layer in range(1, 4):
            x = torch.sigmoid(getattr(net, f"batchnorm{layer}")(getattr(net, f"dense{layer}")(x)))
        return net.dense4(x)

    return Network(modules, path), [20]


def conv(inputs, outputs, kernel):
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)


def unit(net, index, x):
    return nn.functional.silu(getattr(net, f"batchnorm{index}")(getattr(net, f"conv2d{index}")(x)))


def units(shapes):
    modules = {}
    for index, (inputs, outputs, kernel) in enumerate(shapes, start=1):
        modules[f"conv2d{index}"] = conv(inputs, outputs, kernel)
        modules[f"batchnorm{index}"] = nn.BatchNorm2d(outputs)
    return modules


def convolutions():
    modules = {**units([(1, 8, 3), (8, 12, 3)]), "dense1": nn.Linear(12 * 2 * 2, CLASSES)}

    def path(net, x):
        for index in (1, 2):
            x = nn.functional.max_pool2d(unit(net, index, x), 2)
        return net.dense1(x.flatten(1))

    return Network(modules, path), [1, 8, 8]


def inception():
    shapes = [(2, 8, 3), (8, 6, 1), (8, 4, 1), (4, 8, 3), (8, 4, 1)]
    modules = {**units(shapes), "dense1": nn.Linear(18, CLASSES)}

    def path(net, x):
        x = unit(net, 1, x)
        pooled = nn.functional.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
        branches = [unit(net, 2, x), unit(net, 4, unit(net, 3, x)), unit(net, 5, pooled)]
        return net.dense1(torch.cat(branches, 1).mean((2, 3)))

    return Network(modules, path), [2, 8, 8]


def residual():
    modules = {**units([(2, 8, 3), (8, 8, 3), (8, 8, 3)]), "dense1": nn.Linear(8, CLASSES)}

    def path(net, x):
        x = unit(net, 1, x)
        inner = net.batchnorm3(net.conv2d3(unit(net, 2, x)))
        return net.dense1(nn.functional.silu(x + inner).mean((2, 3)))

    return Network(modules, path), [2, 8, 8]


def weights(module):
    return {
        name: {"shape": list(value.shape), "values": exact(value)}
        for name, value in module.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def fifty_steps(name, made, batch, rate, momentum):
    model, shape = made
    model.double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.to(torch.float32))
    initial = weights(model)
    inputs = draw(EXAMPLES, *shape, scale=1.0)
    classes = torch.randint(CLASSES, (EXAMPLES,))
    update = torch.optim.SGD(model.parameters(), lr=rate, momentum=momentum)
    losses = []
    running = []
    for step in range(STEPS):
        chosen = [(step * batch + row) % EXAMPLES for row in range(batch)]
        update.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs[chosen]), classes[chosen])
        loss.backward()
        update.step()
        losses.append(loss.item())
        if (step + 1) % 10 == 0:
            norms = [(n, m) for n, m in model.named_children() if n.startswith("batchnorm")]
            running.append({
                "step": step + 1,
                "layers": {
                    n: {"mean": numbers(m.running_mean), "variance": numbers(m.running_var)} for n, m in norms
                },
            })
    return {
        "name": name, "input": shape, "batchSize": batch, "learningRate": rate, "momentum": momentum,
        "inputs": exact(inputs), "classes": classes.tolist(), "initial": initial,
        "losses": losses, "running": running,
    }


cases = [
    fifty_steps("sigmoids", sigmoids(), 20, 0.2, 0),
    fifty_steps("convolutions", convolutions(), 8, 0.05, 0.5),
    fifty_steps("inception", inception(), 8, 0.05, 0.5),
    fifty_steps("residual", residual(), 8, 0.05, 0.5),
]
path = pathlib.Path(__file__).with_name("networks.json")
path.write_text(json.dumps({"torch": torch.__version__, "cases": cases}) + "\n")
