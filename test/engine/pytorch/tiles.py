"""Makes tiles.json: fifty steps of a convolutional network as PyTorch makes them in float64.

Its second and third convolutions are large enough for the engine to compute them by tiles.
Run with a Python that has torch (made with 1.13): python3 tiles.py && npm run format
"""

import json
import pathlib

import torch
from torch import nn

from drawing import draw, exact, numbers

torch.manual_seed(3)


def weights(module, write=numbers):
    return {
        name: {"shape": list(value.shape), "values": write(value)}
        for name, value in module.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def network():
    model = nn.Sequential()
    for index, (channels, filters) in enumerate([(1, 16), (16, 20), (20, 17)], 1):
        model.add_module(f"conv2d{index}", nn.Conv2d(channels, filters, 3, padding=1, bias=False))
        model.add_module(f"batchnorm{index}", nn.BatchNorm2d(filters))
        model.add_module(f"relu{index}", nn.ReLU())
        if index == 2:
            model.add_module("maxpool1", nn.MaxPool2d(2, 2))
    model.add_module("global-avgpool1", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()))
    model.add_module("dense1", nn.Linear(17, 4))
    model.double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.to(torch.float32))
    return model


def fifty_steps(count=32, batch=8):
    model = network()
    initial = weights(model, exact)
    inputs = draw(count, 1, 15, 14)
    classes = torch.randint(4, (count,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    losses = []
    for step in range(50):
        chosen = [(step * batch + row) % count for row in range(batch)]
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs[chosen]), classes[chosen])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {
        "inputs": exact(inputs), "classes": classes.tolist(), "initial": initial,
        "losses": losses, "weights": weights(model),
    }


path = pathlib.Path(__file__).with_name("tiles.json")
path.write_text(json.dumps({"torch": torch.__version__, **fifty_steps()}) + "\n")
