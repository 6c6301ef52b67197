#!/usr/bin/python3
"""Writes src/op/testdata/golden.json: what NumPy says of every operator. Usage: make_ops.py [FILE]

Results are computed in f64 (integers exactly) from operands that the element type holds, and rounded once to the result's type.
"""
import json
import math
import os
import sys
import warnings

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..", "src", "op", "testdata", "golden.json")
rng = np.random.RandomState(20240517)
np.seterr(all="ignore")
warnings.simplefilter("ignore", RuntimeWarning)  # the mean of nothing

NUMPY = {"f64": np.float64, "f32": np.float32, "f16": np.float16, "bf16": np.float32, "i64": np.int64, "i32": np.int32,
         "i16": np.int16, "i8": np.int8, "u8": np.uint8, "bool": np.bool_}
FLOATS = ("f64", "f32", "f16", "bf16")
SIGNED = ("i64", "i32", "i16", "i8")
INTEGERS = SIGNED + ("u8",)


def to_bf16(x):
    """Round to nearest even at bit 16; still stored as f32."""
    flat = np.asarray(x, np.float32).reshape(-1)
    bits = flat.view(np.uint32).astype(np.int64)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16 << 16).astype(np.uint32).view(np.float32)
    return np.where(np.isnan(flat), flat, rounded).reshape(np.shape(x))


class Tensor:
    def __init__(self, dtype, values):
        self.dtype = dtype
        values = np.asarray(values)
        self.values = to_bf16(values.astype(np.float32)) if dtype == "bf16" else values.astype(NUMPY[dtype])

    @property
    def wide(self):
        """f64 for floats, i64 for integers, bool as it is."""
        return self.values.astype(np.float64 if self.dtype in FLOATS else np.int64 if self.dtype != "bool" else np.bool_)


def number(x):
    if isinstance(x, (np.bool_, np.integer)):
        return int(x)
    x = float(x)
    return x if math.isfinite(x) else str(x)


def tensor_json(t):
    return {"dtype": t.dtype, "shape": list(t.values.shape), "values": [number(x) for x in t.values.reshape(-1)]}


def attribute_json(a):
    if isinstance(a, Tensor):
        return {"array": tensor_json(a)}
    if isinstance(a, str) and a in NUMPY:
        return {"dtype": a}
    return list(a) if isinstance(a, tuple) else a


cases = []


def case(op, inputs, expected, dtype=None, /, **attributes):
    """`expected` in wide arithmetic; it is rounded to `dtype`, by default that of the first operand."""
    result = Tensor(dtype or inputs[0].dtype, expected)
    cases.append({"op": op, "attributes": {k: attribute_json(v) for k, v in attributes.items()},
                  "inputs": [tensor_json(t) for t in inputs], "expected": tensor_json(result)})


def floats(dtype, shape, low=-2.0, high=2.0):
    return Tensor(dtype, rng.uniform(low, high, shape))


def integers(dtype, shape, low=-5, high=6):
    return Tensor(dtype, rng.randint(max(low, 0) if dtype == "u8" else low, high, shape))


def bools(*shape):
    return Tensor("bool", rng.randint(0, 2, shape))


def any_tensor(dtype, shape):
    return floats(dtype, shape) if dtype in FLOATS else bools(*shape) if dtype == "bool" else integers(dtype, shape)


# Element-wise, one operand.
erf = np.vectorize(math.erf, otypes=[np.float64])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


UNARY = {"floor": np.floor, "ceil": np.ceil, "round": np.round, "exp": np.exp, "log": np.log, "log1p": np.log1p,
         "expm1": np.expm1, "sqrt": np.sqrt, "rsqrt": lambda x: 1 / np.sqrt(x), "sin": np.sin, "cos": np.cos,
         "tanh": np.tanh, "erf": erf, "sigmoid": sigmoid, "silu": lambda x: x * sigmoid(x), "leaky_relu": None, "gelu": None,
         "softplus": None}
UNARY_NUMBERS = {"neg": np.negative, "abs": np.abs, "sign": np.sign, "relu": lambda x: np.maximum(x, 0),
                 "square": lambda x: x * x}
