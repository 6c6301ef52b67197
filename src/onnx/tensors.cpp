#include "onnx/tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "base/file.h"
#include "base/function_ref.h"
#include "tensor/strings.h"

namespace tenon::onnx {

namespace fs = std::filesystem;

namespace {

struct TypeNumber {
  std::int32_t number;
  DType dtype;
};
constexpr TypeNumber kTypeNumbers[] = {{pb::TensorProto::FLOAT, DType::F32},
                                       {pb::TensorProto::UINT8, DType::U8},
                                       {pb::TensorProto::INT8, DType::I8},
                                       {pb::TensorProto::INT16, DType::I16},
                                       {pb::TensorProto::INT32, DType::I32},
                                       {pb::TensorProto::INT64, DType::I64},
                                       {pb::TensorProto::STRING, DType::Str},
                                       {pb::TensorProto::BOOL, DType::Bool},
                                       {pb::TensorProto::FLOAT16, DType::F16},
                                       {pb::TensorProto::UINT16, DType::U16},
                                       {pb::TensorProto::UINT32, DType::U32},
                                       {pb::TensorProto::UINT64, DType::U64},
                                       {pb::TensorProto::DOUBLE, DType::F64},
                                       {pb::TensorProto::BFLOAT16, DType::BF16},
                                       {17, DType::F8E4M3FN},
                                       {18, DType::F8E4M3FNUZ},
                                       {19, DType::F8E5M2},
                                       {20, DType::F8E5M2FNUZ},
                                       {21, DType::U4},
                                       {22, DType::I4}};  // later than the schema here

/// Of those that the schema knows and of later ones.
std::string name_of_number(std::int32_t type) {
  constexpr const char* kLater[] = {"FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "UINT4",
                                    "INT4",         "FLOAT4E2M1",     "FLOAT8E8M0", "UINT2",          "INT2"};
  if (type >= 17 && type < 17 + static_cast<std::int32_t>(std::size(kLater))) return kLater[type - 17];
  if (pb::TensorProto::DataType_IsValid(type))
    return pb::TensorProto::DataType_Name(static_cast<pb::TensorProto::DataType>(type));
  return std::to_string(type);
}

std::string name_in(const pb::TensorProto& t, const std::string& what) {
  return t.name().empty() ? what : fmt::format("{} '{}'", what, t.name());
}

Shape shape_in(const pb::TensorProto& t, const std::string& what) {
  Shape shape;
  for (const std::int64_t d : t.dims()) {
    require(d >= 0, "{}: extent {} is negative", what, d);
    shape.push_back(d);
  }
  try {
    check_shape(shape);
  } catch (const Error& e) {
    fail("{}: {}", what, e.what());
  }
  return shape;
}

i64 number_of(const std::string& text, const std::string& what) {
  i64 value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size() && value >= 0,
          "{}: '{}' is no offset or length of external data", what, text);
  return value;
}

/// The place of external data, which must lie in the model's folder whatever links say.
std::string path_inside(const std::string& folder, const std::string& location, const std::string& what) {
  require(!folder.empty(), "{}: its data is in the file '{}' beside the model, which did not come from a file", what,
          location);
  const fs::path relative(location);
  const bool plain = !location.empty() && relative.is_relative() &&
                     std::ranges::none_of(relative, [](const fs::path& part) { return part == ".."; });
  require(plain,
          "{}: external data '{}' is not inside of the model's folder; only relative paths without '..' are read", what,
          location);
  std::error_code error;
  const fs::path root = fs::weakly_canonical(folder, error), full = fs::weakly_canonical(root / relative, error);
  const auto [end, rest] = std::mismatch(root.begin(), root.end(), full.begin(), full.end());
  require(!error && end == root.end(), "{}: external data '{}' leads out of the model's folder by a link", what,
          location);
  require(!fs::exists(full, error) || fs::is_regular_file(full, error), "{}: external data '{}' is no file", what,
          location);
  return full.string();
}

/// From files, where integers of 4 bits are packed, the first of two in the low half of a byte. `read` copies the
/// bytes.
Array unpacked(const Type& type, FunctionRef<void(std::span<std::byte>)> read) {
  Array a(type);
  const auto count = static_cast<std::size_t>(a.count()),
             bytes = static_cast<std::size_t>(packed_bytes_of(type.dtype, a.count()));
  if (count == 0) return a;
  auto* elements = static_cast<std::byte*>(a.raw());
  // Into the end of the array, from where they spread to its front.
  std::byte* packed = elements + (static_cast<std::size_t>(a.bytes()) - bytes);
  read({packed, bytes});
  if (value_bits_of(type.dtype) != 4) return a;
  for (std::size_t k = 0; k < count; ++k) {
    const auto byte = std::to_integer<unsigned>(packed[k / 2]);
    store_number(type.dtype, elements, static_cast<i64>(k), Number::of_int(k % 2 == 0 ? byte & 15 : byte >> 4));
  }
  return a;
}

std::string packed(const Array& contiguous) {
  const auto* bytes = static_cast<const char*>(contiguous.raw());
  if (value_bits_of(contiguous.dtype()) != 4) return {bytes, static_cast<std::size_t>(contiguous.bytes())};
  std::string out(static_cast<std::size_t>(packed_bytes_of(contiguous.dtype(), contiguous.count())), '\0');
  for (std::size_t k = 0; k < static_cast<std::size_t>(contiguous.count()); ++k)
    out[k / 2] = static_cast<char>(out[k / 2] | (bytes[k] & 15) << (k % 2 == 0 ? 0 : 4));
  return out;
}

Array external_array(const pb::TensorProto& t, const Type& type, const std::string& folder, const std::string& what) {
  std::string location;
  i64 offset = 0, length = -1;
  for (const pb::StringStringEntryProto& entry : t.external_data()) {
    if (entry.key() == "location") location = entry.value();
    if (entry.key() == "offset") offset = number_of(entry.value(), what);
    if (entry.key() == "length") length = number_of(entry.value(), what);
  }
  const i64 bytes = packed_bytes_of(type.dtype, element_count(type.shape));
  require(length < 0 || length == bytes, "{}: {} bytes of external data, but {} takes {}", what, length, type, bytes);
  const InputFile file(path_inside(folder, location, what));
  require(offset <= file.size() && bytes <= file.size() - offset,
          "{}: {} bytes from {} on are not in '{}', which has {}", what, bytes, offset, location, file.size());
  return unpacked(type, [&](std::span<std::byte> to) { file.read(offset, to); });
}

template <class To, class Field>
Array copied(const Field& field, const Type& type, const std::string& what) {
  const i64 count = element_count(type.shape);
  require(field.size() == count, "{}: {} elements are given for {}", what, field.size(), type);
  Array a(type);
  To* to = static_cast<To*>(a.raw());
  for (const auto value : field) *to++ = static_cast<To>(value);
  return a;
}

Array typed_array(const pb::TensorProto& t, const Type& type, const std::string& what) {
  switch (type.dtype) {
    case DType::F32: return copied<float>(t.float_data(), type, what);
    case DType::F64: return copied<double>(t.double_data(), type, what);
    case DType::I64: return copied<std::int64_t>(t.int64_data(), type, what);
    case DType::U32: return copied<std::uint32_t>(t.uint64_data(), type, what);
    case DType::U64: return copied<std::uint64_t>(t.uint64_data(), type, what);
    case DType::Str: {
      require(t.string_data_size() == element_count(type.shape), "{}: {} elements are given for {}", what,
              t.string_data_size(), type);
      return array_of_texts({t.string_data().begin(), t.string_data().end()}, type.shape);
    }
    default: break;
  }
  if (value_bits_of(type.dtype) == 4) {
    const Array bytes = copied<std::uint8_t>(
        t.int32_data(), {DType::U8, {packed_bytes_of(type.dtype, element_count(type.shape))}}, what);
    return unpacked(type, [&](std::span<std::byte> to) { std::memcpy(to.data(), bytes.raw(), to.size()); });
  }
  switch (bits_of(type.dtype)) {
    case 8: return copied<std::uint8_t>(t.int32_data(), type, what);
    case 16: return copied<std::uint16_t>(t.int32_data(), type, what);
    default: return copied<std::int32_t>(t.int32_data(), type, what);
  }
}

/// bool of other bytes than 0 and 1 means 1.
void normalise(Array& a) {
  if (a.dtype() != DType::Bool) return;
  auto* bytes = static_cast<std::uint8_t*>(a.raw());
  for (i64 k = 0; k < a.count(); ++k) bytes[k] = bytes[k] != 0;
}

Array raw_array(const std::string& raw, const Type& type, const std::string& what) {
  require(type.dtype != DType::Str, "{}: texts as raw data", what);
  const i64 bytes = packed_bytes_of(type.dtype, element_count(type.shape));
  require(static_cast<i64>(raw.size()) == bytes, "{}: {} bytes of data, but {} takes {}", what, raw.size(), type,
          bytes);
  return unpacked(type, [&](std::span<std::byte> to) { std::memcpy(to.data(), raw.data(), to.size()); });
}

/// "batch" of the unknown ?batch.
std::string name_of_extent(const Dim& d) {
  std::string text = to_string(d);
  std::erase(text, '?');
  return symbol_name(text);
}

}  // namespace

