// The language in which operators are written.
//
//   Expr matmul(const Input& a, const Input& b) {
//     Index i("i", a.dim(0)), j("j", b.dim(1)), k("k", a.dim(1));
//     return compute({i, j}, sum({k}, a(i, k) * b(k, j)));
//   }
//
// Arithmetic on indices gives affine forms, arithmetic on scalars gives scalars. There is no `/` on indices, only
// exact_div. Scalars of one thread share a pool that lives as long as any of them.
#pragma once
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "expr/pool.h"

namespace tenon::expr {

std::shared_ptr<Pool> current_pool();

class Index {
 public:
  Index(std::string name, Dim extent);
  IndexId id() const { return id_; }
  Dim extent() const { return extent_; }
  operator Affine() const { return Affine::of(id_); }

 private:
  std::shared_ptr<Pool> pool_;
  IndexId id_;
  Dim extent_;
};
inline Affine operator+(const Index& a, const Affine& b) { return Affine(a) + b; }
inline Affine operator+(const Index& a, const Index& b) { return Affine(a) + Affine(b); }
inline Affine operator-(const Index& a, const Affine& b) { return Affine(a) - b; }
inline Affine operator-(const Index& a, const Index& b) { return Affine(a) - Affine(b); }
inline Affine operator*(const Index& a, Dim k) { return Affine(a) * k; }
inline Affine operator*(Dim k, const Index& a) { return Affine(a) * k; }
inline Affine operator-(const Index& a) { return -Affine(a); }

/// A scalar expression. A plain number takes the dtype of what it is combined with.
class Scalar {
 public:
  Scalar(double v) : literal_(v) {}
  Scalar(int v) : literal_(v) {}
  Scalar(std::shared_ptr<Pool> pool, NodeId id) : pool_(std::move(pool)), id_(id) {}

  bool is_literal() const { return id_ == kNone; }
  double literal() const { return literal_; }
  NodeId id() const { return id_; }
  DType dtype() const;
  const std::shared_ptr<Pool>& pool() const { return pool_; }
  /// This scalar as a node; a literal becomes a constant of type `t`.
  Scalar typed(DType t) const;

 private:
  std::shared_ptr<Pool> pool_;
  NodeId id_ = kNone;
  double literal_ = 0;
};

Scalar apply(Fn fn, const Scalar& a);
Scalar apply(Fn fn, const Scalar& a, const Scalar& b);
Scalar operator+(const Scalar& a, const Scalar& b);
Scalar operator-(const Scalar& a, const Scalar& b);
Scalar operator*(const Scalar& a, const Scalar& b);
Scalar operator/(const Scalar& a, const Scalar& b);
Scalar operator-(const Scalar& a);
Scalar operator<(const Scalar& a, const Scalar& b);
Scalar operator<=(const Scalar& a, const Scalar& b);
Scalar operator>(const Scalar& a, const Scalar& b);
Scalar operator>=(const Scalar& a, const Scalar& b);
Scalar operator==(const Scalar& a, const Scalar& b);
Scalar operator!=(const Scalar& a, const Scalar& b);
Scalar operator&&(const Scalar& a, const Scalar& b);
Scalar operator||(const Scalar& a, const Scalar& b);
Scalar operator!(const Scalar& a);
Scalar exp(const Scalar& a);
Scalar log(const Scalar& a);
Scalar log1p(const Scalar& a);
Scalar expm1(const Scalar& a);
Scalar sqrt(const Scalar& a);
Scalar rsqrt(const Scalar& a);
Scalar sin(const Scalar& a);
Scalar cos(const Scalar& a);
Scalar tanh(const Scalar& a);
Scalar erf(const Scalar& a);
Scalar sigmoid(const Scalar& a);
Scalar abs(const Scalar& a);
Scalar sign(const Scalar& a);
Scalar floor(const Scalar& a);
Scalar ceil(const Scalar& a);
Scalar round(const Scalar& a);
Scalar pow(const Scalar& a, const Scalar& b);
Scalar mod(const Scalar& a, const Scalar& b);
Scalar atan2(const Scalar& y, const Scalar& x);
Scalar max(const Scalar& a, const Scalar& b);
Scalar min(const Scalar& a, const Scalar& b);
Scalar bit_and(const Scalar& a, const Scalar& b);
Scalar bit_or(const Scalar& a, const Scalar& b);
Scalar bit_xor(const Scalar& a, const Scalar& b);
Scalar shift_left(const Scalar& a, const Scalar& count);
Scalar shift_right(const Scalar& a, const Scalar& count);
Scalar random_bits(const Scalar& key0, const Scalar& key1, const Scalar& counter);
Scalar cast(DType t, const Scalar& a);
Scalar value(const Affine& a);  ///< the integer itself, i64
Scalar where(const Scalar& condition, const Scalar& yes, const Scalar& no);

/// A conjunction of conditions on indices.
struct Where {
  std::shared_ptr<Pool> pool;  // null where no data is involved
  Conds conds;
};
Where operator<(const Affine& a, const Affine& b);
Where operator<=(const Affine& a, const Affine& b);
Where operator>(const Affine& a, const Affine& b);
Where operator>=(const Affine& a, const Affine& b);
inline Where operator<(const Index& a, const Affine& b) { return Affine(a) < b; }
inline Where operator<=(const Index& a, const Affine& b) { return Affine(a) <= b; }
inline Where operator>(const Index& a, const Affine& b) { return Affine(a) > b; }
inline Where operator>=(const Index& a, const Affine& b) { return Affine(a) >= b; }
inline Where operator<(const Index& a, const Index& b) { return Affine(a) < Affine(b); }
inline Where operator<=(const Index& a, const Index& b) { return Affine(a) <= Affine(b); }
inline Where operator>(const Index& a, const Index& b) { return Affine(a) > Affine(b); }
inline Where operator>=(const Index& a, const Index& b) { return Affine(a) >= Affine(b); }
Where equals(const Affine& a, const Affine& b);         ///< a function, since `==` of forms is structural
Where equals(const Scalar& data, const Affine& index);  ///< integer data equals an index
Where operator&&(Where a, const Where& b);
Scalar where(const Where& condition, const Scalar& yes, const Scalar& no);

/// One coordinate of an access: an index, an affine form, an integer, or an integer scalar read from data.
struct At {
  Affine affine;
  Scalar data = 0;
  bool has_data = false;
  At(const Index& i) : affine(i) {}
  At(const Affine& a) : affine(a) {}
  At(Dim k) : affine(k) {}
  template <std::integral T>
  At(T k) : affine(k) {}
  At(const Scalar& s) : data(s), has_data(true) {}
};

/// An operand of the expression.
class Input {
 public:
  Input(std::int32_t number, Type type);
  const Type& type() const { return type_; }
  DType dtype() const { return type_.dtype; }
  Dim dim(i64 axis) const { return type_.shape[static_cast<std::size_t>(normal_axis(axis, type_.rank()))]; }
  i64 rank() const { return type_.rank(); }
  std::int32_t number() const { return number_; }

