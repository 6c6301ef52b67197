#!/usr/bin/python3
"""Writes src/op/testdata/golden_network.json: what PyTorch says of attention and recurrent cells. Usage: ops_network.py [FILE]

Attention is written out in PyTorch's matrix products and softmax; so is the gated recurrent unit that resets before its product.
"""
import math
import os
import sys

import numpy as np
import torch

import make_ops
from make_ops import Tensor, case, cases, tensor_json

here = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "op", "testdata", "golden_network.json")
make_ops.rng.seed(20240915)
cases.clear()


def floats(dtype, shape):
    """Few digits, which keeps the file small."""
    return Tensor(dtype, np.round(make_ops.rng.uniform(-1, 1, shape), 2))


def torch_of(t):
    return torch.from_numpy(np.ascontiguousarray(t.wide))


def attention(q, k, v, mask=None, causal=False, scale=0.0):
    q, k, v = (torch_of(t) for t in (q, k, v))
    if q.dim() > 2:
        k, v = (t.repeat_interleave(q.shape[-3] // t.shape[-3], -3) for t in (k, v))
    scores = q @ k.transpose(-1, -2) * (scale or 1 / math.sqrt(q.shape[-1]))
    if mask is not None:
        scores = scores + torch_of(mask)
    if causal:
        scores = scores.masked_fill(~torch.ones(scores.shape[-2:]).tril().bool(), -math.inf)
    return (scores.softmax(-1) @ v).numpy()


ATTENTION = [
    ("f32", (2, 3, 4, 2), (2, 3, 5, 2), (2, 3, 5, 3), None, {}),
    ("f64", (2, 4, 3, 2), (2, 2, 3, 2), (2, 2, 3, 2), (3, 3), {"causal": True}),
    ("f64", (6, 3, 2), (2, 4, 2), (2, 4, 1), (6, 1, 4), {"scale": 0.7}),
    ("f32", (3, 2), (5, 2), (5, 4), (), {}),
    ("f32", (1, 4, 3), (1, 2, 3), (1, 2, 2), None, {"causal": True}),
    ("bf16", (2, 3, 4), (1, 3, 4), (1, 3, 2), None, {}),
]
for dtype, q, k, v, mask, attributes in ATTENTION:
    inputs = [floats(dtype, s) for s in (q, k, v, mask) if s is not None]
    case("attention", inputs, attention(*inputs, **attributes), **attributes)


def reset_before(x, h, wx, wh, bx, bh):
    (xr, xz, xn), (wr, wz, wn), (br, bz, bn) = (x @ wx.T + bx).chunk(3, 1), wh.chunk(3), bh.chunk(3)
    r, z = torch.sigmoid(xr + h @ wr.T + br), torch.sigmoid(xz + h @ wz.T + bz)
    return (1 - z) * torch.tanh(xn + (r * h) @ wn.T + bn) + z * h


def lstm_outputs(x, h, c, *weights):
    return torch.lstm_cell(x, (h, c), *weights)


CELLS = [
    ("rnn_cell", 1, 1, torch.rnn_tanh_cell, {}),
    ("rnn_cell", 1, 1, torch.rnn_relu_cell, {"activation": "relu"}),
    ("lstm_cell", 2, 4, lstm_outputs, {}),
    ("gru_cell", 1, 3, torch.gru_cell, {}),
    ("gru_cell", 1, 3, reset_before, {"linear_before_reset": False}),
]
for op, states, gates, function, attributes in CELLS:
    for dtype, n, i, s, biases in (("f32", 2, 3, 4, True), ("f64", 3, 2, 1, False), ("f16", 1, 4, 3, True)):
        shapes = [(n, i)] + [(n, s)] * states + [(gates * s, i), (gates * s, s)] + [(gates * s,)] * 2 * biases
        inputs = [floats(dtype, shape) for shape in shapes]
        wide = [torch_of(t) for t in inputs] + [torch.zeros(gates * s, dtype=torch.float64)] * 2 * (not biases)
        results = function(*wide)
        results = results if isinstance(results, tuple) else (results,)
        case(op, inputs, results[0].numpy(), **attributes)
        cases[-1]["expected"] = [tensor_json(Tensor(dtype, r.numpy())) for r in results]

make_ops.write(out, cases)
