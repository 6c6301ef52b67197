// Operators that no formula says, between formulas, in compiled programs.
#include "compile/special.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compile/cache.h"
#include "compile/compiler.h"
#include "interpret/interpret.h"
#include "ir/text.h"
#include "op/functions.h"

namespace tenon {
namespace {

using testing::HasSubstr;

Value input(Type t) { return Value(Node::parameter(std::move(t)), 0); }

Array numbers(const Type& t, double step = 0.37) {
  Array a(t);
  for (i64 k = 0; k < a.count(); ++k) a.set(k, std::sin(step * static_cast<double>(k + 1)));
  return a;
}

/// As another process would find it in the cache.
std::vector<Array> run_from_cache(const Function& f, std::vector<Array> in) {
  const runtime::ProgramData data = compiler().compile(f);
  return runtime::Program(deserialize("key", serialize("key", data)), &reference_kernel).run(in);
}

void expect_as_interpreted(const Function& f, const std::vector<Array>& in) {
  const auto expected = interpret(f, in);
  for (const auto& given : {compiled(f, "test")->run(in), run_from_cache(f, in)}) {
    ASSERT_EQ(given.size(), expected.size());
    for (std::size_t k = 0; k < given.size(); ++k) {
      ASSERT_EQ(given[k].type(), expected[k].type());
      for (i64 i = 0; i < given[k].count(); ++i)
        ASSERT_NEAR(given[k].at(i).as_double(), expected[k].at(i).as_double(), 1e-5) << k << " at " << i;
    }
  }
}

TEST(SpecialCalls, StandBetweenFormulas) {
  const Value x = input({DType::F32, {4, 6}});
  const auto sorted = sort(x * 2 + 1, 1);
  const Value y = cumsum(exp(sorted.values), 0) - cast(sorted.positions, DType::F32);
  const Function f{"main", {x}, {y, sorted.positions, reshape(sorted.positions, {24})}};
  expect_as_interpreted(f, {numbers(x.type())});
}

TEST(SpecialCalls, ReadViewsAndConstantsAndGiveViews) {
  const Value x = input({DType::F32, {4, 6}});
  const Value k = constant<Value>(numbers({DType::F32, {3, 8}}));
  const Value sums = cumsum(reshape(x, {3, 8}), 0), of_constant = cumsum(k, 1);
  const Value both = linear_recurrence(k, sums, 1);
  const Function f{"main", {x}, {reshape(both, {2, 12}), of_constant, reshape(of_constant, {24}), both}};
  expect_as_interpreted(f, {numbers(x.type())});
}

TEST(SpecialCalls, UnusedResultsAndEqualCallsCostNothing) {
  const Value x = input({DType::F32, {50}});
  const Function f{"main", {x}, {argsort(x), sort(x).values}};
  expect_as_interpreted(f, {numbers(x.type())});
  EXPECT_EQ(compiler().compile(f).calls.size(), 1u);
  const Function only{"main", {x}, {argsort(x)}};
  expect_as_interpreted(only, {numbers(x.type())});
}

TEST(SpecialCalls, TemporariesShareTheArena) {
  const Value x = input({DType::F32, {1024}});
  Value y = x;
  for (int k = 0; k < 10; ++k) y = cumsum(y, 0) * 0.001;
  const Function f{"main", {x}, {y}};
  EXPECT_LE(compiler().compile(f).arena_bytes, 3 * 4096);
  expect_as_interpreted(f, {numbers(x.type())});
}

TEST(SpecialCalls, AreShownInThePlan) {
  const Value x = input({DType::F32, {1000}});
  const auto stages = compiler().stages(Function{"main", {x}, {sort(x, 0, true).values}});
  EXPECT_THAT(stages.back().second,
              HasSubstr("output 0, arena+16000 <- input 0, workspace arena+0   sort {axis=0, descending=true} (sort; "
                        "runtime kernel)\n"));
}

TEST(SpecialCalls, OperatorsWithoutRuntimeKernelEvaluateThemselves) {
  register_host_function("sum and maximum",
                         {.infer = [](Operands in) -> Types { return {Type{in[0].type.dtype, {}}, in[0].type}; },
                          .evaluate = [](std::span<const Array> in) -> std::vector<Array> {
                            double sum = 0;
                            for (i64 k = 0; k < in[0].count(); ++k) sum += in[0].at(k).f;
                            return {Array::scalar(sum, in[0].dtype()), in[0].to_contiguous()};
                          },
                          .vjp = {}});
  const Value x = input({DType::F32, {4, 6}});
  const auto out = host_callback("sum and maximum", {exp(x)});
  const Function f{"main", {x}, {out[0] * 2, out[1]}};
  EXPECT_EQ(compiler().compile(f).calls[1].schedule, "evaluated by the operator");
  expect_as_interpreted(f, {numbers(x.type())});
  EXPECT_EQ(to_text(parse_function(to_text(f))), to_text(f));
}

TEST(SpecialCalls, ErrorsNameTheOperator) {
  const Value a = input({DType::F64, {2, 2}});
  const auto program = compiled(Function{"main", {a}, {cholesky(a * 2.0)}});
  try {
    program->run(std::vector{Array::from<double>({1, 0, 2, 1}, {2, 2})});
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "cholesky: matrix 0 is not positive definite: pivot 1 is not positive");
  }
}

}  // namespace
}  // namespace tenon
