#!/usr/bin/python3
"""Writes src/op/testdata/golden_rows.json: what PyTorch and NumPy say of rows by ids. Usage: ops_rows.py [FILE]"""
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

import make_ops
from make_ops import INTEGERS, Tensor, cases, any_tensor, floats, integers, tensor_json

here = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "op", "testdata", "golden_rows.json")
make_ops.rng.seed(20241009)
cases.clear()


def case(op, inputs, *expected, **attributes):
    results = [tensor_json(e) for e in expected]
    cases.append({"op": op, "attributes": attributes, "inputs": [tensor_json(t) for t in inputs],
                  "expected": results if len(results) > 1 else results[0]})


def embedding(weight, ids, padding=None):
    return F.embedding(torch.from_numpy(ids.wide), torch.from_numpy(weight.wide), padding_idx=padding).numpy()


def embedding_gradient(ids, updates, rows):
    """What PyTorch's sparse embedding leaves in its weight: uncoalesced, and coalesced."""
    width = updates.wide.shape[ids.wide.ndim:]
    weight = torch.zeros((rows, int(np.prod(width))), dtype=torch.float64, requires_grad=True)
    flat = torch.from_numpy(updates.wide.astype(np.float64)).reshape(ids.wide.size, -1)
    F.embedding(torch.from_numpy(ids.wide.reshape(-1).astype(np.int64)), weight, sparse=True).backward(flat)
    return weight.grad, width


def merged(ids, updates, rows):
    grad, width = embedding_gradient(ids, updates, rows)
    grad = grad.coalesce()
    positions = np.full(ids.wide.size, -1)
    sums = np.zeros((ids.wide.size,) + width)
    found = grad.indices().shape[1]
    positions[:found] = grad.indices().numpy()[0]
    sums[:found] = grad.values().numpy().reshape((found,) + width)
    return Tensor("i64", positions), Tensor(updates.dtype, sums)


for dtype in ("f64", "f32", "f16", "bf16"):
    table, ids = floats(dtype, (6, 3)), integers("i64", (2, 4), 0, 6)
    for sparse in (False, True):
        case("lookup", [table, ids], Tensor(dtype, embedding(table, ids)), sparse=sparse)
    case("lookup", [table, ids], Tensor(dtype, embedding(table, ids, 2)), sparse=True, padding=2)

for dtype in ("f64", "f32", "f16", "bf16") + INTEGERS:
    for id_type, shape in (("i64", (7,)), ("i32", (3, 2)), ("u8", ())):
        ids = integers(id_type, shape, 0, 5)
        updates = floats(dtype, shape + (3,)) if dtype in make_ops.FLOATS else integers(dtype, shape + (3,))
        grad, width = embedding_gradient(ids, updates, 5)
        case("dense_rows", [ids, updates], Tensor(dtype, grad.to_dense().numpy().reshape((5,) + width)), rows=[5])
        case("merge_rows", [ids, updates], *merged(ids, updates, 5))
# More than one row's worth of dimensions, scalars as rows, many ids, ids of no row.
for shape, row, rows in (((5,), (2, 2), 4), ((9,), (), 3), ((700,), (2,), 300)):
    ids, updates = integers("i64", shape, 0, rows), floats("f64", shape + row)
    case("merge_rows", [ids, updates], *merged(ids, updates, rows))
ids, updates = Tensor("i64", [3, -1, 0, 3, -1]), floats("f32", (5, 2))
real = ids.values >= 0
positions, sums = merged(Tensor("i64", ids.values[real]), Tensor("f32", updates.values[real]), 4)
case("merge_rows", [ids, updates], Tensor("i64", np.r_[positions.values, -1, -1]),
     Tensor("f32", np.r_[sums.values, np.zeros((2, 2))]))
dense = np.zeros((4, 2))
np.add.at(dense, ids.values[real], updates.wide[real])
case("dense_rows", [ids, updates], Tensor("f32", dense), rows=[4])

for dtype in ("f64", "f32", "f16", "bf16", "bool") + INTEGERS:
    for id_type, shape in (("i64", (3,)), ("i16", (2, 2)), ("u8", ())):
        x, rows, at = any_tensor(dtype, (6, 3)), any_tensor(dtype, shape + (3,)), integers(id_type, shape, 0, 6)
        y = x.wide.copy()
        y[at.values] = rows.wide  # NumPy keeps the last
        case("set_rows", [x, at, rows], Tensor(dtype, y))
x, rows, at = floats("f32", (4, 2)), floats("f32", (4, 2)), Tensor("i64", [2, -1, 2, -1])
y = x.wide.copy()
y[2] = rows.wide[2]
case("set_rows", [x, at, rows], Tensor("f32", y))

make_ops.write(out, cases)
