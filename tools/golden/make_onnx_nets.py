#!/usr/bin/env python3
"""Writes src/onnx/testdata/nets: models of one node each, with what ONNX Runtime makes of them (or, where that has no such
operator, ONNX's reference). Inputs have defaults, which are what they are run with; an initializer "expected/NAME" is the
value of output NAME.

    tools/golden/make_onnx_nets.py       needs the packages onnx, onnxruntime and pillow
"""
import io
import pathlib

import numpy as np
import onnx
import onnxruntime
from PIL import Image
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "src" / "onnx" / "testdata" / "nets"
rng = np.random.RandomState(7)
onnxruntime.set_default_logger_severity(4)


def floats(*shape, low=-2.0, high=2.0):
    return rng.uniform(low, high, shape).astype(np.float32)


class Known(np.ndarray):
    """An initializer instead of an input."""


def known(values, dtype):
    return np.asarray(values, dtype).view(Known)


def run(model, feeds):
    try:
        return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, feeds)
    except Exception as e:
        print(f"{model.graph.name}: by ONNX's reference ({str(e).splitlines()[0][:90]})")
        return ReferenceEvaluator(model).run(None, feeds)


def case(name, op, opset, inputs, outputs=1, results=None, **attributes):
    """`results`: of an equivalent model, where nothing runs this one."""
    names = ["" if a is None else f"x{k}" for k, a in enumerate(inputs)]
    given = {n: a for n, a in zip(names, inputs) if n}
    ys = [f"y{k}" for k in range(outputs)]
    node = helper.make_node(op, names, ys, **attributes)
    fed = {n: a for n, a in given.items() if not isinstance(a, Known)}
    values = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape) for n, a in fed.items()]
    graph = helper.make_graph([node], name, values, [onnx.ValueInfoProto(name=y) for y in ys],
                              [numpy_helper.from_array(np.asarray(a), n) for n, a in given.items() if n not in fed])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9, producer_name="")
    model = onnx.shape_inference.infer_shapes(model)
    results = results or run(model, fed)
    del model.graph.output[:]
    for y, r in zip(ys, results):
        r = np.asarray(r)
        model.graph.output.append(helper.make_tensor_value_info(y, helper.np_dtype_to_tensor_dtype(r.dtype), r.shape))
        model.graph.initializer.append(numpy_helper.from_array(r, f"expected/{y}"))
    for n, a in fed.items():
        model.graph.initializer.append(numpy_helper.from_array(a, n))
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())
    return results


