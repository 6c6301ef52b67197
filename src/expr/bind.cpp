#include "expr/analyse.h"

namespace tenon::expr {

namespace {

class Binder {
 public:
  explicit Binder(const DimValues& values) : values_(values) {}

  Dim operator()(Dim d) const { return with_values(d, values_); }
  Affine operator()(const Affine& a) const {
    Affine r((*this)(a.offset));
    for (const Term& t : a.terms) r = r + Affine::of(t.index, (*this)(t.coef));
    return exact_div(r, a.den);
  }
  Node operator()(Node n) const {
    for (Coord& c : n.at) c.at = (*this)(c.at);
    for (Cond& c : n.cond) c.e.at = (*this)(c.e.at), c.lo = (*this)(c.lo), c.hi = (*this)(c.hi);
    return n;
  }

 private:
  const DimValues& values_;
};

}  // namespace

Expr with_values(const Expr& e, const DimValues& values) {
  Binder bound(values);
  Expr r = e;
  for (Dim& d : r.domain.extent) d = bound(d);
  for (Type& t : r.in) t = tenon::with_values(t, values);
  for (Node& n : r.nodes) n = bound(std::move(n));
  return close(open(r));
}

}  // namespace tenon::expr
