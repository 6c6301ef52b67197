#!/usr/bin/python3
"""Writes src/op/testdata/golden_conv.json: what PyTorch says of convolution, pooling and unfolding.
Usage: ops_conv.py [FILE]

Where PyTorch knows only symmetric pads, x is padded first; where it knows only channels first, x and y are transposed.
"""
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

import make_ops
from make_ops import FLOATS, Tensor, case, cases, integers, tensor_json

here = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "op", "testdata", "golden_conv.json")
make_ops.rng.seed(20240701)
cases.clear()

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def floats(dtype, shape):
    """Few digits, which keeps the file small."""
    return Tensor(dtype, np.round(make_ops.rng.uniform(-2, 2, shape), 2))


def any_tensor(dtype, shape):
    return floats(dtype, shape) if dtype in FLOATS else integers(dtype, shape)


def torch_of(t):
    return torch.from_numpy(np.ascontiguousarray(t.wide))


def padded(x, begin, end, value=0.0):
    pairs = [p for b, e in reversed(list(zip(begin, end))) for p in (b, e)]
    return F.pad(x, pairs, value=value)


def case_of_many(op, inputs, expected, /, **attributes):
    """Several outputs: pairs of an element type and values."""
    case(op, inputs, expected[0][1], **attributes)
    cases[-1]["expected"] = [tensor_json(Tensor(dtype, values)) for dtype, values in expected]


def case_of_sums(*args, **attributes):
    """Sums in f32 of some dozens of products, each of which rounds."""
    case(*args, **attributes)
    cases[-1]["looser"] = 4


def given(**attributes):
    """Attributes without those that are left at their defaults."""
    return {k: v for k, v in attributes.items() if v not in (None, ())}


# Convolution: shapes of x, w; stride, dilation, pads, groups, bias.
CONVOLUTIONS = [
    ((2, 3, 5, 4), (2, 3, 3, 2), (), (), (), (), 1, True),
    ((1, 2, 6, 7), (3, 2, 3, 2), (2, 1), (1, 2), (1, 0), (0, 2), 1, False),
    ((2, 4, 5, 5), (6, 2, 3, 3), (2, 3), (), (1, 1), (1, 1), 2, True),
    ((1, 3, 4, 4), (6, 1, 3, 3), (), (), (1, 1), (1, 1), 3, True),
    ((2, 2, 9), (3, 2, 3), (2,), (2,), (2,), (1,), 1, True),
    ((1, 2, 3, 4, 3), (2, 2, 2, 3, 2), (1, 2, 1), (), (1, 0, 1), (0, 1, 0), 1, False),
    ((1, 2, 5, 5), (2, 2, 2, 2), (), (), (-1, 1), (0, -2), 1, False),
]
for x_shape, w_shape, stride, dilation, begin, end, groups, biased in CONVOLUTIONS:
    n = len(x_shape) - 2
    x, w = floats("f64", x_shape), floats("f64", w_shape)
    bias = floats("f64", w_shape[:1])
    y = CONV[n](padded(torch_of(x), begin or (0,) * n, end or (0,) * n), torch_of(w), torch_of(bias) if biased else None,
                stride or 1, 0, dilation or 1, groups)
    attributes = given(stride=stride, dilation=dilation, pads_begin=begin, pads_end=end, groups=groups if groups > 1 else None)
    case("conv", [x, w, bias] if biased else [x, w], y.numpy(), **attributes)
    if n == 2:
        last = Tensor("f64", x.wide.transpose(0, 2, 3, 1)), Tensor("f64", w.wide.transpose(2, 3, 1, 0))
        case("conv", [*last, bias] if biased else [*last], y.numpy().transpose(0, 2, 3, 1), layout="nhwc", **attributes)
for dtype in ("f32", "f16", "bf16"):
    x, w, bias = floats(dtype, (1, 3, 4, 5)), floats(dtype, (2, 3, 3, 3)), floats(dtype, (2,))
    case_of_sums("conv", [x, w, bias], F.conv2d(torch_of(x), torch_of(w), torch_of(bias), padding=1).numpy(), pads_begin=(1, 1),
         pads_end=(1, 1))
for dtype in ("i32", "i8", "u8"):
    x, w = integers(dtype, (1, 2, 4, 4)), integers(dtype, (3, 2, 2, 2), -2, 3)
    y = F.conv2d(torch_of(x).double(), torch_of(w).double(), stride=2).numpy().astype(np.int64)
    case("conv", [x, w], y, stride=(2, 2))

