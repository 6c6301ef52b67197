#include "tensor/dlpack.h"

#include <algorithm>
#include <iterator>
#include <memory>

namespace tenon::dlpack {
namespace {

static_assert(sizeof(Tensor) == 48 && sizeof(ManagedTensor) == 64);

TypeCode code_of(DType t) {
  require(t != DType::Str, "texts cannot be exchanged with other libraries as tensors");
  switch (t) {
    case DType::Bool: return TypeCode::Bool;
    case DType::BF16: return TypeCode::Bfloat;
    case DType::F8E4M3FN: return TypeCode::Float8E4M3FN;
    case DType::F8E4M3FNUZ: return TypeCode::Float8E4M3FNUZ;
    case DType::F8E5M2: return TypeCode::Float8E5M2;
    case DType::F8E5M2FNUZ: return TypeCode::Float8E5M2FNUZ;
    default: return is_float(t) ? TypeCode::Float : is_signed(t) ? TypeCode::Int : TypeCode::UInt;
  }
}

struct Exported {
  Array array;
  Ints shape, strides;
  ManagedTensor managed;
};

// Where the elements lie around the first one, in elements: lowest <= 0 <= highest.
struct Reach {
  i64 lowest = 0, highest = 0;
};

Reach reach_of(const Type& type, const Ints& strides, i64 element_bytes) {
  Reach reach;
  bool overflow = false;
  for (std::size_t k = 0; k < strides.size(); ++k) {
    i64 step;
    overflow |= __builtin_mul_overflow(strides[k], type.shape[k].value() - 1, &step);
    i64& end = step < 0 ? reach.lowest : reach.highest;
    overflow |= __builtin_add_overflow(end, step, &end);
  }
  i64 span, bytes;
  overflow |= __builtin_sub_overflow(reach.highest, reach.lowest, &span);
  overflow |= __builtin_add_overflow(span, i64{1}, &span);
  overflow |= __builtin_mul_overflow(span, element_bytes, &bytes);
  require(!overflow, "a DLPack tensor {} with strides {} does not fit into memory", type, strides);
  return reach;
}

}  // namespace

DataType data_type_of(DType t) {
  require(value_bits_of(t) >= 8, "{} cannot be exchanged with other libraries, which pack it; cast it to {}", t,
          is_signed(t) ? DType::I8 : DType::U8);
  return {static_cast<std::uint8_t>(code_of(t)), static_cast<std::uint8_t>(bits_of(t)), 1};
}

DType dtype_of(DataType type) {
  require(type.lanes == 1, "a DLPack tensor with {} lanes per element cannot be used; only 1 is supported", type.lanes);
  for (DType t : kAllDTypes) {
    if (static_cast<std::uint8_t>(code_of(t)) == type.code && bits_of(t) == type.bits && value_bits_of(t) >= 8)
      return t;
  }
  static constexpr const char* kNames[] = {"signed integer", "unsigned integer", "float",  "opaque",
                                           "bfloat",         "complex",          "boolean"};
  const char* kind = type.code < std::size(kNames) ? kNames[type.code] : "unknown";
  fail("a DLPack tensor of {}-bit {} elements (type code {}) cannot be used; convert it first", type.bits, kind,
       type.code);
}

ManagedTensor* export_array(const Array& array) {
  require(array.defined(), "an undefined array cannot be exported");
  auto exported = std::make_unique<Exported>(Exported{array, array.shape(), array.strides(), {}});
  Tensor& tensor = exported->managed.tensor;
  tensor.data = exported->array.raw();
  tensor.device = {static_cast<std::int32_t>(DeviceType::Cpu), 0};
  tensor.ndim = static_cast<std::int32_t>(array.rank());
  tensor.dtype = data_type_of(array.dtype());
  tensor.shape = exported->shape.data();
  tensor.strides = exported->strides.data();
  tensor.byte_offset = 0;
  exported->managed.manager_context = exported.get();
  exported->managed.deleter = [](ManagedTensor* self) { delete static_cast<Exported*>(self->manager_context); };
  return &exported.release()->managed;
}

Array import_array(ManagedTensor* managed) {
  require(managed != nullptr, "there is no DLPack tensor to import");
  const Tensor& tensor = managed->tensor;
  require(tensor.device.type == static_cast<std::int32_t>(DeviceType::Cpu),
          "a DLPack tensor on device type {} cannot be used; copy it to the CPU (type 1) first", tensor.device.type);
  require(tensor.ndim >= 0 && (tensor.ndim == 0 || tensor.shape != nullptr), "a DLPack tensor has no valid shape");
  Type type{dtype_of(tensor.dtype), Shape(tensor.shape, tensor.shape + tensor.ndim)};
  i64 count = element_count(type.shape), size = bits_of(type.dtype) / 8;
  Ints strides = tensor.strides ? Ints(tensor.strides, tensor.strides + tensor.ndim) : contiguous_strides(type.shape);
  auto release = [managed] {
    if (managed->deleter) managed->deleter(managed);
  };
  if (count == 0) return Array(Storage::adopt(nullptr, 0, release), std::move(type), std::move(strides));
  require(tensor.data != nullptr, "a DLPack tensor {} has no data", type);
  std::byte* first = static_cast<std::byte*>(tensor.data) + tensor.byte_offset;
  require(reinterpret_cast<std::uintptr_t>(first) % static_cast<std::uintptr_t>(size) == 0,
          "a DLPack tensor {} is not aligned to its elements; copy it first", type);
  Reach reach = reach_of(type, strides, size);
  i64 bytes = (reach.highest - reach.lowest + 1) * size;
  return Array(Storage::adopt(first + reach.lowest * size, bytes, release), std::move(type), std::move(strides),
               -reach.lowest);
}

}  // namespace tenon::dlpack
