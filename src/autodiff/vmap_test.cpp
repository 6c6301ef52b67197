#include "autodiff/vmap.h"

#include <gtest/gtest.h>

#include "autodiff/forward.h"
#include "autodiff/reverse.h"
#include "op/control/checkpoint.h"
#include "op/functions.h"
#include "op/testing.h"

namespace tenon {
namespace {

Type f64_of_shape(Shape shape) { return {DType::F64, std::move(shape)}; }
Value one_input(Type type) { return Value(Node::parameter(std::move(type)), 0); }
constexpr i64 kExamples = 3;

/// Arrays of one type, one above the other.
Array stacked(const std::vector<Array>& parts) {
  std::vector<Value> leaves;
  for (const Array& a : parts) leaves.emplace_back(Node::leaf(a), 0);
  return interpret(Function{"stack", {}, {stack(std::span<const Value>(leaves))}}, {})[0];
}

// --- every sample of every operator

class ForExamples : public testing::TestWithParam<const OpInfo*> {};

/// Operators of which examples cannot be stacked.
bool is_outside(const Op& op, const Function& f) {
  if (op.traits().sized_by_data || op.name() == "host_effect" || op.name() == "print") return true;
  auto tensor = [](const Value& v) { return v.type().is_dense() && is_concrete(v.type()); };
  return !std::ranges::all_of(f.parameters, tensor) || !std::ranges::all_of(f.results, tensor);
}

/// Compares f for all examples with f for each, where the operands that `batched` marks differ between them.
void check_examples(const Function& f, const std::vector<std::vector<Array>>& each, const std::vector<char>& batched) {
  std::vector<ExampleAxis> in_axes;
  std::vector<Array> in;
  for (std::size_t k = 0; k < batched.size(); ++k) {
    in_axes.push_back(batched[k] ? ExampleAxis(0) : ExampleAxis());
    std::vector<Array> parts;
    for (const auto& data : each) parts.push_back(data[k]);
    in.push_back(batched[k] ? stacked(parts) : each[0][k]);
  }
  const Function g = vmap(f, kExamples, in_axes, std::vector<ExampleAxis>(f.results.size(), 0));
  const auto given = interpret(g, in);
  std::vector<std::vector<Array>> expected(f.results.size());
  for (const auto& data : each) {
    std::vector<Array> mine;
    for (std::size_t k = 0; k < batched.size(); ++k) mine.push_back(batched[k] ? data[k] : each[0][k]);
    const auto values = interpret(f, mine);
    for (std::size_t r = 0; r < values.size(); ++r) expected[r].push_back(values[r]);
  }
  for (std::size_t r = 0; r < given.size(); ++r)
    EXPECT_EQ(fault_of_value(given[r], stacked(expected[r])), "") << "result " << r;
}

TEST_P(ForExamples, IsTheLoopOverExamples) {
  for (const Sample& sample : GetParam()->samples()) {
    SCOPED_TRACE(describe(sample));
    const Function f = sample_function(sample);
    if (is_outside(*sample.op, f)) continue;
    std::vector<std::vector<Array>> each;
    for (std::uint64_t seed = 2; seed < 2 + kExamples; ++seed) each.push_back(sample_data(sample.inputs, seed));
    const std::size_t operands = sample.inputs.size();
    check_examples(f, each, std::vector<char>(operands, 1));
    for (std::size_t k = 0; k < operands && operands > 1; ++k) {
      SCOPED_TRACE(fmt::format("operand {} alone", k));
      std::vector<char> one(operands, 0);
      one[k] = 1;
      if (sample.op->traits().extents_in >> k & 1) continue;  // decides the shape of the result
      check_examples(f, each, one);
    }
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, ForExamples, testing::ValuesIn(all_ops().begin(), all_ops().end()),
                         [](const auto& op) { return std::string(op.param->name); });

/// Gradients for each example: vmap of the gradient, against the loop. Operators without a gradient are left out.
TEST_P(ForExamples, GradientsForEachExample) {
  for (const Sample& original : GetParam()->samples()) {
    SCOPED_TRACE(describe(original));
    const auto sample = in_f64(original);
    if (!sample) continue;
    const Function f = sample_function(*sample);
    if (is_outside(*sample->op, f) || !has_tangent(f.results[0].type())) continue;
    std::vector<Value> wrt;
    for (std::size_t k = 0; k < sample->inputs.size(); ++k)
      if (sample->inputs[k].differentiable && has_tangent(sample->inputs[k].type)) wrt.push_back(f.parameters[k]);
    if (wrt.empty()) continue;
    const Value seed(Node::leaf(random_like(f.results[0].type(), 3)), 0);
    const Function g{"gradient", f.parameters, gradients(f.results[0], wrt, seed)};
    std::vector<std::vector<Array>> each;
    for (std::uint64_t s = 2; s < 2 + kExamples; ++s) each.push_back(sample_data(sample->inputs, s));
    check_examples(g, each, std::vector<char>(sample->inputs.size(), 1));
    if (HasFailure()) return;
  }
}

/// And of the sum over examples: the gradient of vmap, against vmap of the gradient.
TEST_P(ForExamples, GradientsThroughExamples) {
  for (const Sample& original : GetParam()->samples()) {
    SCOPED_TRACE(describe(original));
    const auto sample = in_f64(original);
    if (!sample) continue;
    const Function f = sample_function(*sample);
    if (is_outside(*sample->op, f) || !has_tangent(f.results[0].type())) continue;
    std::vector<std::size_t> wrt;
    for (std::size_t k = 0; k < sample->inputs.size(); ++k)
      if (sample->inputs[k].differentiable && has_tangent(sample->inputs[k].type)) wrt.push_back(k);
    if (wrt.empty()) continue;
    // The first operand is shared, if there is another one: its gradient is the sum over examples.
    const std::size_t operands = sample->inputs.size();
    std::vector<ExampleAxis> in_axes(operands, 0);
    std::vector<char> batched(operands, 1);
    if (operands > 1) in_axes[wrt[0]].reset(), batched[wrt[0]] = 0;
    if (std::ranges::none_of(batched, [](char b) { return b != 0; })) continue;
    const Function all = vmap(f, kExamples, in_axes, std::vector<ExampleAxis>(f.results.size(), 0));
    const Array seed = random_like(f.results[0].type(), 3);
    const Value seeds(Node::leaf(stacked(std::vector<Array>(kExamples, seed))), 0);
    std::vector<Value> by, by_one;
    for (std::size_t k : wrt) by.push_back(all.parameters[k]), by_one.push_back(f.parameters[k]);
    const Function g{"gradient", all.parameters, gradients(all.results[0], by, seeds)};
    const Function one{"gradient", f.parameters, gradients(f.results[0], by_one, Value(Node::leaf(seed), 0))};
    std::vector<std::vector<Array>> each;
    for (std::uint64_t s = 2; s < 2 + kExamples; ++s) each.push_back(sample_data(sample->inputs, s));
    std::vector<Array> in;
    for (std::size_t k = 0; k < operands; ++k)
      in.push_back(batched[k] ? stacked({each[0][k], each[1][k], each[2][k]}) : each[0][k]);
    const auto given = interpret(g, in);
    std::vector<std::vector<Array>> expected(wrt.size());
    for (auto& data : each) {
      for (std::size_t k = 0; k < operands; ++k)
        if (!batched[k]) data[k] = each[0][k];
      const auto values = interpret(one, data);
      for (std::size_t k = 0; k < wrt.size(); ++k) expected[k].push_back(values[k]);
    }
    for (std::size_t k = 0; k < wrt.size(); ++k) {
      Array sum = stacked(expected[k]);
      if (!batched[wrt[k]]) {
        Array total = Array::full(expected[k][0].type(), 0.0);
        for (const Array& a : expected[k])
          for (i64 i = 0; i < a.count(); ++i) total.set(i, total.at(i).as_double() + a.at(i).as_double());
        sum = total;
      }
      EXPECT_EQ(fault_of_value(given[k], sum, 10), "") << "operand " << wrt[k];
    }
    if (HasFailure()) return;
  }
}

// --- what the samples do not reach

std::vector<double> numbers_of(const Array& a) {
  std::vector<double> list;
  for (i64 k = 0; k < a.count(); ++k) list.push_back(a.at(k).as_double());
  return list;
}

TEST(Vmap, AxesOfArgumentsAndResults) {
  const Value x = one_input(f64_of_shape({2})), w = one_input(f64_of_shape({2}));
  const Function f{"f", {x, w}, {x * w, sum(w)}};
  const Function g = vmap(f, 3, std::vector<ExampleAxis>{-1, {}}, std::vector<ExampleAxis>{1, std::nullopt});
  EXPECT_EQ(g.parameters[0].type(), f64_of_shape({2, 3}));
  EXPECT_EQ(g.results[0].type(), f64_of_shape({2, 3}));
  const auto out =
      interpret(g, std::vector{Array::from<double>({1, 2, 3, 4, 5, 6}, {2, 3}), Array::from<double>({1, 10}, {2})});
  EXPECT_EQ(numbers_of(out[0]), (std::vector<double>{1, 2, 3, 40, 50, 60}));
  EXPECT_EQ(numbers_of(out[1]), (std::vector<double>{11}));
}

TEST(Vmap, ResultsThatNoExampleChangesAreRepeated) {
  const Value x = one_input(f64_of_shape({2})), w = one_input(f64_of_shape({2}));
  const Function f{"f", {x, w}, {w, constant<Value>(Array::from<double>({7}, {1}))}};
  const Function g = vmap(f, 2, std::vector<ExampleAxis>{0, {}}, std::vector<ExampleAxis>{0, 0});
  const auto out =
      interpret(g, std::vector{Array::from<double>({1, 2, 3, 4}, {2, 2}), Array::from<double>({1, 10}, {2})});
  EXPECT_EQ(numbers_of(out[0]), (std::vector<double>{1, 10, 1, 10}));
  EXPECT_EQ(numbers_of(out[1]), (std::vector<double>{7, 7}));
}

TEST(Vmap, LoopsRunUntilTheLastExampleIsDone) {
  // Steps of Collatz until 1.
  const std::vector<Type> state{{DType::I64, {}}, {DType::I64, {}}};
  auto far = make_function("far", state, [](std::span<const Value> p) { return std::vector<Value>{p[0] > 1}; });
  auto step = make_function("step", state, [](std::span<const Value> p) {
    return std::vector<Value>{where(equal(mod(p[0], 2), 0), floor_divide(p[0], 2), p[0] * 3 + 1), p[1] + 1};
  });
  const Value n = one_input({DType::I64, {}});
  const Value zero(Node::leaf(Array::from<std::int64_t>({0}, {})), 0);
  const Function f{"collatz", {n}, {while_loop(far, step, std::vector{n, zero})[1]}};
  const Function g = vmap(f, 4, std::vector<ExampleAxis>{0}, std::vector<ExampleAxis>{0});
  const auto out = interpret(g, std::vector{Array::from<std::int64_t>({1, 6, 7, 27}, {4})});
  EXPECT_EQ(numbers_of(out[0]), (std::vector<double>{0, 8, 16, 111}));  // OEIS A006577
}

TEST(Vmap, BranchesThatDifferAreChosenFrom) {
  const std::vector<Type> x{f64_of_shape({2})};
  auto twice = make_function("twice", x, [](std::span<const Value> p) { return std::vector<Value>{p[0] * 2}; });
  auto minus = make_function("minus", x, [](std::span<const Value> p) { return std::vector<Value>{neg(p[0])}; });
  const Value v = one_input(x[0]), flag = one_input({DType::Bool, {}});
  const Function f{"f", {flag, v}, cond(flag, twice, minus, std::vector{v})};
  const Array flags = Array::from<bool>({true, false}, {2}), data = Array::from<double>({1, 2, 3, 4}, {2, 2});
  const auto apart =
      interpret(vmap(f, 2, std::vector<ExampleAxis>{0, 0}, std::vector<ExampleAxis>{0}), std::vector{flags, data});
  EXPECT_EQ(numbers_of(apart[0]), (std::vector<double>{2, 4, -3, -4}));
  const Function shared = vmap(f, 2, std::vector<ExampleAxis>{{}, 0}, std::vector<ExampleAxis>{0});
  EXPECT_EQ(shared.results[0].node()->op().name(), "if") << "one condition stays a branch";
}

TEST(Vmap, TwiceIsOverTwoDimensions) {
  const Value x = one_input(f64_of_shape({2})), y = one_input(f64_of_shape({2}));
  const Function dot_of{"dot", {x, y}, {sum(x * y)}};
  const Function rows = vmap(dot_of, 2, std::vector<ExampleAxis>{{}, 0}, std::vector<ExampleAxis>{0});
  const Function all = vmap(rows, 3, std::vector<ExampleAxis>{0, {}}, std::vector<ExampleAxis>{0});
  const Array a = Array::from<double>({1, 2, 3, 4, 5, 6}, {3, 2}), b = Array::from<double>({1, 0, 1, 1}, {2, 2});
  EXPECT_EQ(numbers_of(interpret(all, std::vector{a, b})[0]), (std::vector<double>{1, 3, 3, 7, 5, 11}));  // a b^T
}

TEST(Vmap, OneKeyIsOneKey) {
  const Value key = one_input({DType::I32, {2}}), x = one_input({DType::F32, {4}});
  const Function f{"f", {key, x}, {x + uniform(key, {4})}};
  const Array zeros = Array::full({DType::F32, {2, 4}}, 0.0);
  const auto same = interpret(vmap(f, 2, std::vector<ExampleAxis>{{}, 0}, std::vector<ExampleAxis>{0}),
                              std::vector{Array::from<std::int32_t>({1, 2}, {2}), zeros});
  EXPECT_EQ(same[0].at(0), same[0].at(4));
  const auto split = interpret(vmap(f, 2, std::vector<ExampleAxis>{0, 0}, std::vector<ExampleAxis>{0}),
                               std::vector{Array::from<std::int32_t>({1, 2, 3, 4}, {2, 2}), zeros});
  EXPECT_NE(split[0].at(0), split[0].at(4));
}

TEST(Vmap, RowsOutOfRangeStayErrors) {
  const Value x = one_input(f64_of_shape({2, 1})), at = one_input({DType::I64, {1}}),
              row = one_input(f64_of_shape({1, 1}));
  const Function f{"f", {x, at, row}, {set_rows(x, at, row)}};
  const Function g = vmap(f, 2, std::vector<ExampleAxis>{0, 0, 0}, std::vector<ExampleAxis>{0});
  const Array table = Array::from<double>({1, 2, 3, 4}, {2, 2, 1}), rows = Array::from<double>({8, 9}, {2, 1, 1});
  EXPECT_EQ(numbers_of(interpret(g, std::vector{table, Array::from<std::int64_t>({1, -1}, {2, 1}), rows})[0]),
            (std::vector<double>{1, 8, 3, 4}));
  EXPECT_THROW(interpret(g, std::vector{table, Array::from<std::int64_t>({2, 0}, {2, 1}), rows}), Error);
}

std::string error_of_vmap(const Function& f, std::vector<ExampleAxis> in, std::vector<ExampleAxis> out) {
  try {
    vmap(f, 2, in, out);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Vmap, Errors) {
  const Value x = one_input(f64_of_shape({2}));
  auto says = [](const std::string& message, std::string_view part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  const Function f{"f", {x}, {x}};
  says(error_of_vmap(f, {0, 0}, {0}), "2 axes for the 1 arguments");
  says(error_of_vmap(f, {0}, {}), "0 axes for the 1 results");
  says(error_of_vmap(f, {2}, {0}), "axis 2 of argument 0 is out of range");
  says(error_of_vmap(f, {0}, {{}}), "needs an axis");
  says(error_of_vmap({"f", {x}, {unique(x).values}}, {0}, {0}), "unique");
}

}  // namespace
}  // namespace tenon
