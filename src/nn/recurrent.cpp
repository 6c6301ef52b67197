#include "nn/recurrent.h"

#include <cmath>

#include "nn/init.h"
#include "op/functions.h"

namespace tenon::nn {

namespace {

Tensor stacked(const std::vector<Parameter>& by_direction) {
  std::vector<Tensor> all;
  for (const Parameter& p : by_direction) all.push_back(p.value());
  return stack(std::span<const Tensor>(all));
}

}  // namespace

Recurrent::Recurrent(std::string_view kind, i64 gates, i64 in, i64 size, const RecurrentOptions& options)
    : kind_(kind), in_(in), size_(size), options_(options) {
  require(in >= 1 && size >= 1 && options.layers >= 1,
          "{}: {} inputs, {} units, {} layers; expected at least 1 of each", kind, in, size, options.layers);
  require(options.dropout >= 0 && options.dropout < 1, "{}: the dropout rate is {}, expected 0 <= rate < 1", kind,
          options.dropout);
  const double bound = 1 / std::sqrt(static_cast<double>(size));
  for (i64 layer = 0; layer < options.layers; ++layer) {
    Weights& weights = layers_.emplace_back();
    for (i64 d = 0; d < directions(); ++d) {
      const auto slot = [&](std::string_view name, const Shape& shape) {
        return add(fmt::format("{}_l{}{}", name, layer, d ? "_reverse" : ""), init::uniform(shape, -bound, bound));
      };
      weights.w.push_back(slot("weight_ih", {gates * size, in}));
      weights.r.push_back(slot("weight_hh", {gates * size, size}));
      if (!options.bias) continue;
      weights.wb.push_back(slot("bias_ih", {gates * size}));
      weights.rb.push_back(slot("bias_hh", {gates * size}));
    }
    in = size * directions();
    if (options.dropout > 0 && layer + 1 < options.layers)
      dropouts_.push_back(add(fmt::format("dropout.{}", layer), Dropout(options.dropout)));
  }
}

RecurrentInputs<Tensor> Recurrent::inputs_of(const Weights& weights, const Tensor& x) const {
  RecurrentInputs<Tensor> in{x, stacked(weights.w), stacked(weights.r), {}, {}, {}, {}, {}};
  if (options_.bias) in.bias = concatenate({stacked(weights.wb), stacked(weights.rb)}, 1);
  return in;
}

Recurrent::Output Recurrent::run(const Tensor& x, const std::optional<Tensor>& lengths, const std::optional<Tensor>& h,
                                 const std::optional<Tensor>& c) const {
  require(x.rank() == 3, "{}: x is {}, expected {}", kind_, x.type(),
          options_.batch_first ? "[batch, n, inputs]" : "[n, batch, inputs]");
  const Shape states{options_.layers * directions(), x.shape()[options_.batch_first ? 0 : 1], size_};
  for (const auto& [name, state] : {std::pair{"h", &h}, std::pair{"c", &c}})
    require(!*state || (*state)->shape() == states, "{}: the first {} is {}, expected {}, the states of all layers",
            kind_, name, *state ? (*state)->type() : Type{}, to_string(states));
  Tensor y = options_.batch_first ? transpose(x, {1, 0, 2}) : x;
  std::vector<Tensor> last_h, last_c;
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    RecurrentInputs<Tensor> in = inputs_of(layers_[layer], y);
    in.lengths = lengths;
    const i64 first = static_cast<i64>(layer) * directions();
    if (h) in.h = slice_axis(*h, 0, first, first + directions());
    if (c) in.c = slice_axis(*c, 0, first, first + directions());
    const std::vector<Tensor> out = apply(in);
    y = flatten(transpose(out[0], {0, 2, 1, 3}), 2);
    if (layer < dropouts_.size()) y = dropouts_[layer](y);
    last_h.push_back(out[1]);
    if (out.size() > 2) last_c.push_back(out[2]);
  }
  if (options_.batch_first) y = transpose(y, {1, 0, 2});
  return {y, concatenate(std::span<const Tensor>(last_h)),
          last_c.empty() ? Tensor() : concatenate(std::span<const Tensor>(last_c))};
}

nlohmann::json Recurrent::definition() const {
  return {{"type", type()},
          {"in", in_},
          {"size", size_},
          {"layers", options_.layers},
          {"bidirectional", options_.bidirectional},
          {"batch_first", options_.batch_first},
          {"bias", options_.bias},
          {"dropout", options_.dropout}};
}

RecurrentOptions Recurrent::options_from(const Definition& d) {
  constexpr i64 kMostLayers = 1000;
  return {d.integer("layers", 1, kMostLayers), d.boolean("bidirectional"), d.boolean("batch_first"), d.boolean("bias"),
          d.number("dropout", 0, 1)};
}

}  // namespace tenon::nn
