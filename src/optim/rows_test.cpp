// Tables of which a step touches a few rows: gradients as rows, and what optimizers make of them.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <memory>

#include "base/error_of.h"
#include "eager/grad.h"
#include "eager/jit.h"
#include "op/functions.h"
#include "optim/adam.h"
#include "optim/sgd.h"
#include "tensor/npy.h"

namespace tenon::optim {
namespace {

Tensor ids_of(std::initializer_list<i64> ids, Shape shape) { return Tensor::from<i64>(ids, std::move(shape)); }
Tensor counting(const Shape& shape) { return iota<Tensor>({symbolic_count(shape)}, 0, DType::F32); }
Tensor counted(const Shape& shape, double step = 1) { return reshape(counting(shape) * step, shape); }

std::vector<float> gradient_of(const Tensor& loss, const Parameter& table, bool& rows) {
  const Tensor g = grad(loss, {table})[0];
  rows = row_gradient(g).has_value();
  return g.to_vector<float>();
}

/// The loss with sparse lookups has the gradient that it has with others.
void expect_rows(const std::function<Tensor(const Tensor& table, bool sparse)>& loss, bool expected) {
  const Parameter table("table", counted({6, 2}, 0.25));
  bool rows = false, none = false;
  const auto sparse = gradient_of(loss(table.value(), true), table, rows);
  const auto dense = gradient_of(loss(table.value(), false), table, none);
  EXPECT_EQ(rows, expected);
  EXPECT_FALSE(none);
  EXPECT_EQ(sparse, dense);  // small multiples of powers of two: sums are exact in any order
}

TEST(RowGradients, AreTheDenseOnes) {
  const Tensor a = ids_of({1, 4, 1, 1}, {2, 2}), b = ids_of({4, 0}, {2}), none = Tensor::from<i64>({}, {0});
  auto weighed = [](const Tensor& x) { return sum(x * counted(x.shape())); };
  expect_rows([&](const Tensor& t, bool s) { return weighed(lookup(t, a, s)); }, true);
  expect_rows([&](const Tensor& t, bool s) { return weighed(lookup(t, a, s, 1)); }, true);
  expect_rows([&](const Tensor& t, bool s) { return weighed(lookup(t, none, s)); }, true);
  expect_rows([&](const Tensor& t, bool s) { return weighed(lookup(t, cast(b, DType::U8), s)); }, true);
}

TEST(RowGradients, OfSeveralLookupsAreJoined) {
  const Tensor a = ids_of({1, 4, 1, 1}, {2, 2}), b = ids_of({4, 0}, {2});
  auto two = [&](const Tensor& t, bool s) {
    const Tensor x = lookup(t, a, s), y = lookup(t, cast(b, DType::I32), s, 0);
    return sum(x * counted(x.shape())) + sum(y * y) + sum(lookup(t, b, s));
  };
  expect_rows(two, true);
}

TEST(RowGradients, BesideOthersAreDense) {
  const Tensor a = ids_of({1, 4, 1}, {3});
  expect_rows([&](const Tensor& t, bool s) { return sum(square(lookup(t, a, s))) + sum(t); }, false);
  expect_rows([&](const Tensor& t, bool s) { return sum(square(lookup(t, a, s))) + sum(lookup(t, a)); }, false);
  expect_rows([&](const Tensor& t, bool s) { return sum(square(lookup(t * 2, a, s))); }, false);
}

TEST(RowGradients, StayRowsWhenTheyAreRead) {
  Parameter table("table", Tensor::ones({4, 2}));
  backward(sum(lookup<Tensor>(table, ids_of({3, 1}, {2}), true)), std::vector<Parameter>{table});
  EXPECT_EQ(table.grad().to_vector<float>(), (std::vector<float>{0, 0, 1, 1, 0, 0, 1, 1}));
  ASSERT_TRUE(row_gradient(table.grad()).has_value());
  EXPECT_EQ(row_gradient(table.grad())->ids.to_vector<i64>(), (std::vector<i64>{3, 1}));
}

TEST(RowGradients, HaveGradients) {
  // d/dt of the sum of the squares of dL/dt, where L is the sum of t[id]^3 over the ids.
  const Parameter table("table", Tensor::from({1.f, 2.f, 3.f, 4.f}, {4, 1}));
  for (bool sparse : {false, true}) {
    const Tensor x = lookup<Tensor>(table, ids_of({1, 3, 1}, {3}), sparse);
    const Tensor first = grad(sum(x * x * x), {table})[0], second = grad(sum(square(first)), {table})[0];
    EXPECT_EQ(first.to_vector<float>(), (std::vector<float>{0, 24, 0, 48}));
    EXPECT_EQ(second.to_vector<float>(), (std::vector<float>{0, 2 * 24 * 24, 0, 2 * 48 * 24}));
  }
}

TEST(RowGradients, PositionsOutOfRangeAreNamed) {
  Parameter table("table", Tensor::ones({4, 2}));
  Sgd sgd({table}, {{.lr = 0.1}});
  auto train = [&](const Tensor& ids) {
    const Tensor loss = sum(square(lookup<Tensor>(table, ids, true)));
    backward(loss, sgd.parameters());
    sgd.step();
    return loss.item();
  };
  EXPECT_EQ(
      error_of([&] { train(ids_of({1, 4}, {2})); }),
      "lookup: ids[1] = 4 is out of range for dimension 0 of table, which is f32[4,2]; expected 0 to 3; correct the "
      "data, or clip it");
  EXPECT_EQ(
      error_of([&] { set_rows(Tensor::ones({4, 2}), ids_of({1, 4}, {2}), Tensor::ones({2, 2})).eval(); }),
      "set_rows: positions[1] = 4 is out of range for dimension 0 of x, which is f32[4,2]; expected 0 to 3, or -1 for "
      "none; correct the data, or clip it");
  EXPECT_EQ(error_of([&] { merge_rows(ids_of({1, -4}, {2}), Tensor::ones({2, 2})).sums.eval(); }),
            "merge_rows: ids[1] = -4 is negative; expected a row, or -1 for none");
}

using Make = std::function<std::shared_ptr<Optimizer>(std::vector<Parameter>)>;
template <class O, class Options>
Make make(Options options) {
  options.lr = 0.1;
  return [options](std::vector<Parameter> p) { return std::make_shared<O>(std::move(p), options); };
}

struct Case {
  std::string name;
  Make make;
  i64 padding = -1;
};

class SparseSequences : public testing::TestWithParam<bool> {};

// PyTorch adds SparseAdam's eps to a root that is not corrected yet; beside gradients around 1, an eps of 1e-8 makes a
// difference of less than 1e-6 in either place. Else f32 against f64: a few roundings of 6e-8 per step.
TEST_P(SparseSequences, ArePyTorchs) {
  const bool compiled = GetParam();
  auto golden = read_npz(TENON_SOURCE_DIR "/src/optim/testdata/rows.npz");
  const std::vector<Case> cases{{"sgd", make<Sgd>(SgdOptions{})},
                                {"sgd_padding", make<Sgd>(SgdOptions{}), 2},
                                {"momentum", make<Sgd>(SgdOptions{{}, 0.9})},
                                {"nesterov_decay", make<Sgd>(SgdOptions{{.weight_decay = 0.3}, 0.9, true})},
                                {"adam", make<Adam>(AdamOptions{.eps = 1e-8})},
                                {"adam_padding", make<Adam>(AdamOptions{.eps = 1e-8}), 2},
                                {"adamw", make<Adam>(AdamOptions{{.weight_decay = 0.3}, 0.9, 0.999, 1e-8})}};
  auto step_of = [](const Array& all, i64 t) {
    const Array one = all.sliced(0, t, t + 1);
    return one.reshaped(Shape(one.shape().begin() + 1, one.shape().end()));
  };
  for (const Case& c : cases) {
    Parameter table("table", Tensor(golden["start"].cast(DType::F32)));
    auto optimizer = c.make({table});
    auto state = optimizer->state();
    state.push_back(table);
    auto update = [=](std::span<const Tensor> in) -> std::vector<Tensor> {
      backward(sum(lookup<Tensor>(table, in[0], true, c.padding) * in[1]), optimizer->parameters());
      optimizer->step();
      return {};
    };
    Jit step = jit(update, state);
    for (i64 t = 0; t < golden["rates"].count(); ++t) {
      optimizer->set_learning_rate(golden["rates"].at(t).as_double());
      const std::vector<Tensor> in{Tensor(step_of(golden["ids"], t)),
                                   Tensor(step_of(golden["updates"], t).cast(DType::F32))};
      compiled ? step(in) : update(in);
      const Array got = table.value().data(), expected = step_of(golden[c.name], t);
      for (i64 k = 0; k < got.count(); ++k)
        EXPECT_NEAR(got.at(k).as_double(), expected.at(k).as_double(), 4e-6)
            << c.name << " step " << t << " element " << k;
    }
    EXPECT_LE(step.traces(), 1u) << c.name;
  }
}

INSTANTIATE_TEST_SUITE_P(LazyAndCompiled, SparseSequences, testing::Bool());

/// One step of a table [9, 3] that looks up rows 2, 5, 2.
void one_step(const Make& make, Parameter& table, std::vector<Parameter>& slots) {
  auto optimizer = make({table});
  slots = optimizer->state();
  for (Parameter& p : slots)
    if (p.shape() == table.shape()) p.set(counted(p.shape(), 0.01) + 0.5);
  std::vector<Parameter> state = slots;
  state.push_back(table);
  Jit step = jit(
      [&](std::span<const Tensor> in) -> std::vector<Tensor> {
        const Tensor loss = sum(square(lookup<Tensor>(table, in[0], true)));
        backward(loss, optimizer->parameters());
        optimizer->step();
        return {loss};
      },
      state);
  step({ids_of({2, 5, 2}, {3})});
}

TEST(SparseUpdates, LeaveOtherRowsAsTheyAre) {
  const AdamOptions adam{{.lr = 0.1, .weight_decay = 0.1, .clip_norm = 1}};
  const SgdOptions sgd{{.lr = 0.1, .weight_decay = 0.1}, 0.9};
  for (const Make& m : {make<Adam>(adam), make<Sgd>(sgd)}) {
    Parameter table("table", counted({9, 3}, 1.0 / 3));
    const std::vector<float> before = table.value().to_vector<float>();
    const std::vector<float> slot_before = (counted({9, 3}, 0.01) + 0.5).to_vector<float>();
    std::vector<Parameter> slots;
    one_step(m, table, slots);
    auto expect_untouched = [](const std::vector<float>& now, const std::vector<float>& was, const std::string& name) {
      for (std::size_t k = 0; k < now.size(); ++k) {
        const bool touched = k / 3 == 2 || k / 3 == 5;
        EXPECT_EQ(std::memcmp(&now[k], &was[k], sizeof(float)) != 0, touched) << name << " element " << k;
      }
    };
    expect_untouched(table.value().to_vector<float>(), before, "table");
    for (const Parameter& p : slots)
      if (p.shape() == table.shape()) expect_untouched(p.value().to_vector<float>(), slot_before, p.name());
  }
}

TEST(SparseUpdates, AreClippedByTheNormOfTheMergedRows) {
  // Rows 0 and 1 get 3 and 4, of norm 5: scaled by 1/5.
  Parameter table("table", Tensor::zeros({3, 1}));
  Sgd sgd({table}, {{.lr = 1, .clip_norm = 1}});
  const Tensor x = lookup<Tensor>(table, ids_of({0, 1, 0, 1, 0}, {5}), true);
  backward(sum(x * Tensor::from({1.f, 2.f, 1.f, 2.f, 1.f}, {5, 1})), sgd.parameters());
  sgd.step();
  const auto now = table.value().to_vector<float>();
  EXPECT_FLOAT_EQ(now[0], -0.6f);
  EXPECT_FLOAT_EQ(now[1], -0.8f);
  EXPECT_EQ(now[2], 0);
}

TEST(SparseUpdates, OfNoIdsChangeNothing) {
  Parameter table("table", counted({4, 2}));
  Adam adam({table}, {{.lr = 0.1}});
  backward(sum(square(lookup<Tensor>(table, Tensor::from<i64>({}, {0}), true))), adam.parameters());
  adam.step();
  EXPECT_EQ(table.value().to_vector<float>(), counted({4, 2}).to_vector<float>());
}

TEST(SparseUpdates, AreDenseOnesForSgdWhicheverWayTheTableIsUsed) {
  auto trained = [](bool sparse, bool also_dense) {
    Parameter table("table", counted({5, 2}, 0.5));
    Sgd sgd({table}, {{.lr = 0.25}});
    for (int k = 0; k < 3; ++k) {
      Tensor loss = sum(square(lookup<Tensor>(table, ids_of({1, 3, 1}, {3}), sparse))) +
                    sum(lookup<Tensor>(table, ids_of({3, 0}, {2}), sparse));
      if (also_dense) loss = loss + sum(table.value());
      backward(loss, sgd.parameters());
      sgd.step();
    }
    return table.value().to_vector<float>();
  };
  for (bool also_dense : {false, true}) EXPECT_EQ(trained(true, also_dense), trained(false, also_dense));
}

}  // namespace
}  // namespace tenon::optim
