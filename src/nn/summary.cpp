#include "nn/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tenon::nn {

namespace {

i64 bytes_of(const Type& t) { return tenon::bytes_of(t.dtype, element_count(t.shape)); }

/// The largest sum of two neighbours (of one, where there is one).
i64 largest_pair(const std::vector<i64>& sizes, std::size_t from) {
  i64 largest = 0;
  for (std::size_t k = from; k < sizes.size(); ++k)
    largest = std::max(largest, sizes[k] + (k + 1 < sizes.size() ? sizes[k + 1] : 0));
  return largest;
}

/// Runs the model in the given mode on a placeholder; slots that it advances get their values back.
template <class See>
void trace(const Module& model, const Type& input, See&& see) {
  std::vector<Parameter> slots = model.state();
  std::vector<Tensor> values;
  for (const Parameter& p : slots) values.push_back(p.value());
  // A leaf that takes the memory of one element, whatever its shape.
  const Tensor x(Array::scalar(Number(0.0), input.dtype).broadcast_to(input.shape));
  ObserveForward observe(see);
  model(x);
  for (std::size_t k = 0; k < slots.size(); ++k)
    if (!(slots[k].value().value() == values[k].value())) slots[k].set(values[k]);
}

/// Bytes of the input and of each output that takes memory.
std::vector<i64> buffers(const Module& model, const Type& input, bool training) {
  std::vector<i64> sizes{bytes_of(input)};
  std::vector<Value> seen;
  model.train(training);
  trace(model, input, [&](const Module& m, const Tensor& in, const Tensor& out) {
    const bool known = out.value() == in.value() || std::find(seen.begin(), seen.end(), out.value()) != seen.end();
    seen.push_back(out.value());
    if (!known && !m.in_place(training)) sizes.push_back(bytes_of(out.type()));
  });
  return sizes;
}

}  // namespace

Summary summarize(const Module& model, const Type& input) {
  Summary s;
  s.input = input;
  const bool mode = model.training();
  model.eval();
  trace(model, input, [&](const Module& m, const Tensor&, const Tensor& out) {
    i64 parameters = 0;
    for (const Parameter& p : m.slots()) parameters += p.trainable() ? element_count(p.shape()) : 0;
    if (m.children().empty() || parameters > 0)
      s.layers.push_back({m.path(), std::string(m.type()), out.type(), parameters, m.in_place(true)});
  });
  const std::vector<i64> inference = buffers(model, input, false), training = buffers(model, input, true);
  model.train(mode);
  s.parameters = element_count(model.parameters());
  for (const Parameter& p : model.state()) s.parameter_bytes += bytes_of(p.type());
  s.inference_bytes = s.parameter_bytes + largest_pair(inference, 0);
  s.training_bytes = s.parameter_bytes + largest_pair(training, 1);
  for (i64 bytes : training) s.training_bytes += bytes;
  return s;
}

std::string to_string(const Summary& s) {
  std::size_t path = 5, type = 5, output = to_string(s.input).size();
  for (const auto& layer : s.layers) {
    path = std::max(path, layer.path.size());
    type = std::max(type, layer.type.size());
    output = std::max(output, to_string(layer.output).size());
  }
  std::string text;
  auto line = [&](std::string_view a, std::string_view b, std::string_view c, std::string_view d) {
    text += fmt::format("{:<{}}  {:<{}}  {:<{}}  {:>12}\n", a, path, b, type, c, output, d);
  };
  line("layer", "type", "output", "parameters");
  line("", "input", to_string(s.input), "");
  for (const auto& layer : s.layers)
    line(layer.path, layer.type, to_string(layer.output), layer.parameters ? std::to_string(layer.parameters) : "");
  return text + fmt::format("{} parameters, {} bytes; training {} bytes, inference {} bytes\n", s.parameters,
                            s.parameter_bytes, s.training_bytes, s.inference_bytes);
}

}  // namespace tenon::nn