POSITIVE = {"log": 0.1, "sqrt": 0.1, "rsqrt": 0.1, "log1p": -0.7}
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -1.5, math.inf, -math.inf, math.nan, 30.0, -30.0]

for name, f in {**UNARY, **UNARY_NUMBERS}.items():
    variants = [({}, f)]
    if name == "leaky_relu":
        variants = [({"slope": s} if s != 0.01 else {}, lambda x, s=s: np.where(x > 0, x, s * x)) for s in (0.01, 0.3)]
    if name == "gelu":
        variants = [({}, lambda x: x / 2 * (1 + erf(x / math.sqrt(2)))),
                    ({"approximate": True}, lambda x: x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3))))]
    if name == "softplus":
        variants = [({"beta": b} if b != 1 else {}, lambda x, b=b: np.logaddexp(0, b * x) / b) for b in (1, 2.5)]
    for attributes, g in variants:
        for dtype in FLOATS:
            x = floats(dtype, (3, 5), POSITIVE.get(name, -3.0), 3.0)
            case(name, [x], g(x.wide), **attributes)
        if name not in ("sin", "cos", "gelu", "silu", "leaky_relu"):
            x = Tensor("f64", SPECIAL)
            case(name, [x], g(x.wide), **attributes)
    if name in UNARY_NUMBERS:
        for dtype in INTEGERS:
            x = integers(dtype, (2, 4))
            case(name, [x], f(x.wide))
case("floor", [Tensor("f32", [])], np.zeros(0))
x = bools(3, 4)
case("logical_not", [x], ~x.values)
x = bools()
case("logical_not", [x], ~x.values)
for dtype in ("f32", "i8"):
    x = any_tensor(dtype, (4,))
    case("stop_gradient", [x], x.wide)


def cast(x, dtype):
    if x.dtype not in FLOATS or dtype in FLOATS:
        return x.wide
    if dtype == "bool":
        return x.wide != 0
    info = np.iinfo(NUMPY[dtype])
    return np.array([0 if math.isnan(v) else info.max if v >= info.max else info.min if v <= info.min else int(v)
                     for v in x.wide.reshape(-1)], dtype=np.int64).reshape(x.wide.shape)


for source in NUMPY:
    for target in NUMPY:
        if source in FLOATS:
            x = Tensor(source, [0.0, 1.5, -1.5, 2.75, -300.5, 300.5, 1e4, math.nan, math.inf, -math.inf])
        else:
            x = integers(source, (6,), -100, 100) if source != "bool" else bools(6)
        case("cast", [x], cast(x, target), target, dtype=target)
case("cast", [Tensor("i32", [70000, -70000, 255, 256, -1])], np.array([70000, -70000, 255, 256, -1]), "i16", dtype="i16")

# Element-wise, two and three operands.
BINARY = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.power, "mod": np.mod,
          "maximum": np.maximum, "minimum": np.minimum}
COMPARISONS = {"equal": np.equal, "not_equal": np.not_equal, "less": np.less, "less_equal": np.less_equal,
               "greater": np.greater, "greater_equal": np.greater_equal}
SHAPES = [((3, 5), (3, 5)), ((3, 5), (5,)), ((4, 1), (1, 3)), ((2, 3, 1, 2), (3, 2, 1)), ((), (3,)), ((0, 2), (1, 2))]
for name, f in {**BINARY, **COMPARISONS}.items():
    result = "bool" if name in COMPARISONS else None
    for a_shape, b_shape in SHAPES:
        a, b = floats("f32", a_shape, 0.2 if name == "pow" else -2.0), floats("f32", b_shape)
        case(name, [a, b], f(a.wide, b.wide), result)
    for dtype in ("f64", "f16", "bf16"):
        a, b = floats(dtype, (2, 3), 0.2 if name == "pow" else -2.0), floats(dtype, (2, 3))
        case(name, [a, b], f(a.wide, b.wide), result)
    for dtype in INTEGERS:
        a, b = integers(dtype, (3, 4), -4, 5), integers(dtype, (4,), 0 if name == "pow" else -4, 4)
        exact = {"div": np.floor_divide}.get(name, f)
        case(name, [a, b], exact(a.wide, b.wide), result)
    a, b = np.meshgrid(SPECIAL[:10], SPECIAL[:10])
    a, b = Tensor("f64", a), Tensor("f64", b)
    case(name, [a, b], f(a.wide, b.wide), result)
    if name in COMPARISONS:
        a, b = bools(6), bools(6)
        case(name, [a, b], f(a.values, b.values), "bool")
