#include "ir/text.h"

#include "base/digest.h"
#include "ir/attribute_text.h"

namespace tenon {
namespace {

// Comma-separated text of each element.
template <class Range, class F>
std::string listed(const Range& range, F text_of) {
  std::string out;
  for (const auto& element : range) out += (out.empty() ? "" : ", ") + text_of(element);
  return out;
}

bool is_plain_name(std::string_view name) {
  Lexer lexer(name);
  Token token = lexer.next();
  return token.kind == Token::Kind::Word && token.text == name;
}

std::string type_text(const Type& t) { return to_string(t); }

/// Of type and bits.
std::string digest_text(const Array& given) {
  const Array a = given.to_contiguous();
  const std::string_view bytes(static_cast<const char*>(a.raw()), static_cast<std::size_t>(a.bytes()));
  const Digest digest = digest_of(bytes);
  return fmt::format("{{value={} of {:016x}{:016x}}}", a.type(), digest.first, digest.second);
}

/// Elements of a constant that keys have in full.
constexpr i64 kMostInKeys = 64;

std::string function_text(const Function& f, const Numbering& numbering) {
  auto parameter = [&](const Value& p) {
    std::string out = fmt::format("{}: {}", numbering.name(p), p.type());
    return p.node()->name().empty() ? out : out + " " + quoted_text(p.node()->name());
  };
  std::string out = fmt::format("func @{}({}) -> ({}) {{\n", is_plain_name(f.name) ? f.name : quoted_text(f.name),
                                listed(f.parameters, parameter), listed(f.result_types(), type_text));
  for (const Node* node : numbering.nodes()) out += "  " + numbering.line(*node) + "\n";
  std::string results = listed(f.results, [&](const Value& v) { return numbering.name(v); });
  return out + "  return" + (results.empty() ? "" : " ") + results + "\n}\n";
}

}  // namespace

Numbering::Numbering(const Function& f, bool digests) : digests_(digests) {
  i64 number = 0;
  for (const Value& p : f.parameters) first_.try_emplace(p.node().get(), number++);
  for (Node* node : topological(f.results)) {
    if (!first_.try_emplace(node, number).second) continue;
    number += static_cast<i64>(node->outputs());
    nodes_.push_back(node);
  }
}

i64 Numbering::first(const Node& node) const {
  const i64* number = first_.find(&node);
  expect(number != nullptr, "a node of another function has no number");
  return *number;
}

std::string Numbering::name(const Value& v) const { return fmt::format("%{}", first(*v.node()) + v.output()); }

std::string Numbering::left_side(const Node& node) const {
  std::string out;
  for (std::size_t k = 0; k < node.outputs(); ++k) {
    out += fmt::format("{}%{}", k == 0 ? "" : ", ", first(node) + static_cast<i64>(k));
  }
  return out;
}

std::string Numbering::call(const Node& node) const {
  std::string out(node.op().name());
  if (!node.args().empty()) out += "(" + listed(node.args(), [&](const Value& v) { return name(v); }) + ")";
  return out;
}

std::string Numbering::constant_text(const Array& value) const {
  const bool is_long = digests_ && value.is_dense() && value.dtype() != DType::Str && value.count() > kMostInKeys;
  return fmt::format("{} {}", kConstantOp, is_long ? digest_text(value) : to_text(Fields{{"value", &value}}));
}

std::string Numbering::line(const Node& node) const {
  if (node.is_parameter()) return fmt::format("{} = parameter : {}", left_side(node), node.types()[0]);
  if (node.is_settled()) {  // one line per output
    std::string out;
    for (std::size_t k = 0; k < node.outputs(); ++k) {
      const Array& value = node.result(static_cast<std::int32_t>(k));
      out += fmt::format("{}%{} = {} : {}", k == 0 ? "" : "\n  ", first(node) + static_cast<i64>(k),
                         constant_text(value), value.type());
    }
    return out;
  }
  if (const Array* value = node.op().name() == kConstantOp ? known_value(node, 0) : nullptr)
    return fmt::format("{} = {} : {}", left_side(node), constant_text(*value), value->type());
  std::string attributes = to_text(node.op().fields());
  return fmt::format("{} = {}{}{} : {}", left_side(node), call(node), attributes.empty() ? "" : " ", attributes,
                     listed(node.types(), type_text));
}

std::string Numbering::brief(const Node& node) const {
  constexpr std::size_t kLongest = 100;
  if (node.is_parameter()) return left_side(node) + " = parameter";
  if (node.is_settled()) return fmt::format("{} = {}", left_side(node), kConstantOp);
  std::string attributes;
  for (const Field& f : node.op().fields()) {
    auto* array = std::get_if<const Array*>(&f.value);
    const bool long_anyway = std::holds_alternative<const expr::Expr*>(f.value) || (array && (*array)->count() > 16);
    std::string value = long_anyway ? "…" : to_text(f.value);
    if (value.size() > kLongest) value = "…";
    attributes += fmt::format("{}{}={}", attributes.empty() ? " {" : ", ", f.name, value);
  }
  if (!attributes.empty()) attributes += "}";
  return fmt::format("{} = {}{}", left_side(node), call(node), attributes);
}

std::string to_text(const Function& f) { return function_text(f, Numbering(f)); }
std::string key_text(const Function& f) { return function_text(f, Numbering(f, true)); }

}  // namespace tenon
