#!/usr/bin/env python3
"""Writes tests/corpus/picture: small pictures in each format that is read, made by Pillow. Its own reading of them is what
tools/golden/make_onnx_nets.py expects of ONNX's ImageDecoder."""
import pathlib

import numpy as np
from PIL import Image

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "tests/corpus/picture"
rng = np.random.RandomState(3)
y, x = np.mgrid[0:9, 0:13]
# Smooth, so that JPEG has something to keep, with an edge and some noise.
rgb = np.stack([20 * y + 5 * x, 255 - 18 * x, 120 + 100 * (x > y)], 2) + rng.randint(-9, 10, (9, 13, 3))
picture = Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8))
grey, bits, palette = picture.convert("L"), picture.convert("1"), picture.quantize(7)

FOLDER.mkdir(parents=True, exist_ok=True)
picture.save(FOLDER / "rgb.png")
picture.save(FOLDER / "halved.jpg", quality=85)
picture.save(FOLDER / "full.jpg", quality=95, subsampling=0)
picture.save(FOLDER / "progressive.jpg", quality=70, progressive=True)
grey.save(FOLDER / "grey.jpg")
for name, image in (("rgb", picture), ("grey", grey), ("bits", bits), ("palette", palette)):
    image.save(FOLDER / f"{name}.bmp")
picture.save(FOLDER / "rgb.ppm")
grey.save(FOLDER / "grey.pgm")
bits.save(FOLDER / "bits.pbm")
(FOLDER / "text.pbm").write_text("P1\n# a comment\n5 3\n10101\n0 1 0 1 0 11011\n")
(FOLDER / "text.pgm").write_text("P2 3 2 15\n0 1 7\n# between rows\n8 14 15\n")
(FOLDER / "text.ppm").write_text("P3\n2 2\n255\n255 0 10 0 255 20\n0 0 30 99 98 97\n")
(FOLDER / "of_15.pgm").write_bytes(b"P5 4 2\n15\n" + bytes(range(0, 16, 2)))
# With the first row first, of 4 bits.
header = b"BM" + (94).to_bytes(4, "little") + bytes(4) + (70).to_bytes(4, "little") + (40).to_bytes(4, "little")
header += (9).to_bytes(4, "little") + (-3).to_bytes(4, "little", signed=True) + (1).to_bytes(2, "little") + (4).to_bytes(2, "little")
header += bytes(16) + (4).to_bytes(4, "little") + bytes(4)
rows = b"".join(bytes([0x01, 0x23, 0x32, 0x10 + k, 0x30, 0, 0, 0]) for k in range(3))
(FOLDER / "first_row_first.bmp").write_bytes(header + bytes([1, 2, 3, 0, 200, 100, 50, 0, 0, 255, 0, 0, 9, 8, 7, 0]) + rows)
