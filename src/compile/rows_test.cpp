// Any number of rows with few programs.
#include "compile/rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_of.h"
#include "base/rng.h"
#include "ir/text.h"
#include "op/functions.h"
#include "op/testing.h"

namespace tenon {
namespace {

using testing::HasSubstr;

/// A function of one argument with ?n rows and others without.
struct Rowwise {
  Value add(Shape shape, DType t = DType::F32, double low = -1, double high = 1) {
    inputs.push_back({{t, shape}, low, high});
    return f.parameters.emplace_back(Node::parameter({t, std::move(shape)}), 0);
  }
  std::vector<Array> data(i64 rows, std::uint64_t seed = 1) const {
    std::vector<SampleInput> concrete = inputs;
    for (SampleInput& in : concrete) in.type = with_values(in.type, {{"n", rows}});
    return sample_data(concrete, seed);
  }
  /// Compiled against interpreted, for numbers of rows that need parts of every size and some that do not.
  std::shared_ptr<const Executable> check(std::initializer_list<i64> counts = {1, 2, 7, 8, 9, 16, 31, 33, 297, 300,
                                                                               4097}) const {
    const auto e = executable(f, "test");
    for (const i64 count : counts) {
      const auto in = data(count);
      const auto given = e->run(in), expected = interpret(f, in);
      for (std::size_t k = 0; k < expected.size(); ++k)
        EXPECT_EQ(fault_of_value(given[k], expected[k], 8), "") << count << " rows, result " << k;
    }
    return e;
  }
  std::string why() const {
    std::string reason;
    return by_rows(f, reason) ? "" : reason;
  }

