// Results that take the memory of inputs which are given away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error_of.h"
#include "base/rng.h"
#include "compile/cache.h"
#include "compile/compiler.h"
#include "op/functions.h"

namespace tenon {
namespace {

Value input(Shape shape, DType t = DType::F32) { return Value(Node::parameter({t, std::move(shape)}), 0); }

std::vector<Array> data_for(const Function& f, std::uint64_t seed) {
  std::vector<Array> in;
  Rng rng(seed);
  for (const Value& p : f.parameters) {
    Array a(p.type());
    for (i64 k = 0; k < a.count(); ++k)
      is_float(a.dtype()) ? a.set(k, rng.uniform() * 2 - 1) : a.set(k, Number::of_int(static_cast<i64>(rng.below(4))));
    in.push_back(std::move(a));
  }
  return in;
}

std::vector<Array> clones(const std::vector<Array>& arrays) {
  std::vector<Array> copies;
  for (const Array& a : arrays) copies.push_back(a.clone());
  return copies;
}

/// Result k replaces parameter k, as far as there are both.
Replacements in_order(const Function& f) {
  Replacements all;
  for (std::size_t k = 0; k < std::min(f.results.size(), f.parameters.size()); ++k) all.push_back({k, k});
  return all;
}

/// Runs with inputs that are given away: values as without, and those outputs in the memory of their inputs that are
/// listed here.
void expect_taken(const Function& f, const std::vector<std::size_t>& expected) {
  const auto program = compiled(f, "test", in_order(f)), plain = compiled(f, "test");
  const std::vector<Array> original = data_for(f, 3);
  const auto without = program->run(original), same = plain->run(original);
  std::vector<Array> in = clones(original);
  std::vector<const void*> memory;
  for (const Array& a : in) memory.push_back(a.raw());
  const auto with = program->run_taking(in);
  std::vector<std::size_t> taken;
  for (std::size_t k = 0; k < with.size(); ++k) {
    EXPECT_TRUE(identical(with[k], without[k])) << k;
    EXPECT_TRUE(identical(with[k], same[k])) << k;
    if (k >= in.size()) continue;
    if (with[k].raw() == memory[k]) taken.push_back(k);
    EXPECT_EQ(in[k].defined(), with[k].raw() != memory[k]) << k;
  }
  EXPECT_EQ(taken, expected);
}

TEST(InPlace, RowsAreSetInTheTable) {
  const Value table = input({5, 3}), ids = input({4}, DType::I64), rows = input({4, 3});
  const Value next = set_rows(table, ids, rows);
  expect_taken({"main", {table, ids, rows}, {next}}, {0});
  expect_taken({"main", {table, ids, rows}, {next, sum(table), gather(table, ids)}}, {0});
  expect_taken({"main", {table, ids, rows}, {set_rows(table, ids, gather(table, ids) * 2.0), sum(table)}}, {0});
  expect_taken({"main", {table, ids, rows}, {reshape(next, {3, 5})}}, {0});
}

TEST(InPlace, NotWhereTheOldOrTheNewValueIsNeeded) {
  const Value table = input({4, 3}), ids = input({4}, DType::I64), rows = input({4, 3});
  const Value next = set_rows(table, ids, rows);
  expect_taken({"main", {table, ids, rows}, {next, table}}, {});
  expect_taken({"main", {table, ids, rows}, {next, reshape(table, {12})}}, {});
  expect_taken({"main", {table, ids, rows}, {next, sum(exp(next))}}, {});
  expect_taken({"main", {table, ids, rows}, {set_rows(table, ids, table)}}, {});
  expect_taken({"main", {rows, ids, table}, {next}}, {});
  expect_taken({"main", {table, rows, ids}, {next, next}}, {0});
  expect_taken({"main", {rows, table, ids}, {next, next}}, {});  // the second is a view of the first
}

TEST(InPlace, ElementsAreChangedWhereTheyStand) {
  const Value a = input({37, 5}), b = input({37, 5}), row = input({5}), square = input({7, 7});
  const Value id = input({1}, DType::I64);
  expect_taken({"main", {a, row}, {exp(a) * row + 1.0}}, {0});
  expect_taken({"main", {a}, {reshape(a * 2.0, {5, 37})}}, {0});
  const Value line = input({1, 9});
  expect_taken({"main", {line}, {tanh(line)}}, {0});
  expect_taken({"main", {a, b}, {exp(a), sin(b)}}, {0, 1});
  expect_taken({"main", {a, b}, {exp(b), sin(b)}}, {0, 1});
  expect_taken({"main", {row, a}, {sum(a, {0})}}, {0});  // it is not read
  expect_taken({"main", {row, a}, {row + sum(a, {0})}}, {});
  expect_taken({"main", {square}, {square + transpose(square)}}, {});
  expect_taken({"main", {square}, {square * 2.0 + gather(square, constant<Value>(Array::from<i64>({0}, {1})))}}, {});
  expect_taken({"main", {a, row, id}, {a * 2.0 + gather(row, id)}}, {});  // it may fail half-way
}

TEST(InPlace, ReplacementsNameWhatIsThere) {
  const Value x = input({2}), y = input({2});
  const Function f{"step", {x, y}, {x + y, x - y}};
  const std::string expected = "there are 2 results and 2 parameters, each of which may be named once";
  for (const Replacements& wrong : {Replacements{{2, 0}}, {{0, 2}}, {{0, 0}, {0, 1}}, {{0, 1}, {1, 1}}})
    EXPECT_THAT(error_of([&] { compiled(f, "test", wrong); }), testing::HasSubstr(expected));
}

TEST(InPlace, OthersReadFirst) {
  // As an optimizer with momentum: the parameter's update reads the velocity, and is made first.
  const Value p = input({40}), v = input({40}), g = input({40});
  const Value next = v * 0.9 + g;
  expect_taken({"main", {v, p, g}, {next, p - next * 0.1}}, {0, 1});
  expect_taken({"main", {v, p, g}, {v * 0.9 + g, p - v * 0.1}}, {0, 1});
  // A circle: both read both, so that one of them needs memory of its own.
  const Value x = input({9}), y = input({9});
  expect_taken({"main", {x, y}, {x - y, x * y}}, {0});
}

/// A value made of one or two others, of the same type: most at their own places, some not.
Value mixed(Rng& rng, const Value& a, const Value& b, const Value& ids) {
  switch (rng.below(9)) {
    case 0: return a + b;
    case 1: return a * 0.5 - b;
    case 2: return tanh(a);
    case 3: return transpose(a) + b;
    case 4: return a - mean(b, {0});
    case 5: return set_rows(a, ids, gather(b, ids));
    case 6: return set_rows(a, ids, gather(a, ids) * 2.0);
    case 7: return reshape(reshape(a, {36}) * 2.0, {6, 6});
    default: return matmul(a, b) * 0.25;
  }
}

TEST(InPlace, RandomStepsGiveTheSameBits) {
  Rng rng(9);
  std::size_t taken = 0;
  for (int round = 0; round < 40; ++round) {
    Function f{"main", {}, {}};
    for (int k = 0; k < 4; ++k) f.parameters.push_back(input({6, 6}));
    const Value ids = input({3}, DType::I64);
    std::vector<Value> values = f.parameters;
    auto any = [&] { return values[rng.below(values.size())]; };
    for (int k = 0; k < 6; ++k) values.push_back(mixed(rng, any(), any(), ids));
    f.parameters.push_back(ids);
    for (std::size_t k = 0; k < 4; ++k)  // like an update of the parameter, or anything
      f.results.push_back(rng.below(3) > 0 ? mixed(rng, f.parameters[k], any(), ids) : any());
    const auto program = compiled(f, "test", in_order(f));
    std::vector<Array> in = data_for(f, static_cast<std::uint64_t>(round));
    const auto expected = compiled(f, "test")->run(in), given = program->run_taking(in);
    for (std::size_t k = 0; k < given.size(); ++k) ASSERT_TRUE(identical(given[k], expected[k])) << round << " " << k;
    taken += static_cast<std::size_t>(std::ranges::count_if(in, [](const Array& a) { return !a.defined(); }));
  }
  EXPECT_GT(taken, 30u);
}

TEST(InPlace, MemoryThatOthersHoldIsLeftAlone) {
  const Value table = input({5, 3}), ids = input({4}, DType::I64), rows = input({4, 3});
  const Function f{"main", {table, ids, rows}, {set_rows(table, ids, rows)}};
  const auto program = compiled(f, "test", in_order(f));
  const std::vector<Array> original = data_for(f, 4);
  std::vector<Array> in = clones(original);
  const Array held = in[0];
  const auto out = program->run_taking(in);
  EXPECT_TRUE(identical(held, original[0]));
  EXPECT_TRUE(in[0].defined());
  EXPECT_TRUE(identical(out[0], program->run(original)[0]));
  // Strided or unaligned memory is no output.
  std::vector<Array> part = clones(original);
  part[0] = Array(DType::F32, {6, 3}).sliced(0, 1, 6);
  const void* memory = part[0].raw();
  EXPECT_NE(program->run_taking(part)[0].raw(), memory);
}

TEST(InPlace, ErrorsLeaveAllInputsAsTheyAre) {
  const Value a = input({5, 3}), b = input({6, 3}), c = input({9}), ids = input({4}, DType::I64), rows = input({4, 3}),
              more = input({4}, DType::I64);
  const Function f{"main", {c, a, b, ids, more, rows}, {exp(c), set_rows(a, ids, rows), set_rows(b, more, rows)}};
  expect_taken(f, {0, 1, 2});
  const auto program = compiled(f, "test", in_order(f));
  std::vector<Array> in = data_for(f, 5);
  in[4].set(2, Number::of_int(6));
  const std::vector<Array> original = clones(in);
  EXPECT_EQ(
      error_of([&] { program->run_taking(in); }),
      "set_rows: positions[2] = 6 is out of range for dimension 0 of x, which is f32[6,3]; expected 0 to 5, or -1 for "
      "none; correct the data, or clip it");
  for (std::size_t k = 0; k < in.size(); ++k) EXPECT_TRUE(identical(in[k], original[k])) << k;
}

TEST(InPlace, StandsInTheCache) {
  const Value table = input({5, 3}), ids = input({4}, DType::I64), rows = input({4, 3});
  const Function f{"main", {table, ids, rows}, {set_rows(table, ids, rows)}};
  const runtime::ProgramData data = compiler().compile(f, in_order(f)),
                             again = deserialize("key", serialize("key", data));
  EXPECT_EQ(again.outputs[0].takes, std::optional<std::int32_t>(0));
}

TEST(InPlace, ProgramsThatLieAreRefused) {
  const Value table = input({5, 3}), ids = input({4}, DType::I64), rows = input({4, 3}), x = input({5, 3});
  const Function f{"main", {table, ids, rows, x}, {set_rows(table, ids, rows), cumsum(x, 0)}};
  auto refused = [&](auto&& change) {
    runtime::ProgramData p = compiler().compile(f, {{0, 0}});
    change(p);
    return error_of([&] { runtime::Program program(std::move(p)); });
  };
  EXPECT_EQ(refused([](auto&) {}), "");
  EXPECT_NE(refused([](auto& p) { p.outputs[0].takes = 3; }), "");
  EXPECT_NE(refused([](auto& p) { p.outputs[0].takes = 1; }), "");
  EXPECT_NE(refused([](auto& p) { p.outputs[0].takes = -1; }), "");
  EXPECT_NE(refused([](auto& p) { p.outputs[0].takes = 4; }), "");
  EXPECT_NE(refused([](auto& p) { p.outputs[1].takes = 0; }), "");
  EXPECT_NE(refused([](auto& p) { p.outputs[1].takes = 3; }), "");
  EXPECT_NE(refused([](auto& p) { std::swap(p.calls.front(), p.calls.back()); }), "");
  EXPECT_NE(refused([](auto& p) { p.outputs[1].alias = runtime::Buffer{runtime::Buffer::Where::Input, 0, 0}; }), "");
}

}  // namespace
}  // namespace tenon
