#!/usr/bin/env python3
"""Writes tests/corpus/onnx: small models of several kinds, from which the fuzzer starts.

    tools/golden/make_onnx_seeds.py       needs the package onnx
"""
import pathlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "tests" / "corpus" / "onnx"
F, I = TensorProto.FLOAT, TensorProto.INT64


def value(name, shape, t=F):
    return helper.make_tensor_value_info(name, t, shape)


def save(name, nodes, inputs, outputs, weights=(), opset=17, functions=()):
    graph = helper.make_graph(nodes, name, inputs, outputs,
                              [numpy_helper.from_array(array, key) for key, array in weights])
    imports = [helper.make_opsetid("", opset)] + ([helper.make_opsetid("own", 1)] if functions else [])
    model = helper.make_model(graph, opset_imports=imports, functions=list(functions), producer_name="")
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())


def branch(name, op):
    return helper.make_graph([helper.make_node(op, ["x"], [name])], name, [], [value(name, [2])])


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    node = helper.make_node
    save("chain", [node("Gemm", ["x", "w", "b"], ["h"], transB=1), node("Relu", ["h"], ["y"])], [value("x", ["n", 3])],
         [value("y", ["n", 2])], [("w", np.ones((2, 3), np.float32)), ("b", np.zeros(2, np.float32))])
    save("conv", [node("Conv", ["x", "w"], ["h"], pads=[1, 1, 1, 1]), node("MaxPool", ["h"], ["y"], kernel_shape=[2, 2])],
         [value("x", [1, 1, 4, 4])], [value("y", None)], [("w", np.ones((1, 1, 3, 3), np.float32))])
    save("reshape", [node("Shape", ["x"], ["s"]), node("Gather", ["s", "k"], ["d"]), node("Concat", ["d", "m"], ["t"], axis=0),
                     node("Reshape", ["x", "t"], ["y"])], [value("x", [2, 3])], [value("y", None)],
         [("k", np.array([0])), ("m", np.array([-1]))])
    save("branch", [node("If", ["c"], ["y"], then_branch=branch("a", "Neg"), else_branch=branch("b", "Abs"))],
         [value("c", [], TensorProto.BOOL), value("x", [2])], [value("y", [2])])
    body = helper.make_graph([node("Add", ["v", "v"], ["w"]), node("Identity", ["q"], ["r"])], "body",
                             [value("i", [], I), value("q", [], TensorProto.BOOL), value("v", [2])],
                             [value("r", [], TensorProto.BOOL), value("w", [2])])
    save("loop", [node("Loop", ["m", "", "x"], ["y"], body=body)], [value("m", [], I), value("x", [2])], [value("y", [2])])
    twice = helper.make_function("own", "Twice", ["a"], ["b"], [node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 17)])
    save("function", [node("Twice", ["x"], ["y"], domain="own")], [value("x", [2])], [value("y", [2])], functions=[twice])
    save("slice", [node("Slice", ["x", "a", "b"], ["y"])], [value("x", [9]), value("a", [1], I), value("b", [1], I)],
         [value("y", None)])


if __name__ == "__main__":
    main()
