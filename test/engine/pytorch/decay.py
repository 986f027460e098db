"""Makes decay.json: steps of PyTorch's optimizers in float64 whose weight decay leaves biases, gamma and beta alone.

That is how PyTorch says it: two groups of parameters, one of them with weight_decay=0.

Run with a Python that has torch (made with 1.13): python3 decay.py && npm run format
"""

import json
import pathlib

import torch
from torch import nn

from drawing import draw, exact, numbers

torch.manual_seed(11)


def network():
    model = nn.Sequential()
    model.add_module("dense1", nn.Linear(5, 7, bias=False))
    model.add_module("batchnorm1", nn.BatchNorm1d(7))
    model.add_module("tanh1", nn.Tanh())
    model.add_module("dense2", nn.Linear(7, 3))
    model.double()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.startswith("batchnorm1"):
                parameter.add_(torch.randn_like(parameter) * 0.3)
            parameter.copy_(parameter.to(torch.float32))
    return model


def weights(model, write=numbers):
    named = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    return {
        name: {"shape": list(value.shape), "values": write(value)}
        for name, value in named.items()
        if not name.endswith("num_batches_tracked")
    }


def ten_steps(make, optimizer, rate):
    model = network()
    initial = weights(model, exact)
    inputs = draw(12, 5, scale=2.0)
    classes = torch.randint(3, (12,))
    decay = optimizer["weightDecay"]
    named = dict(model.named_parameters())
    decaying = ("dense1.weight", "dense2.weight")
    groups = [
        {"params": [named[name] for name in decaying], "weight_decay": decay},
        {"params": [value for name, value in named.items() if name not in decaying], "weight_decay": 0},
    ]
    update = make(groups, rate)
    for step in range(10):
        chosen = [(step * 4 + row) % 12 for row in range(4)]
        update.zero_grad()
        nn.functional.cross_entropy(model(inputs[chosen]), classes[chosen]).backward()
        update.step()
    return {
        "optimizer": optimizer, "learningRate": rate, "inputs": exact(inputs),
        "classes": classes.tolist(), "initial": initial, "weights": weights(model),
    }


adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
cases = [
    ten_steps(
        lambda groups, rate: torch.optim.SGD(groups, lr=rate, momentum=0.9),
        {"kind": "sgd", "momentum": 0.9, "nesterov": False, "weightDecay": 0.2}, 0.1,
    ),
    ten_steps(
        lambda groups, rate: torch.optim.SGD(groups, lr=rate),
        {"kind": "sgd", "momentum": 0, "nesterov": False, "weightDecay": 0.2}, 0.1,
    ),
    ten_steps(torch.optim.Adam, {"kind": "adam", **adam, "weightDecay": 0.2}, 0.02),
    ten_steps(torch.optim.AdamW, {"kind": "adamw", **adam, "weightDecay": 0.5}, 0.02),
    ten_steps(
        torch.optim.RMSprop,
        {"kind": "rmsprop", "decay": 0.99, "epsilon": 1e-8, "momentum": 0, "weightDecay": 0.2}, 0.01,
    ),
    ten_steps(torch.optim.Adagrad, {"kind": "adagrad", "epsilon": 1e-10, "weightDecay": 0.2}, 0.1),
]
path = pathlib.Path(__file__).with_name("decay.json")
path.write_text(json.dumps({"torch": torch.__version__, "cases": cases}) + "\n")
