#!/usr/bin/python3
"""Writes src/optim/testdata/rows.npz: what PyTorch's optimizers make of a table whose gradient is sparse.

SGD and SparseAdam take sparse gradients as they are. What an optimizer does to the rows of a step alone, PyTorch says where
each row is a parameter of its own, which has no gradient in the steps that do not look it up."""
import os

import numpy as np
import torch

SRC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src")
ROWS, WIDTH, STEPS, IDS = 7, 3, 6, 5
rng = np.random.default_rng(11)
rates = [0.1, 0.1, 0.1, 0.05, 0.05, 0.02]
start = rng.normal(size=(ROWS, WIDTH)).astype("f4").astype("f8")
ids = rng.integers(0, ROWS - 1, size=(STEPS, IDS))  # the last row is never looked up
updates = rng.normal(size=(STEPS, IDS, WIDTH)).astype("f4").astype("f8")
assert any(len(set(step)) < IDS for step in ids.tolist()), "some id comes twice in a step"


def set_rate(optimizer, rate):
    for group in optimizer.param_groups:
        group["lr"] = rate


def sparse(make, padding=None):
    table = torch.nn.Embedding(ROWS, WIDTH, padding_idx=padding, sparse=True, dtype=torch.float64)
    table.weight.data = torch.tensor(start)
    optimizer = make([table.weight])
    history = []
    for t in range(STEPS):
        set_rate(optimizer, rates[t])
        optimizer.zero_grad(set_to_none=True)
        (table(torch.tensor(ids[t])) * torch.tensor(updates[t])).sum().backward()
        assert table.weight.grad.is_sparse
        optimizer.step()
        history.append(table.weight.detach().numpy().copy())
    return np.stack(history)


def by_row(make):
    rows = [torch.nn.Parameter(torch.tensor(r)) for r in start]
    optimizer = make(rows)
    history = []
    for t in range(STEPS):
        set_rate(optimizer, rates[t])
        for k, row in enumerate(rows):
            touched = ids[t] == k
            row.grad = torch.tensor(updates[t][touched].sum(0)) if touched.any() else None
            if "step" in optimizer.state[row]:
                optimizer.state[row]["step"] = torch.tensor(float(t))  # one count for the whole table
            elif touched.any() and isinstance(optimizer, torch.optim.AdamW):
                optimizer.state[row].update(step=torch.tensor(float(t)), exp_avg=torch.zeros_like(row),
                                            exp_avg_sq=torch.zeros_like(row))
        optimizer.step()
        history.append(np.stack([r.detach().numpy() for r in rows]))
    return np.stack(history)


optim = torch.optim
arrays = {
    "rates": np.array(rates), "start": start, "ids": ids, "updates": updates,
    "sgd": sparse(lambda p: optim.SGD(p, lr=0.1)),
    "sgd_padding": sparse(lambda p: optim.SGD(p, lr=0.1), padding=2),
    "adam": sparse(lambda p: optim.SparseAdam(p, lr=0.1)),
    "adam_padding": sparse(lambda p: optim.SparseAdam(p, lr=0.1), padding=2),
    "momentum": by_row(lambda p: optim.SGD(p, lr=0.1, momentum=0.9)),
    "nesterov_decay": by_row(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.3)),
    "adamw": by_row(lambda p: optim.AdamW(p, lr=0.1, weight_decay=0.3)),
}
np.savez(os.path.join(SRC, "optim", "testdata", "rows.npz"), **arrays)
