#!/usr/bin/python3
"""Writes src/op/testdata/golden_special.json: what NumPy, SciPy and PyTorch say of scans, orders, Fourier transforms and
factorizations. Usage: ops_special.py [FILE]"""
import os
import sys

import numpy as np
import scipy.linalg
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

# Order.
for dtype in FLOATS + INTEGERS + ("bool",):
    for axis, falling in ((0, False), (1, True)):
        x = any_tensor(dtype, (4, 6))
        key = -x.wide.astype(np.float64) if falling else x.wide.astype(np.float64)
        positions = np.argsort(key, axis=axis, kind="stable")
        case("sort", [x], (dtype, np.take_along_axis(x.wide, positions, axis)), ("i64", positions), axis=axis,
             descending=falling)
        for k, largest in ((2, True), (3, False)):
            key = -x.wide.astype(np.float64) if largest else x.wide.astype(np.float64)
            best = np.take(np.argsort(key, axis=axis, kind="stable"), range(k), axis=axis)
            by_place = np.sort(best, axis=axis)
            for is_sorted, p in ((True, best), (False, by_place)):
                case("top_k", [x], (dtype, np.take_along_axis(x.wide, p, axis)), ("i64", p), k=k, axis=axis, largest=largest,
                     sorted=is_sorted)
x = Tensor("f64", [0.0, NAN, -0.0, float("inf"), -1.5, NAN, float("-inf"), 2.0])
for falling in (False, True):
    values, positions = torch.sort(torch.tensor(x.values), stable=True, descending=falling)  # NaN is the largest
    case("sort", [x], ("f64", values.numpy()), ("i64", positions.numpy()), axis=0, descending=falling)
x = floats("f32", (3, 7))
for k, axis, largest in ((2, 1, True), (3, 0, False), (7, 1, True)):
    values, positions = torch.topk(torch.tensor(x.values), k, axis, largest)
    case("top_k", [x], ("f32", values.numpy()), ("i64", positions.numpy()), k=k, axis=axis, largest=largest)
for dtype in ("f64", "f32", "f16"):
    for k, axis in ((1, 0), (2, -1)):
        x = floats(dtype, (3, 4))
        worst = np.take(np.sort(x.wide, axis=axis), [x.values.shape[axis] - k], axis=axis)
        case("k_winners_take_all", [x], (dtype, np.where(x.wide >= worst, x.wide, 0)), k=k, axis=axis)


# Fourier transforms.
def parts(z):
    return np.stack([z.real, z.imag], axis=-1)


for n in (1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13, 16, 17, 30, 37):
    x = floats("f64", (n, 2))
    z = x.wide[..., 0] + 1j * x.wide[..., 1]
    # The sums of the definition, which are compared, are off by a few units in the last place of the largest partial sum.
    case("dft", [x], ("f64", parts(np.fft.fft(z))), axis=0, looser=4)
    case("dft", [x], ("f64", parts(np.fft.ifft(z))), axis=0, inverse=True)
    real = floats("f64", (n, 1))
    case("dft", [real], ("f64", parts(np.fft.rfft(real.wide[:, 0]))), axis=0, onesided=True, looser=4)
for dtype in FLOATS:
    x = floats(dtype, (2, 6, 3, 2))
    z = x.wide[..., 0] + 1j * x.wide[..., 1]
    case("dft", [x], (dtype, parts(np.fft.fft(z, axis=1))), axis=1)
    case("dft", [x], (dtype, parts(np.fft.ifft(z, axis=2))), axis=-2, inverse=True)
    real = floats(dtype, (3, 5))
    case("dft", [Tensor(dtype, real.values[..., None])], (dtype, parts(np.fft.fft(real.wide))))
    for axis in (0, -1):
        case("rfft", [real], (dtype, parts(np.fft.rfft(real.wide, axis=axis))), axis=axis)
    half = floats(dtype, (4, 3, 2))
    z = half.wide[..., 0] + 1j * half.wide[..., 1]
    case("irfft", [half], (dtype, np.fft.irfft(z, axis=1)), axis=1)
    case("irfft", [half], (dtype, np.fft.irfft(z, 7, axis=0)), axis=0, n=7)
    case("irfft", [half], (dtype, np.fft.irfft(z, 5, axis=1)), axis=-2, n=5)

