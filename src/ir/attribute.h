// Typed attributes of operators.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "expr/expr.h"
#include "tensor/array.h"

namespace tenon {

struct Function;
/// A function that an operator calls; null: none.
using FunctionPtr = std::shared_ptr<const Function>;

using Attribute = std::variant<bool, i64, double, std::string, DType, Ints, Shape, std::vector<double>, Array,
                               expr::Expr, FunctionPtr>;
using AttributeMap = std::map<std::string, Attribute, std::less<>>;

/// A field of an operator: its name and where it lives.
using FieldRef =
    std::variant<const bool*, const i64*, const double*, const std::string*, const DType*, const Ints*, const Shape*,
                 const std::vector<double>*, const Array*, const expr::Expr*, const FunctionPtr*>;
struct Field {
  std::string_view name;
  FieldRef value;
};
using Fields = SmallVector<Field, 4>;

Attribute copy_of(const FieldRef& f);
std::uint64_t hash_of(const Fields& f);
/// Of an operator: its name and its fields.
std::uint64_t hash_of(std::string_view name, const Fields& f);
/// Bit by bit: NaN equals itself, 0 and -0 differ.
bool equal(const Fields& a, const Fields& b);
/// `{axes=[1], keep=true}`; empty where there are no fields. See docs/graphs.md for the grammar.
std::string to_text(const Fields& f);
std::string to_text(const FieldRef& f);

}  // namespace tenon
