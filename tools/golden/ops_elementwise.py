#!/usr/bin/python3
"""Writes src/op/testdata/golden_elementwise.json: what NumPy and PyTorch say of element-wise functions, activations,
reductions, normalisation and quantisation. Usage: ops_elementwise.py [FILE]"""
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

import make_ops
from make_ops import FLOATS, INTEGERS, NUMPY, SPECIAL, Tensor, attribute_json, floats, integers, tensor_json

here = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "op", "testdata",
                                                         "golden_elementwise.json")
make_ops.rng.seed(20240703)
cases = []


def case(op, inputs, *expected, looser=1, **attributes):
    """`expected`: pairs of an element type and values in wide arithmetic, one per result."""
    results = [tensor_json(Tensor(dtype, np.asarray(values))) for dtype, values in expected]
    row = {"op": op, "attributes": {k: attribute_json(v) for k, v in attributes.items()},
           "inputs": [tensor_json(t) for t in inputs], "expected": results[0] if len(results) == 1 else results}
    if looser != 1:
        row["looser"] = looser
    cases.append(row)


def by_torch(f):
    """A function of f64 tensors as one of arrays."""
    return lambda *x: f(*[torch.from_numpy(np.array(v, np.float64)) for v in x]).numpy()


def column(p, axis, rank):
    """One value per position along the axis, such that it broadcasts."""
    return p.wide.reshape([-1 if d == axis % rank else 1 for d in range(rank)])


# Element-wise functions: name, reference, range.
UNARY = [("tan", np.tan, -1.4, 1.4), ("asin", np.arcsin, -1, 1), ("acos", np.arccos, -1, 1), ("atan", np.arctan, -9, 9),
         ("sinh", np.sinh, -4, 4), ("cosh", np.cosh, -4, 4), ("asinh", np.arcsinh, -9, 9), ("acosh", np.arccosh, 1, 9),
         ("atanh", np.arctanh, -1, 1), ("reciprocal", lambda x: 1 / x, 0.2, 4), ("trunc", np.trunc, -4, 4)]
for name, f, low, high in UNARY:
    for dtype in FLOATS:
        x = floats(dtype, (2, 6), low, high)
        case(name, [x], (dtype, f(x.wide)))
    x = Tensor("f64", SPECIAL + [1e-300, -1e-9, 1e-5, 1e300, -1e300])
    with np.errstate(all="ignore"):
        case(name, [x], ("f64", f(x.wide)))
for dtype in FLOATS:
    x = Tensor(dtype, SPECIAL)
    case("is_nan", [x], ("bool", np.isnan(x.wide)))
    case("is_finite", [x], ("bool", np.isfinite(x.wide)))
    case("is_inf", [x], ("bool", np.isinf(x.wide)))
    case("is_inf", [x], ("bool", np.isposinf(x.wide)), detect_negative=False)
    case("is_inf", [x], ("bool", np.isneginf(x.wide)), detect_positive=False)
    case("is_inf", [x], ("bool", np.zeros(len(SPECIAL))), detect_positive=False,
         detect_negative=False)
for dtype in FLOATS + INTEGERS:
    x = floats(dtype, (2, 5), -3, 3) if dtype in FLOATS else integers(dtype, (2, 5))
    case("clip", [x], (dtype, np.clip(x.wide, -1, 2)), min=-1.0, max=2.0)
case("clip", [Tensor("f32", SPECIAL)], ("f32", np.minimum(np.array(SPECIAL), 0.75)), max=0.75)
case("clip", [Tensor("f32", SPECIAL)], ("f32", np.maximum(np.array(SPECIAL), 0.75)), min=0.75)
case("clip", [Tensor("f32", [0, 5])], ("f32", [1, 1]), min=3.0, max=1.0)
for name, f in (("fmod", np.fmod), ("floor_divide", np.floor_divide)):
    for dtype in FLOATS:
        a, b = floats(dtype, (3, 5)), floats(dtype, (5,))
        case(name, [a, b], (dtype, f(a.wide, b.wide)))
    for dtype in INTEGERS:
        a, b = integers(dtype, (3, 4), -7, 8), integers(dtype, (4,), -4, 4)
        case(name, [a, b], (dtype, f(a.wide, b.wide)))
    a, b = (Tensor("f64", m) for m in np.meshgrid(SPECIAL + [0.1, 0.3], SPECIAL + [0.1]))
    case(name, [a, b], ("f64", f(a.wide, b.wide)))
