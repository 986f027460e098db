"""Makes the NPZ files and resize.json here: what NumPy writes and what PyTorch scales, for tests to compare with.

Run with a Python that has numpy and torch (made with 1.24 and 1.13): python3 fixtures.py && npm run format
"""

import io
import json
import pathlib
import zipfile

import numpy as np
import torch

here = pathlib.Path(__file__).parent


def counting(dtype):
    """-5, -4 and so on as far as the type has them, eighths for floats."""
    values = np.arange(24) - 5
    if np.dtype(dtype).kind == "f":
        values = values / 8
    if np.dtype(dtype).kind in "ub":
        values = values + 5
    return values.reshape(2, 3, 4).astype(dtype)


def types():
    names = ["?", "u1", "i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f4", "<f8"]
    arrays = {name.strip("<").replace("?", "b1"): counting(name) for name in names}
    arrays.update({f"big_{name}": counting(">" + name) for name in ["i2", "i4", "i8", "f4", "f8"]})
    arrays["fortran"] = np.asfortranarray(counting("<i4"))
    arrays["fortran_bytes"] = np.asfortranarray(counting("u1"))
    arrays["scalar"] = np.float64(1.5)
    arrays["empty"] = np.zeros((0, 3))
    arrays["vector"] = np.arange(3.0)
    refused = {
        "half": counting("<f2"),
        "complex": counting("<c8"),
        "text": np.array(["cat", "dog"]),
        "structured": np.zeros(2, dtype=[("x", "<f4"), ("y", "<i4")]),
    }
    np.savez(here / "types.npz", **arrays, **refused)
    np.savez_compressed(here / "types-compressed.npz", **arrays)


def versions():
    with zipfile.ZipFile(here / "versions.npz", "w") as archive:
        for version in (1, 2, 3):
            file = io.BytesIO()
            np.lib.format.write_array(file, counting("<i4"), version=(version, 0))
            archive.writestr(f"v{version}.npy", file.getvalue())


def data_sets():
    pixels = np.arange(12 * 4 * 5).reshape(12, 4, 5).astype("u1")
    labels = np.array([7, 3, 5] * 4)
    np.savez_compressed(
        here / "images.npz",
        x_train=pixels, y_train=labels, x_test=pixels[:3] + 1, y_test=labels[:3],
        colours=np.arange(12 * 3 * 4 * 5).reshape(12, 3, 4, 5).astype("f4"),
        last=np.zeros((12, 8, 8, 3), "u1"), y_column=labels[:, None], one_hot=np.eye(12)[:, :3],
        constant=np.zeros(12, "i4"), y_float=np.arange(12) / 4, many=np.zeros((12, 2, 2, 2, 2)),
        bad=np.array([[1.0, np.nan]] * 12), y_new=np.array([3, 9, 5]), huge=np.full((12, 2), 1e300),
    )


def resize():
    cases = []
    for height, width, new_height, new_width in [(7, 5, 3, 4), (4, 6, 9, 11), (8, 8, 4, 4), (5, 9, 5, 2), (1, 1, 3, 2)]:
        pixels = (torch.arange(3 * height * width) * 37 % 256).reshape(1, 3, height, width)
        scaled = torch.nn.functional.interpolate(
            pixels.double(), (new_height, new_width), mode="bilinear", antialias=True
        )
        cases.append({
            "from": [height, width], "to": [new_height, new_width],
            "pixels": pixels.flatten().tolist(),
            "scaled": [round(value, 4) for value in scaled.flatten().tolist()],
        })
    (here / "resize.json").write_text(json.dumps(cases))


types()
versions()
data_sets()
resize()
