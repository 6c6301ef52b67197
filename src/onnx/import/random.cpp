// Random numbers. The numbers are a function of the attribute seed, or else of the name of the first output: each run
// of a model gives the same.
#include <bit>
#include <cmath>

#include "onnx/converters.h"
#include "onnx/tensors.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

Value key_of(const NodeView& n) {
  const std::uint64_t seed = n.has_attribute("seed")
                                 ? n.find("seed")->type() == pb::AttributeProto::INT
                                       ? static_cast<std::uint64_t>(n.integer("seed"))
                                       : std::bit_cast<std::uint32_t>(static_cast<float>(n.real("seed")))
                                 : std::hash<std::string>()(n.proto().output_size() > 0 ? n.proto().output(0) : "");
  const auto half = [&](int shift) { return static_cast<std::int32_t>(static_cast<std::uint32_t>(seed >> shift)); };
  return constant_of(Array::from<std::int32_t>({half(0), half(32)}, {2}));
}

Shape shape_in(const NodeView& n) {
  const Ints list = n.ints("shape");
  return Shape(list.begin(), list.end());
}
DType dtype_in(const NodeView& n, DType otherwise) {
  return n.has_attribute("dtype") ? dtype_of_onnx(static_cast<std::int32_t>(n.integer("dtype"))) : otherwise;
}

Value normal_of(const NodeView& n, const Shape& shape, DType t) {
  return cast(normal(key_of(n), shape, n.real("mean", 0.0), n.real("scale", 1.0)), t);
}

/// The largest number below `high`, which is not 0, that is one of f32 and of type t.
double number_below(double high, DType t) {
  const int bits = t == DType::F16 ? 11 : t == DType::BF16 ? 8 : 24;
  int exponent = 0;
  const bool is_power = std::frexp(high, &exponent) == 0.5;
  const double spacing = std::ldexp(1.0, exponent - bits - (is_power ? 1 : 0));
  return (std::ceil(high / spacing) - 1) * spacing;
}

Value uniform_of(const NodeView& n, const Shape& shape, DType t) {
  const double low = n.real("low", 0.0), high = n.real("high", 1.0);
  Value y = uniform(key_of(n), shape, low, high);
  if (low < high && high != 0) y = minimum(y, number_below(high, t));  // which rounding may give
  return cast(y, t);
}
Results random_normal(const NodeView& n) { return {normal_of(n, shape_in(n), dtype_in(n, DType::F32))}; }
Results random_uniform(const NodeView& n) { return {uniform_of(n, shape_in(n), dtype_in(n, DType::F32))}; }
Results random_normal_like(const NodeView& n) { return {normal_of(n, n.in(0).shape(), dtype_in(n, n.in(0).dtype()))}; }
Results random_uniform_like(const NodeView& n) {
  return {uniform_of(n, n.in(0).shape(), dtype_in(n, n.in(0).dtype()))};
}

/// 1 with the probability that x says.
Results bernoulli_of(const NodeView& n) {
  const Value x = n.in(0), u = uniform(key_of(n), x.shape());
  return {cast(less(u, cast(x, DType::F32)), dtype_in(n, x.dtype()))};
}

/// Classes by their logarithms of probabilities: the largest of these plus Gumbel noise (Gumbel 1954).
Results multinomial(const NodeView& n) {
  const Value x = cast(n.in(0), DType::F32);
  require(x.rank() == 2, "x is {}, and must be [batch, classes]", x.type());
  const i64 samples = n.integer("sample_size", 1);
  const Value u = uniform(key_of(n), {x.shape()[0], samples, x.shape()[1]}, 0x1p-25, 1);
  const Value noise = neg(log(neg(log(u))));
  return {cast(arg_max(expand_dims(x, {1}) + noise, 2), dtype_in(n, DType::I32))};
}

/// The mask is of x's type before opset 10, of bool from there on.
Results dropout_of(const NodeView& n) {
  const Value x = n.in(0);
  const DType mask_type = n.opset() < 10 ? x.dtype() : DType::Bool;
  bool training = n.opset() < 7 && !n.flag("is_test", false);
  double rate = n.real("ratio", 0.5);
  if (n.opset() >= 12) {
    training = n.has(2) && n.value(2).at(0).truth();
    if (n.has(1) && training) rate = n.value(1).at(0).as_double();
  }
  if (!training || rate == 0) return {x, full<Value>(x.shape(), 1, mask_type)};
  require(rate > 0 && rate < 1, "the rate is {}, and must be at least 0 and below 1", rate);
  const Value u = uniform(key_of(n), x.shape()), kept = greater_equal(u, lift(rate, u));
  return {where(kept, x / (1 - rate), lift(0, x)), cast(kept, mask_type)};
}

constexpr Entry kOperators[] = {{"Bernoulli", bernoulli_of},
                                {"Dropout", dropout_of},
                                {"Multinomial", multinomial},
                                {"RandomNormal", random_normal},
                                {"RandomNormalLike", random_normal_like},
                                {"RandomUniform", random_uniform},
                                {"RandomUniformLike", random_uniform_like}};

}  // namespace

std::span<const Entry> random_operators() { return kOperators; }

}  // namespace tenon::onnx
