// Python's pickles, as far as files of tensors have them. Nothing is executed: the few names of Python that state dicts
// need are known here, and a pickle that wants any other is refused.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "tensor/shape.h"

namespace tenon {

/// The objects of one pickle. They refer to each other by their position in the lists, so that what a pickle says about
/// itself (cycles, one object in many places) does no harm; texts lie in the bytes that were read.
struct Pickle {
  enum class Kind : std::uint8_t {
    None,
    Bool,      ///< number: 0 or 1
    Int,       ///< number
    Text,      ///< index in texts
    Sequence,  ///< index in sequences: a list, a tuple, a torch.Size
    Dict,      ///< index in dicts
    Name,      ///< index in names: something of Python that was named and not called
    Storage,   ///< index in storages
    Tensor,    ///< index in tensors
    Other,     ///< a value without meaning for tensors: a float, a large integer, bytes, a device
  };
  struct Value {
    Kind kind = Kind::None;
    i64 number = 0;
    std::size_t index() const { return static_cast<std::size_t>(number); }
  };
  struct Dict {
    std::vector<std::pair<Value, Value>> items;
    bool ordered = false;  ///< a collections.OrderedDict
  };
  /// Memory that tensors share. The data are not in the pickle.
  struct Storage {
    std::string_view key;
    DType dtype = DType::F32;
    i64 count = 0;  ///< elements; of an untyped storage bytes, as u8
  };
  /// A view of a storage. Nothing says yet that it lies inside of it.
  struct Tensor {
    std::size_t storage = 0;
    DType dtype = DType::F32;  ///< of its elements: the storage's, where that has one
    i64 offset = 0;
    Shape shape;  ///< not negative, and the elements can be counted
    Ints strides;
  };

  Value top;
  std::vector<std::string_view> texts, names;
  std::vector<std::vector<Value>> sequences;
  std::vector<Dict> dicts;
  std::vector<Storage> storages;
  std::vector<Tensor> tensors;
};

/// Reads one pickle of protocol 2 to 5, of at most 100 MB, and leaves `reader` behind it. Takes memory in proportion to
/// the bytes of the pickle. Throws Error for anything malformed; for a name that is none of those that tensors need it says which one.
Pickle read_pickle(ByteReader& reader);

/// "a tensor", "a dictionary", …
std::string_view description(Pickle::Kind kind);

}  // namespace tenon
