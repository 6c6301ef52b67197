// Nests that were transformed by hand or at random must compute what the expression says.
#include "codegen/kernel.h"

#include <numeric>

#include "codegen/target.h"
#include "codegen/testing.h"
#include "loop/transform.h"
#include "schedule/schedule.h"

namespace tenon::codegen {
namespace {

using namespace expr;
using testing::random_array;
using testing::relative_error;

Array run(const loop::Nest& nest, const Expr& e, const std::vector<Array>& inputs) {
  llvm::LLVMContext context;
  llvm::Module module("test", context);
  set_target(module, host_processor());
  Code code(module, host_processor());
  Frame frame = open_frame(code, "kernel", true, static_cast<std::int32_t>(inputs.size()) + 1);
  std::vector<std::int32_t> numbers(inputs.size() + 1);
  std::iota(numbers.begin(), numbers.end(), 0);
  Kernel(code, nest, frame).emit(numbers, 1);
  close_frame(code, frame);
  auto object = runtime::Object::load(to_object(module, host_processor()));
  Array out = Array::full(e.type(), Number(77.0));
  std::vector<void*> buffers{out.raw()};
  for (const Array& a : inputs) buffers.push_back(const_cast<void*>(a.raw()));
  buffers.push_back(runtime::scratch(frame.scratch_bytes));
  runtime::Fault fault;
  bool parallel = !nest.loops.empty() && nest.loops[0].kind == loop::LoopKind::Parallel;
  const i64 trips = parallel ? nest.loops[0].trips : 1;
  for (i64 k = 0; k < trips; k += 2)
    EXPECT_EQ(object->find("kernel")(buffers.data(), k, std::min(k + 2, trips), &fault), 0);
  return out;
}

/// A copy at any loop, along the loops inside over which the value varies, in any order.
void pack_at_random(loop::Nest& nest, loop::NodeId value, Rng& rng) {
  const std::size_t home = rng.below(nest.loops.size());
  const std::uint64_t varies = loop::dependences(nest)[static_cast<std::size_t>(value)];
  std::vector<std::string> layout;
  for (std::size_t k = home + 1; k < nest.loops.size(); ++k)
    if (varies >> nest.loops[k].index & 1)
      layout.insert(layout.begin() + static_cast<std::ptrdiff_t>(rng.below(layout.size() + 1)), nest.loops[k].name);
  loop::pack(nest, value, nest.loops[home].name, layout, static_cast<Dim>(rng.below(3)));
  loop::check(nest);
}

/// Parts of several loops, named after the round, just inside of any of them.
void tile_at_random(loop::Nest& nest, int round, Rng& rng) {
  std::vector<loop::TilePart> parts;
  for (const loop::Loop& l : nest.loops)
    if (rng.below(2))
      parts.push_back({l.name, 1 + static_cast<Dim>(rng.below(5)), fmt::format("{}.{}", l.name, round)});
  if (parts.size() > 1 && rng.below(2)) std::swap(parts[0], parts[1]);
  loop::tile(nest, parts, rng.below(2) ? nest.loops[rng.below(nest.loops.size())].name : "");
}

/// Any value of the nest, to any loop or to the outside of all.
void hoist_at_random(loop::Nest& nest, Rng& rng) {
  const auto value = static_cast<loop::NodeId>(rng.below(nest.nodes.size()));
  loop::hoist(nest, value, rng.below(3) ? nest.loops[rng.below(nest.loops.size())].name : "");
  loop::check(nest);
}

/// A few random steps that are legal, then a tile and perhaps threads.
void transform_at_random(loop::Nest& nest, Rng& rng) {
  if (rng.below(2)) loop::collapse(nest);
  const bool blocks = rng.below(2);
  auto attempt = [&](auto&& step) {
    loop::Nest before = nest;
    try {
      step();
    } catch (const Error&) {
      nest = before;
    }
  };
  auto any = [&] { return nest.loops[rng.below(nest.loops.size())].name; };
  for (int k = 0; k < 6; ++k) {
    if (nest.loops.empty()) break;
    switch (rng.below(5)) {
      case 0: attempt([&] { tile_at_random(nest, k, rng); }); break;
      case 1:
      case 2:
        attempt([&] { loop::split(nest, any(), 1 + static_cast<Dim>(rng.below(9)), "s" + std::to_string(k)); });
        break;
      default: attempt([&] { loop::interchange(nest, any(), rng.below(4) ? any() : ""); });
    }
    if (rng.below(8) == 0) attempt([&] { hoist_at_random(nest, rng); });
  }
  if (nest.loops.empty()) return;
  if (rng.below(2)) {
    std::string name = any();
    attempt([&] {
      loop::split(nest, name, Dim{2} << rng.below(3), "lanes");
      if (nest.loops.back().name != "lanes") loop::interchange(nest, "lanes", nest.loops.back().name);
      loop::vectorize(nest, "lanes");
    });
  }
  for (std::size_t k = nest.loops.size(); k-- > 0;) {
    // Loops over parallel indices inside of reductions have to be unrolled.
    bool inside = !blocks && nest.is_parallel(nest.loops[k].index) &&
                  std::ranges::any_of(nest.loops.begin(), nest.loops.begin() + static_cast<std::ptrdiff_t>(k),
                                      [&](const loop::Loop& l) { return !nest.is_parallel(l.index); });
    if (inside || rng.below(3) == 0) attempt([&] { loop::unroll(nest, nest.loops[k].name); });
  }
  if (rng.below(2)) attempt([&] { loop::parallelize(nest, nest.loops[0].name); });
  for (int k = 0; k < 3; ++k)
    if (rng.below(2)) attempt([&] { hoist_at_random(nest, rng); });
  if (rng.below(2)) attempt([&] { loop::promote(nest, rng.below(2) ? any() : ""); });
  const auto factors = nest.node(nest.body).args;
  for (loop::NodeId value : factors)
    if (nest.reduces() && rng.below(2)) attempt([&] { pack_at_random(nest, value, rng); });
}

TEST(Kernel, RandomSchedulesComputeTheSame) {
  Rng rng(777);
  Input a(0, {DType::F32, {6, 11}}), b(1, {DType::F32, {11, 7}}), c(2, {DType::F32, {6, 7}});
  Input ids(3, {DType::I64, {6}});
  Index i("i", 6), j("j", 7), k("k", 11), p("p", 9), r("r", 3), s("s", 2);
  std::vector<Type> in{a.type(), b.type(), c.type(), ids.type()};
  std::vector<Expr> cases{
      compute(in, {i, j}, c(i, j) * 2.0 + a(i, j)),
      compute(in, {i, j}, sum({k}, a(i, k) * b(k, j)) + c(i, j)),
      compute(in, {i, p}, sum({r, s}, a(i, p + r) * b(r, s))),
      compute(in, {i, j}, sum({r}, a.outside(0)(i, j * 2 + r - 2) * b(r, j))),
      compute(in, {j}, max({k}, b(k, j))),
      compute(in, {i}, argmax({k}, a(i, k))),
      compute(in, {}, sum({i, j}, c(i, j))),
      compute(in, {j, i}, where(c(i, j) > 0, a(i, j), b(i, j))),
      compute(in, {i, j}, exp(b(3, j)) * c(i, j) + sqrt(abs(a(i, 2)))),
      compute(in, {i, j}, sum({k}, exp(a(i, 1)) * b(k, j) * a(i, k)) + exp(b(0, j))),
      compute(in, {k, j}, sum({i}, where(equals(ids(i), k), c(i, j), 0))),
  };
  int used = 0;
  int copied = 0, in_blocks = 0, hoisted = 0, promoted = 0;
  for (int round = 0; round < 1100; ++round) {
    const Expr& e = cases[static_cast<std::size_t>(round) % cases.size()];
    loop::Nest nest = loop::lower(e);
    transform_at_random(nest, rng);
    try {
      loop::check(nest);
    } catch (const Error&) {
      continue;
    }
    ++used, copied += !nest.packs.empty(), in_blocks += nest.reduces_in_blocks();
    hoisted += !nest.hoists.empty(), promoted += nest.promoted.has_value();
    std::vector<Array> inputs;
    for (const Type& t : e.in) inputs.push_back(random_array(rng, t, t.dtype == DType::I64 ? 0 : -1, 2));
    Array got;
    ASSERT_NO_THROW(got = run(nest, e, inputs)) << loop::to_text(nest);
    ASSERT_LE(relative_error(got, evaluate(e, inputs), 1), 1e-5) << loop::to_text(nest);
  }
  EXPECT_GT(used, 300);
  EXPECT_GT(copied, 40);
  EXPECT_GT(in_blocks, 20);
  EXPECT_GT(hoisted, 100);
  EXPECT_GT(promoted, 50);
}

TEST(Kernel, StagesThatWereFusedAndDividedAgainComputeTheSame) {
  Rng rng(3);
  for (const Dim block : {1, 3, 7}) {
    const Input x(0, {DType::F32, {20, 13}}), y(1, {DType::F32, {20}});
    const Index i("i", 20), j("j", 13), k("k", 13);
    const Expr largest = compute({x.type()}, {i}, max({k}, x(i, k)));
    const Expr less = compute({x.type(), y.type()}, {i, j}, exp(x(i, j) - y(i)));
    std::vector<loop::Nest> nests{loop::lower(largest), loop::lower(less)};
    const std::vector<loop::Values> values{{2, {1}}, {0, {1, 2}}};
    loop::fuse(nests, values, 1, block);
    for (loop::Nest& nest : nests) nest = schedule::apply(nest, schedule::choose_in_block(nest, host_processor()));
    const std::vector<char> places(3, 1);
    loop::fission(nests, values, places);
    for (loop::Nest& nest : nests) loop::parallelize(nest, nest.loops[0].name);
    const Array in = random_array(rng, x.type());
    const Array first = run(nests[0], largest, {in}), second = run(nests[1], less, {in, first});
    EXPECT_TRUE(identical(first, evaluate(largest, std::vector<Array>{in})));
    EXPECT_LE(relative_error(second, evaluate(less, std::vector<Array>{in, first}), 1e-3), 1e-5)
        << loop::to_text(nests[1]);
  }
}

TEST(Kernel, NaiveLoopsGiveTheInterpretersBits) {
  Rng rng(2);
  Input a(0, {DType::F32, {5, 9}}), b(1, {DType::F32, {9, 4}});
  Index i("i", 5), j("j", 4), k("k", 9);
  Expr e = compute({a.type(), b.type()}, {i, j}, max({k}, a(i, k) - b(k, j)));
  std::vector<Array> inputs{random_array(rng, a.type()), random_array(rng, b.type())};
  EXPECT_TRUE(identical(run(loop::lower(e), e, inputs), evaluate(e, inputs)));
}

}  // namespace
}  // namespace tenon::codegen
