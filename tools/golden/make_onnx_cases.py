#!/usr/bin/env python3
"""Writes src/onnx/testdata/cases: small models with what ONNX Runtime makes of them, for versions and forms of operators
that ONNX's own cases (opset 17 and before) leave out. Needs the Python packages onnx and onnxruntime."""
import pathlib
import shutil

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "src/onnx/testdata/cases"
RANDOM = np.random.default_rng(18)
TYPES = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64, "int32": TensorProto.INT32, "bool": TensorProto.BOOL,
         "object": TensorProto.STRING, "float64": TensorProto.DOUBLE}


def of_array(a, name=""):
    return numpy_helper.from_array(a, name)


def floats(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


def info(name, a, open_shape=False):
    shape = [f"{name}_{k}" for k in range(a.ndim)] if open_shape else a.shape
    return helper.make_tensor_value_info(name, TYPES[str(a.dtype)], shape)


def write(name, nodes, inputs, outputs, opset, constants=None, types=None, open_shape=False, functions=()):
    """inputs: arrays by name; outputs: names; types: element types of outputs, by default float32."""
    constants = constants or {}
    graph = helper.make_graph(
        nodes, name, [info(n, a, open_shape) for n, a in inputs.items()],
        [helper.make_tensor_value_info(n, TYPES[(types or {}).get(n, "float32")], None) for n in outputs],
        [of_array(a, n) for n, a in constants.items()])
    domains = [helper.make_opsetid("", opset)] + [helper.make_opsetid(f.domain, 1) for f in functions]
    model = helper.make_model(graph, opset_imports=domains, ir_version=9, functions=functions)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    results = session.run(outputs, inputs)
    # Ranks of outputs, which readers may want.
    for out, r in zip(model.graph.output, results):
        out.CopyFrom(helper.make_tensor_value_info(out.name, TYPES[str(r.dtype)], [None] * r.ndim))
    folder = FOLDER / name / "test_data_set_0"
    folder.mkdir(parents=True)
    (FOLDER / name / "model.onnx").write_bytes(model.SerializeToString())
    for kind, arrays in (("input", inputs.values()), ("output", results)):
        for k, a in enumerate(arrays):
            (folder / f"{kind}_{k}.pb").write_bytes(of_array(np.asarray(a)).SerializeToString())


def one(name, op, inputs, opset, constants=None, outputs=("y",), types=None, open_shape=False, **attributes):
    names = list(inputs) + list(constants or {})
    write(name, [helper.make_node(op, names, list(outputs), **attributes)], inputs, list(outputs), opset, constants, types,
          open_shape)


def graph(name, nodes, inputs, outputs):
    def port(n, t, s):
        return helper.make_tensor_value_info(n, t, s)
    return helper.make_graph(nodes, name, [port(*i) for i in inputs], [port(*o) for o in outputs])


def shapes():
    x = floats(3, 4)
    one("pad_axes", "Pad", {"x": x}, 18, {"pads": ints(1, 2), "value": np.float32(7), "axes": ints(-1)})
    one("pad_wrap", "Pad", {"x": x}, 19, {"pads": ints(2, 1, 1, 3)}, mode="wrap")
    one("pad_reflect_crop", "Pad", {"x": floats(5, 4)}, 18, {"pads": ints(2, -1, 1, 0)}, mode="reflect")
    one("pad_value_by_input", "Pad", {"x": x, "pads": ints(1, 0, 0, 2), "value": np.array(3, np.float32)}, 21)
    one("split_uneven", "Split", {"x": floats(7, 2)}, 18, outputs=("a", "b", "c"), num_outputs=3)
    one("split_axis_listed", "Split", {"x": floats(2, 6)}, 18, {"split": ints(1, 0, 5)}, outputs=("a", "b", "c"), axis=-1)
    one("reshape_zero_kept", "Reshape", {"x": floats(2, 3, 4)}, 19, {"shape": ints(0, -1)})
    one("center_crop_pad", "CenterCropPad", {"x": floats(5, 4, 3)}, 18, {"shape": ints(2, 7)}, axes=[0, 1])
    one("slice_negative_to_front", "Slice", {"x": floats(6, 5)}, 21,
        {"starts": ints(-1, 100), "ends": ints(np.iinfo(np.int64).min, 0), "axes": ints(0, 1), "steps": ints(-2, -1)})
    one("slice_by_input", "Slice", {"x": floats(6, 5), "starts": ints(1), "ends": ints(4)}, 13)
    one("tile_by_input", "Tile", {"x": x, "repeats": ints(2, 3)}, 13)
    one("expand_by_input", "Expand", {"x": floats(3, 1), "shape": ints(2, 1, 6)}, 13)
    one("trilu_by_input", "Trilu", {"x": floats(2, 4, 5), "k": np.array(-1, np.int64)}, 14, upper=0)
    one("col2im_dilated", "Col2Im", {"x": floats(1, 8, 4)}, 18, {"image": ints(4, 4), "block": ints(2, 2)},
        dilations=[2, 2])
    one("eye_like_22", "EyeLike", {"x": floats(3, 5)}, 22, k=-1)
    one("open_shapes", "Transpose", {"x": floats(2, 3, 4)}, 21, perm=[2, 0, 1], open_shape=True)


def indices():
    x = floats(4, 5)
    for how in ("max", "min", "add", "mul"):
        one(f"scatter_elements_{how}", "ScatterElements",
            {"x": x, "ids": np.array([[0, -1], [2, 2]], np.int64), "u": floats(2, 2)}, 18, axis=1, reduction=how)
        one(f"scatter_nd_{how}", "ScatterND", {"x": x, "ids": np.array([[1], [-1], [1]], np.int64), "u": floats(3, 5)}, 18,
            reduction=how)
    one("gather_elements_smaller", "GatherElements", {"x": x, "ids": np.array([[1, -2], [0, 3]], np.int64)}, 13, axis=0)
    one("gather_nd_batch", "GatherND", {"x": floats(2, 3, 4), "ids": np.array([[[-1]], [[1]]], np.int64)}, 13, batch_dims=1)
    one("one_hot_outside", "OneHot", {"ids": ints(0, 4, -5, -1)}, 11,
        {"depth": np.array(3, np.int64), "values": np.array([2, 5], np.float32)}, axis=0)
    one("top_k_by_input", "TopK", {"x": floats(3, 6), "k": ints(2)}, 11, outputs=("y", "at"), types={"at": "int64"},
        axis=-1, largest=0)
    one("arg_max_last", "ArgMax", {"x": np.array([[1, 3, 3, 0], [2, 2, 1, 2]], np.float32)}, 13, types={"y": "int64"},
        axis=-1, keepdims=0, select_last_index=1)
    one("cum_sum_by_input", "CumSum", {"x": x, "axis": np.array(-2, np.int64)}, 14, exclusive=1, reverse=1)
    # Extents that data decides, all the way to an output.
    nodes = [helper.make_node("Greater", ["x", "zero"], ["positive"]), helper.make_node("NonZero", ["positive"], ["places"]),
             helper.make_node("Transpose", ["places"], ["rows"], perm=[1, 0]),
             helper.make_node("GatherND", ["x", "rows"], ["found"]), helper.make_node("Shape", ["found"], ["count"]),
             helper.make_node("Div", ["count", "two"], ["half"]),
             helper.make_node("Slice", ["found", "start", "half"], ["y"])]
    write("half_of_the_positive", nodes, {"x": floats(5, 6)}, ["y"], 18,
          {"zero": np.array(0, np.float32), "two": ints(2), "start": ints(0)})


def control():
    f, i, b = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
    x = floats(2, 3)
    nodes = [helper.make_node("Constant", [], ["one"], value=of_array(np.float32(1)))]
    double = graph("double", nodes + [helper.make_node("Add", ["x", "one"], ["a"])], [], [("a", f, None)])
    stack = graph("stack", [helper.make_node("Concat", ["x", "x"], ["a"], axis=0)], [], [("a", f, None)])
    for truth in (False, True):
        write(f"if_{str(truth).lower()}_other_extents",
              [helper.make_node("ReduceSum", ["x"], ["sum"], keepdims=0),
               helper.make_node("Greater", ["sum", "limit"], ["c"]),
               helper.make_node("If", ["c"], ["y"], then_branch=double, else_branch=stack)], {"x": x}, ["y"], 21,
              {"limit": np.float32(-1e9 if truth else 1e9)})
    # y doubles while its sum is below a limit; the partial sums are stacked.
    body = graph("body", [helper.make_node("Add", ["s", "s"], ["next"]),
                          helper.make_node("ReduceSum", ["next"], ["total"], keepdims=0),
                          helper.make_node("Less", ["total", "limit"], ["on"])],
                 [("k", i, []), ("c", b, []), ("s", f, [2])], [("on", b, []), ("next", f, [2]), ("total", f, [])])
    write("loop_until", [helper.make_node("Loop", ["", "start", "x"], ["y", "sums"], body=body)],
          {"x": np.array([1, 2], np.float32), "limit": np.array(50, np.float32)}, ["y", "sums"], 21, {"start": np.array(True)})
    body = graph("body", [helper.make_node("Concat", ["s", "x"], ["next"], axis=0),
                          helper.make_node("Identity", ["c"], ["on"])],
                 [("k", i, []), ("c", b, []), ("s", f, None)], [("on", b, []), ("next", f, None)])
    write("loop_growing", [helper.make_node("Loop", ["trips", "start", "x"], ["y"], body=body)],
          {"x": x, "trips": np.array(3, np.int64)}, ["y"], 21, {"start": np.array(True)})
    body = graph("body", [helper.make_node("Add", ["s", "x"], ["next"]), helper.make_node("Identity", ["c"], ["on"]),
                          helper.make_node("Cast", ["k"], ["out"], to=f)],
                 [("k", i, []), ("c", b, []), ("s", f, [2, 3])],
                 [("on", b, []), ("next", f, [2, 3]), ("out", f, [])])
    for trips in (0, 4):
        write(f"loop_{trips}_times", [helper.make_node("Loop", ["trips", "", "x"], ["y", "steps"], body=body)],
              {"x": x, "trips": np.array(trips, np.int64)}, ["y", "steps"], 21)
    body = graph("body", [helper.make_node("Add", ["s", "e"], ["next"]), helper.make_node("Mul", ["next", "e"], ["out"])],
                 [("s", f, [2]), ("e", f, [2])], [("next", f, [2]), ("out", f, [2])])
    write("scan_axes_backward", [helper.make_node("Scan", ["s", "x"], ["y", "z"], body=body, num_scan_inputs=1,
                                                  scan_input_axes=[1], scan_input_directions=[1],
                                                  scan_output_axes=[-1], scan_output_directions=[1])],
          {"s": floats(2), "x": x}, ["y", "z"], 21)
    nodes = [helper.make_node("SplitToSequence", ["x", "parts"], ["s"], axis=1),
             helper.make_node("SequenceErase", ["s", "at"], ["t"]), helper.make_node("SequenceInsert", ["t", "x"], ["u"]),
             helper.make_node("ConcatFromSequence", ["u"], ["y"], axis=1)]
    write("sequence_of_parts", nodes, {"x": floats(2, 5)}, ["y"], 21, {"parts": ints(1, 2, 2), "at": np.array(-2, np.int64)})


def open_extents():
    """Extents that only a dimension behind the first says, and loops over them."""
    global RANDOM
    RANDOM = np.random.default_rng(24)
    x, n = floats(2, 4), np.array(3, np.int64)
    write("lower_triangle_of_shape",
          [helper.make_node("Shape", ["x"], ["s"], start=1), helper.make_node("Concat", ["s", "s"], ["square"], axis=0),
           helper.make_node("ConstantOfShape", ["square"], ["ones"], value=numpy_helper.from_array(np.ones(1, np.float32))),
           helper.make_node("Trilu", ["ones"], ["y"], upper=0)], {"x": x}, ["y"], 18, open_shape=True)
    kept = graph("kept", [helper.make_node("Identity", ["going"], ["go"]), helper.make_node("Add", ["v", "x"], ["w"]),
                          helper.make_node("Identity", ["w"], ["row"])],
                 [("k", TensorProto.INT64, []), ("going", TensorProto.BOOL, []), ("v", TensorProto.FLOAT, None)],
                 [("go", TensorProto.BOOL, []), ("w", TensorProto.FLOAT, None), ("row", TensorProto.FLOAT, None)])
    write("loop_of_open_extents", [helper.make_node("Loop", ["n", "", "x"], ["y", "rows"], body=kept)], {"n": n, "x": x}, ["y", "rows"],
          18, open_shape=True)
    less = graph("less", [helper.make_node("Add", ["v", "x"], ["w"]), helper.make_node("Identity", ["w"], ["row"]),
                          helper.make_node("ReduceMax", ["w"], ["most"], keepdims=0), helper.make_node("Less", ["most", "limit"], ["go"])],
                 [("k", TensorProto.INT64, []), ("going", TensorProto.BOOL, []), ("v", TensorProto.FLOAT, None)],
                 [("go", TensorProto.BOOL, []), ("w", TensorProto.FLOAT, None), ("row", TensorProto.FLOAT, ["rows", "columns"])])
    for name, first in (("loop_until_of_open_extents", True), ("loop_never_of_open_extents", False)):
        write(name, [helper.make_node("Loop", ["", "first", "x"], ["y", "rows"], body=less)],
              {"first": np.array(first), "x": x, "limit": np.array(9, np.float32)}, ["y", "rows"], 18, open_shape=True)
    # As AffineGrid is defined: the limit is a list of one.
    write("range_to_part_of_input", [helper.make_node("Shape", ["size"], ["rank"]), helper.make_node("Sub", ["rank", "one"], ["at"]),
                                     helper.make_node("Slice", ["size", "at", "rank"], ["limit"]),
                                     helper.make_node("Squeeze", ["one"], ["step"]), helper.make_node("Sub", ["step", "step"], ["zero"]),
                                     helper.make_node("Range", ["zero", "limit", "step"], ["r"]),
                                     helper.make_node("Cast", ["r"], ["f"], to=TensorProto.FLOAT),
                                     helper.make_node("ConstantOfShape", ["size"], ["z"]), helper.make_node("Add", ["z", "f"], ["y"])],
          {"size": ints(2, 1, 3)}, ["y"], 17, {"one": ints(1)}, open_shape=True)
    # Names of one batch, which grow until one of them comes: extents that stay the same are known in the body.
    node = helper.make_node
    decode = graph("decode", [node("Gather", ["table", "ids"], ["rows"]), node("ReduceMean", ["rows"], ["mean"], axes=[1], keepdims=0),
                              node("Transpose", ["table"], ["columns"]), node("MatMul", ["mean", "columns"], ["scores"]),
                              node("ArgMax", ["scores"], ["next"], axis=1), node("Concat", ["ids", "next"], ["more"], axis=1),
                              node("Equal", ["next", "last"], ["is_last"]), node("Squeeze", ["is_last"], ["ends"]),
                              node("Not", ["ends"], ["go"])],
                   [("k", TensorProto.INT64, []), ("going", TensorProto.BOOL, []), ("ids", TensorProto.INT64, None)],
                   [("go", TensorProto.BOOL, []), ("more", TensorProto.INT64, None)])
    write("loop_of_decoding", [helper.make_node("Loop", ["trips", "", "first"], ["y"], body=decode)],
          {"first": np.array([[1, 3]], np.int64), "table": floats(6, 4)}, ["y"], 17,
          {"trips": np.array(6, np.int64), "last": np.array(2, np.int64)}, types={"y": "int64"})
    factors = {f"f{k}": np.array(k, np.float32) for k in range(300)}
    write("concat_of_many", [helper.make_node("Mul", ["x", f"f{k}"], [f"p{k}"]) for k in range(300)] +
          [helper.make_node("Concat", [f"p{k}" for k in range(300)], ["y"], axis=0)], {"x": x}, ["y"], 18, factors, open_shape=True)


def function_defaults():
    """A function whose attribute has a default, called with and without it."""
    body = helper.make_node("LeakyRelu", ["a"], ["b"])
    body.attribute.append(onnx.AttributeProto(name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT))
    f = helper.make_function("mine", "leaky", ["a"], ["b"], [body], [helper.make_opsetid("", 18)],
                             attribute_protos=[helper.make_attribute("slope", 0.25)])
    x = floats(4)
    nodes = [helper.make_node("leaky", ["x"], ["y"], domain="mine"), helper.make_node("leaky", ["x"], ["z"], domain="mine", slope=3.0)]
    write("function_default_attribute", nodes, {"x": x}, ["y", "z"], 18, functions=[f])


def texts():
    words = np.array([["Ab", "c"], ["", "dE f"]], object)
    write("string_concat", [helper.make_node("StringConcat", ["x", "w"], ["y"])],
          {"x": words, "w": np.array(["-", "+"], object)}, ["y"], 20, types={"y": "object"})
    for name, attributes in (("space", {}), ("dots", {"delimiter": "..", "maxsplit": 2})):
        write(f"string_split_{name}", [helper.make_node("StringSplit", ["x"], ["y", "n"], **attributes)],
              {"x": np.array([" a bc  d", "e..f....g", "h" if attributes else ""], object)}, ["y", "n"], 20, types={"y": "object", "n": "int64"})

    mails = np.array(["ab@cd.ef", "a b@c.de", "x@y", "", "aab", "abab", "b\n", "A-1]", "0.5e-3"], object)
    for k, pattern in enumerate([r"[^@ ]+@\w+\.[a-z]{2,3}", r"(a|ab)*b?", r"^$|x@.", r"b.|b\s", r"[A-Z][-\]\d]+?", r"(?:a{2}b|\d\.?\d*(e[+-]?\d)?)"]):
        one(f"regex_{k}", "RegexFullMatch", {"x": mails}, 20, types={"y": "bool"}, pattern=pattern)


def casts_of_texts():
    # Numbers of at most 8 digits: ONNX Runtime writes no more, where ONNX's own cases have as many as it takes.
    numbers = [0.0, -0.0, 1.0, -1.5, 0.1, 314.15926, 1e-4, 1e-5, -2.5e-20, 1e7, 12345678.0, 99999999.0, 1e8, 1.25e9, 1e16, 1e30,
               np.nan, np.inf, -np.inf]
    one("cast_text_of_f64", "Cast", {"x": np.array(numbers)}, 13, types={"y": "object"}, to=TensorProto.STRING)
    one("cast_text_of_f32", "Cast", {"x": np.array([0, -2, 1.5, 0.1, 16777216, 1e8, 1e10, 0.25, np.nan, -np.inf], np.float32)}, 13,
        types={"y": "object"}, to=TensorProto.STRING)
    one("cast_text_of_i64", "Cast", {"x": ints(0, -7, 2**63 - 1, -2**63)}, 13, types={"y": "object"}, to=TensorProto.STRING)
    one("cast_text_of_bool", "Cast", {"x": np.array([True, False])}, 13, types={"y": "object"}, to=TensorProto.STRING)
    plain = ["0", "-1", "+5", " 12", "7\n", "100.5", "-2.75", "3."]
    for name, more in (("float32", ["1e3", "1E8", "2.5e-7", "+INF", "inf", "-INF", "nan", "NaN", ".5"]), ("float64", ["1e300", "INF"]),
                       ("int64", ["9223372036854775807"]), ("int32", []), ("bool", ["0.5", "00"])):
        one(f"cast_{name}_of_text", "Cast", {"x": np.array(plain + more, object)}, 13, types={"y": name}, to=TYPES[name])


def scans_of_batches():
    """Opset 8: runs of their own lengths, forwards and backwards in one."""
    f = TensorProto.FLOAT
    body = graph("body", [helper.make_node("Mul", ["s", "a"], ["scaled"]), helper.make_node("Add", ["scaled", "b"], ["next"]),
                          helper.make_node("Sub", ["next", "a"], ["out"])],
                 [("s", f, [2]), ("a", f, [2]), ("b", f, [2])], [("next", f, [2]), ("out", f, [2])])
    s, x, z = floats(3, 2), floats(3, 4, 2), floats(3, 4, 2)
    scan = lambda first: [helper.make_node("Scan", [first, "s", "x", "z"], ["last", "y"], body=body, num_scan_inputs=2,
                                           directions=[0, 1])]
    write("scan_8_whole", scan(""), {"s": s, "x": x, "z": z}, ["last", "y"], 8)
    write("scan_8_lengths", scan("lengths"), {"lengths": ints(3, 1, 4), "s": s, "x": x, "z": z}, ["last", "y"], 8)
    write("scan_8_lengths_known", scan("lengths"), {"s": s, "x": x, "z": z}, ["last", "y"], 8, {"lengths": ints(2, 4, 1)})


if FOLDER.exists():
    shutil.rmtree(FOLDER)
shapes(), indices(), control(), texts(), scans_of_batches(), casts_of_texts(), open_extents(), function_defaults()
print(sum(1 for _ in FOLDER.iterdir()), "cases")
