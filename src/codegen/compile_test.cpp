#include "codegen/compile.h"

#include "codegen/testing.h"

namespace tenon::codegen {
namespace {

using namespace expr;
using testing::check;
using testing::random_array;
using testing::Runner;

Type f32(Shape shape) { return {DType::F32, std::move(shape)}; }

Expr matmul(i64 m, i64 n, i64 k, bool ta, bool tb, DType t = DType::F32) {
  Input a(0, {t, ta ? Shape{k, m} : Shape{m, k}}), b(1, {t, tb ? Shape{n, k} : Shape{k, n}});
  Index i("i", m), j("j", n), l("l", k);
  return compute({a.type(), b.type()}, {i, j}, sum({l}, (ta ? a(l, i) : a(i, l)) * (tb ? b(j, l) : b(l, j))));
}

TEST(Compile, AddsWithBroadcast) {
  Rng rng(1);
  for (auto shape : {Shape{1}, Shape{7}, Shape{128, 10}, Shape{3, 5, 33}, Shape{1000}}) {
    Input a(0, f32(shape)), b(1, f32({shape.back()}));
    std::vector<Index> i = indices(shape);
    Expr e = compute({a.type(), b.type()}, dims(i), a(ats(i)) + b(i.back()));
    check(e, {random_array(rng, a.type()), random_array(rng, b.type())});
  }
}

TEST(Compile, SumsAlongEitherAxis) {
  Rng rng(2);
  for (auto [rows, columns] : {std::pair{128, 10}, {10, 128}, {1, 1000}, {33, 65}, {5, 1}}) {
    Input a(0, f32({rows, columns}));
    Index i("i", rows), j("j", columns);
    Array x = random_array(rng, a.type());
    check(compute({a.type()}, {i}, sum({j}, a(i, j))), {x}, 1e-5);
    check(compute({a.type()}, {j}, sum({i}, a(i, j))), {x}, 1e-5);
    check(compute({a.type()}, {}, sum({i, j}, a(i, j))), {x}, 1e-5);
  }
}

TEST(Compile, MultipliesMatricesOfAnySizeAndLayout) {
  Rng rng(3);
  for (auto [m, n, k] : {std::array{1, 1, 1}, {1, 37, 5}, {37, 1, 5}, {5, 7, 1}, {13, 33, 20}, {28, 64, 31}, {30, 100, 17}, {128, 10, 32}})
    for (bool ta : {false, true})
      for (bool tb : {false, true}) {
        Expr e = matmul(m, n, k, ta, tb);
        check(e, {random_array(rng, e.in[0]), random_array(rng, e.in[1])}, 1e-5);
      }
}

}  // namespace
}  // namespace tenon::codegen
