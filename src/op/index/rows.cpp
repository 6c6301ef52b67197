#include "op/index/rows.h"

#include "op/index/functions.h"
#include "op/math/functions.h"
#include "op/shape/functions.h"

namespace tenon {

Shape require_updates(std::string_view op, const Type& ids, const Type& updates) {
  require_ids(op, ids);
  require(updates.dtype != DType::Bool && updates.dtype != DType::Str,
          "{}: the updates are {}, expected floats or integers", op, updates);
  bool fits = updates.rank() >= ids.rank();
  for (std::size_t d = 0; fits && d < ids.shape.size(); ++d) fits = updates.shape[d] == ids.shape[d];
  require(fits, "{}: the updates are {}, expected a row for each of the ids {}: their dimensions first", op, updates,
          ids);
  return with_extents_from({}, updates.shape, ids.rank());
}

std::vector<SampleInputs> row_samples() {
  std::vector<SampleInputs> list;
  auto add = [&](DType id, const Shape& ids, DType t, Shape updates) {
    const double low = is_float(t) ? -2 : is_signed(t) ? -5 : 0, high = is_float(t) ? 2 : 5;
    list.push_back(
        {{{id, ids}, is_signed(id) ? -1.0 : 0.0, 5, false}, {{t, std::move(updates)}, low, high, is_float(t)}});
  };
  add(DType::I64, {7}, DType::F32, {7, 3});
  add(DType::I32, {2, 3}, DType::F64, {2, 3, 2, 2});
  add(DType::I64, {9}, DType::F64, {9});
  add(DType::I64, {}, DType::F32, {3});
  add(DType::I64, {0}, DType::F32, {0, 3});
  add(DType::I64, {3}, DType::F32, {3, 0});
  add(DType::U8, {700}, DType::F32, {700, 2});
  add(DType::I16, {8}, DType::F16, {8, 2});
  add(DType::I8, {8}, DType::BF16, {8, 300});
  add(DType::U32, {8}, DType::U64, {8, 3});
  add(DType::U16, {8}, DType::U32, {8, 3});
  for (DType t : {DType::I64, DType::I32, DType::I16, DType::I8, DType::U8}) add(DType::I64, {6}, t, {6, 2});
  return list;
}

Built rows_at(const Built& x, const Built& ids) {
  const Built wide = cast(ids, DType::I64), rows = gather(x, maximum(wide, 0));
  Shape over_rows = ids.shape();
  over_rows.resize(rows.shape().size(), Dim(1));
  return where(greater_equal(reshape(wide, over_rows), 0), rows, 0);
}

}  // namespace tenon