TRANSPOSES = [
    ((2, 3, 4, 3), (3, 2, 3, 2), (), (), (), (), 1, True),
    ((1, 2, 3, 3), (2, 3, 3, 2), (2, 3), (), (1, 0), (1, 2), 1, False),
    ((2, 4, 3, 3), (4, 2, 3, 3), (2, 1), (1, 2), (1, 2), (0, 1), 2, True),
    ((1, 3, 3, 2), (3, 1, 3, 3), (2, 2), (), (1, 1), (1, 1), 3, False),
    ((2, 2, 4), (2, 3, 3), (3,), (2,), (1,), (2,), 1, True),
    ((1, 2, 2, 3, 2), (2, 2, 2, 2, 3), (2, 1, 2), (), (0, 1, 0), (1, 0, 0), 1, False),
]
for x_shape, w_shape, stride, dilation, pads, more, groups, biased in TRANSPOSES:
    n = len(x_shape) - 2
    x, w = floats("f64", x_shape), floats("f64", w_shape)
    bias = floats("f64", (w_shape[1] * groups,))
    y = TRANSPOSED[n](torch_of(x), torch_of(w), torch_of(bias) if biased else None, stride or 1, pads or 0, more or 0,
                      groups, dilation or 1)
    attributes = given(stride=stride, dilation=dilation, pads_begin=pads, pads_end=pads, output_padding=more,
                       groups=groups if groups > 1 else None)
    case("conv_transpose", [x, w, bias] if biased else [x, w], y.numpy(), **attributes)
    if n == 2:
        last = Tensor("f64", x.wide.transpose(0, 2, 3, 1)), Tensor("f64", w.wide.transpose(2, 3, 1, 0))
        case("conv_transpose", [*last, bias] if biased else [*last], y.numpy().transpose(0, 2, 3, 1), layout="nhwc",
             **attributes)
for dtype in ("f32", "f16", "bf16"):
    x, w = floats(dtype, (1, 2, 3, 4)), floats(dtype, (2, 2, 3, 3))
    case_of_sums("conv_transpose", [x, w], F.conv_transpose2d(torch_of(x), torch_of(w), stride=2).numpy(), stride=(2, 2))
x, w = floats("f64", (1, 2, 3, 4)), floats("f64", (2, 2, 3, 3))
y = F.conv_transpose2d(torch_of(x), torch_of(w), stride=2).numpy()
case("conv_transpose", [x, w], y[:, :, 1:, :-2], stride=(2, 2), pads_begin=(1, 0), pads_end=(0, 2))

# Pooling: shape of x; size, stride, dilation, pads, ceil_mode.
POOLS = [
    ((2, 2, 4, 5), (2, 2), (), (), (), False),
    ((1, 2, 7, 6), (3, 2), (2, 1), (), (1, 1), False),
    ((1, 2, 6, 4), (3, 3), (2, 2), (), (), True),
    ((1, 2, 5, 6), (3, 3), (3, 2), (), (1, 1), True),
    ((1, 2, 8, 7), (2, 3), (1, 2), (2, 2), (1, 1), False),
    ((1, 1, 9, 8), (3, 2), (2, 3), (3, 2), (1, 0), True),
    ((2, 3, 7), (3,), (1,), (), (1,), False),
    ((1, 2, 3, 5, 4), (2, 3, 2), (1, 2, 2), (), (1, 1, 0), True),
]
MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVERAGE = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
for shape, size, stride, dilation, pads, ceil in POOLS:
    n = len(size)
    x = floats("f64", shape)
    attributes = given(size=size, stride=stride, dilation=dilation, pads_begin=pads, pads_end=pads, ceil_mode=ceil or None)
    y, indices = MAX[n](torch_of(x), size, stride or size, pads or 0, dilation or 1, ceil, True)
    case("max_pool", [x], y.numpy(), **attributes)
    case_of_many("max_pool_with_indices", [x], (("f64", y.numpy()), ("i64", indices.numpy())), **attributes)
    if n == 2:
        last = Tensor("f64", x.wide.transpose(0, 2, 3, 1))
        case("max_pool", [last], y.numpy().transpose(0, 2, 3, 1), layout="nhwc", **attributes)
    if not dilation:
        for include in (False, True):
            y = AVERAGE[n](torch_of(x), size, stride or size, pads or 0, ceil, include)
            case("average_pool", [x], y.numpy(), **attributes, count_include_pad=include)
    if n < 3 and not pads and not dilation:
        for p in (1.0, 2.0, 3.0):
            y = {1: F.lp_pool1d, 2: F.lp_pool2d}[n](torch_of(x).abs(), p, size, stride or size, ceil)
            if not ceil:
                case("lp_pool", [x], y.numpy(), **attributes, p=p)
x = floats("f64", (2, 3, 8))
case("lp_pool", [x], F.lp_pool1d(padded(torch_of(x).abs(), (1,), (0,)), 2.5, 3, 2).numpy(), size=(3,), stride=(2,),
     pads_begin=(1,), p=2.5)
