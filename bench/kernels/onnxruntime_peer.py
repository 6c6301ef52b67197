#!/usr/bin/env python3
"""Times single operators of ONNX Runtime on one thread for bench_kernels: a line in, a line out.

hello               -> ready, where the wheels onnxruntime and onnx are installed
make KIND EXTENT…   -> made: a session for softmax, layer_norm, gelu, exp, bias_relu or add of f32
run CALLS           -> seconds per call, that this thread ran
"""
import sys
import time

try:
    import numpy as np
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper
except ImportError:
    sys.exit(1)


def session_for(kind, shape):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)
    last = shape[-1:]

    def weight(name):
        return helper.make_tensor(name, TensorProto.FLOAT, last, np.random.rand(*last).astype(np.float32))

    inputs, weights = [x], []
    if kind == "softmax":
        nodes = [helper.make_node("Softmax", ["x"], ["y"], axis=-1)]
    elif kind == "layer_norm":
        nodes = [helper.make_node("LayerNormalization", ["x", "scale", "bias"], ["y"], axis=-1)]
        weights = [weight("scale"), weight("bias")]
    elif kind == "gelu":
        nodes = [helper.make_node("Gelu", ["x"], ["y"])]
    elif kind == "exp":
        nodes = [helper.make_node("Exp", ["x"], ["y"])]
    elif kind == "bias_relu":
        nodes = [helper.make_node("Add", ["x", "bias"], ["sum"]), helper.make_node("Relu", ["sum"], ["y"])]
        weights = [weight("bias")]
    else:
        nodes = [helper.make_node("Add", ["x", "z"], ["y"])]
        inputs.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, shape))
    graph = helper.make_graph(nodes, "peer", inputs, [y], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    for value in inputs:
        data = np.random.rand(*shape).astype(np.float32) * 2 - 1
        binding.bind_ortvalue_input(value.name, onnxruntime.OrtValue.ortvalue_from_numpy(data))
    binding.bind_ortvalue_output("y", onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros(shape, np.float32)))
    return session, binding


def main():
    session = binding = None
    for line in sys.stdin:
        command, *rest = line.split()
        if command == "hello":
            print("ready", flush=True)
        elif command == "make":
            session, binding = session_for(rest[0], [int(extent) for extent in rest[1:]])
            print("made", flush=True)
        else:
            calls = int(rest[0])
            begin = time.thread_time()
            for _ in range(calls):
                session.run_with_iobinding(binding)
            print((time.thread_time() - begin) / calls, flush=True)


if __name__ == "__main__":
    main()
