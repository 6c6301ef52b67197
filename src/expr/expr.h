// Index-notation expressions: the meaning of a primitive operator as data.
//
// An Expr says, for every point of a box of parallel indices, how an output element is computed: a scalar `body`
// over parallel and reduction indices, one reducer, and a scalar `post` of the reduced value. It is flat (nodes by
// number, children before parents), positional (indices are numbers into the domain) and canonical: two Exprs that
// were built alike are equal member by member.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/small_vector.h"
#include "tensor/number.h"
#include "tensor/shape.h"

namespace tenon::expr {

using tenon::Dim;  // of extents, coefficients and bounds: a number, or a polynomial over unknowns
using NodeId = std::int32_t;
using IndexId = std::int32_t;  ///< in an Expr: position in Domain::extent; in a Pool: a token
inline constexpr NodeId kNone = -1;
inline constexpr i64 kInf = i64(1) << 40;  ///< "no bound" in a Cond
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Term {
  IndexId index;
  Dim coef;
  friend bool operator==(const Term&, const Term&) = default;
};

/// (offset + sum of coef * index) / den, reduced, terms sorted by index. A point where it is not an integer counts
/// as outside of every tensor and of every condition.
struct Affine {
  SmallVector<Term, 4> terms;
  Dim offset = 0;
  i64 den = 1;

  Affine() = default;
  Affine(Dim constant) : offset(constant) {}
  template <std::integral T>
  Affine(T constant) : offset(constant) {}
  static Affine of(IndexId index, Dim coef = 1);

  Dim coef(IndexId index) const;  ///< numerator's coefficient; 0 where absent
  bool is_constant() const { return terms.empty(); }
  bool same_slope(const Affine& o) const { return terms == o.terms && den == o.den; }
  friend bool operator==(const Affine&, const Affine&) = default;
};
/// Arithmetic of forms throws Error where a number does not fit 64 bits.
Affine operator+(const Affine& a, const Affine& b);
Affine operator-(const Affine& a, const Affine& b);
Affine operator-(const Affine& a);
Affine operator*(const Affine& a, Dim k);
inline Affine operator*(Dim k, const Affine& a) { return a * k; }
/// a / d as a rational form (never rounded).
Affine exact_div(const Affine& a, i64 d);

/// An affine form plus, optionally, the integer value of a scalar node (an index read from data).
struct Coord {
  Affine at;
  NodeId data = kNone;
  friend bool operator==(const Coord&, const Coord&) = default;
};

/// lo <= e < hi, and e is an integer.
struct Cond {
  Coord e;
  Dim lo = -kInf, hi = kInf;
  friend bool operator==(const Cond&, const Cond&) = default;
};
using Conds = SmallVector<Cond, 2>;

enum class Kind : std::uint8_t {
  Const,   ///< `value`, of `dtype`
  Load,    ///< operand[at…]
  Value,   ///< the integer at[0], as `dtype` (i64)
  Acc,     ///< the reduced value; only in `post`
  Guard,   ///< all of `cond` ? args[0] : args[1], lazily; conditions are tested in order, those on data last
  Select,  ///< args[0] ? args[1] : args[2], lazily
  Cast,    ///< args[0] as `dtype` (Number::rounded_to)
  Apply,   ///< fn(args…)
  Reduce,  ///< only inside a Pool while an expression is built
};

/// Scalar functions. Arithmetic happens in the common dtype of the arguments; comparisons and logic give bool.
/// Integer division and remainder follow the sign of the divisor (floor), as in NumPy; x/0 and x%0 are 0 on integers.
/// max and min give NaN where either argument is NaN.
enum class Fn : std::uint8_t {
  // one argument
  Neg,
  Abs,
  Sign,
  Floor,
  Ceil,
  Round /* half to even */,
  Exp,
  Log,
  Log1p,
  Expm1,
  Sqrt,
  Rsqrt,
  Sin,
  Cos,
  Tanh,
  Erf,
  Sigmoid,
  Not,
  // two
  Add,
  Sub,
  Mul,
  Div,
  Pow,
  Mod,
  Atan2 /* of y, x */,
  Max,
  Min,
  Eq,
  Ne,
  Lt,
  Le,
  Gt,
  Ge,
  And,
  Or,
  Xor,  // And, Or, Xor: on bool logic, on integers bit by bit
  ShiftLeft,
  ShiftRight,  // of integers; to the right the sign is repeated; counts < 0 or >= width move all bits out
  // three: key word 0, key word 1 (i32), counter (i64) -> i32, word 0 of Threefry-2x32-20 (Salmon et al., SC'11)
  RandomBits,
};
int arity_of(Fn fn);
std::string_view name_of(Fn fn);
/// Inverse of name_of; false where unknown.
bool fn_from_name(std::string_view name, Fn& fn);
constexpr bool is_comparison(Fn fn) { return fn >= Fn::Eq && fn <= Fn::Ge; }

struct Node {
  Kind kind = Kind::Const;
  Fn fn = Fn::Neg;
  DType dtype = DType::F32;
  Number value;
  std::int32_t operand = 0;  ///< Load: number of the operand; Reduce: number of the pool's reduction
  SmallVector<NodeId, 3> args;
  SmallVector<Coord, 3> at;  ///< Load: one per dimension of the operand
  Conds cond;
  friend bool operator==(const Node&, const Node&) = default;
};
std::uint64_t hash_of(const Node& n);

enum class Reducer : std::uint8_t { None, Sum, Prod, Max, Min, ArgMax, ArgMin };
std::string_view name_of(Reducer r);
/// Neutral element in the accumulate type (Max of floats: -infinity; of integers, and of
/// floats that have no infinity: lowest).
Number identity_of(Reducer r, DType accumulate);

/// The box of indices, parallel ones first. `out` groups consecutive parallel indices into output dimensions
/// (row-major within a group): out[d] is the number of indices that dimension d joins.
struct Domain {
  SmallVector<Dim, 8> extent;
  std::int32_t parallel = 0;
  SmallVector<std::int32_t, 6> out;

  std::int32_t indices() const { return static_cast<std::int32_t>(extent.size()); }
  friend bool operator==(const Domain&, const Domain&) = default;
};

struct Expr {
  Domain domain;
  std::vector<Type> in;     ///< operands by number
  std::vector<Node> nodes;  ///< children before parents
  NodeId body = kNone;      ///< at each point of the domain
  NodeId post = kNone;      ///< at each output element; its leaf Acc is the reduced (or, without reducer, plain) body
  Reducer reducer = Reducer::None;
  DType accumulate = DType::F32;  ///< type of the running value; equals the body's dtype where Reducer::None

  /// The output's element type (that of `post`) and shape.
  Type type() const;
  const Node& node(NodeId id) const { return nodes[static_cast<std::size_t>(id)]; }
  bool is_parallel(IndexId i) const { return i < domain.parallel; }
  /// No extent, coefficient or bound is unknown.
  bool is_concrete() const;
  /// Output dimension `d` as an affine form of its joined parallel indices.
  Affine out_coord(std::size_t d) const;
  std::uint64_t hash() const;
  friend bool operator==(const Expr&, const Expr&) = default;
};

}  // namespace tenon::expr