for name, f in {"logical_and": np.logical_and, "logical_or": np.logical_or, "logical_xor": np.logical_xor}.items():
    for a_shape, b_shape in SHAPES:
        a, b = bools(*a_shape), bools(*b_shape)
        case(name, [a, b], f(a.values, b.values))
for dtype in NUMPY:
    c, a, b = bools(3, 1), any_tensor(dtype, (4,)), any_tensor(dtype, (3, 4))
    case("where", [c, a, b], np.where(c.values, a.wide, b.wide), dtype)
case("where", [Tensor("bool", [1, 0]), Tensor("f32", [1, math.nan]), Tensor("f32", [math.nan, 2])], np.array([1, 2]), "f32")

# Contractions.
for a_shape, b_shape in [((3, 5), (5, 4)), ((5,), (5,)), ((3, 5), (5,)), ((5,), (5, 4)), ((2, 3, 5), (2, 5, 4)),
                         ((2, 1, 3, 2), (3, 2, 4)), ((5,), (2, 5, 3)), ((2, 3, 5), (5,)), ((3, 0), (0, 2))]:
    a, b = floats("f32", a_shape), floats("f32", b_shape)
    case("matmul", [a, b], np.matmul(a.wide, b.wide))
for dtype in ("f64", "f16", "bf16") + INTEGERS:
    a, b = any_tensor(dtype, (3, 7)), any_tensor(dtype, (7, 2))
    case("matmul", [a, b], np.matmul(a.wide, b.wide))
for equation, shapes in [("ik,kj->ij", [(3, 5), (5, 4)]), ("bhid,bhjd->bhij", [(2, 2, 3, 4), (2, 2, 5, 4)]),
                         ("ii->i", [(4, 4)]), ("ii->", [(4, 4)]), ("ij->", [(3, 5)]), ("ijk->kji", [(2, 3, 4)]),
                         ("i,j->ij", [(3,), (5,)]), ("ij,ij->i", [(3, 5), (3, 5)]), ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 2)]),
                         ("ij,k->ij", [(2, 3), (4,)]), ("ijj,jk->ki", [(2, 3, 3), (3, 4)]), ("i,i,i->", [(5,), (5,), (5,)])]:
    operands = [floats("f32", s) for s in shapes]
    case("einsum", operands, np.einsum(equation, *[t.wide for t in operands]), equation=equation)
for dtype in ("f64", "f16", "bf16") + INTEGERS:
    a, b = any_tensor(dtype, (2, 3, 5)), any_tensor(dtype, (5, 2))
    case("einsum", [a, b], np.einsum("bik,kj->bij", a.wide, b.wide), equation="bik,kj->bij")

# Reductions.
REDUCTIONS = {"sum": np.sum, "mean": np.mean, "prod": np.prod, "max": np.max, "min": np.min, "any": np.any, "all": np.all}
FORMS = [((3, 5), (1,), False), ((3, 5), (0,), True), ((3, 5), (), False), ((), (), False), ((2, 3, 1, 4), (0, 2), False),
         ((2, 3, 1, 4), (1, -1), True), ((0, 3), (1,), False), ((2, 0), (1,), False)]
