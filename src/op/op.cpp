#include "op/op.h"

#include "op/model.h"

namespace tenon {
namespace {

std::string_view kind_of(const Attribute& a) {
  constexpr std::string_view kKinds[] = {
      "a truth value",     "an integer",        "a number", "a string",      "an element type", "a list of integers",
      "a list of extents", "a list of numbers", "an array", "an expression", "a function"};
  static_assert(std::size(kKinds) == std::variant_size_v<Attribute>);
  return kKinds[a.index()];
}

template <class T>
void assign(std::string_view op, std::string_view field, const Attribute& from, T& to) {
  const T* value = std::get_if<T>(&from);
  if (value == nullptr) {
    fail("{}: attribute {} is {}, expected {}", op, field, kind_of(from), kind_of(Attribute(std::in_place_type<T>)));
  }
  to = *value;
}

}  // namespace

void require_operands(std::string_view op, Operands in, std::size_t count) {
  require(in.size() == count, "{}: expected {} operand{}, {} given", op, count, count == 1 ? "" : "s", in.size());
}

void require_float(std::string_view op, const Type& t) {
  require(is_float(t.dtype), "{}: expected a floating-point operand, found {}; cast it first", op, t);
}

i64 require_axis(std::string_view op, const Type& t, i64 axis) {
  require(axis >= -t.rank() && axis < t.rank(), "{}: axis {} is out of range for {}", op, axis, t);
  return normal_axis(axis, t.rank());
}

DType require_same_dtype(std::string_view op, Operands in) {
  require(!in.empty(), "{}: expected at least one operand", op);
  for (const Operand& x : in) {
    require(x.type.dtype == in[0].type.dtype, "{}: operands have different element types ({} and {}); cast one of them",
            op, in[0].type, x.type);
  }
  return in[0].type.dtype;
}

void assign_field(std::string_view op, std::string_view field, const Attribute& from, bool& to) {
  assign(op, field, from, to);
}
void assign_field(std::string_view op, std::string_view field, const Attribute& from, i64& to) {
  assign(op, field, from, to);
}
void assign_field(std::string_view op, std::string_view field, const Attribute& from, double& to) {
  if (auto* integer = std::get_if<i64>(&from)) {
    to = static_cast<double>(*integer);
  } else {
    assign(op, field, from, to);
  }
}
void assign_field(std::string_view op, std::string_view field, const Attribute& from, std::string& to) {
  assign(op, field, from, to);
}
void assign_field(std::string_view op, std::string_view field, const Attribute& from, DType& to) {
  assign(op, field, from, to);
}
void assign_field(std::string_view op, std::string_view field, const Attribute& from, Ints& to) {
  assign(op, field, from, to);
}
void assign_field(std::string_view op, std::string_view field, const Attribute& from, Shape& to) {
  if (auto* integers = std::get_if<Ints>(&from))
    to = *integers;
  else
    assign(op, field, from, to);
}
void assign_field(std::string_view op, std::string_view field, const Attribute& from, std::vector<double>& to) {
  if (auto* integers = std::get_if<Ints>(&from)) {
    to.assign(integers->begin(), integers->end());
  } else {
    assign(op, field, from, to);
  }
}
void assign_field(std::string_view op, std::string_view field, const Attribute& from, Array& to) {
  assign(op, field, from, to);
}
void assign_field(std::string_view op, std::string_view field, const Attribute& from, expr::Expr& to) {
  assign(op, field, from, to);
}

void assign_field(std::string_view op, std::string_view field, const Attribute& from, FunctionPtr& to) {
  assign(op, field, from, to);
}

void fail_unknown_field(std::string_view op, std::string_view field, const std::string& known) {
  if (known.empty()) fail("{}: unknown attribute {}; it has none", op, field);
  fail("{}: unknown attribute {}; it has {}", op, field, known);
}

}  // namespace tenon