  Scalar operator()(const std::vector<At>& at) const;
  template <class... A>
    requires(std::is_constructible_v<At, const A&> && ...)
  Scalar operator()(const A&... a) const {
    return (*this)(std::vector<At>{At(a)...});
  }

  /// Accesses that read `fill` outside of the operand and at non-integer points.
  class Filled {
   public:
    Filled(const Input& x, double fill) : x_(x), fill_(fill) {}
    Scalar operator()(const std::vector<At>& at) const;
    template <class... A>
      requires(std::is_constructible_v<At, const A&> && ...)
    Scalar operator()(const A&... a) const {
      return (*this)(std::vector<At>{At(a)...});
    }

   private:
    const Input& x_;
    double fill_;
  };
  Filled outside(double fill) const { return {*this, fill}; }

 private:
  std::shared_ptr<Pool> pool_;
  std::int32_t number_;
  Type type_;
};

/// Reductions; the accumulate type defaults to accumulate_type(body). ArgMax/ArgMin give the row-major position (i64)
/// of the first extreme element; NaN counts as extreme.
Scalar reduce(Reducer r, const std::vector<Index>& over, const Scalar& body);
Scalar reduce(Reducer r, const std::vector<Index>& over, const Scalar& body, DType accumulate);
Scalar sum(const std::vector<Index>& over, const Scalar& body);
Scalar max(const std::vector<Index>& over, const Scalar& body);
Scalar min(const std::vector<Index>& over, const Scalar& body);
Scalar prod(const std::vector<Index>& over, const Scalar& body);
Scalar argmax(const std::vector<Index>& over, const Scalar& body);
Scalar argmin(const std::vector<Index>& over, const Scalar& body);

/// One output dimension: an index, or several joined row-major.
struct OutDim {
  std::vector<IndexId> indices;
  OutDim(const Index& i) : indices{i.id()} {}
  explicit OutDim(std::vector<IndexId> v) : indices(std::move(v)) {}
};
template <class... I>
OutDim join(const I&... i) {
  return OutDim(std::vector<IndexId>{i.id()...});
}

/// Closes an expression. `in` lists the operand types, so that operands that are never read keep their place. The
/// scalar must contain at most one reduction. Every access is proved in bounds, or an Error says which is not.
/// A result that is a bare literal is an Error: give it a type with `typed`.
Expr compute(const std::vector<Type>& in, const std::vector<OutDim>& out, const Scalar& result);

/// Helpers for definitions of any rank.
std::vector<Index> indices(const Shape& shape, const std::string& prefix = "i");
std::vector<OutDim> dims(const std::vector<Index>& v);
std::vector<At> ats(const std::vector<Index>& v);

}  // namespace tenon::expr
