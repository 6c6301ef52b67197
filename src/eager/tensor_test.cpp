#include "eager/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_of.h"
#include "eager/grad.h"
#include "eager/jit.h"
#include "eager/trace.h"
#include "op/functions.h"
#include "runtime/program.h"

namespace tenon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<float> floats(const Tensor& t) { return t.to_vector<float>(); }

TEST(Eager, NothingIsComputedUntilRead) {
  Tensor x = Tensor::from({1.f, 2.f, 3.f}, {3});
  Tensor y = x * x + 1;
  EXPECT_FALSE(y.evaluated());
  EXPECT_THAT(floats(y), ElementsAre(2, 5, 10));
  EXPECT_TRUE(y.evaluated());
}

TEST(Eager, MistakesAreFoundWhereTheyAreWritten) {
  Tensor a = Tensor::zeros({2, 3}), b = Tensor::zeros({2, 3});
  try {
    matmul(a, b);
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("matmul"));
  }
  EXPECT_THROW(Tensor().eval(), Error);
  EXPECT_THROW(a.item(), Error);
  EXPECT_THROW(a.to_vector<double>(), Error);
}

TEST(Eager, GradientOfAPolynomialTwice) {
  Tensor x = Tensor::scalar(3.0, DType::F64);
  Tensor y = x * x * x;
  Tensor dx = grad(y, {x})[0], ddx = grad(dx, {x})[0];
  EXPECT_DOUBLE_EQ(dx.item(), 27);
  EXPECT_DOUBLE_EQ(ddx.item(), 18);
}

TEST(Eager, GradientsFindTheirWayThroughValuesThatWereRead) {
  Parameter w("w", Tensor::from({1.f, 2.f}, {2}));
  Tensor h = w.value() * 3, loss = sum(h * h);
  EXPECT_THAT(floats(h), ElementsAre(3, 6));
  EXPECT_FLOAT_EQ(static_cast<float>(loss.item()), 45);
  backward(loss, std::vector<Parameter>{w});
  EXPECT_THAT(floats(w.grad()), ElementsAre(18, 36));
}

TEST(Eager, AWayBackThatWasLostIsAnErrorAndNotZero) {
  Tensor x = Tensor::from({1.f, 2.f}, {2}), unrelated = Tensor::from({1.f}, {1});
  Tensor fresh = sum(x * x);
  EXPECT_THAT(floats(grad(fresh, {unrelated})[0]), ElementsAre(0));
  Tensor loss = sum(x * x);
  loss.item();
  EXPECT_THROW(grad(loss, {x}), Error);
  x.track();
  Tensor again = sum(x * x);
  again.item();
  EXPECT_THAT(floats(grad(again, {x})[0]), ElementsAre(2, 4));
}

TEST(Eager, ALoopOfUpdatesNeitherPilesUpNorCompilesAgain) {
  Parameter w("w", Tensor::from({4.f}, {1}));
  float want = 4;
  for (int step = 0; step < 200; ++step) {
    Tensor loss = sum(w.value() * w.value());
    backward(loss, std::vector<Parameter>{w});
    w.set(w.value() - w.grad() * 0.1);
    want -= 0.1f * 2 * want;
  }
  EXPECT_NEAR(floats(w.value())[0], want, 1e-6);
}

TEST(Eager, AValueReadAfterItsUpdateComesFromOneProgram) {
  Parameter w("w", Tensor::from({2.f}, {1}));
  Tensor loss = sum(w.value() * w.value());
  backward(loss, std::vector<Parameter>{w});
  w.set(w.value() - w.grad() * 0.5);
  EXPECT_FLOAT_EQ(static_cast<float>(loss.item()), 4);
  EXPECT_TRUE(w.value().evaluated());
  EXPECT_FLOAT_EQ(floats(w.value())[0], 0);
}

