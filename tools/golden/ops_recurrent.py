#!/usr/bin/python3
"""Writes src/op/testdata/golden_recurrent.json: recurrent networks over sequences. Usage: ops_recurrent.py [FILE]

What PyTorch has (both directions, packed sequences of different lengths, first states) comes from its modules; peepholes,
clipping, coupled gates and other activations from the reference below, which follows the text of the ONNX operators; but c is
not clipped, as it is not in ONNX Runtime.
"""
import os
import sys

import numpy as np
import torch

import make_ops
from make_ops import Tensor, case, cases, tensor_json

here = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "op", "testdata", "golden_recurrent.json")
make_ops.rng.seed(20241007)
cases.clear()
torch.set_default_dtype(torch.float64)

GATES = {"rnn": "h", "lstm": "ifgo", "gru": "rzn"}


def floats(dtype, shape):
    """Few digits, which keeps the file small."""
    return Tensor(dtype, np.round(make_ops.rng.uniform(-1, 1, shape), 2))


def operands(op, dtype, n, batch, i, s, *, d=1, bias=False, lengths=None, states=False, peepholes=False, batch_first=False):
    rows = len(GATES[op]) * s
    outer = (batch, n) if batch_first else (n, batch)
    inputs = [floats(dtype, outer + (i,)), floats(dtype, (d, rows, i)), floats(dtype, (d, rows, s))]
    if bias:
        inputs.append(floats(dtype, (d, 2 * rows)))
    if lengths:
        inputs.append(Tensor("i64", lengths))
    if states:
        inputs += [floats(dtype, (batch, d, s) if batch_first else (d, batch, s)) for _ in range(2 if op == "lstm" else 1)]
    if peepholes:
        inputs.append(floats(dtype, (d, 3 * s)))
    return inputs


def add(op, inputs, results, **attributes):
    case(op, inputs, results[0], **attributes)
    cases[-1]["expected"] = [tensor_json(Tensor(inputs[0].dtype, r)) for r in results]


def by_torch(op, inputs, d, lengths, states, batch_first, bias, activation):
    x, w, r, *rest = (torch.from_numpy(t.wide.copy()) for t in inputs)
    s, i = r.shape[2], x.shape[2]
    kinds = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
    more = {"nonlinearity": activation} if op == "rnn" else {}
    net = kinds[op](i, s, bias=bias, batch_first=batch_first, bidirectional=d == 2, **more)
    b = rest.pop(0) if bias else None
    lengths = rest.pop(0) if lengths else None
    with torch.no_grad():
        for k, suffix in enumerate(("", "_reverse")[:d]):
            getattr(net, "weight_ih_l0" + suffix).copy_(w[k])
            getattr(net, "weight_hh_l0" + suffix).copy_(r[k])
            if bias:
                for name, half in zip(("bias_ih_l0", "bias_hh_l0"), b[k].chunk(2)):
                    getattr(net, name + suffix).copy_(half)
        first = None
        if states:
            first = tuple(t.transpose(0, 1).contiguous() if batch_first else t for t in rest)
            first = first if op == "lstm" else first[0]
        if lengths is not None:
            x = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first, enforce_sorted=False)
        y, last = net(x, first)
        if lengths is not None:
            y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, batch_first, total_length=inputs[0].values.shape[batch_first])
    y = y.reshape(*y.shape[:2], d, s)  # [n, batch, d, s], or [batch, n, d, s]
    y = y if batch_first else y.transpose(1, 2)
    last = last if op == "lstm" else (last,)
    return [y.numpy()] + [t.transpose(0, 1).numpy() if batch_first else t.numpy() for t in last]


TORCH = [
    ("f32", (3, 2, 3, 2), dict(d=1)),
    ("f64", (4, 3, 2, 3), dict(d=2, bias=True)),
    ("f32", (4, 3, 2, 2), dict(d=2, bias=True, lengths=[2, 4, 1], states=True)),
    ("f64", (3, 2, 2, 2), dict(d=1, bias=True, lengths=[3, 1], batch_first=True)),
    ("f32", (2, 2, 3, 1), dict(d=2, states=True, batch_first=True)),
    ("f16", (2, 1, 2, 2), dict(d=1, bias=True, states=True)),
]
for op in GATES:
    for k, (dtype, extents, options) in enumerate(TORCH):
        inputs = operands(op, dtype, *extents, **options)
        option = options.get
        activation = "relu" if k % 2 else "tanh"
        results = by_torch(op, inputs, option("d"), option("lengths"), option("states"), bool(option("batch_first")),
                           bool(option("bias")), activation)
        attributes = {"has_" + name: True for name in ("bias", "lengths", "states") if option(name)}
        attributes.update({"batch_first": True} if option("batch_first") else {})
        attributes.update({"direction": "bidirectional"} if option("d") == 2 else {})
        if op == "rnn" and activation == "relu":
            attributes["activations"] = "relu,relu" if option("d") == 2 else "relu"
        add(op, inputs, results, **attributes)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


