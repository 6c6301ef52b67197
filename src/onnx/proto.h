// ONNX's protocol buffers, from Debian's libonnx, as tenon::onnx::pb.
#pragma once
#include <onnx/onnx-data_pb.h>
#include <onnx/onnx_pb.h>

namespace tenon::onnx {

namespace pb = ::onnx;

}  // namespace tenon::onnx
