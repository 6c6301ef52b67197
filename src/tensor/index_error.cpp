#include "tensor/index_error.h"

namespace tenon {

namespace {

std::string name_of(const BadIndex::Place& place) {
  return place.name.empty() ? fmt::format("operand {}", place.operand) : place.name;
}

/// "ids[2,5] = 1000"
std::string to_string(const BadIndex::Source& s) {
  const std::string value = s.value.integral ? integer_text(s.value) : fmt::format("{}", s.value.f);
  return fmt::format("{}{} = {}", name_of(s.place), s.position.empty() ? "" : tenon::to_string(s.position), value);
}

bool is_index_itself(const BadIndex& bad) {
  return bad.sources.size() == 1 && bad.sources[0].value.integral && bad.sources[0].value.i == bad.index;
}

std::string index_text(const BadIndex& bad) {
  if (is_index_itself(bad)) return to_string(bad.sources[0]);
  std::string text = fmt::format("the index {}", bad.index);
  for (std::size_t k = 0; k < bad.sources.size(); ++k)
    text += (k == 0 ? ", computed from " : " and ") + to_string(bad.sources[k]);
  return text + (bad.sources.empty() ? "" : ",");
}

std::string remedy(const BadIndex& bad) {
  const i64 count = bad.high - std::max<i64>(bad.low, 0);
  if (count <= 0) return "that dimension is empty, so there is nothing to index";
  const std::string expected =
      fmt::format("expected 0 to {}{}", bad.high - 1, bad.low < 0 ? fmt::format(", or {} for none", bad.low) : "");
  if (bad.index < 0 && bad.index >= -count)
    return expected + "; negative ones do not count from the end, unless from_end is applied";
  return expected + "; correct the data, or clip it";
}

}  // namespace

std::string to_string(const BadIndex& bad) {
  return fmt::format("{} is out of range for dimension {} of {}, which is {}; {}", index_text(bad), bad.dimension,
                     name_of(bad.target), bad.target.type, remedy(bad));
}

Ints position_at(const Shape& shape, i64 number) {
  Ints position(shape.size(), 0);
  for (std::size_t d = shape.size(); d-- > 0;) {
    const i64 extent = shape[d];
    position[d] = number % extent;
    number /= extent;
  }
  return position;
}

}  // namespace tenon