ACTIVATIONS = {
    "tanh": np.tanh, "sigmoid": sigmoid, "relu": lambda x: np.maximum(x, 0), "soft_sign": lambda x: x / (1 + np.abs(x)),
    "softplus": lambda x: np.log1p(np.exp(x)), "elu(0.5)": lambda x: np.where(x > 0, x, 0.5 * np.expm1(x)),
    "leaky_relu(0.1)": lambda x: np.where(x > 0, x, 0.1 * x), "affine(0.3,0.5)": lambda x: 0.3 * x + 0.5,
    "hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1), "scaled_tanh(0.5,2)": lambda x: 0.5 * np.tanh(2 * x),
    "thresholded_relu(0.2)": lambda x: np.where(x > 0.2, x, 0),
}


def by_steps(op, inputs, direction="forward", activations=None, clip=0.0, gates=None, has_bias=False, has_lengths=False,
             has_states=False, has_peepholes=False, coupled=False, linear_before_reset=True):
    x, w, r, *rest = (t.wide for t in inputs)
    d, s, (n, batch, _) = w.shape[0], r.shape[2], x.shape
    gates = gates or GATES[op]
    b = rest.pop(0) if has_bias else np.zeros((d, 2 * len(gates) * s))
    lengths = rest.pop(0) if has_lengths else np.full(batch, n)
    states = [rest.pop(0) if has_states else np.zeros((d, batch, s)) for _ in range(2 if op == "lstm" else 1)]
    p = rest.pop(0) if has_peepholes else np.zeros((d, 3 * s))
    y = np.zeros((n, d, batch, s))
    last = [t.copy() for t in states]
    for k in range(d):
        bound = (lambda v: np.clip(v, -clip, clip)) if clip else (lambda v: v)
        f = [lambda v, name=name: ACTIVATIONS[name](bound(v)) for name in activations[k]]
        part = lambda t, gate: np.split(t, len(gates))[gates.index(gate)]
        half = np.split(b[k], 2)
        peep = dict(zip(gates.replace("g", ""), np.split(p[k], 3))) if op == "lstm" else {}
        for m in range(batch):
            h = states[0][k, m]
            c = states[1][k, m] if op == "lstm" else None
            order = range(lengths[m])
            for t in reversed(order) if direction == "reverse" or k == 1 else order:
                a = {g: x[t, m] @ part(w[k], g).T + part(half[0], g) for g in gates}
                u = {g: h @ part(r[k], g).T + part(half[1], g) for g in gates}
                if op == "rnn":
                    h = f[0](a["h"] + u["h"])
                elif op == "gru":
                    reset, z = f[0](a["r"] + u["r"]), f[0](a["z"] + u["z"])
                    inner = reset * u["n"] if linear_before_reset else (reset * h) @ part(r[k], "n").T + part(half[1], "n")
                    h = (1 - z) * f[1](a["n"] + inner) + z * h
                else:
                    i = f[0](a["i"] + u["i"] + peep["i"] * c)
                    forget = 1 - i if coupled else f[0](a["f"] + u["f"] + peep["f"] * c)
                    c = forget * c + i * f[1](a["g"] + u["g"])
                    h = f[0](a["o"] + u["o"] + peep["o"] * c) * ACTIVATIONS[activations[k][2]](c)
                y[t, k, m] = h
            for which, value in enumerate((h, c)[:len(last)]):
                last[which][k, m] = value
    return [y] + last


STEPS = [
    ("rnn", "f32", (3, 2, 2, 3), dict(direction="reverse", has_bias=True, clip=0.4), [["soft_sign"]]),
    ("rnn", "f64", (4, 2, 2, 2), dict(direction="bidirectional", has_lengths=[3, 0]), [["scaled_tanh(0.5,2)"], ["elu(0.5)"]]),
    ("rnn", "f32", (3, 2, 2, 3), dict(), [["thresholded_relu(0.2)"]]),
    ("lstm", "f32", (3, 2, 3, 2), dict(has_bias=True, has_states=True, has_peepholes=True), [["sigmoid", "tanh", "tanh"]]),
    ("lstm", "f64", (3, 3, 2, 2), dict(has_bias=True, has_lengths=[3, 2, 0], has_states=True, has_peepholes=True,
                                      direction="bidirectional", gates="iofg"), [["sigmoid", "tanh", "tanh"]] * 2),
    ("lstm", "f32", (3, 2, 2, 2), dict(direction="reverse", has_peepholes=True, coupled=True, clip=0.3),
     [["hard_sigmoid", "softplus", "relu"]]),
    ("gru", "f32", (3, 2, 3, 2), dict(has_bias=True, has_states=True, linear_before_reset=False), [["sigmoid", "tanh"]]),
    ("gru", "f64", (3, 2, 2, 2), dict(has_bias=True, has_lengths=[1, 3], linear_before_reset=False, gates="zrn",
                                      direction="bidirectional"), [["sigmoid", "tanh"], ["affine(0.3,0.5)", "leaky_relu(0.1)"]]),
    ("gru", "f32", (3, 2, 2, 2), dict(direction="reverse", has_bias=True, clip=0.5), [["hard_sigmoid", "tanh"]]),
]
for op, dtype, extents, attributes, names in STEPS:
    given = {k: bool(v) if k == "has_lengths" else v for k, v in attributes.items()}
    inputs = operands(op, dtype, *extents, d=len(names), bias="has_bias" in given, lengths=attributes.get("has_lengths"),
                      states="has_states" in given, peepholes="has_peepholes" in given)
    results = by_steps(op, inputs, activations=names, **given)
    add(op, inputs, results, activations=",".join(a for direction in names for a in direction), **given)

make_ops.write(out, cases)
