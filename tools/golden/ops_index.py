#!/usr/bin/python3
"""Writes src/op/testdata/golden_index.json: what PyTorch and NumPy say of gathering and scattering in several dimensions.
Usage: ops_index.py [FILE]"""
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

import make_ops
from make_ops import NUMPY, Tensor, any_tensor, case, cases, floats, integers

here = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "op", "testdata", "golden_index.json")
make_ops.rng.seed(20240703)
cases.clear()

REDUCTIONS = {"none": None, "add": np.add.at, "mul": np.multiply.at, "max": np.maximum.at, "min": np.minimum.at}


def positions(*extents, shape):
    return np.stack([make_ops.rng.randint(0, n, shape) for n in extents], -1)


def reduced(x, at, updates, how):
    y = x.copy()
    if how == "none":
        y[at] = updates  # NumPy keeps the last
    else:
        REDUCTIONS[how](y, at, updates)
    return y


for dtype in NUMPY:
    x, ids = any_tensor(dtype, (4, 3, 2)), Tensor("i64", positions(4, 3, shape=(5,)))
    case("gather_nd", [x, ids], x.wide[ids.values[:, 0], ids.values[:, 1]])
x = floats("f32", (2, 3, 4))
ids = Tensor("i32", make_ops.rng.randint(0, 3, (2, 5, 1)))
case("gather_nd", [x, ids], np.stack([x.wide[b][ids.values[b, :, 0]] for b in range(2)]), batch_dims=1)
ids = Tensor("u8", positions(3, 4, shape=(2, 3)))
case("gather_nd", [x, ids], np.stack([x.wide[b][ids.values[b, :, 0], ids.values[b, :, 1]] for b in range(2)]), batch_dims=1)
case("gather_nd", [x, Tensor("i64", np.zeros((2, 0)))], np.stack([x.wide, x.wide]))

for how in REDUCTIONS:
    for dtype in ("f64", "f32", "f16", "bf16", "i64", "i32", "i8") + (("bool",) if how == "none" else ()):
        x, ids, updates = any_tensor(dtype, (3, 4)), integers("i64", (2, 4), 0, 3), any_tensor(dtype, (2, 4))
        if how in ("add", "mul") and dtype in ("i8", "i32"):
            x, updates = integers(dtype, (3, 4), -5, 6), integers(dtype, (2, 4), -5, 6)
        case("scatter_elements", [x, ids, updates], reduced(x.wide, (ids.values, np.arange(4)[None]), updates.wide, how), axis=0,
             reduction=how)
        x, ids, updates = any_tensor(dtype, (4, 3)), integers("i64", (6, 1), 0, 4), any_tensor(dtype, (6, 3))
        case("scatter_nd", [x, ids, updates], reduced(x.wide, (ids.values[:, 0],), updates.wide, how), reduction=how)
    x, ids, updates = floats("f32", (3, 4, 2)), integers("i32", (2, 5, 1), 0, 4), floats("f32", (2, 5, 1))
    at = np.arange(2)[:, None, None], ids.values, np.zeros((1, 1, 1), int)
    case("scatter_elements", [x, ids, updates], reduced(x.wide, at, updates.wide, how), axis=-2, reduction=how)
    x, ids, updates = floats("f32", (3, 4, 2)), Tensor("i64", positions(3, 4, shape=(2, 3))), floats("f32", (2, 3, 2))
    case("scatter_nd", [x, ids, updates], reduced(x.wide, (ids.values[..., 0], ids.values[..., 1]), updates.wide, how),
         reduction=how)

for dtype in ("f32", "i32"):
    x = any_tensor(dtype, (2, 3, 6, 4))
    y, indices = F.max_pool2d(torch.from_numpy(x.wide).double(), 2, return_indices=True)
    pooled = Tensor(dtype, y.numpy())
    expected = F.max_unpool2d(y, indices, 2, output_size=(6, 4)).numpy()
    case("max_unpool", [pooled, Tensor("i64", indices.numpy())], expected, extents=(6, 4))
x = floats("f64", (2, 9))
y, indices = F.max_pool1d(torch.from_numpy(x.wide), 3, 2, return_indices=True)
case("max_unpool", [Tensor("f64", y.numpy()), Tensor("i32", indices.numpy())],
     F.max_unpool1d(y[None], indices[None], 3, 2, output_size=(9,)).numpy()[0], extents=(9,))

make_ops.write(out, cases)