for name, f in REDUCTIONS.items():
    for shape, axes, keep in FORMS:
        if name in ("max", "min") and shape == (2, 0):
            continue
        x = bools(*shape) if name in ("any", "all") else floats("f32", shape)
        case(name, [x], f(x.wide, axis=axes or None, keepdims=keep), axes=axes, keep_dims=keep)
    for dtype in () if name in ("any", "all") else ("f64", "f16", "bf16") + (() if name == "mean" else INTEGERS):
        x = any_tensor(dtype, (3, 5))
        case(name, [x], f(x.wide, axis=1), axes=(1,))
    if name in ("max", "min", "sum"):
        case(name, [Tensor("f32", [1, math.nan, 2])], np.array(math.nan))
x = bools(3, 5)
case("sum", [x], x.values.sum(axis=0), "i64", axes=(0,))
case("max", [x], x.values.max(axis=0), axes=(0,))
case("sum", [Tensor("i8", np.full(5, 100))], np.array(500))
for name, f in {"arg_max": np.argmax, "arg_min": np.argmin}.items():
    for dtype in NUMPY:
        x = any_tensor(dtype, (3, 7))
        case(name, [x], f(x.wide, axis=1), "i64", axis=1)
    x = floats("f32", (2, 3, 1, 4))
    case(name, [x], np.expand_dims(f(x.wide, axis=1), 1), "i64", axis=1, keep_dims=True)
    case(name, [Tensor("f32", [1, math.nan, 2, math.nan, -3])], f(np.array([1, math.nan, 2, math.nan, -3])), "i64", axis=-1)
    case(name, [Tensor("f32", [2, 1, 2, 1])], f(np.array([2, 1, 2, 1])), "i64", axis=0)

# Index maps.
for dtype in NUMPY:
    x = any_tensor(dtype, (2, 6))
    case("reshape", [x], x.wide.reshape(3, 4), shape=(3, -1))
    case("transpose", [x], x.wide.T)
    case("broadcast", [x], np.broadcast_to(x.wide, (3, 2, 6)), shape=(3, 2, 6))
    case("slice", [x], x.wide[0:2, 1:6:2], start=(0, 1), stop=(2, 6), step=(1, 2))
    case("flip", [x], np.flip(x.wide, 1), axes=(1,))
    case("pad", [x], np.pad(x.wide, ((1, 0), (2, 3)), constant_values=1), low=(1, 2), high=(0, 3), value=1.0)
    y = any_tensor(dtype, (1, 6))
    case("concatenate", [x, y], np.concatenate([x.wide, y.wide], 0), axis=0)
    ids = integers("i64", (4,), 0, 6)
    case("gather", [x, ids], np.take(x.wide, ids.values, 1), axis=1)
    ids = integers("i32", (2, 3), 0, 6)
    case("take_along_axis", [x, ids], np.take_along_axis(x.wide, ids.values, 1), axis=1)
    case("constant", [], x.wide, dtype, value=x)
    case("full", [], np.full((2, 3), 1), dtype, value=1.0, dtype=dtype, shape=(2, 3))
x = floats("f32", (2, 3, 1, 4))
case("reshape", [x], x.wide.reshape(-1), shape=(24,))
case("reshape", [Tensor("f32", [[7]])], np.array(7), shape=())
case("transpose", [x], x.wide.transpose(2, 0, 3, 1), permutation=(2, 0, 3, 1))
case("expand_dims", [x], x.wide.reshape(1, 2, 3, 1, 4, 1), axes=(0, -1))
case("expand_dims", [Tensor("i32", [1, 2, 3])], np.array([[1], [2], [3]]), axes=(1,))
case("squeeze", [x], x.wide.reshape(2, 3, 4))
case("squeeze", [Tensor("i32", [[[5]], [[6]]])], np.array([[5], [6]]), axes=(-1,))
case("broadcast", [Tensor("f32", [[1], [2]])], np.array([[1, 1, 1], [2, 2, 2]]), shape=(2, 3))
case("broadcast", [Tensor("f32", 3)], np.full((2, 2), 3), shape=(2, 2))
case("slice", [x], x.wide[::-1, 1:3, :, 3:0:-2], start=(1, 1, 0, 3), stop=(-1, 3, 1, 0), step=(-1, 1, 1, -2))
case("slice", [Tensor("f32", [1, 2, 3, 4, 5])], np.array([2, 3]), start=(1,), stop=(3,))
case("flip", [x], np.flip(x.wide))
case("pad", [Tensor("f32", [[1, 2, 3], [4, 5, 6]])], np.array([[2.5, 2.5], [2, 3], [5, 6], [2.5, 2.5]]), low=(1, -1), high=(1, 0),
     value=2.5)
