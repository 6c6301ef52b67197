#include "op/index/dense_rows.h"

#include "op/index/functions.h"
#include "op/index/rows.h"
#include "op/math/functions.h"
#include "op/shape/functions.h"

namespace tenon {

Types DenseRows::infer(Operands in) const {
  require_operands(name, in, 2);
  const Type &ids = in[0].type, &updates = in[1].type;
  const Shape row = require_updates(name, ids, updates);
  require(rows.size() == 1, "dense_rows: rows is {}, expected one extent", rows);
  const Type out{updates.dtype, with_extents_from(rows, row, 0)};
  check_shape(out.shape);
  return {out};
}

Values DenseRows::expand(Builder& b, std::span<const Value> in) const {
  const Shape& shape = in[1].shape();
  const Built zero{&b, b.apply1(make_op(Full{0, in[1].dtype(), with_extents_from(rows, shape, in[0].rank())}), {})};
  return {scatter_add(zero, Built{&b, in[0]}, Built{&b, in[1]}).value};
}

Value joined_rows(Builder& b, const Value& x, const Value& y) {
  auto rows_of = [](const Value& v) {
    const OpRef& op = v.node()->recorded_op();
    return op == nullptr ? nullptr : get_if<DenseRows>(*op);
  };
  const DenseRows *mine = rows_of(x), *theirs = rows_of(y);
  if (mine == nullptr || theirs == nullptr || x.type() != y.type()) return {};
  auto part = [&](const Value& v, bool updates) {
    const Built ids{&b, v.node()->recorded_args()[0]};
    const Dim count = symbolic_count(ids.shape());
    if (!updates) return reshape(cast(ids, DType::I64), {count});
    const Built rows{&b, v.node()->recorded_args()[1]};
    return reshape(rows, with_extents_from({count}, rows.shape(), ids.rank()));
  };
  const Built ids = concatenate({part(x, false), part(y, false)}),
              updates = concatenate({part(x, true), part(y, true)});
  return dense_rows(ids, updates, mine->rows[0]).value;
}

std::vector<Case<DenseRows>> DenseRows::samples() {
  std::vector<Case<DenseRows>> list;
  for (SampleInputs& in : row_samples()) list.push_back({{{5}}, std::move(in)});
  return list;
}

}  // namespace tenon
