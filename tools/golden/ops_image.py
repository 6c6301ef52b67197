#!/usr/bin/python3
"""Writes src/op/testdata/golden_image.json: what PyTorch says of resizing and sampling; what PyTorch lacks is computed here,
point by point, from the definitions of the Open Neural Network Exchange. Usage: ops_image.py [FILE]"""
import itertools
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

import make_ops
from make_ops import Tensor, case, cases

here = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "op", "testdata", "golden_image.json")
make_ops.rng.seed(20240704)
cases.clear()


def floats(dtype, shape, low=-2.0, high=2.0):
    return Tensor(dtype, np.round(make_ops.rng.uniform(low, high, shape), 2))


def torch_of(t):
    return torch.from_numpy(np.ascontiguousarray(t.wide))


# Resizing as PyTorch does it.
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
for shape, sizes in [((1, 2, 3, 4), (6, 8)), ((2, 1, 5, 4), (3, 7)), ((1, 2, 7), (4,)), ((1, 1, 3, 2, 3), (2, 5, 4)), ((1, 1, 4, 5), (1, 1))]:
    n = len(sizes)
    x = floats("f64", shape)
    case("resize", [x], F.interpolate(torch_of(x), sizes, mode="nearest").numpy(), sizes=sizes, coordinates="asymmetric",
         nearest="floor")
    case("resize", [x], F.interpolate(torch_of(x), sizes, mode="nearest-exact").numpy(), sizes=sizes, nearest="round_prefer_ceil")
    case("resize", [x], F.interpolate(torch_of(x), sizes, mode=LINEAR[n], align_corners=False).numpy(), sizes=sizes, mode="linear")
    case("resize", [x], F.interpolate(torch_of(x), sizes, mode=LINEAR[n], align_corners=True).numpy(), sizes=sizes, mode="linear",
         coordinates="align_corners")
    if n == 2:
        for corners in (False, True):
            y = F.interpolate(torch_of(x), sizes, mode="bicubic", align_corners=corners).numpy()
            case("resize", [x], y, sizes=sizes, mode="cubic", coordinates="align_corners" if corners else "half_pixel")
x = floats("f64", (1, 1, 5, 4))
case("resize", [x], F.interpolate(torch_of(x), scale_factor=(1.3, 0.8), mode="bilinear").numpy(), scales=(1.3, 0.8), mode="linear")
for dtype in ("f32", "f16", "bf16"):
    x = floats(dtype, (2, 3, 4))
    y = F.interpolate(torch_of(x)[None], (5, 6), mode="bilinear").numpy()[0]
    case("resize", [x], y, sizes=(5, 6), mode="linear")
x = Tensor("u8", make_ops.rng.randint(0, 255, (1, 1, 3, 4)))
case("resize", [x], F.interpolate(torch_of(x).double(), (6, 4), mode="nearest").numpy(), sizes=(6, 4))


# Resizing one axis, after the definitions.
def coordinate(o, n, m, scale, convention):
    half = (o + 0.5) / scale - 0.5
    return {"half_pixel": half, "asymmetric": o / scale, "align_corners": o * (n - 1) / (m - 1) if m > 1 else 0.0,
            "pytorch_half_pixel": half if m > 1 else 0.0,
            "half_pixel_symmetric": n / 2 * (1 - m / (scale * n)) + half}[convention]


def keys(d, a):
    d = abs(d)
    if d <= 1:
        return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1
    return a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a if d < 2 else 0.0