case("floor_divide", [Tensor("f64", [1.0, -1.0, 0.3]), Tensor("f64", [0.1])], ("f64", [9, -10, 2]))
for dtype in FLOATS:
    a, b = floats(dtype, (4, 3)), floats(dtype, (3,))
    case("atan2", [a, b], (dtype, np.arctan2(a.wide, b.wide)))
a, b = (Tensor("f64", m) for m in np.meshgrid(SPECIAL, SPECIAL))
case("atan2", [a, b], ("f64", np.arctan2(a.wide, b.wide)))
for dtype in FLOATS:
    a, b, w = floats(dtype, (4, 3)), floats(dtype, (3,)), floats(dtype, (4, 1), -0.5, 1.5)
    case("lerp", [a, b, w], (dtype, by_torch(torch.lerp)(a.wide, np.broadcast_to(b.wide, (4, 3)), w.wide)))
for dtype in INTEGERS:
    a, b = integers(dtype, (3, 4), -128, 128), integers(dtype, (4,), -128, 128)
    case("bit_and", [a, b], (dtype, a.wide & b.wide))
    case("bit_or", [a, b], (dtype, a.wide | b.wide))
    case("bit_xor", [a, b], (dtype, a.wide ^ b.wide))
    case("bit_not", [a], (dtype, ~a.values))
    width = np.dtype(NUMPY[dtype]).itemsize * 8
    count = Tensor(dtype, [[0], [1], [width - 1]])
    case("shift_left", [a, count], (dtype, np.left_shift(a.values, count.values)))
    case("shift_right", [a, count], (dtype, np.right_shift(a.values, count.values)))
    out_of_range = Tensor(dtype, [width, 100] if dtype == "u8" else [width, -1])
    a = Tensor(dtype, [[5], [5 if dtype == "u8" else -5]])
    case("shift_left", [a, out_of_range], (dtype, np.zeros((2, 2))))
    case("shift_right", [a, out_of_range], (dtype, [[0, 0]] * 2 if dtype == "u8" else [[0, 0], [-1, -1]]))

# Activations: name, reference of f64 tensors, attributes.
ACTIVATIONS = [
    ("relu6", F.relu6, {}), ("elu", F.elu, {}), ("elu", lambda x: F.elu(x, 0.3), {"alpha": 0.3}), ("celu", F.celu, {}),
    ("celu", lambda x: F.celu(x, 0.3), {"alpha": 0.3}), ("selu", F.selu, {}),
    ("gelu", lambda x: F.gelu(x, approximate="none"), {"approximate": "none"}),
    ("gelu", lambda x: F.gelu(x, approximate="tanh"), {"approximate": "tanh"}), ("hard_sigmoid", F.hardsigmoid, {}),
    ("hard_sigmoid", lambda x: torch.clamp(0.2 * x + 0.4, 0, 1), {"alpha": 0.2, "beta": 0.4}),
    ("hard_swish", F.hardswish, {}), ("hard_tanh", F.hardtanh, {}),
    ("hard_tanh", lambda x: F.hardtanh(x, -0.5, 1.5), {"min": -0.5, "max": 1.5}), ("soft_sign", F.softsign, {}),
    ("mish", F.mish, {}), ("log_sigmoid", F.logsigmoid, {}), ("soft_shrink", F.softshrink, {}),
    ("soft_shrink", lambda x: F.softshrink(x, 1.5), {"threshold": 1.5}), ("hard_shrink", F.hardshrink, {}),
    ("hard_shrink", lambda x: F.hardshrink(x, 1.5), {"threshold": 1.5}),
    ("thresholded_relu", lambda x: F.threshold(x, 1, 0), {}),
    ("thresholded_relu", lambda x: F.threshold(x, -0.5, 0), {"alpha": -0.5})]
for name, f, attributes in ACTIVATIONS:
    for dtype in FLOATS:
        x = floats(dtype, (2, 6), -4, 7)
        case(name, [x], (dtype, by_torch(f)(x.wide)), **attributes)
    x = Tensor("f64", [0.0, -0.0, 40.0, -40.0, 1e3, -1e3, 1e-9, -1e-9])
    case(name, [x], ("f64", by_torch(f)(x.wide)), **attributes)