# Triangular matrices.
for dtype in FLOATS:
    for shape in ((3, 3), (2, 4, 4)):
        a = floats(dtype, shape, -1.0, 1.0)
        # Only one triangle is read, so each half of a random matrix stands for a symmetric one.
        shifted = a.wide + 5 * np.eye(shape[-1])
        low = np.tril(shifted) + np.swapaxes(np.tril(shifted, -1), -1, -2)
        high = np.triu(shifted) + np.swapaxes(np.triu(shifted, 1), -1, -2)
        case("cholesky", [a], (dtype, np.linalg.cholesky(low)), jitter=5.0)
        case("cholesky", [a], (dtype, np.swapaxes(np.linalg.cholesky(high), -1, -2)), lower=False, jitter=5.0)
    for left in (True, False):
        for lower in (True, False):
            for transpose in (True, False):
                a = floats(dtype, (3, 3), 0.5, 1.5)
                b = floats(dtype, (3, 2) if left else (2, 3))
                unit = lower == transpose
                t = np.tril(a.wide) if lower else np.triu(a.wide)
                if unit:
                    np.fill_diagonal(t, 1)
                t = t.T if transpose else t
                x = scipy.linalg.solve(t, b.wide) if left else scipy.linalg.solve(t.T, b.wide.T).T
                case("triangular_solve", [a, b], (dtype, x), left=left, lower=lower, transpose=transpose, unit=unit)

# The registered examples.
for dtype, shape in (("f32", (2, 3)), ("i8", (4,))):
    x = any_tensor(dtype, shape)
    case("host_callback", [x], (dtype, x.wide), function="identity")
for dtype in ("f64", "f32"):
    x = floats(dtype, (2, 5), -3.0, 3.0)
    case("custom", [x], (dtype, np.logaddexp(0, x.wide)), function="log1pexp")

# Results whose size depends on the data.
for dtype in FLOATS + INTEGERS + ("bool",):
    x = Tensor(dtype, make_ops.rng.randint(0, 2 if dtype == "bool" else 4, (3, 4)))
    values, first, inverse, counts = np.unique(x.wide, return_index=True, return_inverse=True, return_counts=True)
    case("unique", [x], (dtype, values), ("i64", first), ("i64", inverse), ("i64", counts))
    order = np.argsort(first)
    rank = np.argsort(order)
    case("unique", [x], (dtype, values[order]), ("i64", first[order]), ("i64", rank[inverse]), ("i64", counts[order]),
         sorted=False)
    case("non_zero", [x], ("i64", np.stack(np.nonzero(x.wide))))
for axis in (0, 1):
    x = Tensor("i32", make_ops.rng.randint(0, 2, (9, 2) if axis == 0 else (2, 9)))
    values, first, inverse, counts = np.unique(x.wide, return_index=True, return_inverse=True, return_counts=True, axis=axis)
    case("unique", [x], ("i32", values), ("i64", first), ("i64", inverse), ("i64", counts), axis=(axis,))
# The examples in the documentation of ONNX's NonMaxSuppression.
corners = np.array([[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, -0.1, 1, 0.9], [0, 10, 1, 11], [0, 10.1, 1, 11.1], [0, 100, 1, 101]])
centers = np.stack([(corners[:, 1] + corners[:, 3]) / 2, (corners[:, 0] + corners[:, 2]) / 2,
                    corners[:, 3] - corners[:, 1], corners[:, 2] - corners[:, 0]], axis=1)
points = np.array([0.9, 0.75, 0.6, 0.95, 0.5, 0.3])
for boxes, centered in ((corners, False), (corners[:, [2, 3, 0, 1]], False), (centers, True)):
    for most, threshold, rows in ((3, 0.0, [3, 0, 5]), (2, 0.0, [3, 0]), (30, 0.0, [3, 0, 5]), (3, 0.4, [3, 0]), (0, 0.0, [])):
        case("non_max_suppression", [Tensor("f32", boxes[None]), Tensor("f32", points[None, None])],
             ("i64", np.array([[0, 0, r] for r in rows]).reshape(-1, 3)), most_per_class=most, iou_threshold=0.5,
             score_threshold=threshold, centered=centered)

make_ops.write(out, cases)