def resized(x, m, scale, mode="nearest", coordinates="half_pixel", nearest="round_prefer_floor", cubic_a=-0.75, exclude_outside=False):
    n = len(x)
    y = []
    for o in range(m):
        p = coordinate(o, n, m, scale, coordinates)
        if mode == "nearest":
            k = {"floor": math.floor(p), "ceil": math.ceil(p), "round_prefer_floor": math.ceil(p - 0.5),
                 "round_prefer_ceil": math.floor(p + 0.5)}[nearest]
            y.append(x[min(max(k, 0), n - 1)])
            continue
        reach = range(math.floor(p) - (mode == "cubic"), math.floor(p) + 2 + (mode == "cubic"))
        weights = [(k, keys(p - k, cubic_a) if mode == "cubic" else 1 - abs(p - k)) for k in reach]
        if exclude_outside:
            weights = [(k, w) for k, w in weights if 0 <= k < n]
            total = sum(w for _, w in weights)
            weights = [(k, w / total) for k, w in weights]
        y.append(sum(w * x[min(max(k, 0), n - 1)] for k, w in weights))
    return np.array(y)


for convention in ("half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners", "half_pixel_symmetric"):
    for n, m in ((5, 8), (7, 3), (4, 1), (3, 6)):
        x = floats("f64", (n,))
        for nearest in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
            how = {"coordinates": convention, "nearest": nearest}
            case("resize", [x], resized(x.wide, m, m / n, **how), sizes=(m,), **how)
        for how in ({"mode": "linear"}, {"mode": "cubic"}, {"mode": "cubic", "cubic_a": -0.5, "exclude_outside": True},
                    {"mode": "linear", "exclude_outside": True}):
            how = {**how, "coordinates": convention}
            case("resize", [x], resized(x.wide, m, m / n, **how), sizes=(m,), **how)
    x = floats("f64", (6,))
    case("resize", [x], resized(x.wide, 8, 1.45, "linear", convention), scales=(1.45,), mode="linear", coordinates=convention)

# Sampling on a grid, off the middles between elements, where PyTorch rounds one way in 2 and another in 3 dimensions.
def grid_of(shape, reach):
    return Tensor("f64", floats("f64", shape, -reach, reach).wide + 0.003)


MODES = {"linear": "bilinear", "nearest": "nearest", "cubic": "bicubic"}
for mode in MODES:
    for padding in ("zeros", "border", "reflection"):
        for corners in (False, True):
            x, grid = floats("f64", (2, 2, 4, 3)), grid_of((2, 3, 2, 2), 1.8)
            y = F.grid_sample(torch_of(x), torch_of(grid), MODES[mode], padding, corners).numpy()
            case("grid_sample", [x, grid], y, mode=mode, padding=padding, align_corners=corners)
            if mode != "cubic":
                x, grid = floats("f64", (1, 2, 3, 4, 2)), grid_of((1, 2, 1, 3, 3), 1.6)
                y = F.grid_sample(torch_of(x), torch_of(grid), MODES[mode], padding, corners).numpy()
                case("grid_sample", [x, grid], y, mode=mode, padding=padding, align_corners=corners)
for dtype in ("f32", "f16", "bf16"):
    x, grid = floats(dtype, (1, 2, 3, 4)), Tensor(dtype, make_ops.rng.randint(-20, 21, (1, 2, 3, 2)) / 16)
    case("grid_sample", [x, grid], F.grid_sample(torch_of(x), torch_of(grid), align_corners=True).numpy(), align_corners=True)



# Regions and deformed convolutions, one sample at a time.
def at_place(image, y, x):
    """Linear interpolation in [C, H, W], which is 0 outside."""
    low_y, low_x = math.floor(y), math.floor(x)
    total = np.zeros(image.shape[0])
    for ky, kx in itertools.product((0, 1), (0, 1)):
        h, w = low_y + ky, low_x + kx
        if 0 <= h < image.shape[1] and 0 <= w < image.shape[2]:
            total += image[:, h, w] * (1 - abs(y - h)) * (1 - abs(x - w))
    return total


