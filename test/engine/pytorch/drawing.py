"""Random tensors and how they are written: inputs are rounded to float32, so that both sides start from the same."""

import torch


def draw(*shape, scale=1.0, shift=0.0):
    return (torch.randn(*shape) * scale + shift).to(torch.float32).to(torch.float64)


def numbers(tensor):
    return digits(tensor, 8)


def exact(tensor):
    """Inputs keep their float32: nine digits tell it from its neighbours."""
    return digits(tensor, 9)


def digits(tensor, count):
    return [float(f"{value:.{count}g}") for value in tensor.detach().reshape(-1).tolist()]
