#include "codegen/compile.h"

#include "codegen/testing.h"

namespace tenon::codegen {
namespace {

using namespace expr;
using testing::check;
using testing::random_array;
using testing::Runner;
using testing::targets;

// Sums of a few hundred products of numbers in [-1, 1], in another order than the reference: error relative to 1.
constexpr double kSumTolerance = 1e-5;

Type f32(Shape shape) { return {DType::F32, std::move(shape)}; }

TEST(Compile, ElementwiseWithBroadcast) {
  Rng rng(1);
  for (const Processor& p : targets())
    for (auto shape : {Shape{}, Shape{1}, Shape{7}, Shape{128, 10}, Shape{3, 5, 33}, Shape{1000}, Shape{2, 0, 3}}) {
      Input a(0, f32(shape)), b(1, f32(shape.empty() ? Shape{} : Shape{shape.back()}));
      std::vector<Index> i = indices(shape);
      Scalar other = shape.empty() ? b() : b(i.back());
      Expr e = compute({a.type(), b.type()}, dims(i), a(ats(i)) * 2.0 + other);
      check(e, {random_array(rng, a.type()), random_array(rng, b.type())}, 0, 1, p);
    }
}

TEST(Compile, Transposes) {
  Rng rng(2);
  for (const Processor& p : targets())
    for (auto [m, n] : {std::pair{1, 5}, {16, 16}, {17, 40}, {100, 3}, {64, 128}})
      for (DType t : {DType::F32, DType::F64, DType::I8, DType::BF16}) {
        Input a(0, {t, {m, n}});
        Index i("i", n), j("j", m);
        check(compute({a.type()}, {i, j}, a(j, i)), {random_array(rng, a.type(), -100, 100)}, 0, 1, p);
      }
}

TEST(Compile, SlicesFlipsPadsAndConcatenates) {
  Rng rng(3);
  for (const Processor& p : targets()) {
    Input x(0, f32({6, 50})), y(1, f32({6, 9}));
    Array a = random_array(rng, x.type()), b = random_array(rng, y.type());
    Index i("i", 6), j("j", 50), half("h", 25), wide("w", 70), both("b", 59), small("s", 12);
    check(compute({x.type()}, {i, half}, x(i, half * 2)), {a}, 0, 1, p);
    check(compute({x.type()}, {i, half}, x(5 - i, half * 2 + 1)), {a}, 0, 1, p);
    check(compute({x.type()}, {i, j}, x(i, 49 - j)), {a}, 0, 1, p);
    check(compute({x.type()}, {i, wide}, x.outside(-3)(i, wide - 7)), {a}, 0, 1, p);
    check(compute({x.type()}, {small, wide}, x.outside(1.5)(small - 3, wide - 7)), {a}, 0, 1, p);
    check(compute({x.type()}, {i, wide}, x.outside(0)(i, exact_div(wide - 3, 2))), {a}, 0, 1, p);
    check(compute({x.type(), y.type()}, {i, both}, where(both < Affine(50), x(i, both), y(i, both - 50))), {a, b}, 0, 1,
          p);
    check(compute({x.type()}, {i, wide},
                  where(wide < Affine(4), x(i, 4 - wide), where(wide < Affine(54), x(i, wide - 4), x(i, 102 - wide)))),
          {a}, 0, 1, p);
  }
}

TEST(Compile, JoinsOutputDimensions) {
  Rng rng(4);
  Input x(0, f32({4, 3, 5, 7}));
  Index c("c", 4), n("n", 3), p("p", 5), q("q", 7), r("r", 2), s("s", 2);
  check(compute({x.type()}, {n, join(p, r), join(q, s)}, x(2 * r + s, n, p, q)), {random_array(rng, x.type())});
}

TEST(Compile, ReducesAlongEveryAxis) {
  Rng rng(5);
  for (const Processor& p : targets())
    for (DType t : {DType::F32, DType::F64, DType::I32, DType::I8})
      for (auto [rows, columns] : {std::pair{128, 10}, {10, 128}, {1, 1000}, {33, 65}, {5, 1}}) {
        Input a(0, {t, {rows, columns}});
        Index i("i", rows), j("j", columns);
        Array x = random_array(rng, a.type(), -3, 3);
        for (Reducer r : {Reducer::Sum, Reducer::Max, Reducer::Min, Reducer::ArgMax, Reducer::ArgMin}) {
          double tolerance = r == Reducer::Sum && is_float(t) ? 4 * kSumTolerance : 0;
          check(compute({a.type()}, {i}, reduce(r, {j}, a(i, j))), {x}, tolerance, 1, p);
          check(compute({a.type()}, {j}, reduce(r, {i}, a(i, j))), {x}, tolerance, 1, p);
          check(compute({a.type()}, {}, reduce(r, {i, j}, a(i, j))), {x}, tolerance, 1, p);
          check(compute({a.type()}, {}, reduce(r, {j, i}, a(i, j))), {x}, tolerance, 1, p);
        }
      }
}

TEST(Compile, MultipliesAllElements) {
  Rng rng(6);
  Input a(0, f32({9, 40}));
  Index i("i", 9), j("j", 40);
  Array x = random_array(rng, a.type(), 0.9, 1.1);
  check(compute({a.type()}, {i}, prod({j}, a(i, j))), {x}, kSumTolerance);
  check(compute({a.type()}, {j}, prod({i}, a(i, j))), {x}, kSumTolerance);
}

TEST(Compile, ReducesNothingToTheIdentity) {
  for (DType t : {DType::F32, DType::I16}) {
    Input a(0, {t, {3, 0}});
    Index i("i", 3), j("j", 0);
    for (Reducer r : {Reducer::Sum, Reducer::Prod, Reducer::Max, Reducer::ArgMin})
      check(compute({a.type()}, {i}, reduce(r, {j}, a(i, j))), {Array(a.type())});
  }
}

TEST(Compile, ReducesTruthValues) {
  Rng rng(7);
  Input a(0, {DType::Bool, {20, 37}});
  Index i("i", 20), j("j", 37);
  Array x = random_array(rng, a.type(), 0, 2);
  for (i64 k = 0; k < 37; ++k) x.set(37 * 3 + k, Number::of_int(0)), x.set(37 * 4 + k, Number::of_int(1));
  check(compute({a.type()}, {i}, max({j}, a(i, j))), {x});
  check(compute({a.type()}, {i}, min({j}, a(i, j))), {x});
  check(compute({a.type()}, {j}, sum({i}, a(i, j))), {x});
}

TEST(Compile, NanWinsInExtremesAndTheFirstOneInPositions) {
  double nan = std::nan("");
  Input a(0, f32({4, 40}));
  Index i("i", 4), j("j", 40);
  Array x = Array::full(a.type(), Number(1.0));
  x.set(20, nan);
  x.set(35, nan);
  x.set(40 + 7, 2.0);
  x.set(40 + 31, 2.0);
  for (i64 k = 0; k < 40; ++k) x.set(80 + k, -kInfinity);
  x.set(120 + 39, nan);
  for (const Processor& p : targets())
    for (Reducer r : {Reducer::Max, Reducer::Min, Reducer::ArgMax, Reducer::ArgMin}) {
      check(compute({a.type()}, {i}, reduce(r, {j}, a(i, j))), {x}, 0, 1, p);
      check(compute({a.type()}, {j}, reduce(r, {i}, a(i, j))), {x}, 0, 1, p);
    }
  Expr e = compute({a.type()}, {i}, argmax({j}, a(i, j)));
  Array got = Runner(e).run({x});
  EXPECT_EQ(got.at(0).i, 20);
  EXPECT_EQ(got.at(1).i, 7);
  EXPECT_EQ(got.at(2).i, 0);
  EXPECT_EQ(got.at(3).i, 39);
}

Expr matmul(i64 m, i64 n, i64 k, bool ta, bool tb, DType t = DType::F32) {
  Input a(0, {t, ta ? Shape{k, m} : Shape{m, k}}), b(1, {t, tb ? Shape{n, k} : Shape{k, n}});
  Index i("i", m), j("j", n), l("l", k);
  return compute({a.type(), b.type()}, {i, j}, sum({l}, (ta ? a(l, i) : a(i, l)) * (tb ? b(j, l) : b(l, j))));
}

TEST(Compile, MultipliesMatricesOfAnySizeAndLayout) {
  Rng rng(8);
  std::vector<std::array<int, 3>> sizes{{1, 1, 1},    {1, 37, 5},   {37, 1, 5},    {5, 7, 1},
                                        {13, 33, 20}, {28, 64, 31}, {30, 100, 17}, {128, 10, 32}};
  for (int k = 0; k < 12; ++k)
    sizes.push_back({1 + static_cast<int>(rng.below(37)), 1 + static_cast<int>(rng.below(37)),
                     1 + static_cast<int>(rng.below(37))});
  for (const Processor& p : targets())
    for (auto [m, n, k] : sizes)
      for (bool ta : {false, true})
        for (bool tb : {false, true}) {
          Expr e = matmul(m, n, k, ta, tb);
          check(e, {random_array(rng, e.in[0]), random_array(rng, e.in[1])}, kSumTolerance, 1, p);
        }
}

TEST(Compile, MultipliesMatricesOfOtherTypes) {
  Rng rng(9);
  for (const Processor& p : targets())
    for (DType t : {DType::F64, DType::I32, DType::I64, DType::U8}) {
      Expr e = matmul(19, 33, 40, false, false, t);
      check(e, {random_array(rng, e.in[0], -100, 100), random_array(rng, e.in[1], -100, 100)},
            t == DType::F64 ? 1e-10 : 0, 1, p);
    }
}

TEST(Compile, AccumulatesNarrowFloatsInF32) {
  Rng rng(10);
  for (const Processor& p : targets())
    for (DType t : {DType::BF16, DType::F16}) {
      Input a(0, {t, {20, 64}}), b(1, {t, {64, 33}});
      Index i("i", 20), j("j", 33), k("k", 64);
      Expr e = compute({a.type(), b.type()}, {i, j},
                       cast(t, sum({k}, cast(DType::F32, a(i, k)) * cast(DType::F32, b(k, j)))));
      // One rounding of the result may fall to the other side.
      check(e, {random_array(rng, a.type()), random_array(rng, b.type())}, 0x1p-7, 1, p);
    }
}

TEST(Compile, BatchedMatrixProductsWithEpilogue) {
  Rng rng(11);
  for (const Processor& p : targets()) {
    Input a(0, f32({3, 17, 20})), b(1, f32({3, 20, 29})), c(2, f32({29}));
    Index g("g", 3), i("i", 17), j("j", 29), k("k", 20);
    Expr e = compute({a.type(), b.type(), c.type()}, {g, i, j}, max(sum({k}, a(g, i, k) * b(g, k, j)) + c(j), 0.0));
    check(e, {random_array(rng, a.type()), random_array(rng, b.type()), random_array(rng, c.type())}, kSumTolerance, 1,
          p);
  }
}

struct Window {
  i64 stride, pad, dilation;
};

TEST(Compile, ConvolvesInTwoDimensions) {
  Rng rng(12);
  for (const Processor& p : targets())
    for (Window w : {Window{1, 0, 1}, Window{1, 1, 1}, Window{2, 1, 1}, Window{1, 2, 2}, Window{2, 3, 2}}) {
      i64 size = 14, kernel = 3, out = (size + 2 * w.pad - w.dilation * (kernel - 1) - 1) / w.stride + 1;
      Input x(0, f32({2, 4, size, size})), f(1, f32({6, 4, kernel, kernel}));
      Index n("n", 2), k("k", 6), i("i", out), j("j", out), c("c", 4), r("r", kernel), s("s", kernel);
      auto at = [&](const Index& o, const Index& t) { return o * w.stride + t * w.dilation - w.pad; };
      Expr e = compute({x.type(), f.type()}, {n, k, i, j},
                       sum({c, r, s}, x.outside(0)(n, c, at(i, r), at(j, s)) * f(k, c, r, s)));
      Array a = random_array(rng, x.type()), b = random_array(rng, f.type());
      check(e, {a, b}, kSumTolerance, 1, p);
      Array seed = random_array(rng, e.type()), unused = Array::full({DType::I64, e.type().shape}, Number::of_int(0));
      for (int operand : {0, 1})
        for (const GradientTerm& t : gradient(e, operand))
          check(t.e, {a, b, seed, seed, unused}, 4 * kSumTolerance, 1, p);
      Expr pool = compute({x.type()}, {n, c, i, j}, max({r, s}, x.outside(-kInfinity)(n, c, at(i, r), at(j, s))));
      check(pool, {a}, 0, 1, p);
      check(arg_of(pool), {a}, 0, 1, p);
    }
}

TEST(Compile, GathersRowsAndElements) {
  Rng rng(13);
  for (const Processor& p : targets())
    for (DType t : {DType::I64, DType::I32, DType::U8}) {
      Input table(0, f32({11, 19})), ids(1, {t, {40}});
      Index i("i", 40), j("j", 19);
      Array a = random_array(rng, table.type()), k = random_array(rng, ids.type(), 0, 11);
      check(compute({table.type(), ids.type()}, {i, j}, table(ids(i), j)), {a, k}, 0, 1, p);
      check(compute({table.type(), ids.type()}, {i}, table(ids(i), ids(i))), {a, k}, 0, 1, p);
      check(compute({table.type(), ids.type()}, {j}, sum({i}, table(ids(i), j))), {a, k}, kSumTolerance, 1, p);
      check(compute({table.type(), ids.type()}, {i}, -table(ids(i), 3)), {a, k}, 0, 1, p);
    }
}

TEST(Compile, ReportsIndicesOutOfRange) {
  Rng rng(14);
  Input table(0, f32({11, 19})), ids(1, {DType::I64, {40}});
  Index i("i", 40), j("j", 19);
  Array a = random_array(rng, table.type()), k = random_array(rng, ids.type(), 0, 11);
  for (const Processor& p : targets())
    for (bool rows : {true, false})
      for (i64 bad : {i64{11}, i64{-1}, i64{1} << 40}) {
        Array wrong = k.clone();
        wrong.set(37, Number::of_int(bad));
        Expr e = rows ? compute({table.type(), ids.type()}, {i, j}, table(ids(i), j))
                      : compute({table.type(), ids.type()}, {i}, table(ids(i), 3));
        Runner r(e, p);
        r.run({a, wrong});
        EXPECT_EQ(r.status, 1);
        EXPECT_EQ(r.fault.operand, 0);
        EXPECT_EQ(r.fault.dimension, 0);
        EXPECT_EQ(r.fault.index, bad);
        EXPECT_EQ(r.fault.extent, 11);
        r.run({a, k});
        EXPECT_EQ(r.status, 0);
      }
}

TEST(Compile, DoesNotReadWhereAGuardForbidsIt) {
  Rng rng(15);
  Input table(0, f32({11})), ids(1, {DType::I32, {40}});
  Index i("i", 40);
  Array a = random_array(rng, table.type()), k = random_array(rng, ids.type(), 0, 11);
  k.set(5, Number::of_int(1000));
  k.set(20, Number::of_int(-7));
  Scalar valid = ids(i) >= 0 && ids(i) < 11;
  Expr e = compute({table.type(), ids.type()}, {i}, where(valid, table(ids(i)), 0.5));
  for (const Processor& p : targets()) check(e, {a, k}, 0, 1, p);
}

TEST(Compile, ScattersByAddition) {
  Rng rng(16);
  for (const Processor& p : targets())
    for (DType t : {DType::F32, DType::I32})
      for (i64 width : {1, 5, 64, 100}) {
        Input u(0, {t, {60, width}}), ids(1, {DType::I64, {60}});
        Index v("v", 9), j("j", width), i("i", 60);
        Expr e = compute({u.type(), ids.type()}, {v, j}, sum({i}, where(equals(ids(i), v), u(i, j), 0)));
        Array a = random_array(rng, u.type(), -5, 5), k = random_array(rng, ids.type(), -1, 12);
        check(e, {a, k}, kSumTolerance, 1, p);
        EXPECT_TRUE(Runner(e, p).info.schedule.starts_with("scatter")) << Runner(e, p).info.schedule;
      }
}

TEST(Compile, ScattersAlongTheLastAxis) {
  Rng rng(17);
  Input u(0, f32({33, 7})), ids(1, {DType::I32, {33, 7}});
  Index i("i", 33), v("v", 6), j("j", 7);
  Expr e = compute({u.type(), ids.type()}, {i, v}, sum({j}, where(equals(ids(i, j), v), u(i, j), 0)));
  for (const Processor& p : targets())
    check(e, {random_array(rng, u.type()), random_array(rng, ids.type(), 0, 6)}, kSumTolerance, 1, p);
}

TEST(Compile, ScattersToSeveralPositions) {
  Rng rng(19);
  for (const Processor& p : targets())
    for (i64 width : {1, 6, 40}) {
      Input u(0, f32({50, width})), row(1, {DType::I64, {50}}), column(2, {DType::I32, {50}});
      Index v("v", 5), j("j", width), w("w", 7), i("i", 50);
      Scalar here = where(equals(row(i), v) && equals(column(i), w) && (i >= 3), u(i, j), 0);
      Array a = random_array(rng, u.type()), rows = random_array(rng, row.type(), -1, 6),
            columns = random_array(rng, column.type(), -2, 8);
      for (const Expr& e : {compute({u.type(), row.type(), column.type()}, {v, j, w}, sum({i}, here)),
                            compute({u.type(), row.type(), column.type()}, {v, w, j}, sum({i}, here))}) {
        check(e, {a, rows, columns}, kSumTolerance, 1, p);
        EXPECT_TRUE(Runner(e, p).info.schedule.starts_with("scatter")) << Runner(e, p).info.schedule;
      }
    }
}

TEST(Compile, ScattersWherePositionsAreReadUnderACondition) {
  Rng rng(20);
  for (const Processor& p : targets()) {
    Input u(0, f32({40})), ids(1, {DType::I64, {30}});
    Index v("v", 9), i("i", 40);
    Expr e = compute({u.type(), ids.type()}, {v},
                     sum({i}, where(i >= 5 && i < 35, where(equals(ids(i - 5), v), u(i), 0), 0)));
    check(e, {random_array(rng, u.type()), random_array(rng, ids.type(), 0, 9)}, kSumTolerance, 1, p);
  }
}

TEST(Compile, MarksOneHotAndCausalMasks) {
  Rng rng(18);
  for (const Processor& p : targets()) {
    Input ids(0, {DType::I32, {21}}), x(1, f32({21, 21}));
    Index i("i", 21), c("c", 10), j("j", 21), k("k", 21);
    Scalar one = Scalar(1).typed(DType::F32), zero = Scalar(0).typed(DType::F32);
    Array a = random_array(rng, ids.type(), -2, 12), b = random_array(rng, x.type());
    check(compute({ids.type(), x.type()}, {i, c}, where(equals(ids(i), c), one, zero)), {a, b}, 0, 1, p);
    check(compute({ids.type(), x.type()}, {i, j}, where(j <= i, x(i, j), -kInfinity)), {a, b}, 0, 1, p);
    check(compute({ids.type(), x.type()}, {i, j}, sum({k}, where(k <= j, x(i, k), 0))), {a, b}, kSumTolerance, 1, p);
  }
}

TEST(Compile, DrawsTheSameRandomBitsAsTheReference) {
  Input key(0, {DType::I32, {2}});
  Index i("i", 300), j("j", 7);
  Array k = Array::from<std::int32_t>({0x13198a2e, static_cast<std::int32_t>(0xff00ff01)}, {2});
  for (const Processor& p : targets()) {
    check(compute({key.type()}, {i, j}, random_bits(key(0), key(1), value(i * 7 + j))), {k}, 0, 1, p);
    check(compute({key.type()}, {i}, random_bits(key(0), key(1), value(i * (Dim(1) << 33) + 5))), {k}, 0, 1, p);
  }
}

TEST(Compile, CountsInSixtyFourBits) {
  Input x(0, {DType::I64, {50}});
  Index i("i", 50), j("j", 3);
  Rng rng(19);
  Array a = random_array(rng, x.type(), -1e6, 1e6);
  for (const Processor& p : targets()) {
    check(compute({x.type()}, {i, j}, x(i) * value(i * 3 + j) + value(j * (Dim(1) << 40))), {a}, 0, 1, p);
    check(compute({x.type()}, {i}, cast(DType::F32, value(i * 3) * value(i * i64{70001}) + 1)), {a}, 0, 1, p);
    check(compute({x.type()}, {i}, cast(DType::F64, mod(value(i * 12345 - 100), 97))), {a}, 0, 1, p);
  }
}

TEST(Compile, ManyKernelsInOneObject) {
  Rng rng(20);
  std::vector<KernelSource> sources{{"first", matmul(4, 5, 6, false, false)}, {"second", matmul(4, 5, 6, true, true)}};
  Compiled c = compile(sources);
  auto object = runtime::Object::load(c.object);
  EXPECT_NE(object->find("first"), nullptr);
  EXPECT_NE(object->find("second"), nullptr);
  EXPECT_NE(object->find("first"), object->find("second"));
  EXPECT_EQ(c.kernels.at(1).symbol, "second");
}

TEST(Compile, NoKernelsMakeALoadableObject) { EXPECT_NO_THROW(runtime::Object::load(compile({}).object)); }

TEST(Compile, ShowsItsStages) {
  Stages s = stages({"product", matmul(128, 128, 784, false, false)});
  EXPECT_NE(s.loops.find("serial"), std::string::npos) << s.loops;
  EXPECT_NE(s.scheduled_loops.find("vector"), std::string::npos) << s.scheduled_loops;
  EXPECT_NE(s.llvm.find("define i32 @product"), std::string::npos);
  EXPECT_NE(s.assembly.find("product:"), std::string::npos);
}

TEST(Compile, CrossCompiles) {
  Processor arm = host_processor();
  arm.triple = "aarch64-unknown-linux-gnu";
  arm.cpu = "neoverse-n1";
  arm.features.clear();
  arm.vector_bits = 128;
  arm.vector_registers = 32;
  arm.fma = arm.f16_convert = true;
  KernelSource source{"product", matmul(30, 40, 50, false, false)};
  Compiled c = compile({&source, 1}, arm);
  EXPECT_GT(c.object.size(), 100u);
}

}  // namespace
}  // namespace tenon::codegen
