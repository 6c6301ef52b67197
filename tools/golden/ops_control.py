#!/usr/bin/python3
"""Writes src/op/testdata/golden_control.json: what NumPy and plain Python say of operators that hold functions, of sequences,
optionals and texts. Usage: ops_control.py [FILE]"""
import os
import sys

import numpy as np

import make_ops
from make_ops import Tensor, attribute_json, floats, integers, tensor_json

here = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "op", "testdata", "golden_control.json")
make_ops.rng.seed(20240705)
cases = []


class Parts:
    """A sequence, an optional or a token: its type as text, and what it consists of."""

    def __init__(self, type_, *parts):
        self.json = {"type": type_, "parts": [value_json(p) for p in parts]}


class Texts:
    def __init__(self, *texts):
        self.json = {"dtype": "str", "shape": [len(texts)], "values": list(texts)}


class Text:
    """An attribute as it stands in a graph."""

    def __init__(self, text):
        self.text = text


def value_json(v):
    return tensor_json(v) if isinstance(v, Tensor) else v.json


def case(op, inputs, *expected, **attributes):
    results = [value_json(e) for e in expected]
    fields = {k: {"text": v.text} if isinstance(v, Text) else attribute_json(v) for k, v in attributes.items()}
    cases.append({"op": op, "attributes": fields, "inputs": [value_json(t) for t in inputs],
                  "expected": results if len(results) > 1 else results[0]})


def scalar(dtype, value):
    return Tensor(dtype, np.array(value))


AFFINE = """func @affine(%0: f64[3], %1: f64[3]) -> (f64[3]) {
  %2 = mul(%0, %1) : f64[3]
  %3 = add(%2, %0) : f64[3]
  return %3
}"""
LARGER = """func @larger(%0: f64[3], %1: f64[3]) -> (f64[3]) {
  %2 = maximum(%0, %1) : f64[3]
  return %2
}"""
for seed in range(2):
    x, y = floats("f64", (3,)), floats("f64", (3,))
    case("call", [x, y], Tensor("f64", x.values * y.values + x.values), function=Text(AFFINE))
    for truth in (True, False):
        expected = x.values * y.values + x.values if truth else np.maximum(x.values, y.values)
        case("if", [Tensor("bool", np.array(truth)), x, y], Tensor("f64", expected),
             then_branch=Text(AFFINE), else_branch=Text(LARGER))