  Dim n = Dim::symbol("n");
  Function f{"rowwise", {}, {}};
  std::vector<SampleInput> inputs;
};

TEST(Rows, AThousandBatchSizesAreFewPrograms) {
  Rowwise r;
  const Value x = r.add({r.n, 12}), w = r.add({5, 12}), b = r.add({5}), ids = r.add({r.n}, DType::I64, 0, 5);
  const Value logits = linear(relu(x), w, b);
  r.f.results = {softmax(logits), arg_max(logits, 1), gather(w, ids, 0), sum(w)};
  ASSERT_EQ(r.why(), "");
  const auto e = r.check();
  const std::size_t programs = e->programs();
  EXPECT_LE(programs, 5u);
  i64 live = 0;
  for (i64 n = 1; n <= 1000; ++n) {
    e->run(r.data(n));
    if (n == 500) live = memory_use().live;
  }
  EXPECT_EQ(e->programs(), programs);
  EXPECT_EQ(memory_use().live, live);
}

TEST(Rows, AThousandSequenceLengthsAreFewPrograms) {
  for (const std::string direction : {"forward", "reverse"}) {
    Rowwise r;
    RecurrentInputs<Value> in{r.add({r.n, 2, 3}), r.add({1, 16, 3}), r.add({1, 16, 4})};
    in.bias = r.add({1, 32});
    const auto first = lstm(in, {{.direction = direction}});
    RecurrentInputs<Value> next{reshape(first[0], {r.n, 2, 4}), r.add({1, 12, 4}), r.add({1, 12, 4})};
    next.h = r.add({1, 2, 4});
    const auto second = gru(next, {{.direction = direction}});
    r.f.results = {second[0], second[1] * 2, first[1], first[2], relu(first[0])};
    ASSERT_EQ(r.why(), "");
    const auto e = r.check();
    for (i64 n = 1; n <= 1000; n += direction == "forward" ? 1 : 37) e->run(r.data(n));
    EXPECT_LE(e->programs(), 6u);
  }
}

TEST(Rows, ConvolutionsAndNormalizationsKeepThem) {
  Rowwise r;
  const Value x = r.add({r.n, 3, 8, 8}), w = r.add({4, 3, 3, 3}), scale = r.add({4 * 8 * 8}),
              shift = r.add({4 * 8 * 8});
  const Value y = relu(conv(x, w, Conv{.pads_begin = {1, 1}, .pads_end = {1, 1}}));
  r.f.results = {layer_norm(reshape(y, {-1, 4 * 8 * 8}), scale, shift)};
  ASSERT_EQ(r.why(), "");
  r.check({1, 3, 41});
}

TEST(Rows, NoRowsAndStridedOnes) {
  Rowwise r;
  r.n = Dim::symbol("n", 0);
  const Value x = r.add({r.n, 3}), w = r.add({3, 2});
  r.f.results = {matmul(x, w), x, w};
  ASSERT_EQ(r.why(), "");
  const auto e = r.check({0, 5, 0, 41});
  auto in = r.data(41);
  const Array wide = r.data(41, 2)[0];
  in[0] = Array(wide.storage(), {DType::F32, {3, 41}}, contiguous_strides({3, 41})).transposed({1, 0});
  const auto given = e->run(in), expected = interpret(r.f, in);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(fault_of_value(given[k], expected[k]), "");
}

TEST(Rows, LongVectorsAreFewParts) {
  Rowwise r;
  r.n = Dim::symbol("n", 0);
  const Value x = r.add({r.n}), y = r.add({r.n, 12});
  r.f.results = {x * 2 + 1};
  ASSERT_EQ(r.why(), "");
  const auto e = r.check({1, 63, 64, 2047, 2049, 65535, 200001});
  EXPECT_EQ(e->programs(), 4u);
  r.f.results = {exp(y)};
  EXPECT_EQ(r.check({1, 15, 4095, 4097, 9000})->programs(), 4u);
}

TEST(Rows, SeveralUnknownExtents) {
  Rowwise r;
  const Dim m = Dim::symbol("m");
  const Value x = r.add({r.n, m}), w = r.add({m});
  r.f.results = {softmax(x * w)};
  ASSERT_EQ(r.why(), "");
  const auto e = executable(r.f);
  for (const i64 width : {3, 5})
    for (const i64 rows : {1, 2, 64, 65}) {
      const auto in = sample_data(std::vector<SampleInput>{{{DType::F32, {rows, width}}}, {{DType::F32, {width}}}}, 1);
      EXPECT_EQ(fault_of_value(e->run(in)[0], interpret(r.f, in)[0]), "");
    }
  EXPECT_EQ(e->programs(), 4u);
}

// An index that is out of range is counted from the first row of all.
TEST(Rows, ErrorsSayTheRow) {
  Rowwise r;
  const Value x = r.add({5, 2}), ids = r.add({r.n}, DType::I64, 0, 5);
  r.f.results = {gather(x, ids, 0)};
  ASSERT_EQ(r.why(), "");
  const auto e = executable(r.f);
  auto in = r.data(40);
  in[1].set(37, Number::of_int(9));
  EXPECT_THAT(error_of([&] { e->run(in); }), HasSubstr("gather: ids[37] = 9 is out of range"));
}

TEST(Rows, BoundsAreRefusedByName) {
  Rowwise r;
  r.n = Dim::symbol("n", 1, 20);
  const Value x = r.add({r.n, 2});
  r.f.results = {exp(x)};
  ASSERT_EQ(r.why(), "");
  const auto e = r.check({1, 20});
  EXPECT_EQ(error_of([&] { e->run(r.data(20)), e->run({{Array(DType::F32, {21, 2})}}); }),
            "dimension ?n is 21, expected 1 to 20");
}

TEST(Rows, WhatMixesThemIsDeclined) {
  const auto why = [](const std::function<Value(const Value&, Rowwise&)>& f) {
    Rowwise r;
    const Value x = r.add({r.n, 4});
    r.f.results = {f(x, r)};
    r.check({1, 9, 40});
    return r.why();
  };
  EXPECT_THAT(why([](auto& x, auto&) { return mean(x); }), HasSubstr("needs to know how many rows there are"));
  EXPECT_EQ(why([](auto& x, auto&) { return sum(x, {0}); }), "sum needs more than one row at once, or to know which");
  EXPECT_EQ(why([](auto& x, auto&) { return mean(x, {1}); }), "");
  EXPECT_NE(why([](auto& x, auto&) { return softmax(x, 0); }), "");
  EXPECT_NE(why([](auto& x, auto&) { return flip(x, {0}); }), "");
  EXPECT_NE(why([](auto& x, auto&) { return cumsum(x, 0); }), "");
  EXPECT_NE(why([](auto& x, auto&) { return sort(x, 0).values; }), "");
  EXPECT_NE(why([](auto& x, auto&) { return transpose(x, {1, 0}); }), "");
  EXPECT_NE(why([](auto& x, auto&) { return concatenate({x, x}, 0); }), "");
  EXPECT_NE(why([](auto& x, auto&) { return pad(x, {1, 0}, {0, 0}); }), "");
  EXPECT_NE(why([](auto& x, auto&) { return barrier(std::vector{x, x * 2})[1] + 1; }), "");
  EXPECT_NE(why([](auto& x, auto&) { return roll(x, {1}, {0}); }), "");
  EXPECT_NE(why([](auto& x, auto&) { return matmul(x, transpose(x, {1, 0})); }), "");
  EXPECT_NE(why([](auto& x, auto& r) { return x + reshape(cast(iota<Value>({r.n}, 0), DType::F32), {r.n, 1}); }), "");
  EXPECT_NE(why([](auto& x, auto&) { return x * cast(slice(shape_of(x), {0}, {1}), DType::F32); }), "");
}

// Two walks over the rows, forwards and back; then both directions' rows together.
TEST(Rows, LoopsInBothDirectionsTakeSeveralPhases) {
  Rowwise r;
  RecurrentInputs<Value> in{r.add({r.n, 2, 3}), r.add({2, 16, 3}), r.add({2, 16, 4})};
  const auto first = lstm(in, {{.direction = "bidirectional"}});
  RecurrentInputs<Value> next{reshape(transpose(first[0], {0, 2, 1, 3}), {r.n, 2, 8}), r.add({2, 12, 8}),
                              r.add({2, 12, 4})};
  r.f.results = gru(next, {{.direction = "bidirectional"}});
  r.f.results.push_back(first[1]);
  r.f.results.push_back(first[0]);
  ASSERT_EQ(r.why(), "");
  const auto e = r.check();
  EXPECT_LE(e->programs(), 25u);
  const std::size_t programs = e->programs();
  for (const i64 n : {3, 500, 777}) e->run(r.data(n));
  EXPECT_EQ(e->programs(), programs);
}

// Each row needs the end of a loop over all, from which another loop starts.
TEST(Rows, EndsOfLoopsServeLaterOnes) {
  Rowwise r;
  RecurrentInputs<Value> one{r.add({r.n, 2, 3}), r.add({1, 16, 3}), r.add({1, 16, 4})};
  const auto encoded = lstm(one);
  RecurrentInputs<Value> two{one.x, r.add({1, 16, 3}), r.add({1, 16, 4})};
  two.h = tanh(encoded[1]), two.c = encoded[2];
  const auto decoded = lstm(two);
  r.f.results = {decoded[0] + expand_dims(encoded[1], {0}), encoded[0] * decoded[0], decoded[2],
                 encoded[2] + decoded[2]};
  ASSERT_EQ(r.why(), "");
  r.check();
}

TEST(Rows, LoopsThatTakeAllRowsInEachStepAreDeclined) {
  Rowwise r;
  const Value x = r.add({r.n, 3}), s = r.add({5, 3});
  const auto body = make_function("body", {{DType::F32, {3}}, {DType::F32, {r.n, 3}}}, [](std::span<const Value> p) {
    return std::vector<Value>{sum(p[1] * p[0], {0}) + p[0]};
  });
  r.f.results = scan<Value>(body, {mean(s, {0})}, {}, {x}, false, 3);
  EXPECT_EQ(r.why(), "scan takes all rows at once in each step");
}

TEST(Rows, WhatIsCompiledEverAgainWarnsOnce) {
  Rowwise r;
  const Value x = r.add({r.n});
  r.f.results = {sum(x)};
  const auto e = executable(r.f);
  testing::internal::CaptureStderr();
  for (i64 n = 1; n <= 64; ++n) e->run(r.data(n));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  testing::internal::CaptureStderr();
  for (i64 n = 65; n <= 70; ++n) e->run(r.data(n));
  EXPECT_EQ(
      testing::internal::GetCapturedStderr(),
      "tenon: warning: function rowwise has been compiled for more than 64 values of ?n (last: 65), and will be "
      "compiled again for those that it drops, because sum needs more than one row at once, or to know which; pad "
      "to fewer extents, or set TENON_LOG=compile to see each cause\n");
  EXPECT_EQ(e->programs(), 70u);
}

}  // namespace
}  // namespace tenon
