#!/usr/bin/env python3
"""Writes src/onnx/testdata/cases: small models with what ONNX Runtime makes of them, for versions and forms of operators
that ONNX's own cases (opset 17 and before) leave out. Of element types that NumPy does not have, what ONNX's reference
evaluator makes of them, and ONNX Runtime where it can. Needs the Python packages onnx, ml_dtypes and onnxruntime."""
import pathlib
import shutil

import ml_dtypes
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

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


FLOAT8 = {"f8e4m3fn": ml_dtypes.float8_e4m3fn, "f8e4m3fnuz": ml_dtypes.float8_e4m3fnuz,
          "f8e5m2": ml_dtypes.float8_e5m2, "f8e5m2fnuz": ml_dtypes.float8_e5m2fnuz}
INT4 = {"i4": ml_dtypes.int4, "u4": ml_dtypes.uint4}
NARROW = FLOAT8 | INT4


def number_of(t):
    return helper.np_dtype_to_tensor_dtype(np.dtype(t))


def said_by_runtime(nodes, inputs, outputs, opset):
    """With types that cross its boundary: inputs are constants, outputs are cast to f32."""
    casts = [helper.make_node("Cast", [n], [n + "_f32"], to=TensorProto.FLOAT) for n in outputs]
    graph = helper.make_graph(
        nodes + casts, "g", [], [helper.make_tensor_value_info(n + "_f32", TensorProto.FLOAT, None) for n in outputs],
        [of_array(a, n) for n, a in inputs.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    onnxruntime.set_default_logger_severity(4)
    try:
        return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {})
    except Exception:
        return None
    finally:
        onnxruntime.set_default_logger_severity(2)


def write_narrow(name, nodes, inputs, outputs, opset):
    """outputs: element types by name. Says where ONNX Runtime differs: it rounds 480 to 448 with saturate 0 (465 to NaN), the
    last tie of e5m2 to NaN, floats to the nearest integer of 4 bits, and -0 to true."""
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info(n, number_of(a.dtype), a.shape) for n, a in inputs.items()],
        [helper.make_tensor_value_info(n, number_of(t), None) for n, t in outputs.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    results = [np.asarray(r) for r in ReferenceEvaluator(model).run(None, inputs)]
    for out, r in zip(model.graph.output, results):
        out.CopyFrom(helper.make_tensor_value_info(out.name, number_of(r.dtype), r.shape))
    second = said_by_runtime(nodes, inputs, outputs, opset)
    for n, a, b in zip(outputs, results, second or []):
        same = np.array_equal(a.astype(np.float32), b, equal_nan=True)
        if not same:
            print(f"{name}/{n}: ONNX Runtime has it otherwise")
    if second is None:
        print(f"{name}: ONNX Runtime does not run it")
    folder = FOLDER / name / "test_data_set_0"
    folder.mkdir(parents=True)
    (FOLDER / name / "model.onnx").write_bytes(model.SerializeToString())
    for kind, arrays in (("input", inputs.values()), ("output", results)):
        for k, a in enumerate(arrays):
            (folder / f"{kind}_{k}.pb").write_bytes(of_array(a).SerializeToString())


def casts():
    top = np.array([240, 248, 256, 448, 464, 465, 480, 57344, 61440, 65536, 1e9, 3e38, np.inf, np.nan], np.float32)
    small = np.array([0, 0.1, 1, 1.0625, 1.1875, 2.0**-6, 2.0**-9, 2.0**-10, 2.0**-16, 2.0**-17, 3 * 2.0**-18, 1e-6, 1e-30],
                     np.float32)
    x = np.concatenate([top, small, -top, -small])
    with np.errstate(over="ignore"):
        wide = {"x": x, "d": x.astype(np.float64), "h": x.astype(np.float16), "b": x.astype(ml_dtypes.bfloat16)}
    wide |= {"i": np.array([0, 7, -9, 17, 300, 449, 70000, -70000], np.int32), "t": np.array([True, False])}
    for saturate in (0, 1):
        nodes, outputs = [], {}
        for n in wide:
            for form, t in FLOAT8.items():
                nodes.append(helper.make_node("Cast", [n], [f"{n}_{form}"], to=number_of(t), saturate=saturate))
                outputs[f"{n}_{form}"] = t
        write_narrow(f"cast_to_float8_saturate_{saturate}", nodes, wide, outputs, 19)
    codes = {form: np.arange(256, dtype=np.uint8).view(t) for form, t in FLOAT8.items()}
    nodes, outputs = [], {}
    for form in FLOAT8:
        for to in (np.float32, np.float64, np.float16, ml_dtypes.bfloat16, np.bool_):
            name = f"{form}_{np.dtype(to).name}"
            nodes.append(helper.make_node("Cast", [form], [name], to=number_of(to)))
            outputs[name] = to
        for to, t in FLOAT8.items():
            if to == form:
                continue
            for saturate in (0, 1):
                name = f"{form}_{to}_{saturate}"
                nodes.append(helper.make_node("Cast", [form], [name], to=number_of(t), saturate=saturate))
                outputs[name] = t
    write_narrow("cast_from_float8", nodes, codes, outputs, 19)
    whole = {"i": np.arange(-40, 40, dtype=np.int32), "s": np.arange(-20, 20, dtype=np.int8),
             "u": np.arange(0, 40, dtype=np.uint8), "l": np.array([-(2**40) - 3, 2**40 + 5], np.int64),
             "f": np.array([-8, -7.9, -1.5, -0.5, 0, 0.5, 1.5, 6.999, 7], np.float32),
             "h": np.array([0, 0.5, 2.75, 7], np.float16), "o": np.array([-9.5, 8, 100.5, -20, 16], np.float32), "t": np.array([True, False])}
    nodes, outputs = [], {}
    for n in whole:
        for to, t in INT4.items():
            if n == "f" and to == "u4":
                continue  # negative floats as unsigned integers are not defined
            nodes.append(helper.make_node("Cast", [n], [f"{n}_{to}"], to=number_of(t)))
            outputs[f"{n}_{to}"] = t
    write_narrow("cast_to_int4", nodes, whole, outputs, 21)
    all4 = {"i4": np.arange(-8, 8).astype(ml_dtypes.int4), "u4": np.arange(16).astype(ml_dtypes.uint4)}
    nodes, outputs = [], {}
    for n in all4:
        for to in (np.float32, np.float16, np.int32, np.int8, np.uint8, np.uint16, np.bool_, ml_dtypes.float8_e4m3fn):
            name = f"{n}_{np.dtype(to).name}"
            nodes.append(helper.make_node("Cast", [n], [name], to=number_of(to)))
            outputs[name] = to
    write_narrow("cast_from_int4", nodes, all4, outputs, 21)
    like = {"x": x} | {f"like_{n}": np.zeros(1, t) for n, t in FLOAT8.items()}
    nodes = [helper.make_node("CastLike", ["x", f"like_{n}"], [f"{n}_{s}"], saturate=s) for n in FLOAT8 for s in (0, 1)]
    write_narrow("cast_like_float8", nodes, like, {f"{n}_{s}": t for n, t in FLOAT8.items() for s in (0, 1)}, 19)
    write_narrow("cast_like_int4", [helper.make_node("CastLike", ["x", n], [f"y_{n}"]) for n in INT4],
                 {"x": np.arange(0, 7, 0.5, dtype=np.float32)} | {n: np.zeros(1, t) for n, t in INT4.items()},
                 {f"y_{n}": t for n, t in INT4.items()}, 21)


def quantised():
    """Per tensor, along an axis and in blocks, of which the last one is shorter."""
    random = np.random.default_rng(8)
    x = (random.standard_normal((3, 5, 4)) * 4).astype(np.float32)
    x[0, 0, :2] = [1e6, -1e6]
    scales = {"tensor": np.array(0.05, np.float32), "axis": np.array([0.02, 0.1, 0.3, 0.4, 0.05], np.float32),
              "block": random.uniform(0.02, 0.4, (3, 3, 4)).astype(np.float32)}
    types = NARROW | {"i8": np.int8, "u8": np.uint8, "i16": np.int16, "u16": np.uint16}
    for how, scale in scales.items():
        attributes = {"axis": 1} | ({"block_size": 2} if how == "block" else {})
        inputs, nodes, outputs = {"x": x, "scale": scale}, [], {}
        back, back_nodes, back_outputs = {"scale": scale, "half": scale.astype(np.float16)}, [], {}
        for n, t in types.items():
            zero = np.zeros(scale.shape, t)
            if n not in FLOAT8:
                low, high = (2, 9) if n.startswith("u") else (-4, 4)
                zero = random.integers(low, high, scale.shape).astype(np.int32).astype(t)
            inputs["zero_" + n] = zero
            nodes.append(helper.make_node("QuantizeLinear", ["x", "scale", "zero_" + n], [n], **attributes))
            outputs[n] = t
            nodes.append(helper.make_node("QuantizeLinear", ["x", "scale"], [n + "_plain"], output_dtype=number_of(t),
                                          **attributes))
            outputs[n + "_plain"] = t
            q = (random.uniform(-8, 8, x.shape) + (7.5 if n.startswith("u") else 0)).astype(np.float32)
            back[n] = (q if n in FLOAT8 else np.trunc(q).astype(np.int32)).astype(t)
            back["zero_" + n] = zero
            back_nodes.append(helper.make_node("DequantizeLinear", [n, "scale", "zero_" + n], ["y_" + n], **attributes))
            back_nodes.append(helper.make_node("DequantizeLinear", [n, "half"], ["h_" + n], **attributes))
            back_outputs |= {"y_" + n: np.float32, "h_" + n: np.float16}
        for n, t in FLOAT8.items():
            nodes.append(helper.make_node("QuantizeLinear", ["x", "scale", "zero_" + n], [n + "_open"], saturate=0,
                                          **attributes))
            outputs[n + "_open"] = t
        write_narrow(f"quantize_per_{how}", nodes, inputs, outputs, 21)
        write_narrow(f"dequantize_per_{how}", back_nodes, back, back_outputs, 21)
    q = {"x": (random.standard_normal((4, 6)) * 3).astype(np.float16), "scale": np.array([0.031, 0.11, 0.07, 0.29], np.float32)}
    nodes = [helper.make_node("QuantizeLinear", ["x", "scale"], [f"y_{p}"], axis=0, output_dtype=TensorProto.INT4,
                              precision=number_of(p)) for p in ("float32", "float16")]
    write_narrow("quantize_precision", nodes, q, {f"y_{p}": ml_dtypes.int4 for p in ("float32", "float16")}, 23)
    d = {"x": random.integers(-8, 8, (4, 6)).astype(ml_dtypes.int4), "scale": q["scale"]}
    nodes = [helper.make_node("DequantizeLinear", ["x", "scale"], [f"y_{p}"], axis=0, output_dtype=number_of(p))
             for p in ("float16", ml_dtypes.bfloat16)]
    write_narrow("dequantize_output_type", nodes, d,
                 {f"y_{p}": p for p in ("float16", ml_dtypes.bfloat16)}, 23)


def moved():
    """What moves elements, of each narrow type."""
    for n, t in NARROW.items():
        x = np.arange(24).reshape(2, 3, 4)
        x = (x % 16 - (8 if n == "i4" else 0)).astype(np.int32).astype(t) if n in INT4 else (x * 9 + 1).astype(np.uint8).view(t)
        nodes, outputs = [], []

        def add(op, *more, out=1, **attributes):
            names = [f"{op.lower()}_{len(nodes)}_{k}" for k in range(out)]
            nodes.append(helper.make_node(op, ["x", *more], names, **attributes))
            outputs.extend(names)

        add("Identity"), add("Reshape", "shape"), add("Transpose", perm=[2, 0, 1]), add("Flatten")
        add("Gather", "ids", axis=1), add("Concat", "x", axis=2), add("Unsqueeze", "first"), add("Tile", "times")
        add("Slice", "starts", "ends", "axes", "steps"), add("Split", out=2, axis=2, num_outputs=2), add("Expand", "large")
        add("GatherElements", "places", axis=1), add("ScatterElements", "places", "x", axis=1)
        nodes.append(helper.make_node("Where", ["c", "x", "constant"], ["where"]))
        outputs.append("where")
        constants = {"shape": ints(4, -1), "ids": ints(2, 0), "first": ints(0), "times": ints(1, 2, 1), "starts": ints(3, -1),
                     "ends": ints(0, -4), "axes": ints(2, 1), "steps": ints(-2, -1), "large": ints(2, 2, 3, 4),
                     "places": np.tile(ints(2, 0, 1)[None, :, None], (2, 1, 4)),
                     "c": np.arange(24).reshape(2, 3, 4) % 3 == 0, "constant": x[0, 0, 1:2]}
        values = [helper.make_node("Constant", [], [k], value=of_array(a)) for k, a in constants.items()]
        write_narrow("moved_" + n, values + nodes, {"x": x}, {k: t for k in outputs}, 21)


if FOLDER.exists():
    shutil.rmtree(FOLDER)
shapes(), indices(), control(), texts(), scans_of_batches(), casts_of_texts(), open_extents(), function_defaults()
casts(), quantised(), moved()
print(sum(1 for _ in FOLDER.iterdir()), "cases")