def taps(image, y, x):
    """The four elements around a place, times their weights; at the last element its neighbour is itself."""
    _, h, w = image.shape
    if y < -1 or y > h or x < -1 or x > w:
        return [np.zeros(image.shape[0])]
    y, x = min(max(y, 0), h - 1), min(max(x, 0), w - 1)
    rows, columns = [(math.floor(v), min(math.floor(v) + 1, n - 1), v - math.floor(v)) for v, n in ((y, h), (x, w))]
    return [image[:, rows[i], columns[j]] * (rows[2] if i else 1 - rows[2]) * (columns[2] if j else 1 - columns[2])
            for i in (0, 1) for j in (0, 1)]


def roi_align(x, rois, batch, extents, ratio, scale, mode, half_pixel):
    y = np.zeros((len(rois), x.shape[1], *extents))
    for r, (roi, b) in enumerate(zip(rois * scale - (0.5 if half_pixel else 0), batch)):
        size = [roi[3] - roi[1], roi[2] - roi[0]]
        if not half_pixel:
            size = [max(v, 1) for v in size]
        bins = [v / e for v, e in zip(size, extents)]
        count = [ratio or math.ceil(v) for v in bins]
        for p, q in itertools.product(*map(range, extents)):
            samples = [taps(x[b], roi[1] + bins[0] * (p + (i + 0.5) / count[0]), roi[0] + bins[1] * (q + (j + 0.5) / count[1]))
                       for i, j in itertools.product(*map(range, count))]
            if mode == "average":
                y[r, :, p, q] = sum(sum(s) for s in samples) / max(len(samples), 1)
            elif mode == "max":
                y[r, :, p, q] = np.max([sum(s) for s in samples], axis=0)
            else:
                y[r, :, p, q] = np.max([t for s in samples for t in s], axis=0)
    return y


for dtype, ratio, scale, half_pixel in (("f64", 2, 1.0, True), ("f64", 3, 0.5, False), ("f64", 0, 0.5, True), ("f32", 0, 0.5, False)):
    for mode in ("average", "max", "max_tap"):
        x = floats(dtype, (2, 2, 6, 5))
        corner, size = floats(dtype, (4, 2), -1.0, 6.0).wide, floats(dtype, (4, 2), 0.5, 5.0).wide
        rois = Tensor(dtype, np.concatenate([corner, corner + size], 1))
        batch = Tensor("i64", [1, 0, 1, 1])
        y = roi_align(x.wide, rois.wide, batch.values, (2, 3), ratio, scale, mode, half_pixel)
        case("roi_align", [x, rois, batch], y, extents=(2, 3), sampling_ratio=ratio, spatial_scale=scale, mode=mode,
             half_pixel=half_pixel)


def deform_conv(x, w, offsets, mask, bias, stride, dilation, begin, end, groups, offset_groups):
    n, channels, height, width = x.shape
    k, inner, rows, columns = w.shape
    out_h, out_w = [(e + b + a - d * (size - 1) - 1) // s + 1 for e, b, a, d, size, s in
                    zip((height, width), begin, end, dilation, (rows, columns), stride)]
    y = np.zeros((n, k, out_h, out_w)) + (0 if bias is None else bias[:, None, None])
    offsets = offsets.reshape(n, offset_groups, rows, columns, 2, out_h, out_w)
    mask = np.ones((n, offset_groups, rows, columns, out_h, out_w)) if mask is None else mask.reshape(n, offset_groups, rows, columns,
                                                                                                     out_h, out_w)
    for b, p, q, r, s in itertools.product(*map(range, (n, out_h, out_w, rows, columns))):
        columns_of_x = np.zeros(channels)
        per_group = channels // offset_groups
        for g in range(offset_groups):
            dy, dx = offsets[b, g, r, s, :, p, q]
            here = slice(g * per_group, (g + 1) * per_group)
            columns_of_x[here] = mask[b, g, r, s, p, q] * at_place(
                x[b, here], p * stride[0] - begin[0] + r * dilation[0] + dy, q * stride[1] - begin[1] + s * dilation[1] + dx)
        for out_channel in range(k):
            g = out_channel // (k // groups)
            y[b, out_channel, p, q] += w[out_channel, :, r, s] @ columns_of_x[g * inner:(g + 1) * inner]
    return y