# Positions of windows with dilation whose elements are averaged one window at a time.
x = floats("f64", (1, 2, 9))
windows = [[i * 2 + r * 3 - 2 for r in range(3)] for i in range(3)]
mean = [[np.mean([row[e] for e in w if 0 <= e < 9]) for w in windows] for row in x.wide[0]]
case("average_pool", [x], np.array([mean]), size=(3,), stride=(2,), dilation=(3,), pads_begin=(2,), pads_end=(1,))
for dtype in ("f32", "f16", "bf16", "i32", "i8", "u8"):
    x = any_tensor(dtype, (2, 4, 5))
    y = F.max_pool2d(torch_of(x).double(), 2, 1, 1).numpy()
    case("max_pool", [x], y, size=(2, 2), stride=(1, 1), pads_begin=(1, 1), pads_end=(1, 1))
    if dtype in FLOATS:
        case("average_pool", [x], F.avg_pool2d(torch_of(x), 2, 1, 1, count_include_pad=False).numpy(), size=(2, 2),
             stride=(1, 1), pads_begin=(1, 1), pads_end=(1, 1))
        case("lp_pool", [x], F.lp_pool2d(torch_of(x).abs()[None], 2.0, 2).numpy()[0], size=(2, 2))
case("max_pool", [Tensor("f32", [1, np.nan, 2, 3, 4, 5])], np.array([np.nan, 3, 5]), size=(2,))

for shape in ((2, 3, 4, 5), (2, 3, 7), (1, 2, 3, 2, 3)):
    axes = tuple(range(2, len(shape)))
    for dtype in ("f32", "bf16"):
        x = floats(dtype, shape)
        case("global_average_pool", [x], x.wide.mean(axis=axes, keepdims=True))
        case("global_max_pool", [x], x.wide.max(axis=axes, keepdims=True))
        last = Tensor(dtype, np.moveaxis(x.wide, 1, -1))
        case("global_average_pool", [last], np.moveaxis(x.wide.mean(axis=axes, keepdims=True), 1, -1), layout="nhwc")

ADAPTIVE_AVERAGE = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}
ADAPTIVE_MAX = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}
for shape, extents in [((2, 2, 5, 4), (3, 2)), ((1, 2, 3, 5), (1, 1)), ((1, 2, 7, 10), (3, 4)), ((1, 1, 3, 5), (4, 7)),
                       ((2, 3, 11), (4,)), ((1, 2, 4, 5, 3), (2, 3, 2))]:
    n = len(extents)
    x = floats("f64", shape)
    for name, f in (("adaptive_average_pool", ADAPTIVE_AVERAGE), ("adaptive_max_pool", ADAPTIVE_MAX)):
        y = f[n](torch_of(x), extents).numpy()
        case(name, [x], y, extents=extents)
        case(name, [Tensor("f64", np.moveaxis(x.wide, 1, -1))], np.moveaxis(y, 1, -1), extents=extents, layout="nhwc")
for dtype in ("f32", "f16", "bf16"):
    x = floats(dtype, (2, 5, 7))
    case("adaptive_average_pool", [x], F.adaptive_avg_pool2d(torch_of(x), (2, 3)).numpy(), extents=(2, 3))
    case("adaptive_max_pool", [x], F.adaptive_max_pool2d(torch_of(x), (2, 3)).numpy(), extents=(2, 3))
for mode, f in (("max", F.adaptive_max_pool2d), ("average", F.adaptive_avg_pool2d)):
    x = floats("f64", (2, 3, 5, 4))
    y = torch.cat([f(torch_of(x), level).flatten(1) for level in (1, 2, 3)], 1)
    case("spatial_pyramid_pool", [x], y.numpy(), levels=(1, 2, 3), mode=mode)

# Unfolding.
for shape, size, stride, dilation, pads in [((2, 3, 4, 5), (2, 3), (), (), ()), ((1, 2, 6, 5), (3, 2), (2, 1), (1, 2), (1, 1)),
                                            ((2, 1, 5, 5), (3, 3), (2, 2), (), (1, 0))]:
    x = floats("f64", shape)
    y = F.unfold(torch_of(x), size, dilation or 1, pads or 0, stride or 1)
    windows = given(size=size, stride=stride, dilation=dilation, pads_begin=pads, pads_end=pads)
    case("unfold", [x], y.numpy(), **windows)
    columns = floats("f64", tuple(y.shape))
    case("fold", [columns], F.fold(torch_of(columns), shape[2:], size, dilation or 1, pads or 0, stride or 1).numpy(),
         extents=shape[2:], **windows)
x = floats("f32", (1, 2, 7))
columns = F.unfold(torch_of(x)[:, :, None], (1, 3), stride=(1, 2)).numpy()
case("unfold", [x], columns, size=(3,), stride=(2,))

make_ops.write(out, cases)