def windows():
    x = floats(1, 2, 7, 8)
    case("average_pool_dilated", "AveragePool", 19, [x], kernel_shape=[2, 3], dilations=[2, 2], strides=[2, 1], pads=[1, 1, 1, 1])
    case("average_pool_ceil", "AveragePool", 22, [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1,
         count_include_pad=1)
    case("max_pool_indices", "MaxPool", 22, [floats(2, 2, 5, 6)], 2, kernel_shape=[3, 2], strides=[2, 2], dilations=[1, 2],
         pads=[1, 0, 1, 1], ceil_mode=1)
    case("max_pool_columns", "MaxPool", 12, [floats(2, 2, 5, 6)], 2, kernel_shape=[3, 2], strides=[2, 2], storage_order=1)
    case("max_pool_i8", "MaxPool", 12, [rng.randint(-99, 99, (1, 2, 5, 5)).astype(np.int8)], kernel_shape=[2, 2])
    case("lp_pool_dilated", "LpPool", 18, [x], kernel_shape=[2, 2], dilations=[2, 1], p=3)
    case("global_lp_pool", "GlobalLpPool", 2, [x], p=3)
    case("max_roi_pool", "MaxRoiPool", 1, [x, np.array([[0, 0, 0, 6, 5], [0, 2, 1, 9, 4]], np.float32)], pooled_shape=[2, 3],
         spatial_scale=0.8)
    w = floats(4, 2, 3, 3)
    case("conv_same_lower", "Conv", 22, [x, w, floats(4)], auto_pad="SAME_LOWER", strides=[2, 3])
    t = floats(2, 2, 3, 3)
    case("conv_transpose_groups", "ConvTranspose", 22, [x, t, floats(4)], group=2, strides=[2, 1], output_padding=[1, 0],
         pads=[1, 0, 0, 1])
    case("conv_transpose_same", "ConvTranspose", 11, [x, t], auto_pad="SAME_LOWER", strides=[2, 2])
    case("deform_conv", "DeformConv", 19, [x, w, floats(1, 18, 5, 6), floats(4), floats(1, 9, 5, 6)], kernel_shape=[3, 3])


def images():
    x = floats(1, 2, 6, 9)
    for opset in (18, 19):
        for mode in ("linear", "cubic"):
            for outside in (0, 1):
                case(f"resize{opset}_{mode}_antialias_{outside}", "Resize", opset, [x, None, None, known([3, 4], np.int64)],
                     axes=[2, 3], mode=mode, antialias=1, exclude_outside=outside)
    for policy in ("not_larger", "not_smaller"):
        case(f"resize_{policy}", "Resize", 18, [x, None, None, known([7, 8], np.int64)], axes=[2, 3], mode="linear",
             keep_aspect_ratio_policy=policy)
    case("resize_symmetric", "Resize", 19, [x, None, known([1, 1, 0.7, 1.3], np.float32)], mode="linear",
         coordinate_transformation_mode="half_pixel_symmetric")
    case("resize_pytorch", "Resize", 13, [x, None, known([1, 1, 1.5, 0.4], np.float32)], mode="cubic",
         coordinate_transformation_mode="pytorch_half_pixel", cubic_coeff_a=-0.5)
    case("resize_crop", "Resize", 13, [x, known([0, 0, 0.2, 0.3, 1, 1, 0.9, 1.4], np.float32), None,
                                       known([1, 2, 4, 5], np.int64)], mode="linear",
         coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=5.0)
    case("resize10_down", "Resize", 10, [x, known([1, 1, 0.6, 0.5], np.float32)], mode="nearest")
    case("resize10_linear", "Resize", 10, [x, known([1, 1, 1.5, 2], np.float32)], mode="linear")
    case("upsample9", "Upsample", 9, [x, known([1, 1, 2, 1.5], np.float32)], mode="nearest")
    case("upsample7", "Upsample", 7, [x], mode="linear", scales=[1.0, 1.0, 2.0, 2.0])
    v, grid = floats(1, 2, 3, 4, 5), floats(1, 2, 3, 2, 3, low=-1.4, high=1.4)
    for padding in ("zeros", "border", "reflection"):
        case(f"grid_sample_3d_{padding}", "GridSample", 20, [v, grid], mode="linear", padding_mode=padding)
        case(f"grid_sample_cubic_{padding}", "GridSample", 22, [x, floats(1, 3, 4, 2, low=-1.4, high=1.4)], mode="cubic",
             padding_mode=padding, align_corners=1)
    case("grid_sample_3d_nearest", "GridSample", 20, [v, grid], mode="nearest", align_corners=1)
    for corners in (0, 1):
        case(f"affine_grid_2d_{corners}", "AffineGrid", 20, [floats(2, 2, 3), known([2, 1, 3, 4], np.int64)], align_corners=corners)
        case(f"affine_grid_3d_{corners}", "AffineGrid", 20, [floats(1, 3, 4), known([1, 1, 2, 3, 4], np.int64)], align_corners=corners)
    rois = np.array([[0.5, 0.7, 6.2, 4.1], [1, 1, 3, 5]], np.float32)
    for mode in ("avg", "max"):
        case(f"roi_align_{mode}", "RoiAlign", 16, [x, rois, np.array([0, 0])], mode=mode, output_height=2, output_width=3,
             sampling_ratio=2)
    case("roi_align_adaptive", "RoiAlign", 10, [x, rois, np.array([0, 0])], output_height=2, output_width=2)


def recurrent():
    x = floats(4, 3, 2)
    lengths = np.array([4, 2, 3], np.int32)
    for op, gates in (("RNN", 1), ("GRU", 3), ("LSTM", 4)):
        s, states = 3, 2 if op == "LSTM" else 1
        inputs = [x, floats(2, gates * s, 2), floats(2, gates * s, s), floats(2, 2 * gates * s), lengths] + [floats(2, 3, s)] * states
        if op == "LSTM":
            inputs.append(floats(2, 3 * s))
        clip = {} if op == "LSTM" else {"clip": 0.8}
        case(f"{op.lower()}_both", op, 22, inputs, 1 + states, hidden_size=s, direction="bidirectional", **clip)
    case("gru_before_reset", "GRU", 14, [x, floats(1, 9, 2), floats(1, 9, 3), floats(1, 18)], 2, hidden_size=3,
         linear_before_reset=1, activations=["HardSigmoid", "LeakyRelu"], activation_alpha=[0.3, 0.1], activation_beta=[0.4])
    case("rnn_reverse", "RNN", 14, [x, floats(1, 3, 2), floats(1, 3, 3)], 2, hidden_size=3, direction="reverse",
         activations=["Softsign"])
    case("lstm_coupled", "LSTM", 14, [x, floats(1, 12, 2), floats(1, 12, 3)], 3, hidden_size=3, input_forget=1)


def quantized():
    x = floats(4, 6, low=-9, high=9)
    for t, name in ((np.int8, "i8"), (np.int16, "i16")):
        scale, zero = floats(2, 6, low=0.05, high=0.2), rng.randint(-5, 6, (2, 6)).astype(t)
        case(f"quantize_blocks_{name}", "QuantizeLinear", 21, [x, scale, zero], axis=0, block_size=2)
        case(f"dequantize_blocks_{name}", "DequantizeLinear", 21, [rng.randint(-99, 99, (4, 6)).astype(t), scale, zero], axis=0,
             block_size=2)
    case("quantize_output_dtype", "QuantizeLinear", 21, [x, floats(6, low=0.05, high=0.2)], output_dtype=onnx.TensorProto.INT8)
    a, b = rng.randint(0, 255, (3, 4)).astype(np.uint8), rng.randint(-99, 99, (4, 5)).astype(np.int8)
    case("matmul_integer", "MatMulInteger", 10, [a, b, np.array(7, np.uint8), rng.randint(-5, 6, 5).astype(np.int8)])
    one = lambda v, t=np.float32: np.array(v, t)
    case("qlinear_matmul", "QLinearMatMul", 21, [a, one(0.02), one(3, np.uint8), b, floats(5, low=0.01, high=0.03),
                                                 np.zeros(5, np.int8), one(0.1), one(100, np.uint8)])
    image, w = rng.randint(0, 255, (1, 2, 5, 5)).astype(np.uint8), rng.randint(-99, 99, (3, 2, 3, 3)).astype(np.int8)
    case("qlinear_conv", "QLinearConv", 10, [image, one(0.02), one(9, np.uint8), w, floats(3, low=0.01, high=0.03),
                                             np.zeros(3, np.int8), one(0.3), one(120, np.uint8),
                                             rng.randint(-900, 900, 3).astype(np.int32)], pads=[1, 1, 1, 1])


def signals():
    x = floats(2, 9, 1)
    case("dft20_length", "DFT", 20, [x, known(6, np.int64), known(1, np.int64)])
    case("dft20_padded", "DFT", 20, [floats(2, 5, 2), known(8, np.int64)], inverse=1)
    case("dft20_onesided", "DFT", 20, [x], onesided=1)
    case("dft17_axis", "DFT", 17, [floats(3, 4, 2)], axis=0)
    case("stft_real", "STFT", 17, [floats(2, 20, 1), known(3, np.int64), floats(8)])
    case("stft_complex", "STFT", 17, [floats(1, 20, 2), known(4, np.int64), None, known(8, np.int64)], onesided=0)
    for op in ("HannWindow", "HammingWindow", "BlackmanWindow"):
        case(op.lower(), op, 17, [known(9, np.int64)], periodic=0)
    case("mel_weights", "MelWeightMatrix", 17, [known(5, np.int64), known(32, np.int64), known(16000, np.int64),
                                                known(100.0, np.float32), known(7000.0, np.float32)])
    case("det", "Det", 22, [floats(2, 3, 4, 4)])
    case("det_permutation", "Det", 11, [np.array([[0, 2, 0], [0, 0, 3], [4, 0, 0]], np.float32)])


def empty_regions():
    """A corner that is not before the other leaves a bin no place to sample, in one dimension or both."""
    rois = np.array([[3, 3, 1, 1], [2, 1, 2, 3], [1, 2, 3, 2], [1, 1, 3, 3]], np.float32)
    for mode in ("avg", "max"):
        case(f"roi_align_empty_{mode}", "RoiAlign", 16, [floats(1, 2, 4, 4), rois, np.zeros(4, np.int64)], mode=mode, output_height=2,
             output_width=2)


ACTIVATIONS = {"Relu": 0, "Tanh": 0, "Sigmoid": 0, "Softsign": 0, "Softplus": 0, "LeakyRelu": 1, "ThresholdedRelu": 1, "Elu": 1,
               "HardSigmoid": 2, "Affine": 2, "ScaledTanh": 2}


def activations():
    x, w, r = floats(3, 2, 2), floats(1, 3, 2, low=-1, high=1), floats(1, 3, 3, low=-1, high=1)
    for name, numbers in ACTIVATIONS.items():
        given = dict(activation_alpha=[0.7]) if numbers else {}
        if numbers > 1:
            given["activation_beta"] = [0.3]
        case(f"rnn_{name.lower()}", "RNN", 22, [x, w, r], 2, hidden_size=3, activations=[name], **given)
    for name in ("LeakyRelu", "Elu", "HardSigmoid"):
        case(f"rnn_{name.lower()}_default", "RNN", 14, [x, w, r], 2, hidden_size=3, activations=[name])
    # The standard has the operators' defaults, but ONNX Runtime has 0 for this one.
    one = case("rnn_thresholdedrelu_1", "RNN", 14, [x, w, r], 2, hidden_size=3, activations=["ThresholdedRelu"], activation_alpha=[1.0])
    case("rnn_thresholdedrelu_default", "RNN", 14, [x, w, r], 2, one, hidden_size=3, activations=["ThresholdedRelu"])
    # Numbers are taken in the order of the activations, by those that have some.
    case("lstm_activations", "LSTM", 14, [x, floats(2, 12, 2), floats(2, 12, 3)], 3, hidden_size=3, direction="bidirectional",
         activations=["HardSigmoid", "Relu", "LeakyRelu", "Sigmoid", "Affine", "ScaledTanh"],
         activation_alpha=[0.3, 0.2, 0.8, 0.9], activation_beta=[0.4, 0.1, 1.1])
    case("gru_activations", "GRU", 14, [x, floats(2, 9, 2), floats(2, 9, 3)], 2, hidden_size=3, direction="bidirectional",
         activations=["Sigmoid", "Elu", "HardSigmoid", "ThresholdedRelu"], activation_alpha=[0.6, 0.3, 0.05],
         activation_beta=[0.4])


def clips():
    x, b = floats(6, 2, 2), floats(1, 24, low=-1, high=1)
    w, r, p = floats(1, 12, 2), floats(1, 12, 3), floats(1, 9)
    case("lstm_clip", "LSTM", 14, [x, w, r, b], 3, hidden_size=3, clip=0.4)
    case("lstm_clip_peepholes", "LSTM", 14, [x, w, r, b, None, None, None, p], 3, hidden_size=3, clip=0.4, direction="reverse")
    case("lstm_clip_coupled", "LSTM", 22, [x, w, r, b, np.array([3, 6], np.int32), None, None, p], 3, hidden_size=3, clip=0.4,
         input_forget=1)
    for before in (0, 1):
        case(f"gru_clip_{before}", "GRU", 14, [x, floats(1, 9, 2), floats(1, 9, 3), floats(1, 18)], 2, hidden_size=3, clip=0.4,
             linear_before_reset=before)
    case("rnn_clip", "RNN", 14, [x, floats(1, 3, 2), floats(1, 3, 3)], 2, hidden_size=3, clip=0.4)


def batches_first():
    """layout=1, from what ONNX Runtime makes of layout=0."""
    x, lengths = floats(4, 3, 2), np.array([4, 2, 3], np.int32)
    for op, gates, states in (("RNN", 1, 1), ("GRU", 3, 1), ("LSTM", 4, 2)):
        weights = [floats(2, gates * 3, 2), floats(2, gates * 3, 3), floats(2, gates * 6)]
        first = [floats(2, 3, 3) for _ in range(states)]
        options = dict(hidden_size=3, direction="bidirectional")
        inputs = [x, *weights, lengths, *first]
        names = [f"x{k}" for k in range(len(inputs))]
        ys = [f"y{k}" for k in range(1 + states)]
        info = lambda n, a: helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape)
        graph = helper.make_graph([helper.make_node(op, names, ys, **options)], op, [info(n, a) for n, a in zip(names, inputs)],
                                  [onnx.ValueInfoProto(name=y) for y in ys])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=9)
        y, *last = run(onnx.shape_inference.infer_shapes(model), dict(zip(names, inputs)))
        results = [y.transpose(2, 0, 1, 3)] + [s.swapaxes(0, 1) for s in last]
        case(f"{op.lower()}_batch_first", op, 14, [x.swapaxes(0, 1), *weights, lengths, *(s.swapaxes(0, 1) for s in first)],
             1 + states, [np.ascontiguousarray(a) for a in results], layout=1, **options)