DType dtype_of_onnx(std::int32_t type) {
  for (const TypeNumber& t : kTypeNumbers)
    if (t.number == type) return t.dtype;
  fail("element type {} is not supported", name_of_number(type));
}

std::int32_t onnx_of_dtype(DType dtype) {
  for (const TypeNumber& t : kTypeNumbers)
    if (t.dtype == dtype) return t.number;
  fail("ONNX has no element type {}", dtype);
}

Array array_of(const pb::TensorProto& t, const std::string& folder, const std::string& kind) {
  const std::string what = name_in(t, kind);
  DType dtype{};
  try {
    dtype = dtype_of_onnx(t.data_type());
  } catch (const Error& e) {
    fail("{}: {}", what, e.what());
  }
  const Type type{dtype, shape_in(t, what)};
  Array a = t.data_location() == pb::TensorProto::EXTERNAL ? external_array(t, type, folder, what)
            : t.has_raw_data()                             ? raw_array(t.raw_data(), type, what)
                                                           : typed_array(t, type, what);
  normalise(a);
  return a;
}

Array take_array(pb::TensorProto& t, const std::string& folder, const std::string& what) {
  Array a = array_of(t, folder, what);
  const std::string name = t.name();
  pb::TensorProto().Swap(&t);
  t.set_name(name);
  return a;
}

