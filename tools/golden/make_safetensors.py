#!/usr/bin/env python3
"""Writes src/tensor/testdata/reference.safetensors with the reference library, or checks a file of ours.

Usage: make_safetensors.py [FOLDER]     needs the pip packages numpy and safetensors
       make_safetensors.py --check FILE  reads FILE and compares it with the same content
"""
import os
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

k = np.arange(6).reshape(2, 3)
CONTENT = {code: ((k - 2) * 1.5).astype(code) for code in ("f8", "f4", "f2")}
CONTENT |= {code: ((k - 2) * 17).astype(code) for code in ("i8", "i4", "i2", "i1")}
CONTENT |= {code: (40 * k).astype(code) for code in ("u8", "u4", "u2", "u1")}
CONTENT |= {"b1": k % 2 == 1, "scalar": np.array(2.5, dtype="f4"),
            "empty": np.zeros((0, 3), dtype="f4")}
METADATA = {"model": "mlp \"784-128\"", "größe": "ü"}


def check(file):
    with safe_open(file, framework="numpy") as opened:
        assert opened.metadata() == METADATA, opened.metadata()
        assert set(opened.keys()) == set(CONTENT), opened.keys()
        for name, expected in CONTENT.items():
            found = opened.get_tensor(name)
            assert found.dtype == expected.dtype and found.shape == expected.shape, name
            assert (found == expected).all(), name
    print(f"{file}: {len(CONTENT)} tensors and the metadata agree")


if len(sys.argv) == 3 and sys.argv[1] == "--check":
    check(sys.argv[2])
else:
    here = os.path.dirname(os.path.abspath(__file__))
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "tensor", "testdata")
    save_file({name: np.array(array, order="C") for name, array in CONTENT.items()},
              os.path.join(out, "reference.safetensors"), metadata=METADATA)
