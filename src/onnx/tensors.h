// Tensors and types of ONNX as ours, and back.
#pragma once
#include <string>

#include "onnx/proto.h"
#include "tensor/array.h"

namespace tenon::onnx {

/// Element type number `type` of TensorProto.DataType. Throws Error that names those without a counterpart.
DType dtype_of_onnx(std::int32_t type);
std::int32_t onnx_of_dtype(DType t);

/// Data beside the model is looked for in `folder` and nowhere outside of it; empty: there must be none. Throws Error
/// that begins with `what` where lengths, extents or the file do not fit.
Array array_of(const pb::TensorProto& tensor, const std::string& folder, const std::string& what);
/// The same, which leaves `tensor` without its data.
Array take_array(pb::TensorProto& tensor, const std::string& folder, const std::string& what);
pb::TensorProto proto_of(const Array& a, const std::string& name);
/// Element type, extents and name only.
pb::TensorProto proto_without_data(const Type& t, const std::string& name);

/// Files of test data hold these.
Array array_of(const pb::SequenceProto& sequence, const std::string& what);
Array array_of(const pb::OptionalProto& optional, const std::string& what);

/// As extents are called here: letters, digits and '_', whatever the exporter calls them.
std::string symbol_name(const std::string& text);

/// A type whose unknown extents are named after dim_param, or else after `name`. Nothing where the rank of a tensor in
/// it is unknown. Throws Error for types without a counterpart (maps, sparse tensors) and for negative extents.
std::optional<Type> type_of(const pb::TypeProto& type, const std::string& name);
pb::TypeProto proto_of(const Type& t);
/// "float[batch,3,224,224]" as the file says it, also of unknown rank.
std::string to_text(const pb::TypeProto& type);

}  // namespace tenon::onnx