pb::TensorProto proto_without_data(const Type& type, const std::string& name) {
  pb::TensorProto t;
  t.set_name(name);
  t.set_data_type(onnx_of_dtype(type.dtype));
  for (const Dim& d : type.shape) t.add_dims(d);
  return t;
}

pb::TensorProto proto_of(const Array& given, const std::string& name) {
  const Array a = given.to_contiguous();
  pb::TensorProto t = proto_without_data(a.type(), name);
  if (a.dtype() == DType::Str)
    for (const std::string& text : texts_of(a)) t.add_string_data(text);
  else
    t.set_raw_data(packed(a));
  return t;
}

Array array_of(const pb::SequenceProto& s, const std::string& what) {
  std::vector<Array> parts;
  for (const pb::TensorProto& t : s.tensor_values()) parts.push_back(array_of(t, "", what));
  for (const pb::SequenceProto& inner : s.sequence_values()) parts.push_back(array_of(inner, what));
  if (parts.empty()) return Array(sequence_of({DType::F32, {0}}), {});
  Type element = parts[0].type();
  for (const Array& part : parts) {
    require(part.dtype() == element.dtype && part.rank() == element.rank(),
            "{}: a sequence holds {} and {}; elements of one sequence have one element type and rank", what, element,
            part.type());
    for (std::size_t d = 0; d < element.shape.size(); ++d)
      if (!(part.shape()[d] == element.shape[d])) element.shape[d] = Dim::symbol(fmt::format("extent{}", d), 0);
  }
  return Array(sequence_of(element), std::move(parts));
}

