// From operator struct to type-erased Op. Included only by the generated registration files.
#pragma once
#include "ir/attribute.h"
#include "op/catalogue.h"
#include "op/op.h"

namespace tenon {

template <class T>
concept Defines = requires(const T& op, std::span<const Type> in) {
  { op.define(in) } -> std::same_as<expr::Expr>;
};
template <class T>
concept Expands = requires(const T& op, Builder& b, std::span<const Value> in) {
  { op.expand(b, in) } -> std::same_as<Values>;
};
template <class T>
concept Evaluates = requires(const T& op, std::span<const Array> in) {
  { op.evaluate(in) } -> std::same_as<std::vector<Array>>;
};
template <class T>
concept Calls = requires(const T& op, std::span<const Array> in, const CallFunction& call) {
  { op.evaluate(in, call) } -> std::same_as<std::vector<Array>>;
};
template <class T>
concept MakesExtents = requires(const T& op, Operands in) {
  { op.extents(in) } -> std::same_as<std::vector<std::optional<Shape>>>;
};
template <class T>
concept HasVjp = requires(const T& op, Builder& b, std::span<const Value> v) {
  { op.vjp(b, v, v, v) } -> std::same_as<Values>;
};

/// Sets the field from an attribute; throws Error where the type differs. Integers are accepted for doubles.
void assign_field(std::string_view op, std::string_view field, const Attribute& from, bool& to);
void assign_field(std::string_view op, std::string_view field, const Attribute& from, i64& to);
void assign_field(std::string_view op, std::string_view field, const Attribute& from, double& to);
void assign_field(std::string_view op, std::string_view field, const Attribute& from, std::string& to);
void assign_field(std::string_view op, std::string_view field, const Attribute& from, DType& to);
void assign_field(std::string_view op, std::string_view field, const Attribute& from, Ints& to);
void assign_field(std::string_view op, std::string_view field, const Attribute& from, Shape& to);
void assign_field(std::string_view op, std::string_view field, const Attribute& from, std::vector<double>& to);
void assign_field(std::string_view op, std::string_view field, const Attribute& from, Array& to);
void assign_field(std::string_view op, std::string_view field, const Attribute& from, expr::Expr& to);
void assign_field(std::string_view op, std::string_view field, const Attribute& from, FunctionPtr& to);
[[noreturn]] void fail_unknown_field(std::string_view op, std::string_view field, const std::string& known);

template <OperatorStruct T>
class OpModel final : public Op {
  static_assert(int(Defines<T>) + int(Expands<T>) + int(Evaluates<T>) + int(Calls<T>) == 1,
                "an operator has exactly one of define, expand and evaluate");

 public:
  explicit OpModel(T op) : op_(std::move(op)), hash_(hash_of(T::name, OpModel::fields())) {}
  static const OpInfo kInfo;

  const OpInfo& info() const override { return kInfo; }
  std::uint64_t hash() const override { return hash_; }
  const T& get() const { return op_; }

  Fields fields() const override {
    Fields list;
    visit_fields(op_, [&](std::string_view name, const auto& member) { list.push_back({name, &member}); });
    return list;
  }
  Types infer(Operands in) const override { return op_.infer(in); }
  std::vector<std::optional<Shape>> extents(Operands in) const override {
    if constexpr (MakesExtents<T>)
      return op_.extents(in);
    else
      return Op::extents(in);
  }
  bool has_define() const override { return Defines<T>; }
  bool has_expand() const override { return Expands<T>; }
  bool has_evaluate() const override { return Evaluates<T> || Calls<T>; }
  bool has_vjp() const override { return HasVjp<T>; }
  expr::Expr define(std::span<const Type> in) const override {
    if constexpr (Defines<T>)
      return op_.define(in);
    else
      return Op::define(in);
  }
  Values expand(Builder& b, std::span<const Value> in) const override {
    if constexpr (Expands<T>)
      return op_.expand(b, in);
    else
      return Op::expand(b, in);
  }
  std::vector<Array> evaluate(std::span<const Array> in, const CallFunction& call) const override {
    if constexpr (Evaluates<T>)
      return op_.evaluate(in);
    else if constexpr (Calls<T>)
      return op_.evaluate(in, call);
    else
      return Op::evaluate(in, call);
  }
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out,
             std::span<const Value> grad) const override {
    if constexpr (HasVjp<T>)
      return op_.vjp(b, in, out, grad);
    else
      return Op::vjp(b, in, out, grad);
  }

 private:
  T op_;
  std::uint64_t hash_;
};

template <OperatorStruct T>
OpRef make_from_attributes(const AttributeMap& attributes) {
  T op{};
  for (const auto& [key, value] : attributes) {
    bool found = false;
    std::string known;
    visit_fields(op, [&](std::string_view name, auto& member) {
      known += (known.empty() ? "" : ", ") + std::string(name);
      if (name != key) return;
      assign_field(T::name, name, value, member);
      found = true;
    });
    if (!found) fail_unknown_field(T::name, key, known);
  }
  return make_op(std::move(op));
}

template <OperatorStruct T>
std::vector<Sample> erased_samples() {
  std::vector<Sample> list;
  for (auto& c : T::samples()) list.push_back({make_op(c.op), c.inputs});
  return list;
}

/// Empty for an operator that says none.
template <OperatorStruct T>
constexpr std::string_view constraints_of() {
  if constexpr (requires { std::string_view(T::constraints); })
    return T::constraints;
  else
    return {};
}

template <OperatorStruct T>
const OpInfo OpModel<T>::kInfo{T::name, T::doc,
                               [] {
                                 Traits t = T::traits;
                                 t.composite = Expands<T>;
                                 return t;
                               }(),
                               &make_from_attributes<T>, &erased_samples<T>};

template <OperatorStruct T>
OpRef make_op(T op) {
  return std::make_shared<const OpModel<T>>(std::move(op));
}

template <OperatorStruct T>
const T* get_if(const Op& op) {
  auto* model = dynamic_cast<const OpModel<T>*>(&op);
  return model ? &model->get() : nullptr;
}

}  // namespace tenon
