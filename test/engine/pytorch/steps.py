"""Makes steps.json: ten steps of a small network as PyTorch makes them in float64, for each way to update parameters.

Run with a Python that has torch (made with 1.13): python3 steps.py && npm run format
"""

import json
import pathlib

import torch
from torch import nn

from drawing import draw, exact, numbers

torch.manual_seed(2)


def weights(module, write=numbers):
    return {
        name: {"shape": list(value.shape), "values": write(value)}
        for name, value in module.state_dict().items()
    }


def network():
    model = nn.Sequential()
    model.add_module("dense1", nn.Linear(5, 7))
    model.add_module("tanh1", nn.Tanh())
    model.add_module("dense2", nn.Linear(7, 3))
    model.double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.to(torch.float32))
    return model


def optimizer_of(kind, groups, rate, optimizer):
    """From the names a network file has to PyTorch's."""
    given = dict(optimizer)
    decay = given.pop("weightDecay", 0)
    if kind in ("adam", "adamw"):
        make = torch.optim.Adam if kind == "adam" else torch.optim.AdamW
        betas = (given.get("beta1", 0.9), given.get("beta2", 0.999))
        return make(groups, lr=rate, betas=betas, eps=given.get("epsilon", 1e-8), weight_decay=decay)
    if kind == "rmsprop":
        return torch.optim.RMSprop(
            groups, lr=rate, alpha=given.get("decay", 0.99), eps=given.get("epsilon", 1e-8),
            momentum=given.get("momentum", 0), weight_decay=decay,
        )
    if kind == "adagrad":
        return torch.optim.Adagrad(groups, lr=rate, eps=given.get("epsilon", 1e-10), weight_decay=decay)
    return torch.optim.SGD(groups, lr=rate, momentum=given.get("momentum", 0), weight_decay=decay)


def ten_steps(name, rate, kind, clip=None, smoothing=0.0, factors=None, **optimizer):
    model = network()
    initial = weights(model, exact)
    inputs = draw(12, 5, scale=2.0)
    classes = torch.randint(3, (12,))
    factors = factors or {}
    for layer, factor in factors.items():
        if factor == 0:
            getattr(model, layer).requires_grad_(False)
    groups = [
        {"params": getattr(model, layer).parameters(), "lr": rate * factors.get(layer, 1)}
        for layer in ("dense1", "dense2")
        if factors.get(layer, 1) != 0
    ]
    update = optimizer_of(kind, groups, rate, optimizer)
    losses = []
    norms = []
    for step in range(10):
        chosen = [(step * 4 + row) % 12 for row in range(4)]
        update.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs[chosen]), classes[chosen], label_smoothing=smoothing)
        loss.backward()
        moving = [parameter for parameter in model.parameters() if parameter.requires_grad]
        limit = float("inf") if clip is None else clip
        norms.append(nn.utils.clip_grad_norm_(moving, limit).item())
        update.step()
        losses.append(loss.item())
    return {
        "name": name, "learningRate": rate, "optimizer": {"kind": kind, **optimizer},
        "clipGradient": clip, "labelSmoothing": smoothing, "factors": factors,
        "inputs": exact(inputs), "classes": classes.tolist(), "initial": initial,
        "losses": losses, "norms": norms, "weights": weights(model),
    }


cases = [
    ten_steps("adamw", 0.02, "adamw", weightDecay=0.01),
    ten_steps("adamw, strong decay and other betas", 0.02, "adamw", beta1=0.8, beta2=0.95, weightDecay=0.5),
    ten_steps("rmsprop", 0.01, "rmsprop"),
    ten_steps("rmsprop, momentum and weight decay", 0.01, "rmsprop", decay=0.9, momentum=0.8, weightDecay=0.1),
    ten_steps("adagrad", 0.1, "adagrad"),
    ten_steps("adagrad, weight decay", 0.1, "adagrad", weightDecay=0.1),
    ten_steps("sgd, clipped", 0.5, "sgd", clip=0.6),
    ten_steps("sgd, momentum and weight decay, clipped", 0.2, "sgd", clip=0.4, momentum=0.9, weightDecay=0.05),
    ten_steps("adam, weight decay, clipped", 0.02, "adam", clip=0.3, weightDecay=0.1),
    ten_steps("adamw, clipped", 0.02, "adamw", clip=0.3, weightDecay=0.1),
    ten_steps("label smoothing", 0.3, "sgd", smoothing=0.1),
    ten_steps("strong label smoothing, adam", 0.02, "adam", smoothing=0.6),
    ten_steps("factors of the learning rate", 0.02, "adamw", factors={"dense1": 0.1, "dense2": 3}, weightDecay=0.1),
    ten_steps("factors of the learning rate, momentum", 0.2, "sgd", factors={"dense1": 0.5, "dense2": 2}, momentum=0.9),
    ten_steps("a frozen layer, clipped", 0.5, "sgd", clip=0.5, factors={"dense1": 0}),
    ten_steps("a frozen layer, adam", 0.05, "adam", factors={"dense2": 0}, weightDecay=0.1),
]
for case in cases:
    if case["clipGradient"] is not None:
        clipped = [norm > case["clipGradient"] for norm in case["norms"]]
        assert any(clipped), case["name"]
path = pathlib.Path(__file__).with_name("steps.json")
path.write_text(json.dumps({"torch": torch.__version__, "cases": cases}) + "\n")
