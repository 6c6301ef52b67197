#!/usr/bin/python3
"""Writes the files of src/tensor/testdata that NumPy itself makes. Usage: make_npy.py [FOLDER]"""
import os
import sys

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "tensor", "testdata")
os.makedirs(out, exist_ok=True)


def path(name):
    return os.path.join(out, name)


# Element k of the 2x3 array: (k - 2) * 1.5 for floats, (k - 2) * 17 for signed integers, 40 k for unsigned ones, odd k
# for b1.
k = np.arange(6).reshape(2, 3)
arrays = {code: ((k - 2) * 1.5).astype(code) for code in ("f8", "f4", "f2")}
arrays |= {code: ((k - 2) * 17).astype(code) for code in ("i8", "i4", "i2", "i1")}
arrays |= {code: (40 * k).astype(code) for code in ("u8", "u4", "u2", "u1")}
arrays |= {"b1": k % 2 == 1}
for code, array in arrays.items():
    np.save(path(code + ".npy"), array)
    np.save(path(code + "_fortran.npy"), np.asfortranarray(array))
    if array.itemsize > 1:
        np.save(path(code + "_big.npy"), array.astype(array.dtype.newbyteorder(">")))

# bfloat16 as the raw type that the ml_dtypes package gives it: the upper halves of f4.
upper = (arrays["f4"].view("u4") >> 16).astype("u2")
np.save(path("bf16.npy"), upper.view("V2"))

np.save(path("scalar.npy"), np.float32(2.5))
np.save(path("vector.npy"), np.arange(5, dtype="i4"))
np.save(path("empty.npy"), np.zeros((0, 3), dtype="f4"))
for version in ((2, 0), (3, 0)):
    with open(path(f"version{version[0]}.npy"), "wb") as file:
        np.lib.format.write_array(file, arrays["f4"], version=version)

np.save(path("refused_text.npy"), np.array(["a", "bc"]))
np.save(path("refused_complex.npy"), np.zeros(2, dtype="c8"))
np.save(path("refused_record.npy"), np.zeros(2, dtype=[("a", "f4"), ("b", "i4")]))

zeros = np.zeros((64, 64), dtype="f4")
np.savez(path("stored.npz"), a=arrays["f4"], b=arrays["i8"], zeros=np.zeros((2, 2), dtype="f4"))
np.savez_compressed(path("deflated.npz"), a=arrays["f4"], b=arrays["i8"], zeros=zeros)
