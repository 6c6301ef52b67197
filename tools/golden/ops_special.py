#!/usr/bin/python3
"""Writes src/op/testdata/golden_special.json: what NumPy and PyTorch say of scans, orders, Fourier transforms and
factorizations. Usage: ops_special.py [FILE]"""
import os
import sys

import numpy as np
import torch

import make_ops
from make_ops import FLOATS, INTEGERS, NUMPY, Tensor, any_tensor, attribute_json, bools, floats, integers, tensor_json

here = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "op", "testdata", "golden_special.json")
make_ops.rng.seed(20240611)
cases = []


def case(op, inputs, *expected, looser=1, **attributes):
    """`expected`: pairs of an element type and values in wide arithmetic."""
    results = [tensor_json(Tensor(dtype, values)) for dtype, values in expected]
    row = {"op": op, "attributes": {k: attribute_json(v) for k, v in attributes.items()},
           "inputs": [tensor_json(t) for t in inputs], "expected": results if len(results) > 1 else results[0]}
    cases.append(row | {"looser": looser} if looser != 1 else row)


# Running sums and products.
def scanned(f, x, axis, exclusive, reverse, identity):
    x = np.flip(x, axis) if reverse else x
    y = f(x, axis=axis, dtype=x.dtype)
    if exclusive:
        first = np.full_like(np.take(y, [0], axis=axis), identity)
        y = np.concatenate([first, np.delete(y, -1, axis=axis)], axis=axis)
    return np.flip(y, axis) if reverse else y


for dtype in FLOATS + INTEGERS:
    for axis, exclusive, reverse in [(-1, False, False), (0, False, True), (1, True, False), (-1, True, True)]:
        x = any_tensor(dtype, (3, 5))
        wrapped = x.wide if dtype in FLOATS else x.values
        attributes = {"axis": axis, "exclusive": exclusive, "reverse": reverse}
        # Partial sums are rounded to f32 where the elements are f16 or bf16, which f64 is not.
        case("cumsum", [x], (dtype, scanned(np.cumsum, wrapped, axis, exclusive, reverse, 0)), **attributes)
        case("cumprod", [x], (dtype, scanned(np.cumprod, wrapped, axis, exclusive, reverse, 1)), **attributes)

NAN = float("nan")
for op, f in (("cummax", torch.cummax), ("cummin", torch.cummin)):
    for dtype in ("f64", "f32", "i64", "i32", "i16", "i8", "u8"):
        for axis in (0, 1):
            # PyTorch gives the last of equal elements, so there are none here.
            n = 12
            x = Tensor(dtype, make_ops.rng.permutation(n).reshape(3, 4) - (0 if dtype == "u8" else 5))
            values, positions = f(torch.tensor(x.values), axis)
            case(op, [x], (dtype, values.numpy()), ("i64", positions.numpy()), axis=axis)
    x = Tensor("f64", [1.0, 3.0, -2.0, NAN, 5.0, -7.0])
    values, positions = f(torch.tensor(x.values), 0)
    positions = np.minimum(positions.numpy(), 3)  # of several NaN the first
    case(op, [x], ("f64", values.numpy()), ("i64", positions))
ties = Tensor("f32", [2.0, 2.0, 1.0, 3.0, 3.0])
case("cummax", [ties], ("f32", [2, 2, 2, 3, 3]), ("i64", [0, 0, 0, 3, 3]))
case("cummin", [ties], ("f32", [2, 2, 1, 1, 1]), ("i64", [0, 0, 2, 2, 2]))
case("cummax", [ties], ("f32", [3, 3, 3, 3, 3]), ("i64", [4, 4, 4, 4, 4]), reverse=True)

# A recurrence with a constant coefficient is a convolution with its powers.
def filtered(b, a, initial, reverse):
    b = b[:, ::-1] if reverse else b
    k = np.arange(b.shape[1])
    powers = np.where(k[:, None] >= k, a ** np.maximum(k[:, None] - k, 0.0), 0)
    y = b @ powers.T + initial[:, None] * a ** (k + 1)
    return y[:, ::-1] if reverse else y


for dtype in FLOATS:
    for reverse in (False, True):
        b, initial = floats(dtype, (3, 6)), floats(dtype, (3,))
        a = Tensor(dtype, np.full((3, 6), 0.75))
        case("linear_recurrence", [a, b], (dtype, filtered(b.wide, 0.75, np.zeros(3), reverse)), axis=1, reverse=reverse)
        case("linear_recurrence", [a, b, initial], (dtype, filtered(b.wide, 0.75, initial.wide, reverse)), axis=-1,
             reverse=reverse)
a, b, initial = floats("f64", (5, 2)), floats("f64", (5, 2)), floats("f64", (2,))
h, rows = torch.tensor(initial.values), []
for k in range(5):
    h = torch.addcmul(torch.tensor(b.values[k]), torch.tensor(a.values[k]), h)
    rows.append(h.numpy())
case("linear_recurrence", [a, b, initial], ("f64", np.stack(rows)), axis=0)

make_ops.write(out, cases)
