#include "op/math/elementwise.h"

#include <algorithm>

namespace tenon {

void require_accepted(std::string_view op, Accepts accepts, DType given) {
  switch (accepts) {
    case Accepts::Floats: return require(is_float(given), "{}: takes floats, given {}; cast it first", op, given);
    case Accepts::Integers: return require(is_integer(given), "{}: takes integers, given {}; cast it first", op, given);
    case Accepts::Numbers:
      return require(is_number(given), "{}: takes floats and integers, given {}{}", op, given,
                     given == DType::Bool ? "; cast it first" : "");
    case Accepts::Bools:
      return require(given == DType::Bool, "{}: takes bool, given {}; compare it with 0 first", op, given);
    case Accepts::All: return require(given != DType::Str, "{}: takes numbers and bool, given {}", op, given);
    case Accepts::Any: return;
  }
}

std::vector<expr::At> broadcast_at(const Shape& operand, const std::vector<expr::Index>& out) {
  std::vector<expr::At> at;
  std::size_t lead = out.size() - operand.size();
  for (std::size_t d = 0; d < operand.size(); ++d) {
    if (operand[d] == 1)
      at.emplace_back(0);
    else
      at.emplace_back(out[lead + d]);
  }
  return at;
}

expr::Expr define_elementwise(std::span<const Type> in, const ScalarFormula& formula) {
  Shape shape;
  for (const Type& t : in) shape = broadcast_shapes(shape, t.shape);
  auto out = expr::indices(shape);
  std::vector<expr::Scalar> operands;
  for (const Type& t : in) {
    expr::Input x(static_cast<std::int32_t>(operands.size()), t);
    operands.push_back(x(broadcast_at(t.shape, out)));
  }
  return expr::compute({in.begin(), in.end()}, expr::dims(out), formula(operands));
}

Shape broadcast_operands(std::string_view op, Operands in) {
  Shape shape;
  try {
    for (const Operand& o : in) shape = broadcast_shapes(shape, o.type.shape);
  } catch (const Error& e) {
    fail("{}: {}", op, e.what());
  }
  return shape;
}

SampleInput sample_input(Type type, const SampleRange& range) {
  if (is_float(type.dtype)) return {std::move(type), range.low, range.high, true};
  i64 low = is_signed(type.dtype) ? range.int_low : std::max<i64>(range.int_low, 0);
  return {std::move(type), static_cast<double>(low), static_cast<double>(range.int_high), false};
}

namespace {

bool accepted(Accepts accepts, DType t) {
  switch (accepts) {
    case Accepts::Floats: return is_float(t);
    case Accepts::Integers: return is_integer(t);
    case Accepts::Numbers: return t != DType::Bool;
    case Accepts::Bools: return t == DType::Bool;
    case Accepts::All:
    case Accepts::Any: return true;
  }
  return false;
}

/// Shapes of the operands of one sample; the second and third operand of the later ones are broadcast.
const std::vector<std::vector<Shape>>& sample_shapes() {
  static const std::vector<std::vector<Shape>> shapes{
      {{3, 5}, {3, 5}, {3, 5}},       {{}, {}, {}},          {{2, 1, 3, 2}, {2, 1, 3, 2}, {2, 1, 3, 2}},
      {{0, 3}, {0, 3}, {0, 3}},       {{3, 5}, {5}, {3, 1}}, {{4, 1}, {1, 3}, {4, 3}},
      {{2, 3, 1, 2}, {3, 2, 1}, {2}}, {{1}, {7}, {1}},       {{5}, {}, {5}}};
  return shapes;
}

}  // namespace

std::vector<std::vector<SampleInput>> elementwise_inputs(Accepts accepts, std::span<const SampleRange> ranges) {
  std::vector<std::vector<SampleInput>> list;
  auto add = [&](DType t, const std::vector<Shape>& shapes) {
    auto& in = list.emplace_back();
    for (std::size_t k = 0; k < ranges.size(); ++k) in.push_back(sample_input({t, shapes[k]}, ranges[k]));
  };
  DType first = accepts == Accepts::Bools ? DType::Bool : accepts == Accepts::Integers ? DType::I32 : DType::F32;
  for (std::size_t s = 0; s < (ranges.size() == 1 ? 4 : sample_shapes().size()); ++s) add(first, sample_shapes()[s]);
  for (DType t : kAllDTypes)
    if (t != first && accepted(accepts, t)) add(t, ranges.size() == 1 ? sample_shapes()[0] : sample_shapes()[4]);
  return list;
}

}  // namespace tenon