TEST(Eager, ImmediateModeGivesTheSameValues) {
  Tensor x = Tensor::from({0.5f, -1.f, 2.f}, {3});
  std::vector<float> lazy = floats(tanh(x) * 2 + exp(x));
  set_immediate(true);
  Tensor y = tanh(x) * 2 + exp(x);
  EXPECT_TRUE(y.evaluated());
  std::vector<float> now = floats(y);
  set_immediate(false);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(now[k], lazy[k], 1e-6 * std::abs(lazy[k]));
}

TEST(Eager, AFailingStepInImmediateModeChangesNothing) {
  Parameter a("a", Tensor::ones({2})), b("b", Tensor::ones({2}));
  const Tensor table = Tensor::ones({3});
  Jit step(
      [&](std::span<const Tensor> in) -> std::vector<Tensor> {
        a.set(a.value() + 1);
        a.set(a.value() + 1);
        b.set(b.value() * gather(table, in[0]));
        return {};
      },
      {a, b});
  set_immediate(true);
  step({Tensor::from<std::int64_t>({1, 2}, {2})});
  EXPECT_THAT(error_of([&] { step({Tensor::from<std::int64_t>({1, 3}, {2})}); }), HasSubstr("gather: ids[1] = 3"));
  set_immediate(false);
  EXPECT_THAT(floats(a.value()), ElementsAre(3, 3));
  EXPECT_THAT(floats(b.value()), ElementsAre(1, 1));
}

TEST(Jit, TracesOncePerSignature) {
  int runs = 0;
  Jit f = jit([&](std::span<const Tensor> in) {
    ++runs;
    return std::vector<Tensor>{sum(in[0] * in[0])};
  });
  for (int k = 1; k <= 5; ++k)
    EXPECT_FLOAT_EQ(static_cast<float>(f({Tensor::from({float(k), 1.f}, {2})})[0].item()),
                    static_cast<float>(k * k + 1));
  EXPECT_EQ(runs, 1);
  f({Tensor::zeros({3})});
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(f.traces(), 2u);
}

TEST(Jit, StateIsReadAndWritten) {
  Parameter w("w", Tensor::from({1.f, 1.f}, {2})), lr("lr", Tensor::scalar(0.5), false);
  Jit step = jit(
      [&](std::span<const Tensor> in) {
        Tensor loss = sum((w.value() - in[0]) * (w.value() - in[0]));
        backward(loss, std::vector<Parameter>{w});
        w.set(w.value() - lr.value() * w.grad());
        return std::vector<Tensor>{loss};
      },
      {w, lr});
  Tensor target = Tensor::from({3.f, -1.f}, {2});
  EXPECT_FLOAT_EQ(static_cast<float>(step({target})[0].item()), 8);
  EXPECT_THAT(floats(w.value()), ElementsAre(3, -1));  // lr 0.5 jumps to the minimum
  lr.set(Tensor::scalar(0.25));
  w.set(Tensor::from({1.f, 1.f}, {2}));
  step({target});
  EXPECT_THAT(floats(w.value()), ElementsAre(2, 0));
  EXPECT_EQ(step.traces(), 1u);
}

TEST(Jit, WarnsOnceWhenEveryCallIsCompiledAnew) {
  Jit f = jit([](std::span<const Tensor> in) { return std::vector<Tensor>{sum(in[0])}; }, {}, "growing");
  testing::internal::CaptureStderr();
  for (i64 n = 1; n <= 7; ++n) f({Tensor::zeros({n})});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  testing::internal::CaptureStderr();
  for (i64 n = 8; n <= 12; ++n) f({Tensor::zeros({n})});
  std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("growing has been compiled 8 times"));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1);
}

TEST(Eager, WarnsOnceWhenALoopKeepsCompiling) {
  testing::internal::CaptureStderr();
  for (i64 n = 1; n <= 12; ++n) cos(sin(Tensor::zeros({n}))).eval();
  std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("leaf 0 was f32[7] and is f32[8]"));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1);
}