for dtype in INTEGERS:
    x = integers(dtype, (2, 5), -9, 10)
    case("relu6", [x], (dtype, np.clip(x.wide, 0, 6)))
for dtype in FLOATS:
    for shape, axis, slope in [((2, 3, 2), 1, (3,)), ((2, 3, 2), -1, (2,)), ((2, 3), 1, ()), ((4,), 0, (1,))]:
        x, w = floats(dtype, shape), floats(dtype, slope)
        along = column(w, axis, len(shape)) if slope else w.wide
        case("prelu", [x, w], (dtype, np.where(x.wide > 0, x.wide, along * x.wide)), axis=axis)

# Reductions.
REDUCTIONS = {
    "norm_l1": lambda x, **k: np.abs(x).sum(**k), "norm_l2": lambda x, **k: np.sqrt((x * x).sum(**k)),
    "sum_square": lambda x, **k: (x * x).sum(**k), "log_sum": lambda x, **k: np.log(x.sum(**k)),
    "log_sum_exp": lambda x, **k: np.logaddexp.reduce(x, **k) if k["axis"] is not None and len(k["axis"]) == 1 else
    np.log(np.exp(x).sum(**k)), "variance": np.var, "standard_deviation": np.std}
for name, f in REDUCTIONS.items():
    for shape, axes, keep in make_ops.FORMS:
        x = floats("f32", shape, 0.2 if name == "log_sum" else -2)
        with np.errstate(all="ignore"):
            case(name, [x], ("f32", f(x.wide, axis=axes or None, keepdims=keep)), axes=axes, keep_dims=keep)
    for dtype in ("f64", "f16", "bf16") + (INTEGERS if name in ("norm_l1", "sum_square") else ()):
        x = floats(dtype, (3, 5), 0.2 if name == "log_sum" else -2) if dtype in FLOATS else integers(dtype, (3, 5))
        case(name, [x], (dtype, f(x.wide, axis=(1,))), axes=(1,))
for name in ("variance", "standard_deviation"):
    x = Tensor("f32", make_ops.rng.uniform(-1, 1, (3, 7)) + 1000)
    case(name, [x], ("f32", getattr(np, {"variance": "var"}.get(name, "std"))(x.wide, axis=1, ddof=1)), axes=(1,),
         correction=1)
case("log_sum_exp", [Tensor("f32", [1000, 1000.5, 990])], ("f32", 1000 + np.log(1 + np.exp(0.5) + np.exp(-10))))
case("log_sum_exp", [Tensor("f32", [-math.inf, -math.inf])], ("f32", -math.inf))
case("log_sum_exp", [Tensor("f32", [-math.inf, math.inf])], ("f32", math.inf))
case("log_sum_exp", [Tensor("f32", [-math.inf, 2])], ("f32", 2))
case("norm_l2", [Tensor("f16", [300, 400])], ("f16", 500))


# Normalisation.
def normal(x, axes, epsilon):
    return (x - x.mean(axis=axes, keepdims=True)) / np.sqrt(x.var(axis=axes, keepdims=True) + epsilon)


def positive(dtype, shape):
    return floats(dtype, shape, 0.5, 2)


