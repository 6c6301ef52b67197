// Programs of runtime kernels alone: memory, errors, threads, and programs that lie about themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_of.h"
#include "base/rng.h"
#include "base/thread_pool.h"
#include "runtime/check.h"
#include "runtime/plan.h"
#include "runtime/profile.h"
#include "runtime/program.h"

namespace tenon::runtime {
namespace {

using testing::HasSubstr;

/// One call of a kernel: its operands are inputs, its results outputs.
ProgramData one_call(std::string kernel, Parameters parameters, std::vector<Type> in, std::vector<Type> out) {
  KernelCall call{.label = kernel, .schedule = "runtime kernel"};
  SpecialCall special{std::move(kernel), std::move(parameters), in, out};
  ProgramData p;
  p.inputs = in;
  for (const Type& t : out) {
    call.buffers.push_back({Buffer::Where::Output, static_cast<std::int32_t>(p.outputs.size()), 0});
    p.outputs.push_back({t, {}});
  }
  for (std::size_t k = 0; k < in.size(); ++k)
    call.buffers.push_back({Buffer::Where::Input, static_cast<std::int32_t>(k), 0});
  if (SpecialMaker make = find_special(special.kernel)) {
    p.arena_bytes = make(special).workspace;
    if (p.arena_bytes > 0) call.buffers.push_back({Buffer::Where::Arena, 0, 0});
  }
  call.special = std::move(special);
  p.calls.push_back(std::move(call));
  return p;
}

ProgramData sort_program(Shape shape = {2, 4}) {
  const Type t{DType::F32, shape};
  return one_call("sort", {{"axis", i64{-1}}, {"descending", false}}, {t}, {t, {DType::I64, shape}});
}

ProgramData cholesky_program(i64 n) {
  const Type t{DType::F64, {2, n, n}};
  return one_call("cholesky", {{"lower", true}, {"jitter", 0.0}}, {t}, {t});
}

TEST(Special, RunsWithoutGeneratedCode) {
  const Program p(sort_program());
  const Array x = Array::from<float>({3, 1, 2, 0, 5, 5, -1, 7}, {2, 4});
  Profile profile;
  const auto out = p.run(std::vector{x});
  EXPECT_TRUE(identical(out[0], Array::from<float>({0, 1, 2, 3, -1, 5, 5, 7}, {2, 4})));
  EXPECT_TRUE(identical(out[1], Array::from<i64>({3, 1, 2, 0, 2, 0, 1, 3}, {2, 4})));
  ASSERT_EQ(profile.calls().size(), 1u);
  EXPECT_EQ(profile.calls()[0].label, "sort");
}

TEST(Special, ErrorsOfDataNameTheOperator) {
  const Program p(cholesky_program(2));
  const Array bad = Array::from<double>({1, 0, 0, 1, 1, 0, 2, 1}, {2, 2, 2});
  EXPECT_EQ(error_of([&] { p.run(std::vector{bad}); }),
            "cholesky: matrix 1 is not positive definite: pivot 1 is not positive");
}

TEST(Special, TheNumberOfThreadsChangesNoBit) {
  const int before = threads();
  auto check = [&](ProgramData data) {
    const Program p(std::move(data));
    std::vector<Array> in;
    for (const Type& t : p.data().inputs) {
      Rng rng(1, in.size());
      Array x(t);
      for (i64 k = 0; k < x.count(); ++k)
        is_integer(t.dtype) ? x.set(k, Number::of_int(static_cast<i64>(rng.below(100))))
                            : x.set(k, rng.uniform() * 2 - 1);
      in.push_back(x);
    }
    set_threads(1);
    const auto serial = p.run(in);
    set_threads(4);
    const auto parallel = p.run(in);
    for (std::size_t k = 0; k < serial.size(); ++k) EXPECT_TRUE(identical(serial[k], parallel[k]));
  };
  const Type t{DType::F32, {70, 1000}}, wide{DType::F32, {300, 257}}, complex{DType::F32, {60, 210, 2}};
  for (const char* kernel : {"cumsum", "cumprod"})
    for (i64 axis : {0, 1})
      check(one_call(kernel, {{"axis", axis}, {"exclusive", false}, {"reverse", axis == 1}}, {wide}, {wide}));
  const Type line{DType::F32, {2, 100'003}};
  for (bool exclusive : {false, true})
    check(one_call("cumsum", {{"axis", i64{1}}, {"exclusive", exclusive}, {"reverse", exclusive}}, {line}, {line}));
  check(sort_program({70, 1000}));
  check(one_call("top_k", {{"axis", i64{1}}, {"k", i64{9}}, {"largest", true}, {"sorted", true}}, {t},
                 {{DType::F32, {70, 9}}, {DType::I64, {70, 9}}}));
  for (i64 axis : {0, 1})
    check(one_call("dft", {{"axis", axis}, {"inverse", false}, {"onesided", false}}, {complex}, {complex}));
  const Type ids{DType::I64, {3000}}, rows{DType::F32, {3000, 70}}, table{DType::F32, {100, 70}};
  check(one_call("merge_rows", {}, {ids, rows}, {ids, rows}));
  check(one_call("set_rows", {}, {table, ids, rows}, {table}));
  set_threads(before);
}

/// Against one addition after the other, in f64: sums of up to 100,003 numbers in [-1, 1], in another order.
TEST(Special, RunningSumsOfLongLines) {
  for (i64 n : {1, 7, 8, 33, 1000, 100'003})
    for (bool exclusive : {false, true})
      for (bool reverse : {false, true})
        for (DType t : {DType::F32, DType::I32}) {
          const Type type{t, {2, n}};
          const Program p(
              one_call("cumsum", {{"axis", i64{1}}, {"exclusive", exclusive}, {"reverse", reverse}}, {type}, {type}));
          Rng rng(3);
          Array x(type);
          for (i64 k = 0; k < x.count(); ++k)
            t == DType::I32 ? x.set(k, Number::of_int(static_cast<i64>(rng.below(100)) - 50))
                            : x.set(k, rng.uniform() * 2 - 1);
          const Array y = p.run(std::vector{x})[0];
          for (i64 line : {0, 1}) {
            double sum = 0;
            for (i64 k = 0; k < n; ++k) {
              const i64 at = line * n + (reverse ? n - 1 - k : k);
              const double before = sum;
              sum += x.at(at).as_double();
              const double want = exclusive ? before : sum;
              ASSERT_NEAR(y.at(at).as_double(), want, t == DType::I32 ? 0 : 1e-3) << n << " at " << k;
            }
          }
        }
}

TEST(Special, SortsFewAndManyItems) {
  for (i64 n : {1, 2, 63, 64, 65, 300, 8191, 8192, 20'000}) {
    const Program p(sort_program({2, n}));
    Rng rng(4);
    Array x(DType::F32, {2, n});
    for (i64 k = 0; k < x.count(); ++k) x.set(k, static_cast<double>(rng.below(1000)) - 500);
    const auto out = p.run(std::vector{x});
    for (i64 line : {0, 1}) {
      std::vector<std::pair<float, i64>> want;
      for (i64 k = 0; k < n; ++k) want.emplace_back(x.values<float>()[static_cast<std::size_t>(line * n + k)], k);
      std::ranges::sort(want);
      for (i64 k = 0; k < n; ++k) {
        const auto at = static_cast<std::size_t>(line * n + k);
        ASSERT_EQ(out[0].values<float>()[at], want[static_cast<std::size_t>(k)].first);
        ASSERT_EQ(out[1].values<i64>()[at], want[static_cast<std::size_t>(k)].second);
      }
    }
  }
}

TEST(Special, RefusesProgramsThatLie) {
  auto refused = [](auto&& change) {
    ProgramData p = sort_program({2, 1000});
    change(p);
    return error_of([&] { Program program(std::move(p)); });
  };
  EXPECT_EQ(refused([](ProgramData&) {}), "");
  auto special = [](ProgramData& p) -> SpecialCall& { return *p.calls[0].special; };
  EXPECT_THAT(refused([&](ProgramData& p) { special(p).kernel = "sorted"; }), HasSubstr("the kernel sorted"));
  EXPECT_THAT(refused([&](ProgramData& p) { special(p).kernel = kReference; }), HasSubstr("not known here"));
  EXPECT_THAT(refused([&](ProgramData& p) { special(p).parameters.clear(); }), HasSubstr("no parameter axis"));
  EXPECT_THAT(refused([&](ProgramData& p) { special(p).parameters["axis"] = 1.0; }), HasSubstr("no parameter axis"));
  EXPECT_THAT(refused([&](ProgramData& p) { special(p).parameters["axis"] = i64{2}; }), HasSubstr("out of range"));
  EXPECT_NE(refused([&](ProgramData& p) { special(p).in[0].shape = {2, 1001}; }), "");
  EXPECT_NE(refused([&](ProgramData& p) { special(p).in[0] = special(p).out[0] = {DType::F64, {2, 1000}}; }), "");
  EXPECT_NE(refused([&](ProgramData& p) { special(p).out[1].dtype = DType::I32; }), "");
  EXPECT_NE(refused([&](ProgramData& p) { special(p).in.clear(); }), "");
  EXPECT_NE(refused([&](ProgramData& p) { special(p).in[0].shape = {i64{1} << 40, i64{1} << 22}; }), "");
  EXPECT_NE(refused([](ProgramData& p) { p.calls[0].buffers.pop_back(); }), "");
  EXPECT_NE(refused([](ProgramData& p) { p.calls[0].buffers.push_back({}); }), "");
  EXPECT_NE(refused([](ProgramData& p) { p.calls[0].buffers.back().offset = 8; }), "");
  EXPECT_NE(refused([](ProgramData& p) { p.calls[0].buffers.back().offset = 64; }), "");
  EXPECT_NE(refused([](ProgramData& p) { p.arena_bytes -= 64; }), "");
  EXPECT_NE(refused([](ProgramData& p) { p.arena_bytes = -1; }), "");
  EXPECT_NE(refused([](ProgramData& p) { p.calls[0].buffers[0] = {Buffer::Where::Input, 0, 0}; }), "");
  EXPECT_NE(refused([](ProgramData& p) { p.calls[0].buffers[2].offset = 4; }), "");
  EXPECT_NE(refused([](ProgramData& p) { p.calls[0].buffers[2].index = 1; }), "");
  EXPECT_NE(refused([](ProgramData& p) { p.outputs[0].alias = Buffer{Buffer::Where::Input, 0, 0}; }), "");
}

TEST(Special, RefusesAliasesOfOtherTypes) {
  ProgramData p;
  p.inputs = {{DType::F32, {6}}};
  p.outputs = {{{DType::F32, {2, 3}}, Buffer{Buffer::Where::Input, 0, 0}}};
  check(p);
  p.outputs[0].type = {DType::F64, {2, 3}};
  EXPECT_THROW(check(p), Error);
  p.outputs[0].type = {DType::F32, {7}};
  EXPECT_THROW(check(p), Error);
  p.outputs[0] = {{DType::F32, {6}}, Buffer{Buffer::Where::Output, 0, 0}};
  EXPECT_THROW(check(p), Error);
}

TEST(Special, ParametersAreText) {
  EXPECT_EQ(to_string(Parameters{}), "{}");
  EXPECT_EQ(
      to_string(Parameters{{"a", i64{1}}, {"b", true}, {"c", std::string("x")}, {"d", DType::F16}, {"e", Ints{1, 2}}}),
      "{a=1, b=true, c=x, d=f16, e=[1,2]}");
}

}  // namespace
}  // namespace tenon::runtime
