// Resampling and sampling: gradients are scatters of one target, easy cases are copies, refusals.
#include <gtest/gtest.h>

#include "autodiff/reverse.h"
#include "base/error_of.h"
#include "expr/analyse.h"
#include "interpret/interpret.h"
#include "op/functions.h"

namespace tenon {
namespace {

Value parameter(Shape shape, DType t = DType::F32) { return Value(Node::parameter({t, std::move(shape)}), 0); }

bool compares_data(const expr::Expr& e) {
  return std::ranges::any_of(e.nodes, [](const expr::Node& n) {
    return std::ranges::any_of(n.cond, [](const expr::Cond& c) { return c.e.data != expr::kNone; });
  });
}

/// Sums over points at which data equals an index, and how many of them scatter instead of searching.
struct DataSums {
  int all = 0, scatters = 0;
};
DataSums data_sums(const Value& v) {
  DataSums n;
  for (const Node* node : topological({&v, 1})) {
    const Formula* f = node->is_parameter() || node->is_settled() ? nullptr : get_if<Formula>(node->op());
    if (!f || f->e.reducer != expr::Reducer::Sum || !compares_data(f->e)) continue;
    ++n.all;
    if (expr::as_scatter(f->e)) ++n.scatters;
  }
  return n;
}

Value gradient_of(const Value& y, const Value& x) {
  return gradients(y, std::vector<Value>{x}, ones<Value>(y.shape()))[0];
}

// A search would cost a pass over the image for every sample.
TEST(Images, GradientsScatter) {
  const Value x = parameter({2, 4, 6, 5});
  const Value linear = resize(x, {.sizes = {9, 8}, .mode = "linear"});
  const Value sampled = grid_sample(x, parameter({2, 3, 3, 2}));
  const Value regions =
      roi_align(x, parameter({3, 4}), parameter({3}, DType::I64), {.extents = {2, 2}, .sampling_ratio = 2});
  const Value deformed = deform_conv(x, parameter({2, 4, 3, 3}), parameter({2, 18, 4, 3}));
  for (const Value& y : {linear, sampled, regions, deformed}) {
    const DataSums n = data_sums(gradient_of(y, x));
    EXPECT_GE(n.all, 1) << y.node()->op().name();
    EXPECT_EQ(n.scatters, n.all) << y.node()->op().name();
  }
}

std::vector<std::string_view> expansion(const Op& op, const Value& x) {
  Builder b;
  const Values results = op.expand(b, {&x, 1});
  std::vector<std::string_view> names;
  for (const Node* n : topological(results))
    if (!n->is_parameter()) names.push_back(n->op().name());
  return names;
}

TEST(Images, EasyResizesAreCopies) {
  const Value x = parameter({1, 2, 4, 6});
  using Names = std::vector<std::string_view>;
  const Resize doubled{.sizes = {8, 12}, .coordinates = "asymmetric", .nearest = "floor"};
  EXPECT_EQ(expansion(*make_op(doubled), x), (Names{"repeat_interleave", "repeat_interleave"}));
  const Resize halved{.sizes = {2, 6}, .coordinates = "asymmetric", .nearest = "floor"};
  EXPECT_EQ(expansion(*make_op(halved), x), Names{"slice"});
  EXPECT_EQ(expansion(*make_op(Resize{.sizes = {4, 6}, .mode = "cubic"}), x), Names{});
}

TEST(Images, RefuseWhatMakesNoSense) {
  const Value x = parameter({1, 2, 4, 6}), bytes = parameter({2, 3}, DType::U8);
  EXPECT_EQ(error_of([&] { resize(x, {.sizes = {3, 3}, .mode = "area"}); }),
            "resize: mode \"area\" is unknown; expected one of \"nearest\", \"linear\", \"cubic\"");
  EXPECT_EQ(error_of([&] { resize(bytes, {.sizes = {3}, .mode = "linear"}); }),
            "resize: mode \"linear\" takes floats, given u8[2,3]; cast it first");
  EXPECT_EQ(error_of([&] { resize(x, {.scales = {-1, 2}}); }),
            "resize: scale -1 of axis 2 is out of range; expected a number above 0 and below 16777216");
  EXPECT_EQ(error_of([&] { resize(x, {.sizes = {3, 3}, .axes = {1, -3}}); }),
            "resize: the axes [1,-3] name one axis twice");
  EXPECT_EQ(error_of([&] { resize(parameter({2, 0}), {.sizes = {3}}); }),
            "resize: axis 1 of f32[2,0] is empty, so there is nothing to resize");
  EXPECT_EQ(error_of([&] { resize(x, {.sizes = {1 << 30, 3}}); }),
            "resize: extent 1073741824 of axis 2 is out of range; expected 0 to 16777216");
  EXPECT_EQ(
      error_of([&] { grid_sample(x, parameter({1, 3, 3, 3})); }),
      "grid_sample: the grid is f32[1,3,3,3], expected rank 4, the batch 1 first, and 2 last, for x f32[1,2,4,6]");
  EXPECT_EQ(error_of([&] { roi_align(x, parameter({3, 4}), parameter({2}, DType::I64), {}); }),
            "roi_align: the regions are f32[3,4] and their images i64[2]; expected f32[R,4] and [R]");
  EXPECT_EQ(error_of([&] { deform_conv(x, parameter({2, 2, 3, 3}), parameter({1, 9, 2, 4})); }),
            "deform_conv: the offsets are f32[1,9,2,4], expected f32[1,18,2,4]");
}

}  // namespace
}  // namespace tenon