parts = [floats("f32", (2, n, 2)) for n in (1, 3, 0, 2)]
case("concatenate", parts, np.concatenate([p.wide for p in parts], 1), axis=-2)
case("gather", [x, Tensor("u8", [[2, 0], [1, 1]])], np.take(x.wide, [[2, 0], [1, 1]], 1), axis=1)
case("gather", [x, Tensor("i64", 3)], np.take(x.wide, 3, 3), axis=-1)
ids = integers("i8", (2, 5, 1, 4), 0, 3)
case("take_along_axis", [x, ids], np.take_along_axis(x.wide, ids.values.astype(int), 1), axis=1)
for dtype in FLOATS + INTEGERS:
    x, ids, updates = any_tensor(dtype, (5, 2)), integers("i64", (4,), 0, 5), any_tensor(dtype, (4, 2))
    y = x.wide.copy()
    np.add.at(y, ids.values, updates.wide)
    case("scatter_add", [x, ids, updates], y, axis=0)
x, ids, updates = floats("f32", (2, 4)), integers("i32", (3, 2), 0, 4), floats("f32", (2, 3, 2))
y = x.wide.copy()
np.add.at(y, (slice(None), ids.values), updates.wide)
case("scatter_add", [x, ids, updates], y, axis=1)
case("scatter_add", [Tensor("f32", [1, 2]), Tensor("i64", [-1, 1, 2]), Tensor("f32", [10, 20, 30])], np.array([1, 22]), axis=0)
case("full", [], np.array(-0.1), "f64", value=-0.1, dtype="f64", shape=())
case("full", [], np.full(3, 0.1), "bf16", value=0.1, dtype="bf16", shape=(3,))
for dtype in NUMPY:
    case("iota", [], np.broadcast_to(np.arange(5), (2, 5)), dtype, dtype=dtype, shape=(2, 5), axis=1)
case("iota", [], np.broadcast_to(np.arange(3)[:, None, None], (3, 2, 2)), "i64", shape=(3, 2, 2), axis=-3)
case("iota", [], np.arange(300), "u8", dtype="u8", shape=(300,), axis=0)


# Random numbers. Threefry-2x32-20 from the paper (Salmon et al., SC'11, section 5 and table 4), on arrays of counters.
def threefry(key, low, high):
    rotations = (13, 15, 26, 6, 17, 29, 16, 24)
    k = [np.uint32(key[0]), np.uint32(key[1])]
    k.append(np.uint32(0x1BD11BDA) ^ k[0] ^ k[1])
    x0, x1 = low + k[0], high + k[1]
    for r in range(20):
        x0 = x0 + x1
        n = np.uint32(rotations[r % 8])
        x1 = (x1 << n | x1 >> np.uint32(32 - n)) ^ x0
        if r % 4 == 3:
            s = r // 4 + 1
            x0 = x0 + k[s % 3]
            x1 = x1 + k[(s + 1) % 3] + np.uint32(s)
    return x0, x1


# The known answers that the authors publish with their implementation.
for counter, key, answer in [((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
                             ((0xFFFFFFFF,) * 2, (0xFFFFFFFF,) * 2, (0x1CB996FC, 0xBB002BE7)),
                             ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0))]:
    got = threefry(key, np.array([counter[0]], np.uint32), np.array([counter[1]], np.uint32))
    assert (int(got[0][0]), int(got[1][0])) == answer, (counter, key)


def words(key, counters):
    counters = np.asarray(counters, np.uint64)
    return threefry(key.values.view(np.uint32), (counters & np.uint64(0xFFFFFFFF)).astype(np.uint32),
                    (counters >> np.uint64(32)).astype(np.uint32))[0]


def low_bits(key, counters):
    return (words(key, counters) & np.uint32(0xFFFFFF)).astype(np.float64)


