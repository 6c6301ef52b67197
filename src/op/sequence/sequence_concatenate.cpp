#include "op/sequence/sequence_concatenate.h"

#include "op/shape/concatenate.h"

namespace tenon {

Types SequenceConcatenate::infer(Operands in) const {
  require_operands(name, in, 1);
  Type t = with_own_unknowns(require_form(name, in[0].type, Composite::Form::Sequence).element, size);
  require(t.is_dense(), "sequence_concatenate: the elements are {}, expected tensors", t);
  const i64 rank = t.rank() + stack;
  require(axis >= -rank && axis < rank, "sequence_concatenate: axis {} is out of range for elements {}{}", axis, t,
          stack ? ", stacked" : "");
  const auto a = static_cast<std::size_t>(normal_axis(axis, rank));
  if (stack) t.shape.insert(t.shape.begin() + a, Dim(1));
  t.shape[a] = Dim::symbol(fmt::format("{}_{}", size, stack ? "count" : std::to_string(a)), 0);
  return {t};
}

std::vector<Array> SequenceConcatenate::evaluate(std::span<const Array> in) const {
  std::vector<Array> parts = in[0].parts();
  if (parts.empty() && stack) {
    Type t = infer({{Operand{in[0].type()}}})[0];
    for (Dim& d : t.shape) d = d.is_constant() ? d : Dim(0);
    return {Array(t)};
  }
  require(!parts.empty(), "sequence_concatenate: the sequence is empty");
  std::vector<Operand> operands;
  std::vector<Type> types;
  const i64 rank = parts[0].rank() + stack, a = normal_axis(axis, rank);
  for (Array& x : parts) {
    if (stack) {
      Shape shape = x.shape();
      shape.insert(shape.begin() + a, Dim(1));
      x = x.reshaped(shape);
    }
    operands.push_back({x.type()});
    types.push_back(x.type());
  }
  const Type out = Concatenate{a}.infer(operands)[0];
  Array joined(out);
  i64 inner = 1, outer = 1;
  for (std::size_t d = 0; d < out.shape.size(); ++d) (static_cast<i64>(d) < a ? outer : inner) *= out.shape[d].value();
  i64 from = 0;
  for (const Array& x : parts) {
    const i64 run = outer > 0 ? x.count() / outer : 0;
    for (i64 o = 0; o < outer; ++o)
      for (i64 k = 0; k < run; ++k) joined.set(o * inner + from + k, x.at(o * run + k));
    from += run;
  }
  return {joined};
}

}  // namespace tenon