TEST(Eager, AChangingNumberCompilesNothing) {
  Tensor x = Tensor::ones({3});
  auto scaled = [&](double rate) { return Recording({(x * rate).value()}).key(); };
  EXPECT_EQ(scaled(0.1), scaled(0.2));
  EXPECT_NE(scaled(0.1), Recording({(x + 0.1).value()}).key());
}

TEST(Jit, ReadingInsideIsAnError) {
  Jit f = jit([](std::span<const Tensor> in) {
    in[0].item();
    return std::vector<Tensor>{in[0]};
  });
  Parameter w("w", Tensor::scalar(1));
  try {
    f({Tensor::scalar(1)});
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("jit"));
  }
  EXPECT_FLOAT_EQ(static_cast<float>(Tensor::scalar(2).item()), 2);  // evaluation works again
}

TEST(Jit, AnErrorInsideLeavesTheStateAlone) {
  Parameter w("w", Tensor::scalar(7));
  Jit f = jit(
      [&](std::span<const Tensor> in) {
        w.set(w.value() + 1);
        return std::vector<Tensor>{matmul(in[0], in[0])};
      },
      {w});
  EXPECT_THROW(f({Tensor::zeros({2, 3})}), Error);
  EXPECT_EQ(w.value().item(), 7);
}

TEST(Eager, LongChainsAreRecordedAndFreed) {
  Tensor x = Tensor::from({1.f}, {1});
  Tensor y = x;
  for (int k = 0; k < 100'000; ++k) y = -y;
  y = Tensor();
}

TEST(Eager, GathersOfMeansHaveGradientsInOneProgram) {
  Tensor x = Tensor::ones({35, 66});
  x.track();
  Tensor y = x + Tensor::ones({66});
  y = mean(y, {1}, true) + y;
  y = gather(y, Tensor::from<std::int64_t>({1}, {1}), 0);
  Tensor g = grad(sum(y * y), {x})[0];
  eval({y, g});
  EXPECT_FLOAT_EQ(static_cast<float>(y.data().at(0).f), 4);
  // d/dx of the sum of (m + x_j)^2 is 2 (4 + 4), the mean spreading what it gets.
  for (i64 k = 0; k < g.count(); ++k) ASSERT_FLOAT_EQ(static_cast<float>(g.data().at(k).f), k / 66 == 1 ? 16 : 0) << k;
}

TEST(Jit, StateIsListedWholeAndOnce) {
  Parameter p("weight", Tensor::ones({2})), q("moment", Tensor::ones({2}));
  EXPECT_EQ(error_of([&] { jit([](auto) { return std::vector<Tensor>{}; }, {p, p}, "twice"); }),
            "twice: parameter weight is twice in the state");
  auto step = jit(
      [&](std::span<const Tensor> args) {
        p.set(p.value() * 2);
        q.set(q.value() + args[0]);
        return std::vector<Tensor>{args[0] + 1};
      },
      {p}, "step");
  EXPECT_EQ(error_of([&] { step({Tensor::ones({2})}); }),
            "step: the function sets parameter moment, which is not in its state; list it where it is compiled");
  EXPECT_THAT(floats(p.value()), ElementsAre(1, 1));
  EXPECT_THAT(floats(q.value()), ElementsAre(1, 1));
  EXPECT_EQ(error_of([&] { jit([](auto) { return std::vector<Tensor>{Tensor()}; }, {}, "none")({Tensor::ones({1})}); }),
            "none: result 0 of the function has never been given a value");
}

/// A step that adds 1 to rows of a table of 1 MiB.
struct TableStep {
  Parameter table{"table", Tensor::zeros({4096, 64})};
  Jit step = jit(
      [this](std::span<const Tensor> in) -> std::vector<Tensor> {
        table.set(set_rows<Tensor>(table, in[0], gather<Tensor>(table, in[0]) + 1));
        return {};
      },
      {table});
  float run(i64 id) {
    step({Tensor::from({id}, {1})});
    return floats(table.value())[static_cast<std::size_t>(64 * id)];
  }
};

TEST(Jit, StateIsChangedWhereItLies) {
  constexpr i64 kTable = 4096 * 64 * 4;
  TableStep t;
  EXPECT_EQ(t.run(7), 1);  // the first value was the user's
  const void* memory = t.table.value().data().raw();
  reset_peak_memory();
  const i64 before = memory_use().live;
  EXPECT_EQ(t.run(7), 2);
  t.step({Tensor::from<i64>({7}, {1})});
  reset_peak_memory();
  t.step({Tensor::from<i64>({7}, {1})});
  EXPECT_LT(memory_use().peak - before, kTable / 16);
  EXPECT_EQ(t.table.value().data().raw(), memory);
  EXPECT_EQ(t.run(7), 5);
}

TEST(Jit, StateThatIsHeldKeepsItsValue) {
  TableStep t;
  t.run(7);
  const Tensor held = t.table.value();
  EXPECT_EQ(t.run(7), 2);
  EXPECT_EQ(floats(held)[64 * 7], 1);
  const Array array = t.table.value().data();
  EXPECT_EQ(t.run(7), 3);
  EXPECT_EQ(array.at(64 * 7).as_double(), 2);
  const Tensor recorded = t.table.value() * 10;  // not computed yet
  EXPECT_EQ(t.run(7), 4);
  EXPECT_EQ(floats(recorded)[64 * 7], 30);
  const Parameter shared("shared", t.table.value());
  EXPECT_EQ(t.run(7), 5);
  EXPECT_EQ(floats(shared.value())[64 * 7], 4);
}

TEST(Jit, MemoryOfTheUserIsNeverWritten) {
  std::vector<float> mine(64, 1);
  Parameter w("w", Tensor(Array(Storage::adopt(mine.data(), 256, [] {}), {DType::F32, {64}}, {1})));
  Jit step = jit(
      [&](std::span<const Tensor>) -> std::vector<Tensor> { return w.set(w.value() * 2), std::vector<Tensor>{}; }, {w});
  Jit replace =
      jit([&](std::span<const Tensor> in) -> std::vector<Tensor> { return w.set(in[0]), std::vector<Tensor>{}; }, {w});
  step({});
  step({});
  EXPECT_EQ(floats(w.value())[0], 4);
  replace({Tensor(Array(Storage::adopt(mine.data(), 256, [] {}), {DType::F32, {64}}, {1}))});
  step({});
  EXPECT_EQ(floats(w.value())[0], 2);
  EXPECT_EQ(mine, std::vector<float>(64, 1));
}

TEST(Jit, StateSurvivesAnErrorOfTheData) {
  TableStep t;
  t.run(7);
  t.run(7);
  EXPECT_NE(error_of([&] { t.step({Tensor::from<i64>({4096}, {1})}); }), "");
  EXPECT_EQ(t.run(7), 3);
}

TEST(Eager, WhatIsUndefinedIsNamedSo) {
  const std::string undefined = "a tensor is used that has never been given a value";
  const Tensor none;
  EXPECT_EQ(error_of([&] { none + 1; }), undefined);
  EXPECT_EQ(error_of([&] { none.item(); }), undefined);
  EXPECT_EQ(error_of([&] { none.evaluated(); }), undefined);
  EXPECT_EQ(error_of([&] { jit([](auto a) { return std::vector<Tensor>(a.begin(), a.end()); })({none}); }), undefined);
  EXPECT_EQ(error_of([&] { Parameter("p", none); }), "parameter p: its value is undefined");
  EXPECT_EQ(error_of([&] { Parameter().name(); }), "a parameter is used that was never given a name and a value");
  Parameter p("p", Tensor::ones({2}));
  EXPECT_EQ(error_of([&] { p.set(p.value() - 0.1 * p.grad()); }), undefined);
}

TEST(Eager, AFailingUpdateIsTheErrorOfItsParameter) {
  Parameter p("p", Tensor::ones({2}));
  p.set(gather(p.value(), Tensor(Array::from<std::int64_t>({0, 7}, {2})), 0));
  EXPECT_THAT(floats(Tensor::ones({2}) + 1), ElementsAre(2, 2));
  EXPECT_THAT(error_of([&] { p.value().eval(); }), HasSubstr("gather"));
  EXPECT_THAT(error_of([&] { p.set(p.value() + 1); }), HasSubstr("gather"));
  p.set(Tensor::ones({2}) * 3);
  EXPECT_THAT(floats(p.value()), ElementsAre(3, 3)) << "a new value that does not need the failed one";
}

TEST(Eager, ExtentsThatAreKnownStayKnownWhenTheCodeIsCompiled) {
  const auto list = [](std::initializer_list<std::int64_t> of) {
    return Tensor::from<std::int64_t>(of, {static_cast<i64>(of.size())});
  };
  const Tensor x = Tensor::from({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}, {6}).track();
  EXPECT_THAT(floats(reshape_to(x, list({2, 3})) + Tensor::ones({2, 3})), ElementsAre(2, 3, 4, 5, 6, 7));
  EXPECT_THAT(floats(reshape_to(x, list({3, 2})) + Tensor::ones({3, 1})), ElementsAre(2, 3, 4, 5, 6, 7));
  EXPECT_THAT(floats(matmul(reshape_to(x, list({2, 3})), Tensor::ones({3, 1}))), ElementsAre(6, 15));
  EXPECT_THAT(floats(fill(list({2, 2}), Tensor::scalar(3)) + Tensor::ones({2, 2})), ElementsAre(4, 4, 4, 4));
  const Tensor halves = concatenate<Tensor>({list({2}), shape_of(x) / 2}, 0);
  EXPECT_THAT(floats(reshape_to(x, halves) + Tensor::ones({2, 3})), ElementsAre(2, 3, 4, 5, 6, 7));
  for (const Tensor& y : {reshape_to(x, list({2, 3})), reshape_to(x, list({-1, 2})), reshape_to(x, halves),
                          reshape_to(x, shape_of(Tensor::ones({2, 3})))})
    EXPECT_THAT(floats(grad(sum(y * y), {x})[0]), ElementsAre(2, 4, 6, 8, 10, 12));
  EXPECT_THAT(floats(grad(sum(broadcast_to(x, list({2, 6}))), {x})[0]), ElementsAre(2, 2, 2, 2, 2, 2));
  Jit f = jit([e = list({2, 3})](std::span<const Tensor> in) -> std::vector<Tensor> {
    return {reshape_to(in[0], e) + Tensor::ones({2, 3})};
  });
  EXPECT_THAT(floats(f({x})[0]), ElementsAre(2, 3, 4, 5, 6, 7));
}

TEST(Eager, GradientsFindTheirWayThroughSizesThatDataDecides) {
  const Tensor x = Tensor::from({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}, {6}).track();
  const Tensor extents = Tensor::from<std::int64_t>({2, 3}, {2}) + Tensor::from<std::int64_t>({0}, {1});
  const Tensor y = reshape_to(x, extents);
  EXPECT_EQ(y.type(), (Type{DType::F32, {2, 3}}));
  EXPECT_THAT(floats(grad(sum(y * y), {x})[0]), ElementsAre(2, 4, 6, 8, 10, 12));
  const Tensor z = Tensor::from({3.f, 1.f, 3.f}, {3}).track(), w = unique(z).values;
  EXPECT_THAT(floats(grad(sum(w * w), {z})[0]), ElementsAre(6, 2, 0)) << "of the first of equal elements";
}

}  // namespace
}  // namespace tenon