Array array_of(const pb::OptionalProto& o, const std::string& what) {
  if (o.has_tensor_value()) {
    Array a = array_of(o.tensor_value(), "", what);
    return Array(optional_of(a.type()), {a});
  }
  if (o.has_sequence_value()) {
    Array a = array_of(o.sequence_value(), what);
    return Array(optional_of(a.type()), {a});
  }
  const Type element =
      o.elem_type() == pb::OptionalProto::SEQUENCE ? sequence_of({DType::F32, {0}}) : Type{DType::F32, {}};
  return Array(optional_of(element), {});
}

std::string symbol_name(const std::string& text) {
  std::string name;
  for (const char c : text) name += (std::isalnum(static_cast<unsigned char>(c)) != 0) ? c : '_';
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0) name.insert(0, "d");
  return name;
}

std::optional<Type> type_of(const pb::TypeProto& type, const std::string& name) {
  if (type.has_sequence_type()) {
    auto element = type_of(type.sequence_type().elem_type(), name);
    if (!element) return {};
    return sequence_of(*element);
  }
  if (type.has_optional_type()) {
    auto element = type_of(type.optional_type().elem_type(), name);
    if (!element) return {};
    return optional_of(*element);
  }
  require(type.has_tensor_type(), "'{}' is a {}; tensors, sequences and optionals of them are supported", name,
          to_text(type));
  const pb::TypeProto::Tensor& tensor = type.tensor_type();
  Type t;
  try {
    t.dtype = dtype_of_onnx(tensor.elem_type());
  } catch (const Error& e) {
    fail("'{}': {}", name, e.what());
  }
  if (!tensor.has_shape()) return {};
  for (int k = 0; k < tensor.shape().dim_size(); ++k) {
    const pb::TensorShapeProto::Dimension& d = tensor.shape().dim(k);
    if (d.has_dim_value()) {
      // Some exporters write -1, or 0, for an unknown extent.
      require(d.dim_value() >= -1, "'{}': extent {} is negative", name, d.dim_value());
      if (d.dim_value() >= 0) {
        t.shape.push_back(d.dim_value());
        continue;
      }
    }
    const bool named = d.has_dim_param() && !d.dim_param().empty();
    t.shape.push_back(Dim::symbol(symbol_name(named ? d.dim_param() : fmt::format("{}_{}", name, k)), 0));
  }
  return t;
}

pb::TypeProto proto_of(const Type& t) {
  pb::TypeProto type;
  if (is_form(t, Composite::Form::Sequence)) {
    *type.mutable_sequence_type()->mutable_elem_type() = proto_of(t.composite->element);
  } else if (is_form(t, Composite::Form::Optional)) {
    *type.mutable_optional_type()->mutable_elem_type() = proto_of(t.composite->element);
  } else {
    require(t.is_dense(), "ONNX has no type for {}", t);
    type.mutable_tensor_type()->set_elem_type(onnx_of_dtype(t.dtype));
    pb::TensorShapeProto* shape = type.mutable_tensor_type()->mutable_shape();
    for (const Dim& d : t.shape) {
      pb::TensorShapeProto::Dimension* dim = shape->add_dim();
      if (d.is_constant())
        dim->set_dim_value(d);
      else
        dim->set_dim_param(name_of_extent(d));
    }
  }
  return type;
}

std::string to_text(const pb::TypeProto& type) {
  if (type.has_sequence_type()) return "sequence(" + to_text(type.sequence_type().elem_type()) + ")";
  if (type.has_optional_type()) return "optional(" + to_text(type.optional_type().elem_type()) + ")";
  if (type.has_map_type()) return "map";
  if (type.has_sparse_tensor_type()) return "sparse tensor";
  if (!type.has_tensor_type()) return "value of unknown type";
  std::string text = name_of_number(type.tensor_type().elem_type());
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (!type.tensor_type().has_shape()) return text + " of unknown rank";
  std::vector<std::string> extents;
  for (const auto& d : type.tensor_type().shape().dim())
    extents.push_back(d.has_dim_value() ? std::to_string(d.dim_value()) : d.dim_param().empty() ? "?" : d.dim_param());
  return fmt::format("{}[{}]", text, fmt::join(extents, ","));
}

}  // namespace tenon::onnx
