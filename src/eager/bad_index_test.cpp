// Indices out of range: every way of running an operator says which, where, and what was expected.
#include <gtest/gtest.h>

#include "base/error_of.h"
#include "base/thread_pool.h"
#include "eager/jit.h"
#include "op/functions.h"

namespace tenon {
namespace {

Tensor ids_of(std::initializer_list<std::int64_t> values, Shape shape) {
  return Tensor::from(values, std::move(shape));
}
Tensor numbers(Shape shape) { return Tensor(Array::full({DType::F32, std::move(shape)}, Number(0.5))); }

using In = std::span<const Tensor>;
using F = std::function<Tensor(In)>;

/// The message of `f`, which is the same recorded, compiled by jit, and in immediate mode.
std::string message_of(const F& f, const std::vector<Tensor>& in) {
  const std::string recorded = error_of([&] { f(in).eval(); });
  Jit compiled([&](In x) { return std::vector<Tensor>{f(x)}; });
  EXPECT_EQ(error_of([&] { compiled(in); }), recorded);
  set_immediate(true);
  const std::string immediate = error_of([&] { f(in); });
  set_immediate(false);
  EXPECT_EQ(immediate, recorded);
  return recorded;
}

TEST(BadIndex, NamesOperatorPositionRangeAndRemedy) {
  const Tensor x = numbers({100, 8});
  Tensor ids = Tensor::zeros({3, 6}, DType::I64);
  const_cast<Array&>(ids.data()).set(2 * 6 + 5, Number::of_int(1000));
  EXPECT_EQ(
      message_of([](In in) { return gather(in[0], in[1]); }, {x, ids}),
      "gather: ids[2,5] = 1000 is out of range for dimension 0 of x, which is f32[100,8]; expected 0 to 99; correct "
      "the data, or clip it");
  EXPECT_EQ(message_of([](In in) { return gather(in[0], in[1], 1); }, {x, ids_of({-2}, {})}),
            "gather: ids = -2 is out of range for dimension 1 of x, which is f32[100,8]; expected 0 to 7; negative "
            "ones do not count from the end, unless from_end is applied");
  EXPECT_EQ(
      message_of([](In in) { return gather(in[0], in[1]); }, {numbers({0, 8}), ids_of({0}, {1})}),
      "gather: ids[0] = 0 is out of range for dimension 0 of x, which is f32[0,8]; that dimension is empty, so there "
      "is nothing to index");
}

TEST(BadIndex, IsTheFirstInRowMajorOrderForAnyNumberOfThreads) {
  constexpr i64 kRows = 4000, kColumns = 64;
  Array positions(DType::I64, {kRows, kColumns});
  for (i64 k = 0; k < positions.count(); ++k) positions.set(k, Number::of_int(k % 50));
  for (const auto& [row, column, id] : {std::array<i64, 3>{3999, 0, 70}, {2005, 7, -60}, {2005, 9, 51}, {2006, 1, 52}})
    positions.set(row * kColumns + column, Number::of_int(id));
  const Tensor ids(positions), x = numbers({50, 4});
  const int before = threads();
  for (int count : {1, 2, 7}) {
    set_threads(count);
    EXPECT_EQ(error_of([&] { relu(gather(x * 2, ids) + 1).eval(); }),
              "gather: ids[2005,7] = -60 is out of range for dimension 0 of x, which is f32[50,4]; expected 0 to 49; "
              "correct the data, or clip it");
  }
  set_threads(before);
  EXPECT_EQ(error_of([&] { formula("y[i,j] = x[{ids[j,i]},0]", {x, ids}).eval(); }),
            "formula y: ids[2005,7] = -60 is out of range for dimension 0 of x, which is f32[50,4]; expected 0 to 49; "
            "correct the data, or clip it")
      << "the order of the index tensor, not of the result";
}

TEST(BadIndex, IsNamedAsWrittenAmongFusedOperators) {
  const Tensor x = numbers({4, 3}), ids = ids_of({1, 3, 0}, {3});
  const F f = [](In in) {
    const Tensor a = gather(in[0] * 2, in[1]), b = take_along_axis(exp(a), in[1] * 1 + expand_dims(in[1], {1}) * 0);
    return sum(a + b);
  };
  EXPECT_EQ(message_of(f, {x, ids}),
            "take_along_axis: ids[0,1] = 3 is out of range for dimension 1 of x, which is f32[3,3]; expected 0 to 2; "
            "correct the data, or clip it");
}

TEST(BadIndex, OfCompositesSpeaksOfTheirOperands) {
  EXPECT_EQ(
      message_of([](In in) { return lookup(in[0], in[1], true); }, {numbers({4, 2}), ids_of({1, 4}, {1, 2})}),
      "lookup: ids[0,1] = 4 is out of range for dimension 0 of table, which is f32[4,2]; expected 0 to 3; correct the "
      "data, or clip it");
  EXPECT_EQ(
      message_of([](In in) { return cross_entropy(in[0] * 2, in[1]); }, {numbers({3, 5}), ids_of({4, 0, 5}, {3})}),
      "cross_entropy: labels[2] = 5 is out of range for dimension 1 of x of take_along_axis, which is f32[3,5]; "
      "expected 0 to 4; correct the data, or clip it");
  EXPECT_EQ(
      message_of([](In in) { return max_unpool(in[0], in[1], {2, 2}); },
                 {numbers({2, 1, 2}), ids_of({0, 1, 2, 4}, {2, 1, 2})}),
      "max_unpool: indices[1,0,1] = 4 is out of range for dimension 1 of x of scatter_elements, which is f32[2,4]; "
      "expected 0 to 3; correct the data, or clip it");
}

TEST(BadIndex, OfScattersAndRows) {
  const Tensor x = numbers({2, 3});
  EXPECT_EQ(message_of([](In in) { return scatter_elements(in[0], in[1], in[2], 1); },
                       {x, ids_of({0, 1, 2, 3}, {2, 2}), numbers({2, 2})}),
            "scatter_elements: ids[1,1] = 3 is out of range for dimension 1 of x, which is f32[2,3]; expected 0 to 2; "
            "correct the data, or clip it");
  EXPECT_EQ(
      message_of([](In in) { return scatter_nd(in[0], in[1], in[2]); },
                 {x, ids_of({1, 0, 2, 0}, {2, 2}), numbers({2})}),
      "scatter_nd: ids[1,0] = 2 is out of range for dimension 0 of x, which is f32[2,3]; expected 0 to 1; correct the "
      "data, or clip it");
  EXPECT_EQ(
      message_of([](In in) { return gather_nd(in[0], in[1]); }, {x, ids_of({1, 0, 0, 7}, {2, 2})}),
      "gather_nd: ids[1,1] = 7 is out of range for dimension 1 of x, which is f32[2,3]; expected 0 to 2; correct the "
      "data, or clip it");
  EXPECT_EQ(
      message_of([](In in) { return set_rows(in[0], in[1], in[2]); }, {x, ids_of({-1, 2}, {2}), numbers({2, 3})}),
      "set_rows: positions[1] = 2 is out of range for dimension 0 of x, which is f32[2,3]; expected 0 to 1, or -1 for "
      "none; correct the data, or clip it");
}

TEST(BadIndex, OfFormulasSaysWhatItWasComputedFrom) {
  const Tensor x = numbers({4, 3}), a = ids_of({1, 2}, {2}), b = ids_of({0, 3, 1}, {3});
  EXPECT_EQ(
      message_of([](In in) { return formula("y[i,k] = x[{a[i] + b[k]},1]", {in[0], in[1], in[2]}); }, {x, a, b}),
      "formula y: the index 4, computed from a[0] = 1 and b[1] = 3, is out of range for dimension 0 of x, which is "
      "f32[4,3]; expected 0 to 3; correct the data, or clip it");
  EXPECT_EQ(
      message_of(
          [](In in) { return formula("y[i] += where(a[i] < 2, x[{a[i]},j] * x[{b[j]},j], 0)", {in[1], in[0], in[2]}); },
          {x, a, ids_of({0, 1, 9}, {3})}),
      "formula y: b[2] = 9 is out of range for dimension 0 of x, which is f32[4,3]; expected 0 to 3; correct the "
      "data, or clip it");
  EXPECT_EQ(error_of([&] { formula("y[i] = where(a[i] < 2, x[{a[i] + 2},0], 0)", {a, x}).eval(); }), "")
      << "what a condition keeps out is not read";
}

TEST(BadIndex, InFunctionsAndSteps) {
  Parameter table("table", numbers({4, 2}));
  Jit step(
      [&](In in) -> std::vector<Tensor> {
        table.set(table.value() * 2 + sum(gather<Tensor>(table, in[0])));
        return {};
      },
      {table});
  step({ids_of({0, 3}, {2})});
  const std::vector<float> before = table.value().to_vector<float>();
  EXPECT_EQ(
      error_of([&] { step({ids_of({0, 9}, {2})}); }),
      "gather: ids[1] = 9 is out of range for dimension 0 of x, which is f32[4,2]; expected 0 to 3; correct the data, "
      "or clip it");
  EXPECT_EQ(table.value().to_vector<float>(), before);
  step({ids_of({0, 3}, {2})});
}

}  // namespace
}  // namespace tenon
