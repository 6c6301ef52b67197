#!/usr/bin/python3
"""Writes src/expr/testdata/unsigned.npz: what NumPy says of unsigned integers. Usage: make_unsigned.py [FILE]

For u2, u4 and u8: NAME_x, the operands; NAME_FUNCTION of one argument, or of each two, x along the rows; casts to floats and,
of values that the type can hold, from f8.
"""
import os
import sys

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "expr", "testdata", "unsigned.npz")
os.makedirs(os.path.dirname(os.path.abspath(out)), exist_ok=True)
np.seterr(all="ignore")  # x / 0 and x % 0 are 0

UNARY = {"neg": np.negative, "abs": np.absolute, "sign": np.sign, "not": np.invert}
BINARY = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.floor_divide, "mod": np.remainder,
          "pow": np.power, "max": np.maximum, "min": np.minimum, "and": np.bitwise_and, "or": np.bitwise_or,
          "xor": np.bitwise_xor, "shift_left": np.left_shift, "shift_right": np.right_shift, "lt": np.less,
          "le": np.less_equal, "eq": np.equal}

arrays = {}
for code, bits in (("u2", 16), ("u4", 32), ("u8", 64)):
    top = 2**bits
    x = np.array([0, 1, 2, 3, 7, 10, bits - 1, bits, 1000, top // 2 - 1, top // 2, top // 2 + 1, top // 3, 5 * (top // 7), top - 2,
                  top - 1], code)
    arrays[code + "_x"] = x
    for name, f in UNARY.items():
        arrays[f"{code}_{name}"] = f(x)
    for name, f in BINARY.items():
        arrays[f"{code}_{name}"] = f(x[:, None], x[None, :])
    for to in ("f4", "f8"):
        arrays[f"{code}_to_{to}"] = x.astype(to)
    reals = np.array([0, 0.5, 1.75, 999.99, top / 2, top / 2 + top / 64, top * (1 - 2.0**-12)])
    arrays[code + "_reals"] = reals
    arrays[code + "_from_f8"] = reals.astype(code)
np.savez_compressed(out, **arrays)
