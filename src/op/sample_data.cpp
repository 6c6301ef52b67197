#include "op/sample_data.h"

#include <cmath>

#include "base/rng.h"

namespace tenon {

std::vector<Array> sample_data(std::span<const SampleInput> inputs, std::uint64_t seed) {
  std::vector<Array> arrays;
  for (const SampleInput& input : inputs) {
    Rng rng(seed, arrays.size());
    Array a(input.type);
    const DType t = a.dtype();
    for (i64 k = 0; k < a.count(); ++k) {
      const double x = input.low + (input.high - input.low) * rng.uniform();
      a.set(k, is_float(t) ? Number(x)
                           : Number::of_int(t == DType::Bool ? rng.below(2) : static_cast<i64>(std::floor(x))));
    }
    arrays.push_back(a);
  }
  return arrays;
}

Function sample_function(const Sample& sample) {
  Function f;
  for (const SampleInput& input : sample.inputs) f.parameters.emplace_back(Node::parameter(input.type), 0);
  const NodeRef node = Node::make(sample.op, SmallVector<Value, 3>(f.parameters.begin(), f.parameters.end()));
  for (std::size_t k = 0; k < node->outputs(); ++k) f.results.emplace_back(node, static_cast<std::int32_t>(k));
  return f;
}

std::string describe(const Sample& sample) {
  std::string types;
  for (const SampleInput& input : sample.inputs) types += (types.empty() ? "" : ", ") + to_string(input.type);
  std::string fields = to_text(sample.op->fields());
  if (fields.size() > 200) fields = fields.substr(0, 200) + "…";
  return fmt::format("{} {}({})", sample.op->name(), fields.empty() ? "" : fields + " ", types);
}

}  // namespace tenon