COLLATZ_GOES_ON = """func @goes_on(%0: i64[], %1: i64[]) -> (bool[]) {
  %2 = constant {value=dense i64[] [1]} : i64[]
  %3 = greater(%0, %2) : bool[]
  return %3
}"""
COLLATZ = """func @step(%0: i64[], %1: i64[]) -> (i64[], i64[]) {
  %2 = constant {value=dense i64[] [2]} : i64[]
  %3 = constant {value=dense i64[] [3]} : i64[]
  %4 = constant {value=dense i64[] [1]} : i64[]
  %5 = constant {value=dense i64[] [0]} : i64[]
  %6 = mod(%0, %2) : i64[]
  %7 = equal(%6, %5) : bool[]
  %8 = div(%0, %2) : i64[]
  %9 = mul(%0, %3) : i64[]
  %10 = add(%9, %4) : i64[]
  %11 = where(%7, %8, %10) : i64[]
  %12 = add(%1, %4) : i64[]
  return %11, %12
}"""
for start, bound in ((27, 0), (6, 0), (27, 5), (1, 0)):
    n, steps = start, 0
    while n > 1 and (bound == 0 or steps < bound):
        n, steps = (n // 2 if n % 2 == 0 else 3 * n + 1), steps + 1
    case("while", [scalar("i64", start), scalar("i64", 0)], scalar("i64", n), scalar("i64", steps),
         condition=Text(COLLATZ_GOES_ON), body=Text(COLLATZ), bound=bound)

DECAY = """func @decay(%0: f64[2], %1: f64[2], %2: f64[2]) -> (f64[2], f64[2]) {
  %3 = mul(%0, %2) : f64[2]
  %4 = add(%3, %1) : f64[2]
  %5 = mul(%4, %1) : f64[2]
  return %4, %5
}"""
for n, reverse in ((5, False), (5, True), (0, False)):
    h0, xs, w = floats("f64", (2,)), floats("f64", (n, 2)), floats("f64", (2,))
    h, ys = h0.values.copy(), np.zeros((n, 2))
    for t in (reversed(range(n)) if reverse else range(n)):
        h = h * w.values + xs.values[t]
        ys[t] = h * xs.values[t]
    case("scan", [h0, xs, w], Tensor("f64", h), Tensor("f64", ys), body=Text(DECAY), carried=1, sequences=1, reverse=reverse)

# Sequences, as Python's lists.
a, b, c = integers("i64", (2,)), integers("i64", (3,)), integers("i64", (2,))
ANY, PAIR = "sequence(i64[?sequence_0:2..3])", "sequence(i64[2])"
any_of = "sequence(i64[?n:0..])"
case("sequence", [a, b], Parts(ANY, a, b))
case("sequence", [a, c], Parts(PAIR, a, c))
case("begin", [], Parts("token"))
case("begin", [], Parts("token"))
case("print", [Parts("token"), a], Parts("token"), text="a")
case("print", [Parts("token")], Parts("token"))
case("host_effect", [Parts("token"), a], Parts("token"), a)
case("host_effect", [Parts("token"), b], Parts("token"), b)
listed = [a, b, c]
for position in (0, 2, -1, -3):
    p = scalar("i64", position)
    case("sequence_at", [Parts(any_of, *listed), p], listed[position])
    shorter = list(listed)
    del shorter[position]
    case("sequence_erase", [Parts(any_of, *listed), p], Parts(any_of, *shorter))
for position in (0, 2, 3, -1):
    longer = list(listed)
    longer.insert(position, b)
    case("sequence_insert", [Parts(any_of, *listed), b, scalar("i64", position)], Parts("sequence(i64[?sequence_0:0..])", *longer))
case("sequence_erase", [Parts(PAIR, a, c)], Parts(PAIR, a))
case("sequence_insert", [Parts(PAIR, a), c], Parts(PAIR, a, c))
for count in (0, 1, 3):
    case("sequence_length", [Parts(any_of, *listed[:count])], scalar("i64", count))
m, n = floats("f32", (2, 3)), floats("f32", (2, 1))
rows = "sequence(f32[2,?k:0..])"
case("sequence_concatenate", [Parts(rows, m, n)], Tensor("f32", np.concatenate([m.values, n.values], 1)), axis=1)
case("sequence_concatenate", [Parts("sequence(f32[2,3])", m, m)], Tensor("f32", np.concatenate([m.values, m.values], 0)), axis=-2)
case("sequence_concatenate", [Parts("sequence(f32[2,3])", m, m)], Tensor("f32", np.stack([m.values, m.values], 1)), axis=1, stack=True)
x = floats("f32", (2, 5))
pieces = [Tensor("f32", p) for p in np.split(x.values, [2, 4], 1)]
case("split_to_sequence", [x, scalar("i64", 2)], Parts("sequence(f32[2,?piece:0..5])", *pieces), axis=1)
pieces = [Tensor("f32", p) for p in np.split(x.values, [1, 1], 1)]
case("split_to_sequence", [x, Tensor("i64", [1, 0, 4])], Parts("sequence(f32[2,?piece:0..5])", *pieces), axis=-1)
case("split_to_sequence", [x], Parts("sequence(f32[5])", *[Tensor("f32", r) for r in x.values]), keep_dims=False)
case("optional", [a], Parts("optional(i64[2])", a))
case("optional", [], Parts("optional(f32[2])"), shape=(2,))
case("optional_has_value", [Parts("optional(i64[2])", a)], Tensor("bool", np.array(True)))
case("optional_has_value", [Parts("optional(i64[2])")], Tensor("bool", np.array(False)))
case("optional_value", [Parts("optional(i64[2])", a)], a)
case("optional_value", [Parts("optional(sequence(i64[2]))", Parts(PAIR, a, c))], Parts(PAIR, a, c))

# Shapes as values.
x = floats("f32", (2, 3, 4))
case("shape_of", [x], Tensor("i64", [2, 3, 4]))
case("shape_of", [x], Tensor("i64", [3]), start=1, stop=(-1,))
case("shape_of", [floats("f64", ())], Tensor("i64", []))
case("reshape_to", [x, Tensor("i64", [0, -1])], Tensor("f32", x.values.reshape(2, 12)))
case("reshape_to", [x, Tensor("i32", [6, 4])], Tensor("f32", x.values.reshape(6, 4)))
case("reshape_to", [Tensor("f32", np.zeros((0, 3))), Tensor("i64", [3, 0])], Tensor("f32", np.zeros((3, 0))), zero_is_zero=True)
y = floats("f64", (3, 1))
case("broadcast_to", [y, Tensor("i64", [2, 1, 4])], Tensor("f64", np.broadcast_to(y.values, (2, 3, 4))))
case("broadcast_to", [y, Tensor("i64", [1])], y)
case("fill", [Tensor("i64", [2, 3]), scalar("i32", 7)], Tensor("i32", np.full((2, 3), 7)))
case("fill", [Tensor("i64", []), scalar("f64", 0.5)], scalar("f64", 0.5))
for dtype, start, limit, step in (("i64", 2, 11, 3), ("i32", 5, -6, -2), ("i64", 4, 4, 1), ("f64", 0.0, 1.0, 0.3), ("f32", 1.0, 2.0, -1.0)):
    case("range", [scalar(dtype, start), scalar(dtype, limit), scalar(dtype, step)], Tensor(dtype, np.arange(start, limit, step)))

# Texts can be moved and compared.
case("equal", [Texts("a", "b", ""), Texts("a", "c", "")], Tensor("bool", [True, False, True]))
case("not_equal", [Texts("a", "b", "ä"), Texts("a", "c", "ä")], Tensor("bool", [False, True, False]))
case("gather", [Texts("zero", "one", "two"), Tensor("i64", [2, 0, 2])], Texts("two", "zero", "two"))
case("concatenate", [Texts("a", "b"), Texts("c")], Texts("a", "b", "c"))
case("where", [Tensor("bool", [True, False]), Texts("a", "b"), Texts("c", "d")], Texts("a", "d"))
case("slice", [Texts("a", "b", "c")], Texts("c", "a"), start=(2,), stop=(-1,), step=(-2,))

CENTRED = """func @rows(%0: f64[3,4]) -> (f64[3,4]) {
  %1 = formula(%0) {e=expr(f64[3,4]) "[i0:3 | k0:4] sum f64: x0[i0, k0] -> acc * 0.25:f64", label="mean"} : f64[3]
  %2 = formula(%0, %1) {e=expr(f64[3,4], f64[3]) "[i0:3, i1:4] x0[i0, i1] - x1[i0]", label="sub"} : f64[3,4]
  return %2
}"""
APART = """func @parts(%0: f64[3,4], %1: f64[2]) -> (f64[3], f64[2]) {
  %2 = formula(%0) {e=expr(f64[3,4]) "[i0:3 | k0:4] max f64: x0[i0, k0]", label="max"} : f64[3]
  %3 = formula(%1) {e=expr(f64[2]) "[i0:2] x0[i0] * x0[i0]", label="square"} : f64[2]
  return %2, %3
}"""
for seed in range(2):
    x, y = floats("f64", (3, 4)), floats("f64", (2,))
    case("kernel", [x], Tensor("f64", x.values - x.values.mean(1, keepdims=True)), body=Text(CENTRED), rows=1)
    case("kernel", [x, y], Tensor("f64", x.values.max(1)), Tensor("f64", y.values ** 2), body=Text(APART))

# What holds functions for the sake of their gradients gives the same values.
BACKWARD = """func @backward(%0: f64[3], %1: f64[3], %2: f64[3], %3: f64[3]) -> (f64[3], f64[3]) {
  return %3, %3
}"""
for seed in range(2):
    x, y = floats("f64", (3,)), floats("f64", (3,))
    case("barrier", [x, y], x, y)
    case("checkpoint", [x, y], Tensor("f64", x.values * y.values + x.values), function=Text(AFFINE))
    case("custom_gradient", [x, y], Tensor("f64", np.maximum(x.values, y.values)), function=Text(LARGER), backward=Text(BACKWARD))

if __name__ == "__main__":
    make_ops.write(out, cases)
