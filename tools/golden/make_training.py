#!/usr/bin/python3
"""Writes src/optim/testdata/sequences.npz, src/loss/testdata/costs.npz and src/nn/testdata/quantiles.npz: what optimizers, costs and the
normal distribution give, computed in f64 from their definitions by NumPy and Python's statistics module."""
import os
import statistics

import numpy as np

SRC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src")
rng = np.random.default_rng(5)


def save(folder, name, arrays):
    os.makedirs(os.path.join(SRC, folder, "testdata"), exist_ok=True)
    np.savez(os.path.join(SRC, folder, "testdata", name), **arrays)


# Optimizers: a weight [3,2] and a bias [2], given gradients, a learning rate that changes.
STEPS = 6
rates = np.array([0.1, 0.1, 0.1, 0.05, 0.05, 0.02])
start = [rng.normal(size=(3, 2)), rng.normal(size=2)]
gradients = [rng.normal(size=(STEPS, 3, 2)), rng.normal(size=(STEPS, 2))]
start, gradients = ([a.astype("f4").astype("f8") for a in group] for group in (start, gradients))


def clipped(gs, norm):
    total = np.sqrt(sum((g**2).sum() for g in gs))
    return [g * (norm / max(norm, total)) for g in gs]


def sgd(momentum=0.0, nesterov=False, decay=0.0, decay_biases=False, clip=None):
    p = [a.copy() for a in start]
    velocity = [np.zeros_like(a) for a in p]
    history = []
    for t in range(STEPS):
        gs = [g[t] for g in gradients]
        if clip:
            gs = clipped(gs, clip)
        for k in range(2):
            g = gs[k] + (decay if k == 0 or decay_biases else 0) * p[k]
            velocity[k] = momentum * velocity[k] + g
            p[k] = p[k] - rates[t] * (g + momentum * velocity[k] if nesterov else velocity[k])
        history.append([a.copy() for a in p])
    return history


def adam(eps, decay=0.0, decoupled=True, beta1=0.9, beta2=0.999):
    p = [a.copy() for a in start]
    m, v = ([np.zeros_like(a) for a in p] for _ in range(2))
    history = []
    for t in range(STEPS):
        for k in range(2):
            own = decay if k == 0 else 0
            g = gradients[k][t] + (0 if decoupled else own) * p[k]
            m[k] = beta1 * m[k] + (1 - beta1) * g
            v[k] = beta2 * v[k] + (1 - beta2) * g**2
            step = (m[k] / (1 - beta1 ** (t + 1))) / (np.sqrt(v[k] / (1 - beta2 ** (t + 1))) + eps)
            p[k] = p[k] - rates[t] * step - rates[t] * (own if decoupled else 0) * p[k]
        history.append([a.copy() for a in p])
    return history


runs = {
    "sgd": sgd(),
    "sgd_decay": sgd(decay=0.3),
    "sgd_decay_biases": sgd(decay=0.3, decay_biases=True),
    "sgd_clip": sgd(clip=1.0),
    "momentum": sgd(momentum=0.9),
    "nesterov": sgd(momentum=0.9, nesterov=True),
    "adam": adam(1e-3),
    "adam_small_eps": adam(1e-8),
    "adam_l2": adam(1e-3, decay=0.3, decoupled=False),
    "adamw": adam(1e-3, decay=0.3),
}
arrays = {"rates": rates, "weight": start[0], "bias": start[1], "weight_gradients": gradients[0], "bias_gradients": gradients[1]}
for name, history in runs.items():
    arrays[name + ".weight"] = np.stack([h[0] for h in history])
    arrays[name + ".bias"] = np.stack([h[1] for h in history])
save("optim", "sequences.npz", arrays)

# Costs.
logits = rng.normal(size=(5, 4), scale=3)
labels = np.array([0, 3, 1, 1, 2])
weights = np.array([1.0, 0.5, 2.0, 0.25])


def cross_entropy(smoothing, class_weights):
    log_p = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    target = np.full((5, 4), smoothing / 4)
    target[np.arange(5), labels] += 1 - smoothing
    costs = -(target * log_p).sum(1)
    w = class_weights[labels]
    p = np.exp(log_p)
    gradient = (w / w.sum())[:, None] * (p - target)
    return np.array((w * costs).sum() / w.sum()), gradient


arrays = {"logits": logits, "labels": labels.astype("i8"), "class_weights": weights}
for name, smoothing, w in (("plain", 0, np.ones(4)), ("smooth", 0.1, np.ones(4)), ("weighted", 0, weights), ("both", 0.1, weights)):
    arrays[name], arrays[name + ".gradient"] = cross_entropy(smoothing, w)
save("loss", "costs.npz", arrays)

# Quantiles of the normal distribution.
p = np.array([1e-300, 1e-100, 1e-20, 1e-9, 1e-5, 0.001, 0.02275, 0.074, 0.0751, 0.25, 0.5, 0.6, 0.9249, 0.926, 0.975, 0.999999])
save("nn", "quantiles.npz", {"p": p, "x": np.array([statistics.NormalDist().inv_cdf(v) for v in p])})