def pictures():
    """As ONNX's reference decodes them, which leaves pictures in grey and palettes as they are; the standard does not."""
    files = {f.name.replace(".", "_"): f.read_bytes() for f in sorted((FOLDER.parents[3] / "tests/corpus/picture").iterdir())}
    transparent = io.BytesIO()
    Image.fromarray(np.arange(48, dtype=np.uint8).reshape(3, 4, 4), "RGBA").save(transparent, "PNG")
    files["transparent_png"] = transparent.getvalue()
    layouts = {"RGB": lambda i: np.array(i.convert("RGB")), "BGR": lambda i: np.array(i.convert("RGB"))[:, :, ::-1],
               "Grayscale": lambda i: np.array(i.convert("L"))[:, :, None]}
    for name, content in files.items():
        for layout in layouts if name in ("halved_jpg", "rgb_png") else ["RGB"]:
            case(f"picture_{name}_{layout.lower()}", "ImageDecoder", 20, [np.frombuffer(content, np.uint8)],
                 results=[np.ascontiguousarray(layouts[layout](Image.open(io.BytesIO(content))))], pixel_format=layout)
    for name, content in (("none", b"no picture"), ("damaged", files["rgb_png"][:200]), ("cut_off", files["full_jpg"][:500])):
        case(f"picture_{name}", "ImageDecoder", 20, [np.frombuffer(content, np.uint8)], results=[np.zeros((0, 0, 3), np.uint8)])


