#!/usr/bin/python3
"""Writes src/nn/testdata/recurrent.npz: what PyTorch's recurrent layers give. Usage: make_recurrent.py [FILE]"""
import os
import sys

import numpy as np
import torch

here = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "nn", "testdata", "recurrent.npz")
torch.manual_seed(3)
arrays = {}
for kind, layer in (("lstm", torch.nn.LSTM), ("gru", torch.nn.GRU), ("rnn", torch.nn.RNN)):
    net = layer(3, 2, num_layers=2, bidirectional=True, batch_first=True)
    x, lengths = torch.randn(3, 4, 3), torch.tensor([2, 4, 1])
    states = tuple(torch.randn(4, 3, 2) for _ in range(2 if kind == "lstm" else 1))
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    y, last = net(packed, states if kind == "lstm" else states[0])
    y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, batch_first=True)
    last = last if kind == "lstm" else (last,)
    plain, _ = net(x)
    named = {"x": x, "lengths": lengths, "y": y, "plain": plain, **net.state_dict()}
    named.update({"h": states[0], "last_h": last[0]})
    if kind == "lstm":
        named.update({"c": states[1], "last_c": last[1]})
    arrays.update({f"{kind}.{name}": t.detach().numpy() for name, t in named.items()})
np.savez_compressed(out, **arrays)