for dtype, x_shape, w_shape, stride, dilation, begin, end, groups, offset_groups, masked, biased in [
        ("f64", (1, 2, 5, 4), (3, 2, 3, 2), (1, 1), (1, 1), (0, 0), (0, 0), 1, 1, False, False),
        ("f64", (2, 4, 5, 5), (2, 2, 3, 3), (2, 1), (1, 2), (1, 1), (0, 1), 2, 1, True, True),
        ("f64", (1, 4, 4, 4), (4, 4, 2, 2), (1, 1), (1, 1), (1, 0), (0, 1), 1, 2, True, False),
        ("f32", (1, 2, 4, 4), (2, 2, 2, 2), (1, 1), (1, 1), (0, 0), (0, 0), 1, 2, False, True)]:
    x, w = floats(dtype, x_shape), floats(dtype, w_shape)
    places = [(e + b + a - d * (size - 1) - 1) // s + 1 for e, b, a, d, size, s in
              zip(x_shape[2:], begin, end, dilation, w_shape[2:], stride)]
    samples = offset_groups * w_shape[2] * w_shape[3]
    offsets = floats(dtype, (x_shape[0], 2 * samples, *places), -1.5, 1.5)
    mask = floats(dtype, (x_shape[0], samples, *places), 0, 1) if masked else None
    bias = floats(dtype, w_shape[:1]) if biased else None
    y = deform_conv(x.wide, w.wide, offsets.wide, mask and mask.wide, bias and bias.wide, stride, dilation, begin, end, groups,
                    offset_groups)
    case("deform_conv", [t for t in (x, w, offsets, mask, bias) if t], y, stride=stride, dilation=dilation, pads_begin=begin,
         pads_end=end, groups=groups, offset_groups=offset_groups)
    if dtype == "f32":
        cases[-1]["looser"] = 4


def cropped(x, m, start, end, outside, **how):
    """One axis from start to end, in parts of n - 1; positions outside are another number."""
    n, y = len(x), []
    for o in range(m):
        p = (n - 1) * ((start + end) / 2 if m == 1 else start + o * (end - start) / (m - 1))
        if p < 0 or p > n - 1:
            y.append(np.full(x.shape[1:], outside))
        elif how.get("mode", "nearest") == "nearest":
            y.append(x[math.ceil(p - 0.5)])
        else:
            low = math.floor(p)
            y.append((low + 1 - p) * x[low] + (p - low) * x[min(low + 1, n - 1)])
    return np.array(y)


def crop_case(x, sizes, region, outside, **how):
    rows = cropped(x.wide, sizes[0], region[0], region[2], outside, **how)
    both = cropped(rows.T, sizes[1], region[1], region[3], outside, **how).T
    case("resize", [x], both, sizes=sizes, coordinates="tf_crop_and_resize", region=[float(r) for r in region],
         extrapolation=float(outside), **how)
    return both


# The values that the operator's specification gives for this.
published = crop_case(Tensor("f64", np.arange(1.0, 17).reshape(4, 4)), (3, 3), (0.4, 0.6, 0.6, 0.8), 0, mode="linear")
assert np.allclose(published, [[7.6, 7.9, 8.2], [8.8, 9.1, 9.4], [10, 10.3, 10.6]])
published = crop_case(Tensor("f64", np.arange(1.0, 17).reshape(4, 4)), (3, 3), (0.4, 0.6, 1.2, 1.7), 10, mode="linear")
assert np.allclose(published, [[7.6, 10, 10], [12.4, 10, 10], [10, 10, 10]])
crop_case(floats("f64", (5, 6)), (4, 1), (0.9, 0.1, -0.1, 0.7), -2, mode="linear")
crop_case(floats("f64", (5, 6)), (1, 7), (0.2, -0.3, 0.5, 1.1), 3)

make_ops.write(out, cases)

