#!/usr/bin/python3
"""Writes the files of src/tensor/testdata and src/nn/testdata that PyTorch itself makes, and what they hold as NumPy's .npz.

Usage: make_pytorch.py [FOLDER] [CORPUS]     needs Debian's python3-torch (1.13) and python3-numpy
CORPUS (tests/corpus/pytorch) gets seeds for the fuzz target. The older form of files names storages by their addresses,
and TorchScript has an identity: those files differ from run to run.
"""
import os
import sys
import zipfile

import numpy as np
import torch

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.join(here, "..", "..")
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(root, "src", "tensor", "testdata")
corpus = sys.argv[2] if len(sys.argv) > 2 else os.path.join(root, "tests", "corpus", "pytorch")
os.makedirs(out, exist_ok=True)
os.makedirs(corpus, exist_ok=True)
torch.manual_seed(0)


def path(name):
    return os.path.join(out, "torch_" + name)


def numpy_of(tensor):
    """bfloat16 as the raw type that stands for it in .npy files."""
    tensor = tensor.detach()
    if tensor.dtype == torch.bfloat16:
        return (tensor.float().numpy().view("u4") >> 16).astype("u2").view("V2")
    return tensor.numpy()


def flat(value, prefix=""):
    """The tensors of nested dictionaries and lists, by dotted names."""
    if isinstance(value, torch.Tensor):
        return {prefix or "tensor": numpy_of(value)}
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else ()
    found = {}
    for key, item in items:
        found |= flat(item, f"{prefix}.{key}" if prefix else str(key))
    return found


def save(name, value, **options):
    torch.save(value, path(name + ".pt"), **options)
    np.savez(path(name + ".npz"), **flat(value))


# Element k of the 2x3 tensor: (k - 2) * 1.5 for floats, (k - 2) * 17 for signed integers, 40 k for uint8, odd k for bool.
k = torch.arange(6).reshape(2, 3)
types = {str(t).split(".")[1]: ((k - 2) * 1.5).to(t) for t in (torch.float64, torch.float32, torch.float16, torch.bfloat16)}
types |= {str(t).split(".")[1]: ((k - 2) * 17).to(t) for t in (torch.int64, torch.int32, torch.int16, torch.int8)}
types |= {"uint8": (40 * k).to(torch.uint8), "bool": k % 2 == 1}
save("types", types)
save("types_legacy", types, _use_new_zipfile_serialization=False)
save("protocol4", types, pickle_protocol=4)

shared = torch.arange(24, dtype=torch.float32)
views = {"whole": shared, "matrix": shared.reshape(4, 6), "transposed": shared.reshape(4, 6).t(),
         "part": shared.reshape(4, 6)[1:3, 1::2], "row": shared[6:12], "expanded": shared[3:5].reshape(2, 1).expand(2, 3),
         "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3), "parameter": torch.nn.Parameter(torch.ones(2)),
         "size": shared.reshape(4, 6).shape, "device": shared.device, "type": shared.dtype}
save("views", views)
save("views_legacy", views, _use_new_zipfile_serialization=False)
save("one_tensor", torch.tensor([[1.0, 2.0]]))

# A checkpoint as training scripts write it: numbers and texts beside the weights, integers as keys, lists.
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
optimizer = torch.optim.Adam(model.parameters())
model(torch.randn(5, 3)).sum().backward()
optimizer.step()
save("checkpoint", {"epoch": 3, "lr": 1e-3, "note": "größe", "best": None, "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(), "history": [torch.tensor(1.0), torch.tensor(0.5)]})

torch.save({"x": torch.zeros(2, dtype=torch.complex64)}, path("refused_complex.pt"))
torch.save(model, path("refused_model.pt"))
torch.jit.script(torch.nn.Linear(1, 1)).save(path("refused_script.pt"))

with zipfile.ZipFile(path("one_tensor.pt")) as stored, zipfile.ZipFile(path("refused_compressed.pt"), "w") as compressed:
    for name in stored.namelist():
        entry = zipfile.ZipInfo(name)  # without the time
        compressed.writestr(entry, stored.read(name), zipfile.ZIP_DEFLATED)


class Net(torch.nn.Module):
    """A network whose names are not ours, with an input and its output."""

    def __init__(self):
        super().__init__()
        self.encoder = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 4), torch.nn.GELU())
        self.head = torch.nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.encoder(x))


net, x = Net(), torch.randn(5, 3)
layers = os.path.join(root, "src", "nn", "testdata") if len(sys.argv) == 1 else out
torch.save(net.state_dict(), os.path.join(layers, "torch_net.pt"))
np.savez(os.path.join(layers, "torch_net.npz"), x=x.numpy(), y=net(x).detach().numpy())

# The fuzz target reads a whole file behind an even byte, and a pickle alone behind an odd one.
for name in ("types", "types_legacy", "views"):
    with open(path(name + ".pt"), "rb") as file:
        content = file.read()
    with open(os.path.join(corpus, name), "wb") as file:
        file.write(b"\0" + content)
reader = torch._C.PyTorchFileReader(path("checkpoint.pt"))
with open(os.path.join(corpus, "checkpoint_pickle"), "wb") as file:
    file.write(b"\1" + reader.get_record("data.pkl"))
