#!/usr/bin/env python3
"""Writes src/onnx/testdata/{mlsd,silero}_*.npy: what ONNX Runtime makes of the models that tools/fetch_models brings.

    tools/golden/make_real_models.py [FOLDER]       needs NumPy, Pillow and onnxruntime

M-LSD on 320x320 pixels of the photograph from (96, 96) on, values 0 to 255 with a fourth channel of ones: every 97th offset
and every 31st score. Silero on the whole prompt at 8 kHz: frames of 256 samples behind the last 32 of the frame before, the
state of one frame going into the next: the probability of each frame, and the last state.
"""
import pathlib
import sys

import numpy as np
import onnxruntime
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MODELS = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "models"
OUT = ROOT / "src" / "onnx" / "testdata"
FRAME, CONTEXT = 256, 32


def save(name, array):
    np.save(OUT / f"{name}.npy", np.ascontiguousarray(array, dtype=np.float32))


def main():
    onnxruntime.set_default_logger_severity(4)
    pixels = np.asarray(Image.open(MODELS / "astronaut.png").convert("RGB"), np.float32)[96:416, 96:416]
    image = np.concatenate([pixels, np.ones((320, 320, 1), np.float32)], 2)[None]
    mlsd = onnxruntime.InferenceSession(str(MODELS / "mlsd_320x320_tiny.onnx"))
    offsets, scores = mlsd.run(["offsets", "scores"], {mlsd.get_inputs()[0].name: image})
    save("mlsd_offsets", offsets.reshape(-1)[::97])
    save("mlsd_scores", scores.reshape(-1)[::31])

    raw = (MODELS / "demo-congrats.wav").read_bytes()[44:]
    samples = np.frombuffer(raw, "<i2").astype(np.float32) / 32768
    silero = onnxruntime.InferenceSession(str(MODELS / "silero_vad_v5.onnx"))
    state, context, probabilities = np.zeros((2, 1, 128), np.float32), np.zeros(CONTEXT, np.float32), []
    for k in range(len(samples) // FRAME):
        frame = np.concatenate([context, samples[k * FRAME:(k + 1) * FRAME]])
        p, state = silero.run(None, {"input": frame[None], "state": state, "sr": np.array(8000, np.int64)})
        probabilities.append(p[0, 0])
        context = frame[-CONTEXT:]
    save("silero_probabilities", probabilities)
    save("silero_state", state)
    print(f"{len(probabilities)} frames, speech in {np.mean(np.array(probabilities) > 0.5):.0%}")


if __name__ == "__main__":
    main()
