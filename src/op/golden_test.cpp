// Every operator against outside references: testdata/golden*.json, which tools/golden/*ops*.py write.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "expr/build.h"
#include "interpret/interpret.h"
#include "ir/attribute_text.h"
#include "ir/graph.h"
#include "op/largest_errors_testing.h"
#include "tensor/strings.h"

namespace tenon {
namespace {

using Json = nlohmann::json;

const std::vector<Json>& golden() {
  static const std::vector<Json> cases = [] {
    std::vector<Json> all;
    for (const auto& entry : std::filesystem::directory_iterator(TENON_SOURCE_DIR "/src/op/testdata")) {
      if (!entry.path().filename().string().starts_with("golden")) continue;
      std::ifstream file(entry.path());
      for (Json& j : Json::parse(file)) all.push_back(std::move(j));
    }
    return all;
  }();
  return cases;
}

template <class F>
auto parsed(const std::string& text, const F& parse) {
  Lexer lexer(text);
  return parse(lexer);
}

Array array_of(const Json& j) {
  if (j.contains("parts")) {
    std::vector<Array> parts;
    for (const Json& part : j.at("parts")) parts.push_back(array_of(part));
    return Array(parsed(j.at("type").get<std::string>(), [](Lexer& l) { return parse_type(l); }), std::move(parts));
  }
  Shape shape;
  for (const Json& extent : j.at("shape")) shape.push_back(extent.get<i64>());
  Array a(dtype_from_name(j.at("dtype").get<std::string>()), shape);
  for (i64 k = 0; k < a.count(); ++k) {
    const Json& v = j.at("values")[static_cast<std::size_t>(k)];
    if (a.dtype() == DType::Str)
      a.set(k, Number::of_int(intern_text(v.get<std::string>())));
    else if (v.is_string())
      a.set(k, std::strtod(v.get<std::string>().c_str(), nullptr));
    else
      a.set(k, v.is_number_integer() ? Number::of_int(v.get<i64>()) : Number(v.get<double>()));
  }
  return a;
}

/// The expressions of the formula cases, which the script names.
expr::Expr formula_named(const std::string& name) {
  using namespace expr;
  if (name == "squared distances") {
    const Type a{DType::F32, {3, 5}}, b{DType::F32, {4, 5}};
    const Input x(0, a), y(1, b);
    const Index i("i", 3), j("j", 4), k("k", 5);
    const Scalar d = x(i, k) - y(j, k);
    return compute({a, b}, {i, j}, sum({k}, d * d));
  }
  const Type row{DType::F64, {6}};
  const Input x(0, row);
  const Index i("i", 6), j("j", 6);
  return compute({row}, {i}, sum({j}, where(j <= i, x(j), 0)));
}

Attribute attribute_of(const std::string& op, const Json& j) {
  if (j.is_object()) {
    if (j.contains("array")) return array_of(j.at("array"));
    if (j.contains("text")) return parsed(j.at("text").get<std::string>(), [](Lexer& l) { return parse_attribute(l); });
    return dtype_from_name(j.at("dtype").get<std::string>());
  }
  if (j.is_array() && std::ranges::any_of(j, [](const Json& x) { return x.is_number_float(); }))
    return j.get<std::vector<double>>();
  if (j.is_array()) {
    Ints list;
    for (const Json& x : j) list.push_back(x.get<i64>());
    return list;
  }
  if (j.is_boolean()) return j.get<bool>();
  if (j.is_string() && op == "formula") return formula_named(j.get<std::string>());
  if (j.is_string()) return j.get<std::string>();
  if (j.is_number_integer()) return j.get<i64>();
  return j.get<double>();
}

/// How far a value may be from the reference's f64 result, relative to the larger of 1 and that result. The interpreter
/// rounds each step of a formula to the operands' type, and the formulas have up to ten: so some ten units in the last
/// place.
double tolerance(DType t) {
  switch (t) {
    case DType::F64: return 4e-15;
    case DType::F32: return 2e-6;
    case DType::F16: return 0x1p-10 * 5;
    case DType::BF16: return 0x1p-7 * 5;
    default: return 0;
  }
}

/// `looser`: how many times as much, as a script says of a case whose reference is itself no better.
void expect_close(const OpInfo* info, const Array& given, const Array& expected, double looser) {
  ASSERT_EQ(given.type(), expected.type());
  if (!given.is_dense()) {
    EXPECT_TRUE(identical(given, expected)) << to_string(given) << ", expected " << to_string(expected);
    return;
  }
  for (i64 k = 0; k < expected.count(); ++k) {
    const Number g = given.at(k), e = expected.at(k);
    if (!is_float(expected.dtype()) || !std::isfinite(e.f))
      EXPECT_TRUE(g == e || (std::isnan(e.as_double()) && std::isnan(g.as_double())))
          << "element " << k << " is " << g.as_double() << ", expected " << e.as_double();
    else {
      const double magnitude = std::max(1.0, std::abs(e.f));
      EXPECT_NEAR(g.f, e.f, looser * tolerance(expected.dtype()) * magnitude) << "element " << k;
      largest_errors->note("interpreter against references", info, expected.dtype(), std::abs(g.f - e.f) / magnitude);
    }
  }
}

class Golden : public testing::TestWithParam<const OpInfo*> {};

TEST_P(Golden, IsWhatTheReferenceGives) {
  int cases = 0;
  for (const Json& j : golden()) {
    const auto name = j.at("op").get<std::string>();
    if (name != GetParam()->name) continue;
    SCOPED_TRACE(j.dump().substr(0, 400));
    AttributeMap attributes;
    for (const auto& [key, value] : j.at("attributes").items()) attributes.emplace(key, attribute_of(name, value));
    std::vector<Array> in;
    for (const Json& input : j.at("inputs")) in.push_back(array_of(input));
    const auto given = interpret(*GetParam()->make(attributes), in);
    const Json& expected = j.at("expected");  // a tensor, or a list of one per output
    const std::size_t count = expected.is_array() ? expected.size() : 1;
    ASSERT_EQ(given.size(), count);
    for (std::size_t k = 0; k < count; ++k)
      expect_close(GetParam(), given[k], array_of(expected.is_array() ? expected[k] : expected),
                   j.value("looser", 1.0));
    ++cases;
  }
  EXPECT_GE(cases, 2) << "add cases to a script of tools/golden";
}

INSTANTIATE_TEST_SUITE_P(Operators, Golden, testing::ValuesIn(all_ops().begin(), all_ops().end()),
                         [](const auto& op) { return std::string(op.param->name); });

}  // namespace
}  // namespace tenon
