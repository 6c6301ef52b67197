#!/usr/bin/env python3
"""Writes src/tensor/testdata/float8.npz: what ml_dtypes and the onnx package make of floats of 8 bits and integers of 4,
and NAME.npy of each as NumPy stores them. Usage: make_float8.py [FOLDER]     needs the pip packages numpy, ml_dtypes, onnx

FORM_values: the f4 of all codes. x: f4 numbers (all values, the middles between neighbours, what lies beside those, ends of
the ranges, powers of two, random numbers); FORM_codes: their codes where too large numbers become infinity or NaN;
FORM_saturated: where they become the largest number. int4, uint4: of whole numbers, which wrap around.
"""
import os
import sys

import ml_dtypes
import numpy as np
from onnx.numpy_helper import saturate_cast

here = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "tensor", "testdata")
os.makedirs(out, exist_ok=True)
np.seterr(all="ignore")

FORMS = {"f8e4m3fn": ml_dtypes.float8_e4m3fn, "f8e4m3fnuz": ml_dtypes.float8_e4m3fnuz, "f8e5m2": ml_dtypes.float8_e5m2,
         "f8e5m2fnuz": ml_dtypes.float8_e5m2fnuz}
codes = np.arange(256, dtype="u1")

arrays, numbers = {}, [np.array([np.inf, np.nan, 3.4e38, 1e-40, 1e9, 65504, 65536], "f4")]
for name, form in FORMS.items():
    values = codes.view(form).astype("f4")
    arrays[name + "_values"] = values
    finite = np.unique(np.abs(values[np.isfinite(values)]))
    step = finite[-1] - finite[-2]
    finite = np.append(finite, [finite[-1] + step, finite[-1] + 2 * step])
    middles = ((finite[1:].astype("f8") + finite[:-1]) / 2).astype("f4")
    numbers += [finite, middles, np.nextafter(middles, np.float32(0)), np.nextafter(middles, np.float32(np.inf))]
random = np.random.default_rng(1)
numbers.append((2.0 ** np.arange(-149, 128)).astype("f4"))
numbers.append((2.0 ** random.uniform(-20, 18, 3000)).astype("f4"))
x = np.unique(np.concatenate(numbers))
x = np.concatenate([x, -x])
arrays["x"] = x
for name, form in FORMS.items():
    arrays[name + "_codes"] = x.astype(form).view("u1")
    arrays[name + "_saturated"] = saturate_cast(x, np.dtype(form)).view("u1")
whole = np.arange(-300, 300, dtype="i4")
arrays["whole"] = whole
arrays["i4_values"] = whole.astype(ml_dtypes.int4).astype("i1")
arrays["u4_values"] = whole.astype(ml_dtypes.uint4).astype("u1")
np.savez_compressed(os.path.join(out, "float8.npz"), **arrays)

for name, form in FORMS.items():
    np.save(os.path.join(out, name + ".npy"), np.array([[0.5, -2, 1.75], [0.0625, 0, -1]], form))
np.save(os.path.join(out, "packed_i4.npy"), np.array([[-8, -3, 0], [1, 5, 7]], ml_dtypes.int4))
np.save(os.path.join(out, "packed_u4.npy"), np.array([[0, 3, 8], [9, 12, 15]], ml_dtypes.uint4))
