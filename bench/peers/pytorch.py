"""PyTorch's driver for the bench; see ../driver.ts for what it is asked."""

import json
import math
import os
import sys
import time

import torch
from torch import nn


class Concat(nn.Module):
    def __init__(self, branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


def build(operations, shape, flat):
    """The network as a module, and the shape of its output."""
    layers = []
    channels, height, width = shape
    for index, operation in enumerate(operations):
        kind, options = next(iter(operation.items())) if isinstance(operation, dict) else (operation, None)
        following = operations[index + 1] if index + 1 < len(operations) else None
        bias = following != "batchnorm"
        if kind == "dense":
            if not flat:
                layers.append(nn.Flatten())
                channels, height, width, flat = channels * height * width, 1, 1, True
            layers.append(nn.Linear(channels, options, bias=bias))
            channels = options
        elif kind == "conv2d":
            kernel = options["kernel"]
            layers.append(nn.Conv2d(channels, options["filters"], kernel, padding=kernel // 2, bias=bias))
            channels = options["filters"]
        elif kind == "batchnorm":
            layers.append(nn.BatchNorm1d(channels) if flat else nn.BatchNorm2d(channels))
        elif kind == "sigmoid":
            layers.append(nn.Sigmoid())
        elif kind == "relu":
            layers.append(nn.ReLU(inplace=True))
        elif kind == "maxpool":
            layers.append(nn.MaxPool2d(options["kernel"], options["stride"]))
            height, width = height // options["stride"], width // options["stride"]
        elif kind == "avgpool":
            size = options["kernel"]
            layers.append(nn.AvgPool2d(size, options["stride"], size // 2, count_include_pad=False))
        elif kind == "global-avgpool":
            layers.append(nn.AdaptiveAvgPool2d(1))
            height = width = 1
        elif kind == "concat":
            branches = [build(branch, (channels, height, width), flat) for branch in options]
            layers.append(Concat([module for module, _ in branches]))
            channels = sum(end[0] for _, end in branches)
        else:
            raise ValueError(f"unknown layer {kind}")
    return nn.Sequential(*layers), (channels, height, width)


def prepare(task):
    work = task["work"]
    torch.set_num_threads(task["threads"] if task["variant"] != "blas" else 1)
    torch.manual_seed(1)
    # Whoever trains pixels in a network of dense layers gives it rows.
    convolves = any(isinstance(each, dict) and "conv2d" in each for each in work["network"])
    model, _ = build(work["network"], work["input"], False)
    x = torch.rand(work["batch"], *work["input"])
    y = torch.randint(10, (work["batch"],))
    if convolves and task["variant"] == "channels_last":
        model = model.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=work["learningRate"])
    loss_of = nn.CrossEntropyLoss()
    model.train()

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss_of(model(x), y).backward()
        optimizer.step()

    return step


def timed(step, steps):
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return (time.perf_counter() - start) * 1000 / steps


def reply(message):
    print(json.dumps(message), flush=True)


try:
    step = prepare(json.loads(sys.stdin.readline()))
    estimate = timed(step, 1)
    reply({"versions": {"torch": torch.__version__, "python": sys.version.split()[0]}})
    for line in sys.stdin:
        budget = json.loads(line)["budget"]
        end = time.perf_counter() + budget / 1000
        estimate = timed(step, math.ceil(budget / 4 / estimate))
        steps = max(1, round(5 / estimate))
        times = []
        while not times or time.perf_counter() < end:
            times.append(timed(step, steps))
        reply({"times": times})
except Exception as error:
    reply({"error": str(error)})
