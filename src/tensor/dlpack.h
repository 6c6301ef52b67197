// Exchange of arrays with other libraries in one process, without copying.
#pragma once
#include <cstdint>

#include "tensor/array.h"

/// The binary interface of DLPack 0.8, with the floats of 8 bits of 1.1 (dmlc.github.io/dlpack): layouts and numbers
/// are fixed by it.
namespace tenon::dlpack {

enum class DeviceType : std::int32_t { Cpu = 1 };
enum class TypeCode : std::uint8_t {
  Int = 0,
  UInt = 1,
  Float = 2,
  Opaque = 3,
  Bfloat = 4,
  Complex = 5,
  Bool = 6,
  Float8E4M3FN = 10,
  Float8E4M3FNUZ = 11,
  Float8E5M2 = 12,
  Float8E5M2FNUZ = 13
};

struct Device {
  std::int32_t type;  ///< a DeviceType, or one that is not known here
  std::int32_t id;
};

struct DataType {
  std::uint8_t code;  ///< a TypeCode, or one that is not known here
  std::uint8_t bits;
  std::uint16_t lanes;
};

struct Tensor {
  void* data;
  Device device;
  std::int32_t ndim;
  DataType dtype;
  std::int64_t* shape;
  std::int64_t* strides;  ///< in elements; nullptr: row-major
  std::uint64_t byte_offset;
};

struct ManagedTensor {
  Tensor tensor;
  void* manager_context;
  void (*deleter)(ManagedTensor* self);
};

/// Throws Error for text, and for i4 and u4, which DLPack packs two to a byte.
DataType data_type_of(DType t);
/// Throws Error for an element type that is not known here.
DType dtype_of(DataType type);

/// A tensor that shares the array's storage, and keeps it alive until `deleter` is called.
ManagedTensor* export_array(const Array& array);

/// An array that shares the tensor's memory and calls its deleter when the last user is gone. Throws Error, and
/// leaves the tensor to the caller, where device, element type, lanes, alignment or extents cannot be represented.
Array import_array(ManagedTensor* managed);

}  // namespace tenon::dlpack
