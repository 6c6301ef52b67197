#!/usr/bin/python3
"""Writes src/op/testdata/golden_shape.json: what NumPy and PyTorch say of pads, blocks, diagonals and ranges.
Usage: ops_shape.py [FILE]"""
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

import make_ops
from make_ops import NUMPY, Tensor, any_tensor, case, cases, floats

here = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "op", "testdata", "golden_shape.json")
make_ops.rng.seed(20240702)
cases.clear()

for mode in ("edge", "reflect", "wrap"):
    for shape, low, high in [((5,), (4,), (3,)), ((3, 5), (2, 0), (1, 4)), ((2, 3, 4), (0, 2, 1), (1, 1, 3)), ((4,), (0,), (2,))]:
        x = floats("f32", shape)
        low = tuple(min(p, n - 1) for p, n in zip(low, shape))
        high = tuple(min(p, n - 1) for p, n in zip(high, shape))
        case("pad", [x], np.pad(x.wide, list(zip(low, high)), mode), low=low, high=high, mode=mode)
    x = floats("f32", (4, 6))
    y = np.pad(x.wide, ((0, 2), (3, 0)), mode)[1:, :-2]
    case("pad", [x], y, low=(-1, 3), high=(2, -2), mode=mode)
    for dtype in ("bf16", "i8", "bool"):
        x = any_tensor(dtype, (4,))
        case("pad", [x], np.pad(x.wide, ((2, 1),), mode), low=(2,), high=(1,), mode=mode)
case("pad", [Tensor("i32", [1, 2])], np.array([1] * 5 + [1, 2]), low=(5,), high=(0,), mode="edge")
case("pad", [Tensor("i32", [1, 2])], np.array([1, 2, 1, 2, 1, 2]), low=(2,), high=(2,), mode="wrap")

for dtype in NUMPY:
    x = any_tensor(dtype, (3, 4))
    case("roll", [x], np.roll(x.wide, 1, 0), shifts=(1,), axes=(0,))
    case("tile", [x], np.tile(x.wide, (2, 3)), repeats=(2, 3))
    case("repeat_interleave", [x], np.repeat(x.wide, 3, 1), count=3, axis=1)
    case("tril", [x], np.tril(x.wide))
    case("triu", [x], np.triu(x.wide))
    case("diagonal", [x], np.diagonal(x.wide))
    case("eye", [], np.eye(3, 4), dtype, rows=3, columns=4, dtype=dtype)
x = floats("f32", (2, 3, 5))
case("roll", [x], np.roll(x.wide, (4, -8), (1, 2)), shifts=(4, -8), axes=(1, -1))
case("tile", [x], np.tile(x.wide, (1, 2, 1)), repeats=(1, 2, 1))
case("repeat_interleave", [x], np.repeat(x.wide, 2, 0), count=2, axis=-3)
for k in (-2, -1, 1, 4, 7):
    case("tril", [x], np.tril(x.wide, k), k=k)
    case("triu", [x], np.triu(x.wide, k), k=k)
    case("eye", [], np.eye(3, 5, k), "f32", rows=3, columns=5, k=k)
    if abs(k) < 5:
        case("diagonal", [x], np.diagonal(x.wide, k, 1, 2), k=k, axis1=1, axis2=2)
case("diagonal", [x], np.diagonal(x.wide, 1, 2, 0), k=1, axis1=-1, axis2=0)

# Mode CRD is PyTorch's; DCR after the definition of the Open Neural Network Exchange.
for dtype in ("f32", "i8"):
    x = any_tensor(dtype, (2, 12, 2, 3))
    n, c, h, w = x.wide.shape
    case("depth_to_space", [x], F.pixel_shuffle(torch.from_numpy(x.wide), 2).numpy(), block=2, mode="CRD")
    y = x.wide.reshape(n, 2, 2, c // 4, h, w).transpose(0, 3, 4, 1, 5, 2).reshape(n, c // 4, h * 2, w * 2)
    case("depth_to_space", [x], y, block=2)
    x = any_tensor(dtype, (1, 2, 6, 9))
    case("space_to_depth", [x], F.pixel_unshuffle(torch.from_numpy(x.wide), 3).numpy(), block=3, mode="CRD")
    y = x.wide.reshape(1, 2, 2, 3, 3, 3).transpose(0, 3, 5, 1, 2, 4).reshape(1, 18, 2, 3)
    case("space_to_depth", [x], y, block=3)
    x = any_tensor(dtype, (2, 6, 2, 2))
    case("channel_shuffle", [x], F.channel_shuffle(torch.from_numpy(x.wide), 3).numpy(), groups=3)

for dtype, start, stop, step in [("i64", 0, 5, 1), ("i32", 2, 11, 3), ("i8", 5, -4, -2), ("f32", 0, 1, 0.25), ("f64", 1, 0, -0.3),
                                 ("f16", 0, -1, 1), ("bf16", -1, 1, 0.125), ("u8", 250, 256, 1)]:
    case("arange", [], np.arange(start, stop, step, np.float64), dtype, start=float(start), stop=float(stop), step=float(step),
         dtype=dtype)

make_ops.write(out, cases)
