#include "op/recurrent/cell.h"

#include "op/functions.h"

namespace tenon {

Type require_cell(std::string_view op, Operands in, std::size_t states, i64 gates) {
  const std::size_t least = 3 + states;
  require(in.size() == least || in.size() == least + 2,
          "{}: {} operands given; expected x, {} states, two weights and none or two biases", op, in.size(), states);
  const Type &x = in[0].type, &h = in[1].type;
  require_float(op, x);
  require_same_dtype(op, in);
  require(x.rank() == 2, "{}: x is {}, expected [batch, inputs]", op, x);
  require(h.rank() == 2 && h.shape[0] == x.shape[0], "{}: the state is {}, expected [{}, size] for x {}", op, h,
          x.shape[0], x);
  for (std::size_t s = 2; s <= states; ++s)
    require(in[s].type == h, "{}: the second state is {}, expected {} as the first", op, in[s].type, h);
  const Dim size = h.shape[1], rows = size * gates;
  require(in[states + 1].type.shape == Shape{rows, x.shape[1]}, "{}: the weight of x is {}, expected {}", op,
          in[states + 1].type, Shape{rows, x.shape[1]});
  require(in[states + 2].type.shape == Shape{rows, size}, "{}: the weight of the state is {}, expected {}", op,
          in[states + 2].type, Shape{rows, size});
  for (std::size_t b = least; b < in.size(); ++b)
    require(in[b].type.shape == Shape{rows}, "{}: a bias is {}, expected {}", op, in[b].type, Shape{rows});
  return h;
}

CellOperands::CellOperands(Builder& b, std::span<const Value> in, std::size_t states, i64 gates) {
  x = widened(b, in[0]), h = widened(b, in[1]), c = widened(b, in[states]);
  const Shape each(static_cast<std::size_t>(gates), h.shape()[1]);
  const Built wx = widened(b, in[states + 1]), wh = widened(b, in[states + 2]);
  state_weight = split(wh, each, 0);
  if (in.size() == states + 3) {
    from_input = split(linear(x, wx), each, 1);
    from_state = split(linear(h, wh), each, 1);
    return;
  }
  const Built bias = widened(b, in[states + 4]);
  state_bias = split(bias, each, 0);
  from_input = split(linear(x, wx, widened(b, in[states + 3])), each, 1);
  from_state = split(linear(h, wh, bias), each, 1);
}

std::vector<SampleInput> cell_sample(DType t, i64 n, i64 inputs, i64 size, std::size_t states, i64 gates, bool biases) {
  std::vector<SampleInput> in{{{t, {n, inputs}}}};
  in.insert(in.end(), states, {{t, {n, size}}});
  in.push_back({{t, {gates * size, inputs}}, -1, 1});
  in.push_back({{t, {gates * size, size}}, -1, 1});
  if (biases) in.insert(in.end(), 2, {{t, {gates * size}}});
  return in;
}

}  // namespace tenon
