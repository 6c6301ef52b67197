// An index, read from data, that is out of range: as an Error that says which, where and what was expected.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/number.h"
#include "tensor/shape.h"

namespace tenon {

struct BadIndex {
  /// An operand of the operator that reads the index. Without a name, it is called by its number.
  struct Place {
    static constexpr std::size_t kInner = SIZE_MAX;  ///< no operand, but a value inside of a composite operator
    std::size_t operand = kInner;
    std::string name;
    Type type;
  };
  struct Source {
    Place place;
    Ints position;
    Number value;
  };
  std::vector<Source> sources;  ///< the elements that the index was computed from
  i64 index = 0;
  Place target;  ///< what has no such element
  std::size_t dimension = 0;
  i64 low = 0, high = 0;  ///< low <= index < high was expected
};

/// "ids[2,5] = 1000 is out of range for dimension 0 of x, which is f32[100,8]; expected 0 to 99; …"
std::string to_string(const BadIndex& bad);

class IndexError : public Error {
 public:
  /// `who` begins the message: "gather".
  IndexError(std::string_view who, BadIndex bad)
      : Error(fmt::format("{}: {}", who, to_string(bad))), bad_(std::move(bad)) {}
  /// The same error with another message.
  IndexError(const std::string& message, const IndexError& e) : Error(message), bad_(e.bad_) {}
  const BadIndex& bad() const { return bad_; }

 private:
  BadIndex bad_;
};

/// Position `number` of a row-major tensor.
Ints position_at(const Shape& shape, i64 number);

/// Checks one element of the operand `ids`, itself an index into a dimension of `target`, of which `low` counts too.
/// Throws IndexError.
inline void check_index(std::string_view who, const BadIndex::Place& ids, i64 number, i64 index,
                        const BadIndex::Place& target, std::size_t dimension, i64 low = 0) {
  const i64 high = target.type.shape[dimension];
  if (index < low || index >= high) [[unlikely]]
    throw IndexError(
        who,
        {{{ids, position_at(ids.type.shape, number), Number::of_int(index)}}, index, target, dimension, low, high});
}

}  // namespace tenon
