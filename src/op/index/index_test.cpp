// Positions that are data: which are refused, how they count from the end, gradients where positions repeat.
#include <gtest/gtest.h>

#include "autodiff/reverse.h"
#include "base/error_of.h"
#include "compile/compiler.h"
#include "compile/executable.h"
#include "expr/analyse.h"
#include "op/functions.h"
#include "op/value_testing.h"

namespace tenon {
namespace {

Value ids_of(std::initializer_list<std::int64_t> values, Shape shape) {
  return Value(Node::leaf(Array::from<std::int64_t>(values, std::move(shape))), 0);
}

void expect_contains(const std::string& text, std::string_view part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST(Positions, OutOfRangeIsAnErrorThatSaysWhere) {
  const Value x = leaf({1, 2, 3, 4, 5, 6}, {2, 3});
  const Value elements = scatter_elements(x, ids_of({0, 3}, {1, 2}), leaf({7, 8}, {1, 2}), 1);
  const auto run = [](const Value& v) { compiled(Function{"main", {}, {v}}, "test")->run({}); };
  const std::string_view of_elements =
      "scatter_elements: ids[0,1] = 3 is out of range for dimension 1 of x, which is f32[2,3]";
  expect_contains(error_of([&] { list_of(elements); }), of_elements);
  expect_contains(error_of([&] { run(elements); }), of_elements);
  const Value slices = scatter_nd(x, ids_of({1, 0, 0, -1}, {2, 2}), leaf({7, 8}, {2}));
  const std::string_view of_slices =
      "scatter_nd: ids[1,1] = -1 is out of range for dimension 1 of x, which is f32[2,3]";
  expect_contains(error_of([&] { list_of(slices); }), of_slices);
  expect_contains(error_of([&] { run(slices); }), of_slices);
  expect_contains(error_of([&] { list_of(gather_nd(x, ids_of({0, 3}, {1, 2}))); }),
                  "gather_nd: ids[0,1] = 3 is out of range");
}

TEST(Positions, MayCountFromTheEnd) {
  const Value x = leaf({1, 2, 3, 4, 5, 6}, {2, 3});
  EXPECT_EQ(list_of(from_end(ids_of({-1, 0, 1, -2}, {4}), {2})), (List{1, 0, 1, 0}));
  EXPECT_EQ(list_of(gather_nd(x, from_end(ids_of({-1, -1, 0, -3}, {2, 2}), {2, 3}))), (List{6, 1}));
  const Value bytes = cast(ids_of({-1, 5}, {2}), DType::I8);
  EXPECT_EQ(list_of(from_end(bytes, {300})), (List{299, 5}));
}

List weighted_gradient_of(const Value& y, const Value& x) {
  return list_of(gradients(sum(y * iota<Value>(y.shape(), 0, DType::F32) + y), std::vector<Value>{x})[0]);
}

// Elements of the result weigh 1, 2, 3 in the loss.
TEST(Positions, GradientsWherePositionsRepeat) {
  const Value x = leaf({5, 5, 5}, {3}), ids = ids_of({1, 1, 0}, {3}), u = leaf({7, 8, 5}, {3});
  auto scattered = [&](const char* how) { return scatter_elements(x, ids, u, 0, how); };
  EXPECT_EQ(list_of(scattered("none")), (List{5, 8, 5}));
  EXPECT_EQ(weighted_gradient_of(scattered("none"), x), (List{0, 0, 3}));
  EXPECT_EQ(weighted_gradient_of(scattered("none"), u), (List{0, 2, 1}));
  EXPECT_EQ(weighted_gradient_of(scattered("add"), x), (List{1, 2, 3}));
  EXPECT_EQ(weighted_gradient_of(scattered("add"), u), (List{2, 2, 1}));
  EXPECT_EQ(weighted_gradient_of(scattered("mul"), x), (List{5, 112, 3}));
  EXPECT_EQ(weighted_gradient_of(scattered("mul"), u), (List{80, 70, 5}));
  EXPECT_EQ(weighted_gradient_of(scattered("max"), x), (List{1, 0, 3}));  // of equal elements, that of x
  EXPECT_EQ(weighted_gradient_of(scattered("max"), u), (List{0, 2, 0}));
  const Value zeros = leaf({5, 0, 5}, {3}), equal = leaf({7, 7, 0}, {3});
  EXPECT_EQ(weighted_gradient_of(scatter_elements(zeros, ids, equal, 0, "mul"), zeros), (List{0, 98, 3}));
  EXPECT_EQ(weighted_gradient_of(scatter_elements(zeros, ids, equal, 0, "mul"), equal), (List{0, 0, 5}));
  EXPECT_EQ(weighted_gradient_of(scatter_elements(zeros, ids, equal, 0, "max"), equal),
            (List{2, 0, 0}));  // the first update
}

TEST(Positions, TheGradientOfGatherNdScatters) {
  const Value x(Node::parameter({DType::F32, {4, 5, 3}}), 0), ids(Node::parameter({DType::I64, {6, 2}}), 0);
  const Value y = gather_nd(x, ids);
  const Value g = gradients(y, std::vector<Value>{x}, ones<Value>(y.shape()))[0];
  int scatters = 0;
  for (const Node* n : topological({&g, 1})) {
    if (n->is_parameter() || n->op().name() != "scatter_add") continue;
    std::vector<Type> types;
    for (const Value& v : n->args()) types.push_back(v.type());
    EXPECT_TRUE(expr::as_scatter(n->op().define(types)).has_value());
    ++scatters;
  }
  EXPECT_EQ(scatters, 1);
}

TEST(Rows, ExtentsMayBeUnknown) {
  const Value table(Node::parameter({DType::F32, {Dim::symbol("words"), 2}}), 0),
      ids(Node::parameter({DType::I32, {Dim::symbol("n", 0)}}), 0);
  const Value x = lookup(table, ids, true);
  const Value gradient = gradients(sum(x * x * x), std::vector<Value>{table})[0];
  EXPECT_EQ(gradient.type(), table.type());
  const auto merged = merge_rows(ids, x);
  const Function f{"main", {table, ids}, {gradient, merged.positions, set_rows(table, merged.positions, merged.sums)}};
  const std::vector<Array> in{Array::from<float>({1, 2, 3, 4, 5, 6}, {3, 2}),
                              Array::from<std::int32_t>({2, 0, 2, 2}, {4})};
  const std::vector<Array> expected{Array::from<float>({3, 12, 0, 0, 225, 324}, {3, 2}),
                                    Array::from<i64>({0, 2, -1, -1}, {4}),
                                    Array::from<float>({1, 2, 3, 4, 15, 18}, {3, 2})};
  for (const auto& given : {interpret(f, in), executable(f)->run(in)})
    for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_TRUE(identical(given[k], expected[k])) << k;
}

TEST(Rows, SayWhatIsWrong) {
  const Value table = leaf({1, 2, 3, 4}, {2, 2}), ids = ids_of({0, 1, 1}, {3}), rows = leaf({1, 2, 3, 4, 5, 6}, {3, 2});
  EXPECT_EQ(error_of([&] { lookup(table, ids, true, 2); }),
            "lookup: padding is row 2, but the table is f32[2,2]; expected one of its rows, or -1 for none");
  EXPECT_EQ(error_of([&] { lookup(table, rows); }),
            "lookup: the positions are f32[3,2], expected an integer type; cast them first");
  EXPECT_EQ(error_of([&] { merge_rows(ids, table); }),
            "merge_rows: the updates are f32[2,2], expected a row for each of the ids i64[3]: their dimensions first");
  EXPECT_EQ(error_of([&] { set_rows(table, ids, table); }),
            "set_rows: the rows are f32[2,2], expected f32[3,2] for x f32[2,2] and positions i64[3]");
  EXPECT_EQ(error_of([&] { dense_rows(ids, equal(rows, rows), 4); }),
            "dense_rows: the updates are bool[3,2], expected floats or integers");
  EXPECT_NE(error_of([&] { dense_rows(ids, rows, -1); }), "");
}

TEST(Positions, PoolsAreUndone) {
  const Value x = leaf({1, 9, 3, 4, 5, 2, 8, 6}, {1, 8});
  const Values pooled =
      Builder().apply(make_op(MaxPoolWithIndices{{.size = {3}, .stride = {2}}}), std::vector<Value>{x});
  EXPECT_EQ(list_of(pooled[1]), (List{1, 4, 6}));
  EXPECT_EQ(list_of(max_unpool(pooled[0], pooled[1], {8})), (List{0, 9, 0, 0, 5, 0, 8, 0}));
}

TEST(Positions, IndexMapsAsFunctions) {
  const Value x = iota<Value>({2, 5}, 1);
  const auto parts = split(x, {2, 3}, 1);
  EXPECT_EQ(list_of(parts[1]), (List{2, 3, 4, 2, 3, 4}));
  const auto chunks = chunk(x, 3, 1);
  EXPECT_EQ(chunks[2].shape(), (Shape{2, 1}));
  EXPECT_EQ(list_of(chunks[0]), (List{0, 1, 0, 1}));
  EXPECT_EQ(tile(x, {2, 1, 1}).shape(), (Shape{2, 2, 5}));
  EXPECT_EQ(list_of(roll(iota<Value>({4}), {1}, {0})), (List{3, 0, 1, 2}));
  EXPECT_EQ(error_of([&] { split(x, {2, 2}, 1); }), "split: [2,2] does not cover dimension 1 of i64[2,5]");
  EXPECT_EQ(error_of([&] { pad(x, {0, 5}, {0, 0}, "reflect"); }),
            "pad: 5 elements in dimension 1 are more than mode \"reflect\" can take from 5; at most 4, or use mode "
            "\"constant\"");
  EXPECT_EQ(error_of([&] { pad(x, {0, 1}, {0, 0}, "mirror"); }),
            "pad: mode \"mirror\" is unknown; expected \"constant\", \"edge\", \"reflect\" or \"wrap\"");
}

}  // namespace
}  // namespace tenon
