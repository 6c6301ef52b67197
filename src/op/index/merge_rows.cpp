#include "op/index/merge_rows.h"

#include <algorithm>

#include "op/index/functions.h"
#include "op/index/rows.h"
#include "op/index/scatter.h"
#include "op/math/functions.h"
#include "op/reduce/functions.h"
#include "op/shape/functions.h"
#include "op/special/functions.h"
#include "op/special/order.h"
#include "tensor/index_error.h"

namespace tenon {

Types MergeRows::infer(Operands in) const {
  require_operands(name, in, 2);
  const Type &ids = in[0].type, &updates = in[1].type;
  const Shape row = require_updates(name, ids, updates);
  const Dim count = symbolic_count(ids.shape);
  require(!certainly_less(kMostInOrder, count), "merge_rows: {} are too many ids; expected at most {}", ids,
          kMostInOrder);
  return {{DType::I64, {count}}, {updates.dtype, with_extents_from({count}, row, 0)}};
}

std::vector<Array> MergeRows::evaluate(std::span<const Array> in) const {
  const auto n = in[0].count();
  std::vector<i64> ids, different;
  for (i64 k = 0; k < n; ++k) {
    ids.push_back(in[0].at(k).as_int());
    require(ids.back() >= -1, "merge_rows: ids{} = {} is negative; expected a row, or -1 for none",
            position_at(in[0].shape(), k), ids.back());
    if (ids.back() >= 0) different.push_back(ids.back());
  }
  std::ranges::sort(different);
  different.erase(std::ranges::unique(different).begin(), different.end());

  std::vector<i64> to;  // updates of no row are added to one more row, which is cut off
  for (i64 id : ids) to.push_back(id < 0 ? n : std::ranges::lower_bound(different, id) - different.begin());
  const Shape row = with_extents_from({}, in[1].shape(), in[0].rank());
  const Array zeros = Array::full({in[1].dtype(), with_extents_from({n + 1}, row, 0)}, Number(0.0));
  const Array sums = scattered(zeros, to, element_count(row), in[1], "add").sliced(0, 0, n).to_contiguous();
  Array positions = Array::full({DType::I64, {n}}, Number::of_int(-1));
  for (std::size_t k = 0; k < different.size(); ++k) positions.set(static_cast<i64>(k), Number::of_int(different[k]));
  return {positions, sums};
}

// Each update is in the sum of its id, wherever that stands.
Values MergeRows::vjp(Builder& b, std::span<const Value> in, std::span<const Value>,
                      std::span<const Value> grad) const {
  if (!grad[1].defined()) return Values(2);
  const Built ids = cast(Built{&b, in[0]}, DType::I64), sums{&b, grad[1]}, passed_over = less(ids, 0);
  // Among all ids that differ, -1 comes first.
  const Built place = reshape(unique(ids).inverse, ids.shape()) - cast(any(passed_over), DType::I64);
  return {Value(), rows_at(sums, where(passed_over, -1, place)).value};
}

std::vector<Case<MergeRows>> MergeRows::samples() {
  std::vector<Case<MergeRows>> list;
  for (SampleInputs& in : row_samples()) list.push_back({{}, std::move(in)});
  return list;
}

}  // namespace tenon
