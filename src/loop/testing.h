// What the tests of loops share.
#pragma once
#include <string>
#include <vector>

#include "expr/build.h"
#include "loop/transform.h"

namespace tenon::loop::testing {

/// The product of an m x k and a k x n matrix.
inline expr::Expr product(Dim m, Dim n, Dim k) {
  expr::Input a(0, {DType::F32, {m, k}}), b(1, {DType::F32, {k, n}});
  expr::Index i("i", m), j("j", n), l("l", k);
  return expr::compute({a.type(), b.type()}, {i, j}, expr::sum({l}, a(i, l) * b(l, j)));
}

using Names = std::vector<std::string>;

/// Of the loops, outermost first.
inline Names names(const Nest& nest) {
  Names v;
  for (const Loop& l : nest.loops) v.push_back(l.name);
  return v;
}

}  // namespace tenon::loop::testing
