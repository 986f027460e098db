"""Writes ONNX's own published tests of BatchNormalization beside this file: a model, its inputs and its outputs each.

They are made by the package onnx itself with numbers that it seeds; written with onnx 1.12. Run as `python3 make.py`.
"""

import pathlib

from onnx import numpy_helper
from onnx.backend.test.case import node
from onnx.backend.test.case.node import batchnorm  # noqa: F401, which adds its cases to the list

for case in node._NodeTestCases:
    folder = pathlib.Path(__file__).parent / case.name
    folder.mkdir(exist_ok=True)
    (folder / "model.onnx").write_bytes(case.model.SerializeToString())
    ((inputs, outputs),) = case.data_sets
    sides = {
        "input": zip(inputs, case.model.graph.input),
        "output": zip(outputs, case.model.graph.output),
    }
    for side, pairs in sides.items():
        for index, (array, value) in enumerate(pairs):
            tensor = numpy_helper.from_array(array, value.name)
            (folder / f"{side}_{index}.pb").write_bytes(tensor.SerializeToString())