def edges():
    """Where operators meet NaN, infinity, empty dimensions and positions outside."""
    rng.seed(23)
    q, k, v = floats(1, 2, 3, 4), floats(1, 2, 5, 4), floats(1, 2, 5, 2)
    mask = rng.rand(3, 5) > 0.4
    mask[1] = False  # may look at nothing
    for mode in (0, 1, 3):
        case(f"attention_capped_mode_{mode}", "Attention", 23, [q, k, v, mask, floats(1, 2, 0, 4), floats(1, 2, 0, 2)], 4, softcap=2.0,
             qk_matmul_output_mode=mode)
    case("attention_capped_mode_2", "Attention", 23, [q, k, v, floats(3, 5), floats(1, 2, 0, 4), floats(1, 2, 0, 2)], 4, softcap=2.0,
         qk_matmul_output_mode=2)
    infinite = np.full(3, np.inf, np.float32)
    case("gemm_beta_zero", "Gemm", 13, [floats(2, 4), floats(4, 3), infinite], beta=0.0)
    case("clip_without_bounds", "Clip", 7, [np.concatenate([infinite, -infinite])])
    case("slice_start_before_first", "Slice", 13, [floats(3, 4), known([-5, -9], np.int64), known([-8, -3], np.int64),
                                                   known([0, 1], np.int64), known([-1, -2], np.int64)])
    case("einsum_dots_broadcast", "Einsum", 12, [floats(1, 3, 2, 4), floats(5, 1, 4, 2)], equation="...ij,...jk->...ik")
    case("einsum_dots_all_one", "Einsum", 12, [floats(1, 2, 3), floats(1, 3)], equation="...j,...j->...")
    for mode in ("nearest", "linear"):
        case(f"resize_10_mixed_{mode}", "Resize", 10, [floats(1, 1, 5, 4), known([1, 1, 0.6, 1.5], np.float32)], mode=mode)
    case("softmax_of_nothing", "Softmax", 13, [floats(2, 0)])
    case("log_softmax_11_of_nothing", "LogSoftmax", 11, [floats(2, 0, 3)])
    for p in (1, 2):
        case(f"lp_normalization_{p}_of_zero", "LpNormalization", 22, [np.array([[0, 0, 0], [0, 3, 4]], np.float32)], p=p)
    case("range_of_lists", "Range", 11, [known([1], np.int64), known([9], np.int64), known([3], np.int64)])
    for t in (np.float32, np.int64, np.int8, np.uint8):
        case(f"max_of_nothing_{np.dtype(t)}", "ReduceMax", 18, [np.zeros((2, 0, 3), t), known([1], np.int64)])
        case(f"min_of_nothing_{np.dtype(t)}", "ReduceMin", 18, [np.zeros((2, 0, 3), t), known([1], np.int64)], keepdims=0)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.onnx"):
        old.unlink()
    windows(), images(), recurrent(), quantized(), signals(), empty_regions(), activations(), clips(), batches_first(), pictures(), edges()
