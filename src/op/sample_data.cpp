#include "op/sample_data.h"

#include <cmath>

#include "base/rng.h"

namespace tenon {

namespace {

Array sample_array(const SampleInput& input, Rng& rng) {
  if (!input.type.is_dense()) {
    const Composite& c = *input.type.composite;
    expect(c.form != Composite::Form::RowSparse, "samples have no row-sparse operands");
    std::vector<Array> parts;
    const std::size_t most = c.form == Composite::Form::Sequence ? 2 : c.form == Composite::Form::Optional ? 1 : 0;
    while (parts.size() < most) parts.push_back(sample_array({c.element, input.low, input.high}, rng));
    return Array(input.type, std::move(parts));
  }
  Array a(input.type);
  const DType t = a.dtype();
  for (i64 k = 0; k < a.count(); ++k) {
    const double x = input.low + (input.high - input.low) * rng.uniform();
    a.set(k, t == DType::Bool ? Number::of_int(rng.below(2)) : Number(is_float(t) ? x : std::floor(x)));
  }
  return a;
}

}  // namespace

std::vector<Array> sample_data(std::span<const SampleInput> inputs, std::uint64_t seed) {
  std::vector<Array> arrays;
  for (const SampleInput& input : inputs) {
    Rng rng(seed, arrays.size());
    arrays.push_back(sample_array(input, rng));
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

std::vector<Type> types_of(const Sample& sample) {
  std::vector<Type> types;
  for (const SampleInput& input : sample.inputs) types.push_back(input.type);
  return types;
}

std::string describe(std::string_view name, const Fields& given, std::span<const Type> operands) {
  std::string types;
  for (const Type& t : operands) types += (types.empty() ? "" : ", ") + to_string(t);
  std::string fields = to_text(given);
  if (fields.size() > 200) fields = fields.substr(0, 200) + "…";
  return fmt::format("{} {}({})", name, fields.empty() ? "" : fields + " ", types);
}

std::string describe(const Sample& sample) {
  return describe(sample.op->name(), sample.op->fields(), types_of(sample));
}

}  // namespace tenon