for dtype in FLOATS:
    for shape, axis, epsilon in [((4, 3), 1, 1e-5), ((2, 3, 2, 1), 1, 0.1), ((3, 1, 3), -1, 1e-5)]:
        x = floats(dtype, shape)
        rank, c = len(shape), shape[axis]
        scale, bias, mean, variance = [floats(dtype, (c,)) for _ in range(3)] + [positive(dtype, (c,))]
        known = [column(p, axis, rank) for p in (scale, bias, mean, variance)]
        y = (x.wide - known[2]) / np.sqrt(known[3] + epsilon) * known[0] + known[1]
        case("batch_norm", [x, scale, bias, mean, variance], (dtype, y), axis=axis, epsilon=epsilon)
        over = tuple(d for d in range(rank) if d != axis % rank)
        y = normal(x.wide, over, epsilon) * known[0] + known[1]
        case("batch_norm_training", [x, scale, bias], (dtype, y), (dtype, x.wide.mean(axis=over)),
             (dtype, x.wide.var(axis=over)), axis=axis, epsilon=epsilon)
    for shape, axis, epsilon in [((2, 5), -1, 1e-5), ((2, 2, 3), 1, 0.1), ((7,), 0, 1e-5)]:
        x, scale, bias = floats(dtype, shape), floats(dtype, shape[axis:]), floats(dtype, shape[axis:])
        over = tuple(range(axis % len(shape), len(shape)))
        n = normal(x.wide, over, epsilon)
        if dtype == "f32":
            case("layer_norm", [x], (dtype, n), axis=axis, epsilon=epsilon)
            case("layer_norm", [x, scale], (dtype, n * scale.wide), axis=axis, epsilon=epsilon)
        case("layer_norm", [x, scale, bias], (dtype, n * scale.wide + bias.wide), axis=axis, epsilon=epsilon)
        r = x.wide / np.sqrt((x.wide ** 2).mean(axis=over, keepdims=True) + epsilon)
        case("rms_norm", [x], (dtype, r), axis=axis, epsilon=epsilon)
        case("rms_norm", [x, scale], (dtype, r * scale.wide), axis=axis, epsilon=epsilon)
    x, scale, bias = floats(dtype, (1, 6, 3)), floats(dtype, (6,)), floats(dtype, (6,))
    wide = [torch.from_numpy(t.wide) for t in (x, scale, bias)]
    for groups in (1, 2, 6):
        case("group_norm", [x, scale, bias], (dtype, F.group_norm(wide[0], groups, wide[1], wide[2], 0.01).numpy()),
             groups=groups, epsilon=0.01)
    case("group_norm", [x], (dtype, F.group_norm(wide[0], 3).numpy()), groups=3)
    case("instance_norm", [x, scale, bias],
         (dtype, F.instance_norm(wide[0], weight=wide[1], bias=wide[2], eps=0.01).numpy()), epsilon=0.01)
    case("instance_norm", [x], (dtype, F.instance_norm(wide[0]).numpy()))
    x = floats(dtype, (1, 5, 2))
    for size, alpha, beta, bias in [(3, 0.5, 0.75, 1.0), (4, 1.0, 0.5, 2.0), (5, 1e-4, 0.75, 1.0), (1, 0.5, 1.0, 1.0)]:
        y = np.zeros_like(x.wide)
        for c in range(5):
            window = x.wide[:, max(0, c - (size - 1) // 2):min(4, c + size // 2) + 1]
            y[:, c] = x.wide[:, c] / (bias + alpha / size * (window ** 2).sum(axis=1)) ** beta
        if size % 2 == 1:
            theirs = F.local_response_norm(torch.from_numpy(x.wide), size, alpha, beta, bias).numpy()
            assert np.allclose(y, theirs, rtol=1e-12), size
        case("local_response_norm", [x], (dtype, y), size=size, alpha=alpha, beta=beta, bias=bias)
    x = floats(dtype, (3, 4))
    for p in (1, 2):
        for axis in (0, -1):
            case("lp_normalize", [x], (dtype, by_torch(lambda x: F.normalize(x, p, axis))(x.wide)), p=p, axis=axis)
    case("lp_normalize", [Tensor(dtype, [[0, 0], [3, 4]])], (dtype, [[0, 0], [0.6, 0.8]]))
    x = floats(dtype, (2, 2, 2, 2))
    for axes in [(0, 2, 3), (), (1,), (0, -1)]:
        over = axes or None
        y = (x.wide - x.wide.mean(axis=over, keepdims=True)) / (x.wide.std(axis=over, keepdims=True) + 1e-9)
        case("mean_variance_normalize", [x], (dtype, y), axes=axes)
x = Tensor("f32", make_ops.rng.uniform(-1, 1, (3, 8)) + 500)  # the variance of large numbers
case("layer_norm", [x], ("f32", normal(x.wide, (1,), 1e-5)), looser=30)
x, scale, bias = floats("bf16", (4, 3)), floats("f32", (3,)), floats("f32", (3,))
case("batch_norm_training", [x, scale, bias], ("bf16", normal(x.wide, (0,), 1e-5) * scale.wide + bias.wide),
     ("f32", x.wide.mean(axis=0)), ("f32", x.wide.var(axis=0)))

# Quantisation. The quotient is one of f32 (or f64), as in the operators.
LIMITS = {"u8": (0, 255), "i8": (-128, 127), "i16": (-32768, 32767), "i32": (-2 ** 31, 2 ** 31 - 1)}


def quantized(x, scale, zero, dtype):
    narrow = np.float64 if x.dtype == "f64" else np.float32
    q = np.round(x.values.astype(narrow) / scale.astype(narrow)).astype(np.float64) + zero
    return np.clip(q, *LIMITS[dtype])


for dtype in LIMITS:
    for real in FLOATS if dtype == "i8" else ("f32",):
        for shape, axis, parameters in [((3, 5), 1, ()), ((3, 4), 0, (3,)), ((2, 3, 2), -2, (3,))]:
            x, scale = floats(real, shape, -40, 40), positive(real, parameters)
            zero = integers(dtype, parameters, 0, 20)
            along = [t if t.size == 1 else t.reshape([-1 if d == axis % len(shape) else 1 for d in range(len(shape))])
                     for t in (scale.values, zero.wide)]
            case("quantize_linear", [x, scale, zero], (dtype, quantized(x, along[0], along[1], dtype)), axis=axis)
            q = integers(dtype, shape, 0 if dtype == "u8" else -100, 120)
            case("dequantize_linear", [q, scale, zero], (real, (q.wide - along[1]) * along[0].astype(np.float64)),
                 axis=axis)
    x, scale = floats("f32", (6,), -3, 400), positive("f32", ())
    case("quantize_linear", [x, scale], (dtype, quantized(x, scale.values, 0, dtype)), dtype=dtype)
x = Tensor("f32", [0.5, 1.5, 2.5, -0.5, -1.5, 1e30, -1e30, math.inf, -math.inf])
case("quantize_linear", [x, Tensor("f32", 1), Tensor("i8", 0)], ("i8", [0, 2, 2, 0, -2, 127, -128, 127, -128]))
q = Tensor("i32", [2 ** 31 - 1, -2 ** 31, 5])
case("dequantize_linear", [q, Tensor("f64", 0.5), Tensor("i32", -2)], ("f64", (q.wide + 2) * 0.5))
q = integers("i8", (2, 3), -100, 100)
case("dequantize_linear", [q, Tensor("f32", [0.25])], ("f32", q.wide * 0.25))
for real in FLOATS:
    for shape, axis, parameters in [((3, 5), 1, ()), ((3, 4), 0, (3,)), ((2, 3, 2), 1, (3,))]:
        for low, high in [(0, 255), (-8, 7)]:
            x, scale = floats(real, shape, -9, 9), Tensor(real, 2.0 ** make_ops.rng.randint(-4, 1, parameters))
            zero = integers("i32", parameters, max(low, -2), 3)
            along = [t if t.size == 1 else t.reshape([-1 if d == axis else 1 for d in range(len(shape))])
                     for t in (scale.wide, zero.wide)]
            y = (np.clip(np.round(x.wide / along[0]) + along[1], low, high) - along[1]) * along[0]
            if real == "f32":
                s, z = (torch.from_numpy(t) for t in (scale.values, zero.values))
                v = torch.from_numpy(x.values)
                theirs = torch.fake_quantize_per_channel_affine(v, s, z, axis, low, high) if parameters else \
                    torch.fake_quantize_per_tensor_affine(v, float(s), int(z), low, high)
                assert np.array_equal(theirs.numpy(), y)
            case("fake_quantize", [x, scale, zero], (real, y), axis=axis, low=low, high=high)
for low, high in [(-3, 5), (1, 5), (-5, -1), (0, 0)]:
    x = floats("f32", (2, 6), low, high)
    least, most = np.minimum(x.values.min(), 0), np.maximum(x.values.max(), 0)
    scale = (most - least) / np.float32(255)
    scale = np.float32(1) if scale == 0 else scale
    zero = np.clip(np.round(-least / scale), 0, 255)
    case("dynamic_quantize_linear", [x], ("u8", quantized(x, scale, zero, "u8")), ("f32", scale), ("u8", zero))

make_ops.write(out, cases)