def normal(key, n):
    u, v = (low_bits(key, 2 * n) + 1) / 2 ** 24, low_bits(key, 2 * n + 1) / 2 ** 24
    return np.sqrt(-2 * np.log(u)) * np.cos(2 * math.pi * v)


KEYS = [Tensor("i32", [0, 0]), Tensor("i32", [-1, 42]), Tensor("i32", [123456789, -987654321])]
for key in KEYS:
    for shape in [(7,), (2, 3, 2), ()]:
        n = np.arange(int(np.prod(shape))).reshape(shape)
        case("random_bits", [key], words(key, n).view(np.int32).reshape(shape), "i32", shape=shape)
        case("uniform", [key], low_bits(key, n) / 2 ** 24 * 5 - 2, "f32", shape=shape, low=-2.0, high=3.0)
        case("normal", [key], normal(key, n), "f32", shape=shape)
        case("normal", [key], normal(key, n) * 0.5 + 3, "f32", shape=shape, mean=3.0, stddev=0.5)
        case("bernoulli", [key], low_bits(key, n) < 0.75 * 2 ** 24, "bool", probability=0.75, shape=shape)
        for dtype in FLOATS:
            x = floats(dtype, shape)
            case("dropout", [x, key], np.where(low_bits(key, n) < 0.25 * 2 ** 24, 0, x.wide / 0.75), rate=0.25)
    for count in (1, 3):
        case("split_key", [key], words(key, 2 ** 40 + np.arange(2 * count)).view(np.int32).reshape(count, 2), "i32", count=count)


# Networks.
def log_softmax(x, axis):
    x = x - x.max(axis=axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))


for dtype in FLOATS:
    for shape, axis in [((3, 5), -1), ((3, 5), 0), ((2, 3, 1, 4), 1), ((1,), 0)]:
        x = floats(dtype, shape)
        case("softmax", [x], np.exp(log_softmax(x.wide, axis)), axis=axis)
        case("log_softmax", [x], log_softmax(x.wide, axis), axis=axis)
    x, labels = floats(dtype, (4, 3)), integers("i64", (4,), 0, 3)
    case("cross_entropy", [x, labels], -log_softmax(x.wide, 1)[np.arange(4), labels.values].mean())
    a, b = floats(dtype, (3, 5)), floats(dtype, (3, 5))
    case("mse", [a, b], ((a.wide - b.wide) ** 2).mean())
    x, w, bias = floats(dtype, (2, 3, 5)), floats(dtype, (4, 5)), floats(dtype, (4,))
    case("linear", [x, w], x.wide @ w.wide.T)
    case("linear", [x, w, bias], x.wide @ w.wide.T + bias.wide)
x = floats("f32", (2, 4), 900, 1100)
case("softmax", [x], np.exp(log_softmax(x.wide, 1)))
case("log_softmax", [x], log_softmax(x.wide, 1))
x, labels = floats("f32", (3, 10), -80, 80), Tensor("u8", [9, 0, 4])
case("cross_entropy", [x, labels], -log_softmax(x.wide, 1)[np.arange(3), labels.values].mean())
for dtype in NUMPY:
    ids = Tensor("i64", [0, 2, 5, -1])
    case("one_hot", [ids], ids.values[:, None] == np.arange(4), dtype, depth=4, dtype=dtype)
case("one_hot", [Tensor("u8", [[1], [0]])], np.array([[[0, 1]], [[1, 0]]]), "f32", depth=2)

# An expression of one's own: all squared distances, and a running sum.
a, b = floats("f32", (3, 5)), floats("f32", (4, 5))
case("formula", [a, b], ((a.wide[:, None] - b.wide[None]) ** 2).sum(-1), e="squared distances")
x = floats("f64", (6,))
case("formula", [x], np.cumsum(x.wide), e="running sum")


def write(path, rows):
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in rows) + "\n]\n")
    print(f"{len(rows)} cases of {len({c['op'] for c in rows})} operators")


if __name__ == "__main__":
    write(out, cases)
