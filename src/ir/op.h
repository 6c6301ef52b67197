// The type-erased operator that nodes carry. Operators themselves are plain structs: see op/op.h.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/small_vector.h"
#include "expr/expr.h"
#include "ir/attribute.h"
#include "tensor/array.h"

namespace tenon {

class Value;
class Builder;
using Values = SmallVector<Value, 2>;
using Types = SmallVector<Type, 1>;

/// What readers of the graph ask instead of switching over operator names.
struct Traits {
  bool elementwise = false;  ///< each output element depends on the elements at the same (broadcast) position
  bool contraction = false;
  bool reduction = false;
  bool index_map = false;  ///< moves elements, computes nothing
  bool view = false;       ///< same elements in the same row-major order (reshape)
  bool random = false;
  bool composite = false;  ///< defined by `expand`
  bool commutative = false;
  bool stops_gradient = false;  ///< no gradient reaches the operands
  bool leaf = false;            ///< has no operands (parameter, constant)
  bool texts = false;           ///< takes str operands, as index maps and views do anyway
  bool sized_by_data = false;   ///< the extents of results depend on data
  bool host = false;            ///< calls functions, has an effect, or handles values that are no dense tensors
  unsigned extents_in = 0;      ///< bit k: extents of results are numbers that operand k holds
};

/// What inference sees of an operand: its type and, where known, its value.
struct Operand {
  Type type;
  const Array* constant = nullptr;
  const Shape* extents = nullptr;  ///< the elements of a small integer tensor, perhaps with unknowns
};
using Operands = std::span<const Operand>;

/// Tensors with more elements are not followed as extents.
inline constexpr i64 kMostExtents = 64;
/// The elements of a small integer operand, row-major, from either of what is known of it.
std::optional<Shape> extents_of(const Operand& operand);

/// One case for the generic test: operand types, and how to fill them.
struct SampleInput {
  Type type;
  double low = -2, high = 2;   ///< uniform in [low, high); integers likewise, bool by coin
  bool differentiable = true;  ///< compare the gradient with central differences
};

/// Runs a function on arguments of its parameters' types.
using CallFunction = std::function<std::vector<Array>(const Function&, std::span<const Array>)>;

class Op;
using OpRef = std::shared_ptr<const Op>;
struct Sample {
  OpRef op;
  std::vector<SampleInput> inputs;
};

/// Facts about an operator class, one per line of ops.inc.
struct OpInfo {
  std::string_view name, doc;
  Traits traits;
  /// Builds the operator from attributes; absent ones keep their default; throws Error on an unknown name or a wrong
  /// type.
  OpRef (*make)(const AttributeMap& attributes);
  std::vector<Sample> (*samples)();
};

class Op {
 public:
  virtual ~Op() = default;
  virtual const OpInfo& info() const = 0;
  std::string_view name() const { return info().name; }
  const Traits& traits() const { return info().traits; }
  virtual Fields fields() const = 0;
  virtual std::uint64_t hash() const = 0;  ///< of name and fields
  bool equals(const Op& other) const;

  /// Output types; the one place where operands are checked. Throws Error that begins with the operator's name.
  virtual Types infer(Operands in) const = 0;

  /// For operators that make integers out of types: the elements of each output, as extents_of; may be empty. Of an
  /// operator with a formula they follow from it.
  virtual std::vector<std::optional<Shape>> extents(Operands in) const;

  /// Exactly one of the three is there.
  virtual bool has_define() const { return false; }
  virtual bool has_expand() const { return false; }
  virtual bool has_evaluate() const { return false; }
  virtual expr::Expr define(std::span<const Type> in) const;
  virtual Values expand(Builder& b, std::span<const Value> in) const;
  /// `call` runs the functions among the attributes.
  virtual std::vector<Array> evaluate(std::span<const Array> in, const CallFunction& call) const;

  /// Gradient of the operands given that of the outputs; an undefined Value means zero. Derived where absent.
  virtual bool has_vjp() const { return false; }
  virtual Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out,
                     std::span<const Value> grad) const;
};

/// op.infer, after checks that hold for all operators.
Types inferred_types(const Op& op, Operands in);

/// Every operator of the library, in the order of ops.inc.
std::span<const OpInfo* const> all_ops();
/// nullptr where unknown.
const OpInfo* find_op(std::string_view name);

}  // namespace tenon
