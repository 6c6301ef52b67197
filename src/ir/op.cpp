#include "ir/op.h"

#include <algorithm>
#include <unordered_map>

#include "ir/graph.h"

namespace tenon {
namespace {

[[noreturn]] void missing(const Op& op, std::string_view member) {
  throw InternalError(fmt::format("operator {} has no {}", op.name(), member));
}

}  // namespace

bool Op::equals(const Op& other) const {
  return this == &other || (&info() == &other.info() && hash() == other.hash() && equal(fields(), other.fields()));
}

expr::Expr Op::define(std::span<const Type>) const { missing(*this, "define"); }
Values Op::expand(Builder&, std::span<const Value>) const { missing(*this, "expand"); }
std::vector<Array> Op::evaluate(std::span<const Array>, const CallFunction&) const { missing(*this, "evaluate"); }
std::vector<std::optional<Shape>> Op::extents(Operands) const { return {}; }

std::optional<Shape> extents_of(const Operand& operand) {
  if (operand.extents) return *operand.extents;
  if (operand.type.is_dense() && operand.type.shape == Shape{0}) return Shape{};
  const Array* known = operand.constant;
  if (known == nullptr || !known->is_dense() || !is_position(known->dtype()) || known->count() > kMostExtents)
    return {};
  Shape extents;
  for (i64 k = 0; k < known->count(); ++k) extents.push_back(known->at(k).i);
  return extents;
}
Values Op::vjp(Builder&, std::span<const Value>, std::span<const Value>, std::span<const Value>) const {
  missing(*this, "vjp");
}

const OpInfo* find_op(std::string_view name) {
  static const auto by_name = [] {
    std::unordered_map<std::string_view, const OpInfo*> map;
    for (const OpInfo* info : all_ops()) expect(map.emplace(info->name, info).second, "operator names are unique");
    return map;
  }();
  auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

}  // namespace tenon
