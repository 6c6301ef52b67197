#include "op/sequence/split_to_sequence.h"

namespace tenon {

Types SplitToSequence::infer(Operands in) const {
  require(in.size() == 1 || in.size() == 2,
          "split_to_sequence: expected a tensor and perhaps extents, {} operands given", in.size());
  Type t = in[0].type;
  require(t.is_dense() && axis >= -t.rank() && axis < t.rank(), "split_to_sequence: axis {} is out of range for {}",
          axis, t);
  const auto a = static_cast<std::size_t>(normal_axis(axis, t.rank()));
  if (in.size() == 1) {
    t.shape[a] = 1;
    if (!keep_dims) t.shape.erase(t.shape.begin() + a);
    return {sequence_of(t)};
  }
  const Type& extents = in[1].type;
  require(extents.is_dense() && is_integer(extents.dtype) && extents.rank() <= 1,
          "split_to_sequence: the extents are {}, expected an integer scalar or list", extents);
  t.shape[a] = Dim::symbol("piece", 0, greatest_value(t.shape[a]).value_or(Dim::kUnbounded));
  return {sequence_of(t)};
}

std::vector<Array> SplitToSequence::evaluate(std::span<const Array> in) const {
  const Array& x = in[0];
  const i64 a = normal_axis(axis, x.rank()), n = x.dim(a);
  std::vector<i64> pieces;
  const i64 each = in.size() == 2 && in[1].rank() == 0 ? in[1].at(0).as_int() : 1;
  require(each > 0, "split_to_sequence: pieces of extent {}, expected at least 1", each);
  if (in.size() == 2 && in[1].rank() == 1)
    for (i64 k = 0; k < in[1].count(); ++k) pieces.push_back(in[1].at(k).as_int());
  else
    for (i64 left = n; left > 0; left -= each) pieces.push_back(std::min(left, each));
  std::vector<Array> parts;
  i64 from = 0;
  for (i64 piece : pieces) {
    require(piece >= 0 && piece <= n - from, "split_to_sequence: a piece of {} at {} is out of range for {}", piece,
            from, x.type());
    Array part = x.sliced(a, from, from + piece).clone();
    from += piece;
    if (in.size() == 1 && !keep_dims) {
      Shape shape = part.shape();
      shape.erase(shape.begin() + a);
      part = part.reshaped(shape);
    }
    parts.push_back(std::move(part));
  }
  require(from == n, "split_to_sequence: the pieces have {} of the {} elements along axis {}", from, n, axis);
  std::vector<Operand> operands;
  for (const Array& o : in) operands.push_back({o.type()});
  return {Array(infer(operands)[0], std::move(parts))};
}

}  // namespace tenon
