#include "onnx/import/known.h"

namespace tenon::onnx {

i64 known_extent(const Value& x, std::size_t dimension) {
  const Dim extent = x.shape()[dimension];
  if (!extent.is_constant())
    throw NeedsInputs(fmt::format("extent {} of a tensor must be known before the model runs", extent), {});
  return extent;
}

Ints known_extents_from(const Value& x, std::size_t first) {
  Ints extents;
  for (std::size_t d = first; d < x.shape().size(); ++d) extents.push_back(known_extent(x, d));
  return extents;
}

namespace {

Number element_of(const NodeView& n, std::size_t k) {
  const Array a = n.value(k);
  require(a.is_dense() && a.dtype() != DType::Str && a.count() == 1, "input {} is {}, and must be one number", k,
          a.type());
  return a.at(0);
}

}  // namespace

double number_of(const NodeView& n, std::size_t k, std::optional<double> otherwise) {
  return otherwise && !n.has(k) ? *otherwise : element_of(n, k).as_double();
}

i64 whole_number_of(const NodeView& n, std::size_t k, std::optional<i64> otherwise) {
  return otherwise && !n.has(k) ? *otherwise : element_of(n, k).as_int();
}

}  // namespace tenon::onnx
