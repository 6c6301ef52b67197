// Data movement where memory ends: transpositions, strided lanes and stores past the caches, between pages that must
// not be touched.
#include <sys/mman.h>
#include <unistd.h>

#include "codegen/compile.h"
#include "codegen/testing.h"

namespace tenon::codegen {
namespace {

using namespace expr;
using testing::random_array;
using testing::targets;

/// Memory that ends, or begins, at a page without access.
class Fenced {
 public:
  Fenced(i64 bytes, bool at_end) : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    const auto size = static_cast<std::size_t>(bytes);
    inner_ = (std::max<std::size_t>(size, 1) + page_ - 1) / page_ * page_;
    base_ = static_cast<std::byte*>(mmap(nullptr, inner_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    expect(base_ != MAP_FAILED && mprotect(base_ + page_, inner_, PROT_READ | PROT_WRITE) == 0, "there is memory");
    data_ = base_ + page_ + (at_end ? inner_ - size : 0);
  }
  ~Fenced() { munmap(base_, inner_ + 2 * page_); }
  Fenced(const Fenced&) = delete;
  Fenced& operator=(const Fenced&) = delete;
  std::byte* data() const { return data_; }

 private:
  std::size_t page_, inner_ = 0;
  std::byte *base_ = nullptr, *data_ = nullptr;
};

/// For a processor with hardly any cache all arrays are large.
Processor without_caches(Processor p) {
  p.caches = {{1024, 8, 64, false}, {1024, 8, 64, false}};
  return p;
}

void check_fenced(const Expr& e, const std::vector<Array>& inputs, const Processor& target, double tolerance = 0) {
  KernelSource source{"kernel", e};
  const Compiled c = compile({&source, 1}, target);
  const auto object = runtime::Object::load(c.object);
  const KernelInfo& info = c.kernels.at(0);
  const Array want = evaluate(e, inputs);
  for (bool at_end : {false, true})
    for (i64 parts : {1, 3}) {
      Fenced out(want.bytes(), at_end);
      std::vector<std::unique_ptr<Fenced>> in;
      std::vector<void*> buffers{out.data()};
      for (const Array& a : inputs) {
        in.push_back(std::make_unique<Fenced>(a.bytes(), at_end));
        if (a.bytes() > 0) std::memcpy(in.back()->data(), a.raw(), static_cast<std::size_t>(a.bytes()));
        buffers.push_back(in.back()->data());
      }
      runtime::Fault fault;
      for (i64 k = 0; k < parts; ++k)
        EXPECT_EQ(
            object->find("kernel")(buffers.data(), info.extent * k / parts, info.extent * (k + 1) / parts, &fault), 0);
      Array got(want.type());
      if (got.bytes() > 0) std::memcpy(got.raw(), out.data(), static_cast<std::size_t>(got.bytes()));
      if (tolerance == 0)
        ASSERT_TRUE(identical(got, want))
            << info.schedule << " " << to_string(want.type().shape) << " of " << name_of(want.dtype());
      else
        ASSERT_LE(testing::relative_error(got, want, 1), tolerance) << info.schedule;
    }
}

TEST(Movement, TransposesEveryElementSize) {
  Rng rng(11);
  for (const Processor& p : targets())
    for (DType t : {DType::F32, DType::F64, DType::F16, DType::BF16, DType::U8, DType::I16, DType::I64, DType::Bool})
      for (auto [m, n] : {std::pair{16, 16}, {33, 70}, {64, 4}, {5, 131}, {257, 65}, {70, 1100}}) {
        Input a(0, {t, {m, n}});
        Index i("i", n), j("j", m);
        const Array x = random_array(rng, a.type(), -100, 100);
        check_fenced(compute({a.type()}, {i, j}, a(j, i)), {x}, p);
        check_fenced(compute({a.type()}, {i, j}, a(j, i)), {x}, without_caches(p));
      }
}

TEST(Movement, TransposesRandomShapesWithWorkOnTheWay) {
  Rng rng(12);
  for (int round = 0; round < 24; ++round) {
    const auto extent = [&] { return 1 + static_cast<i64>(rng.below(70)); };
    const i64 b = 1 + static_cast<i64>(rng.below(3)), m = extent(), n = extent();
    Input x(0, {DType::F32, {b, m, n}}), y(1, {DType::F32, {b, n, m}});
    Index k("k", b), i("i", n), j("j", m);
    const std::vector<Array> in{random_array(rng, x.type()), random_array(rng, y.type())};
    const Processor& p = round % 2 ? host_processor() : without_caches(host_processor());
    check_fenced(compute({x.type(), y.type()}, {k, i, j}, max(x(k, j, i), y(k, i, j)) * 2.0), in, p);
    check_fenced(compute({x.type()}, {k, i, j}, cast(DType::BF16, x(k, j, i))), {in[0]}, p);
    check_fenced(compute({x.type()}, {i, j, k}, x(k, j, i)), {in[0]}, p);
    check_fenced(compute({x.type()}, {j, k, i}, x(b - 1 - k, j, n - 1 - i)), {in[0]}, p);
  }
}

TEST(Movement, PicksLanesThatLieNear) {
  Rng rng(13);
  for (const Processor& p : targets())
    for (DType t : {DType::F32, DType::F64, DType::U8, DType::BF16})
      for (i64 stride : {2, 3, 4, 5})
        for (i64 n : {1, 7, 16, 40, 129}) {
          Input a(0, {t, {3, n * stride}}), narrow(0, {t, {n, stride}});
          Index i("i", 3), j("j", n), k("k", stride);
          check_fenced(compute({a.type()}, {i, j}, a(i, j * stride + (stride - 1))),
                       {random_array(rng, a.type(), -100, 100)}, p);
          check_fenced(compute({narrow.type()}, {k, j}, narrow(j, k)), {random_array(rng, narrow.type(), -100, 100)},
                       p);
        }
}

TEST(Movement, PicksLanesThatLieNearAndInside) {
  Rng rng(18);
  for (const Processor& p : targets())
    for (DType t : {DType::F32, DType::F64, DType::U8, DType::BF16})
      for (i64 stride : {2, 3, 4, 5})
        for (i64 n : {1, 16, 40})
          for (i64 shift : {-3, 2}) {
            Input a(0, {t, {3, n * stride}});
            Index i("i", 3), j("j", n + 2);
            check_fenced(compute({a.type()}, {i, j}, a.outside(1)(i, j * stride + shift)),
                         {random_array(rng, a.type(), -100, 100)}, p);
          }
}

TEST(Movement, SumsWindowsOfStridesAcrossTheEdge) {
  Rng rng(19);
  for (const Processor& p : targets())
    for (i64 stride : {1, 2, 3})
      for (i64 width : {5, 14, 33, 56}) {
        const i64 out = (width - 1) / stride + 1;
        const Type x{DType::F32, {3, width, width}}, w{DType::F32, {20, 3, 3, 3}};
        Input a(0, x), b(1, w);
        Index o("o", 20), y("y", out), z("z", out), c("c", 3), r("r", 3), s("s", 3);
        const Expr conv = compute(
            {x, w}, {o, y, z}, sum({c, r, s}, a.outside(0)(c, y * stride + r - 1, z * stride + s - 1) * b(o, c, r, s)));
        check_fenced(conv, {random_array(rng, x), random_array(rng, w)}, p, 1e-5);
      }
}

TEST(Movement, InterleavesWhatLiesBetweenLanes) {
  Rng rng(17);
  for (const Processor& p : targets())
    for (DType t : {DType::F32, DType::F64, DType::U8, DType::BF16})
      for (i64 stride : {2, 3, 4, 5})
        for (i64 n : {1, 7, 16, 33, 129}) {
          Input a(0, {t, {stride, n}}), once(0, {t, {n}});
          Index j("j", n), k("k", stride);
          const Array x = random_array(rng, a.type(), -100, 100);
          check_fenced(compute({a.type()}, {j, k}, a(k, j)), {x}, p);
          check_fenced(compute({a.type()}, {join(j, k)}, a(stride - 1 - k, j) * 2.0), {x}, p);
          check_fenced(compute({once.type()}, {join(j, k)}, once(j)), {random_array(rng, once.type(), -100, 100)}, p);
        }
}

TEST(Movement, StoresPastTheCaches) {
  Rng rng(14);
  for (const Processor& host : targets())
    for (DType t : {DType::F32, DType::F64, DType::BF16, DType::U8})
      for (i64 n : {1, 15, 64, 1000}) {
        const Processor p = without_caches(host);
        Input a(0, {t, {4, n}}), row(1, {t, {n}});
        Index i("i", 4), j("j", n);
        const std::vector<Array> in{random_array(rng, a.type(), -100, 100), random_array(rng, row.type(), -100, 100)};
        check_fenced(compute({a.type(), row.type()}, {i, j}, max(a(i, j), row(j))), in, p);
      }
}

TEST(Movement, PutsPartsSideBySide) {
  Rng rng(16);
  for (int round = 0; round < 30; ++round) {
    const auto extent = [&](std::uint64_t most) { return 1 + static_cast<i64>(rng.below(most)); };
    const i64 n = extent(4), c = extent(9), d = extent(9), m = extent(90), more = extent(90);
    Input x(0, {DType::F32, {n, c, m}}), y(1, {DType::F32, {n, d, m}}), z(1, {DType::F32, {n, c, more}});
    Index i("i", n), k("k", c), both("b", c + d), j("j", m), wide("w", m + more), low("l", m + 9);
    const Array a = random_array(rng, x.type()), b = random_array(rng, y.type()), e = random_array(rng, z.type());
    for (const Processor& p : {host_processor(), without_caches(host_processor())}) {
      const std::vector<Type> in{x.type(), y.type()};
      check_fenced(compute(in, {i, both, j}, where(both < Affine(c), x(i, both, j), y(i, both - c, j))), {a, b}, p);
      check_fenced(compute(in, {both, i, j}, where(both < Affine(c), x(i, both, j), y(i, both - c, j)) + 1.0), {a, b},
                   p);
      check_fenced(compute({x.type(), z.type()}, {i, k, wide},
                           where(wide < Affine(m), x(i, k, m - 1 - wide), z(i, k, wide - m))),
                   {a, e}, p);
      check_fenced(compute({x.type()}, {i, both, low}, x.outside(0.5)(i, both - d, 5 - low)), {a}, p);
      check_fenced(compute({x.type()}, {i, both, low}, x.outside(0.5)(i, c - 1 - both, low - 4)), {a}, p);
    }
  }
}

TEST(Movement, ReducesShortRows) {
  Rng rng(15);
  for (const Processor& p : targets())
    for (i64 width : {2, 3, 4, 8, 10, 16, 33})
      for (i64 rows : {1, 16, 100, 1003}) {
        Input a(0, {DType::F32, {rows, width}});
        Index i("i", rows), k("k", width);
        const Array x = random_array(rng, a.type());
        check_fenced(compute({a.type()}, {i}, sum({k}, a(i, k))), {x}, p, 1e-5);
        check_fenced(compute({a.type()}, {i}, argmax({k}, a(i, k))), {x}, p);
      }
}

}  // namespace
}  // namespace tenon::codegen
