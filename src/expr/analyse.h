// What an expression is: a contraction, a scatter, a copy; and fusing two into one.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "expr/expr.h"
#include "expr/pool.h"

namespace tenon::expr {

/// Which points of the domain count: all, or those where conditions hold (no padding, nothing beside a lattice) and
/// something is to be computed.
enum class Counted : std::uint8_t { Box, Holding };

/// Work and traffic. `flops` counts the arithmetic of the body and one step of the reduction per point, and `post` per
/// output element; both branches of a select count. `bytes` counts each element of an operand that is read once, and
/// each output element once.
struct Cost {
  double points = 0, flops = 0, bytes = 0;
  bool exact = true;  ///< false: upper bounds, where data decides or counting took too long
  double intensity() const { return flops / bytes; }
};
/// `budget`: the points that may be tried one by one where no closed form counts them. Error unless e.is_concrete().
Cost cost_of(const Expr& e, Counted counted = Counted::Box, i64 budget = i64{1} << 18);

/// A sum of products of two sides, by the role of each index. Index ids are tokens of `open.pool`.
struct Contraction {
  Open open;  ///< the expression that the tokens belong to
  std::vector<IndexId> batch, m, n, k;
  std::vector<IndexId> pre_a, pre_b;        ///< reduction indices of one side only: summed while that side is packed
  Dim times = 1;                            ///< product of the extents of reduction indices in neither side
  NodeId a = kNone, b = kNone;              ///< what packing evaluates: a over (batch, m, k), b over (batch, n, k)
  NodeId post = kNone;                      ///< epilogue; its leaf Acc is the sum
  bool gather_a = false, gather_b = false;  ///< the side needs more than one strided load
  std::string kind;                         ///< "GEMM", "batched GEMM", "implicit GEMM", "GEMV", "dot", …
};
/// Nothing where `e` is no contraction; then `why` (if given) says in one phrase why not.
std::optional<Contraction> classify(const Expr& e, std::string* why = nullptr);

/// A part of an expression's output: element j of `e` along parallel index i is element step * j + from of the whole.
struct Phase {
  struct Place {
    i64 step = 1, from = 0;
  };
  Expr e;
  std::vector<Place> place;  ///< by parallel index
};
/// A form that must be an integer in front of the whole body splits the domain by residues into expressions without it,
/// which together are `e`. Empty where there is none, or an extent is unknown.
std::vector<Phase> phases(const Expr& e);
/// `e` from the values of its phases, which are the operands.
Expr interleave(const Expr& e, const std::vector<Phase>& phases);

/// sum over points with data(point) == t, for one or several output indices t: the element at these positions receives
/// `update`.
struct Scatter {
  struct Position {
    IndexId target = 0;
    Coord index;
  };
  Open open;
  std::vector<Position> positions;
  NodeId update = kNone;
};
std::optional<Scatter> as_scatter(const Expr& e);

/// consumer(… producer …) as one expression. Operands of the result: the consumer's without `operand`, then the
/// producer's. Nothing where illegal or where a reduction would be computed more than once; `why` says the reason.
std::optional<Expr> fuse(const Expr& consumer, std::int32_t operand, const Expr& producer, std::string* why = nullptr);

/// `e` with values of unknown extents put in, and simplified by what is now known.
Expr with_values(const Expr& e, const DimValues& values);

/// `e` with operand i renamed to number[i]; numbers are dense, and operands of one number are one and the same value of
/// one type. An operand that is not read may have number -1: it goes.
Expr renumber_operands(const Expr& e, const std::vector<std::int32_t>& number);

}  // namespace tenon::expr
