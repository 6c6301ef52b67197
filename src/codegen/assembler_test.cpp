// Kernels of several stages and parts must compute what their expressions say one after another.
#include "codegen/assembler.h"

#include "base/error_of.h"
#include "codegen/testing.h"
#include "expr/rows.h"
#include "expr/text.h"
#include "loop/transform.h"

namespace tenon::codegen {
namespace {

using namespace expr;
using testing::random_array;
using testing::relative_error;
using testing::targets;

Type f32_type(Shape shape) { return {DType::F32, std::move(shape)}; }

/// Outputs of the kernel, the range in `pieces` calls. What must not be written stays untouched.
std::vector<Array> run(const KernelSource& source, const std::vector<Type>& outputs, const std::vector<Array>& inputs,
                       const Processor& target, i64 pieces) {
  Compiled compiled = compile({&source, 1}, target);
  auto object = runtime::Object::load(compiled.object);
  runtime::KernelFn fn = object->find(source.symbol);
  expect(fn != nullptr, "the compiled function is in the object");
  std::vector<Array> out;
  std::vector<void*> buffers;
  for (const Type& t : outputs) out.push_back(Array::full(t, Number(77.0)));
  for (Array& a : out) buffers.push_back(a.raw());
  for (const Array& a : inputs) buffers.push_back(const_cast<void*>(a.raw()));
  runtime::Fault fault;
  const i64 extent = compiled.kernels[0].extent;
  for (i64 k = 0; k < pieces; ++k)
    EXPECT_EQ(fn(buffers.data(), extent * k / pieces, extent * (k + 1) / pieces, &fault), 0);
  return out;
}

/// Values of the part's buffers by evaluating each stage.
std::vector<Array> evaluated(const Part& part, const std::vector<Array>& inputs) {
  std::vector<Array> buffers(static_cast<std::size_t>(part.outputs) + inputs.size() + part.stages.size());
  for (std::size_t k = 0; k < inputs.size(); ++k) buffers[static_cast<std::size_t>(part.outputs) + k] = inputs[k];
  for (const Stage& stage : part.stages) {
    std::vector<Array> args;
    for (std::int32_t k : stage.operands) args.push_back(buffers[static_cast<std::size_t>(k)]);
    buffers[static_cast<std::size_t>(stage.result)] = evaluate(stage.e, args);
  }
  buffers.resize(static_cast<std::size_t>(part.outputs));
  return buffers;
}

KernelSource one_part(Part part) {
  KernelSource source;
  source.symbol = "kernel";
  source.buffers.emplace_back();
  for (std::int32_t k = 0; k < part.outputs + part.operands; ++k) source.buffers[0].push_back(k);
  source.parts.push_back(std::move(part));
  return source;
}

/// x of rows by columns: its softmax, of which the largest and the sum are temporaries and exp(x - largest) is one too.
Part softmax_part(const Shape& rows, i64 columns) {
  Shape whole = rows;
  whole.push_back(columns);
  std::vector<Index> i = indices(rows);
  const Index j("j", columns);
  std::vector<Index> all = i;
  all.push_back(j);
  const Type x = f32_type(whole), per_row = f32_type(rows);
  const Input a(0, x), b(1, per_row);
  const auto varying = std::ranges::count_if(rows, [](Dim d) { return d != 1; });
  Part part{{}, static_cast<std::int32_t>(varying), 1, 1};
  part.stages.push_back({compute({x}, dims(i), max({j}, a(ats(all)))), {1}, 2});
  part.stages.push_back({compute({x, per_row}, dims(all), exp(a(ats(all)) - b(ats(i)))), {1, 2}, 3});
  part.stages.push_back({compute({x}, dims(i), sum({j}, a(ats(all)))), {3}, 4});
  part.stages.push_back({compute({x, per_row}, dims(all), a(ats(all)) / b(ats(i))), {3, 4}, 0});
  return part;
}

TEST(Assembler, StagesPassRowsOnThroughTemporaries) {
  Rng rng(1);
  for (const Processor& target : targets())
    for (const auto& [rows, columns] : std::vector<std::pair<Shape, i64>>{
             {{1}, 5}, {{1}, 1000}, {{7}, 10}, {{64}, 100}, {{129}, 33}, {{3, 5}, 17}, {{2, 1, 3}, 4}, {{1000}, 1}}) {
      const Part part = softmax_part(rows, columns);
      const std::vector<Array> in{random_array(rng, part.stages[0].e.in[0], -5, 5)};
      const auto want = evaluated(part, in);
      const auto got = run(one_part(part), {want[0].type()}, in, target, 1);
      EXPECT_LE(relative_error(got[0], want[0], 1e-3), 1e-5) << to_string(want[0].type());
      EXPECT_TRUE(identical(got[0], run(one_part(part), {want[0].type()}, in, target, 3)[0]));
    }
}

// The mask has no second row index, so the rows cannot be joined into one.
TEST(Assembler, RowsOfSeveralIndicesThatSomeOperandLacks) {
  Rng rng(2);
  const Type x = f32_type({3, 4, 37}), mask = f32_type({3, 37}), row = f32_type({3, 4});
  const Index i("i", 3), j("j", 4), k("k", 37);
  const Input a(0, x), m(1, mask), r(1, row), s(2, mask);
  for (const Processor& target : targets()) {
    Part part{{}, 2, 2, 2};
    part.stages.push_back({compute({x, mask}, {i, j}, sum({k}, a(i, j, k) * m(i, k))), {2, 3}, 1});
    part.stages.push_back({compute({x, row, mask}, {i, j, k}, a(i, j, k) - r(i, j) * s(i, k)), {2, 1, 3}, 0});
    const std::vector<Array> in{random_array(rng, x), random_array(rng, mask)};
    const auto want = evaluated(part, in);
    const auto got = run(one_part(part), {x, row}, in, target, 2);
    for (std::size_t o = 0; o < 2; ++o) EXPECT_LE(relative_error(got[o], want[o], 1), 1e-5) << o;
  }
}

TEST(Assembler, PartsSideBySideShareTheRangeAndEqualOnesTheirCode) {
  Rng rng(3);
  const Index i("i", 1000), j("j", 7), k("k", 3);
  auto scaled = [](const Index& n, i64 extent) {
    const Input a(0, f32_type({extent})), b(1, f32_type({extent}));
    return compute({a.type(), b.type()}, {n}, a(n) - b(n) * 0.5);
  };
  KernelSource source;
  source.symbol = "kernel";
  std::vector<Array> in;
  std::vector<Type> out;
  for (const auto& [index, extent] : {std::pair{i, i64{1000}}, {j, i64{7}}, {i, i64{1000}}, {k, i64{3}}}) {
    KernelSource one("", scaled(index, extent));
    source.parts.push_back(one.parts[0]);
    out.push_back(f32_type({extent}));
    in.push_back(random_array(rng, out.back()));
    in.push_back(random_array(rng, out.back()));
  }
  source.parts[3].stages[0].operands = {2, 1};  // in another order than the part's
  for (std::int32_t p = 0; p < 4; ++p) source.buffers.push_back({p, 4 + 2 * p, 5 + 2 * p});
  for (const Processor& target : targets())
    for (i64 pieces : {1, 2, 5}) {
      const auto got = run(source, out, in, target, pieces);
      for (std::size_t p = 0; p < 4; ++p)
        EXPECT_TRUE(identical(got[p], evaluated(source.parts[p], {in[2 * p], in[2 * p + 1]})[0])) << p;
    }
  const Stages text = stages(source);
  EXPECT_NE(text.llvm.find("@part_2("), std::string::npos);
  EXPECT_EQ(text.llvm.find("@part_3("), std::string::npos);
}

/// One stage that makes t, and one that reads it at places that belong to its own row or do not.
Part two_random_stages(Rng& rng) {
  const auto pick = [&](int low, int high) {
    return low + static_cast<int>(rng.below(static_cast<std::uint64_t>(high - low + 1)));
  };
  const i64 rows = pick(17, 40), m = pick(1, 5), n = pick(1, 6);
  const Index i("i", rows), j("j", m), l("l", n), k("k", m), r("r", 3);
  const Type whole = f32_type({rows, m, n}), ids{DType::I64, {m}};
  const Input x(0, whole), t(0, whole), other(1, whole), at(2, ids);
  Part part{{}, 1, 1, 3};
  part.stages.push_back({compute({whole}, {i, j, l}, x(i, j, l) * 1.5 + 0.25), {1}, 4});
  const std::vector<At> row{i, i, i, i, i, Affine(i) + pick(-1, 1), Affine(rows - 1) - i, j};
  const std::vector<At> second{j, Affine(j) + pick(-1, 1), Affine(j) * 2 + Affine(r) - 1, at(j), k, Affine(m - 1) - j};
  const std::vector<At> third{l, Affine(l) + pick(-1, 1), Affine(l) + Affine(r) - 1, Affine(n - 1) - l};
  const At& p = row[rng.below(row.size())];
  const At &q = second[rng.below(second.size())], &s = third[rng.below(third.size())];
  Scalar v = q.has_data ? t(p.affine.terms.size() == 1 && p.affine == Affine(i) ? At(i) : At(0), q, l)
                        : t.outside(0.5)(p, q, s);
  if (pick(0, 3) == 0) v = where(Affine(j) < Affine(1), v, t.outside(1)(i, Affine(j) - 1, l));
  if (pick(0, 3) == 0) v = where(Affine(l) < Affine(1), other(i, j, l), t(i, j, Affine(l) - 1));
  part.stages.push_back({compute({whole, whole, ids}, {i, j, l}, sum({r, k}, v) + other(i, j, l)), {4, 2, 3}, 0});
  return part;
}

TEST(Assembler, RandomStagesAreFusedAndComputeTheSameOrAreRefused) {
  Rng rng(4);
  int fused = 0, refused = 0;
  for (int round = 0; round < 300; ++round) {
    Part part = two_random_stages(rng);
    part.rows = 1;
    std::vector<loop::Nest> nests{loop::lower(part.stages[0].e), loop::lower(part.stages[1].e)};
    const std::vector<loop::Values> values{{4, {1}}, {0, {4, 2, 3}}};
    const std::string refusal = error_of([&] { loop::fuse(nests, values, 1, 2); });
    const std::vector<RowStage> stages{{&part.stages[0].e, {0}}, {&part.stages[1].e, {1, 0, 0}}};
    EXPECT_TRUE(refusal.empty() || common_rows(stages) == 0) << refusal << "\n" << to_text(part.stages[1].e);
    if (!refusal.empty()) {
      EXPECT_NE(refusal.find("stage 2 reads it as in0 at"), std::string::npos) << refusal;
      ++refused;
      continue;
    }
    ++fused;
    const std::vector<Array> in{random_array(rng, part.stages[0].e.in[0]), random_array(rng, part.stages[1].e.in[1]),
                                random_array(rng, part.stages[1].e.in[2], 0, 0)};
    const auto want = evaluated(part, in);
    const auto got = run(one_part(part), {want[0].type()}, in, host_processor(), 2);
    ASSERT_LE(relative_error(got[0], want[0], 1), 1e-5) << to_text(part.stages[1].e);
  }
  EXPECT_GT(fused, 100);
  EXPECT_GT(refused, 50);
}

TEST(Assembler, StagesThatReadOtherRowsAreRefused) {
  const Type x = f32_type({20, 30});
  const Index i("i", 20), j("j", 30);
  const Input a(0, x);
  Part part{{}, 1, 1, 1};
  part.stages.push_back({compute({x}, {i, j}, -a(i, j)), {1}, 2});
  part.stages.push_back({compute({x}, {i, j}, a.outside(0)(i + 1, j)), {2}, 0});
  const KernelSource source = one_part(part);
  EXPECT_EQ(error_of([&] { compile({&source, 1}); }),
            "fuse over i: stage 2 reads it as in0 at 30*i + j + 30, but stage 1 writes it at 30*i + j, and 30 to 59 "
            "elements from the start of a row of 30 lie in one that a later trip of i writes");
}

TEST(Assembler, AFaultNamesTheOperandOfTheKernel) {
  const Type table = f32_type({4, 5}), ids{DType::I64, {6}}, row = f32_type({6});
  const Index i("i", 6), k("k", 5);
  const Input t(0, table), n(1, ids), picked(0, f32_type({6, 5})), s(1, row);
  Part part{{}, 1, 1, 2};
  part.stages.push_back({compute({table, ids}, {i, k}, t(n(i), k)), {2, 1}, 3});
  part.stages.push_back({compute({picked.type()}, {i}, sum({k}, picked(i, k))), {3}, 0});
  const KernelSource source = one_part(part);
  Compiled compiled = compile({&source, 1});
  auto object = runtime::Object::load(compiled.object);
  Array out(row), index(ids), values = Array::full(table, Number(1.0));
  for (i64 p = 0; p < 6; ++p) index.set(p, Number::of_int(p == 4 ? 9 : 1));
  void* buffers[] = {out.raw(), index.raw(), values.raw()};
  runtime::Fault fault;
  EXPECT_EQ(object->find("kernel")(buffers, 0, compiled.kernels[0].extent, &fault), 1);
  EXPECT_EQ(fault.operand, 1);
  EXPECT_EQ(fault.index, 9);
  EXPECT_EQ(fault.extent, 4);
}

}  // namespace
}  // namespace tenon::codegen
