#include "interpret/interpret.h"
#include "ir/rewrite.h"
#include "op/shape/full.h"
#include "pass/pass.h"

namespace tenon {

namespace {

/// More elements than this are neither read nor made: the interpreter is slow, and programs carry their constants.
constexpr i64 kMostRead = 1 << 16, kMostMade = 1 << 12;
/// Up to here a result may be larger than what it is made of.
constexpr i64 kSmall = 64;

bool is_small(const Type& t, i64 most) {
  return is_concrete(t) && t.dtype != DType::Str && element_count(t.shape) <= most;
}

bool is_leaf_operator(const Node& n) { return !n.is_parameter() && !n.is_settled() && n.op().traits().leaf; }

/// The value where it follows from nothing but constants.
std::optional<Array> value_of(const Value& v) {
  if (!is_small(v.type(), kMostRead)) return {};
  if (const Array* known = known_value(v)) return *known;
  if (!is_leaf_operator(*v.node()) || v.node()->op().traits().random || v.node()->op().traits().host) return {};
  return interpret(v.node()->op(), {})[static_cast<std::size_t>(v.output())];
}

/// As one number where all elements are equal: it then stands in the code of whoever reads it.
Value constant_from(const Array& a) {
  const NodeRef leaf = Node::leaf(a);
  const std::optional<Number> n = uniform_value({leaf, 0});
  const bool exact = n && (!n->integral || Number(n->as_double()).rounded_to(a.dtype()) == *n);
  if (!exact || (!n->integral && !std::isfinite(n->f))) return {leaf, 0};
  return {Node::make(make_op(Full{n->as_double(), a.dtype(), a.shape()}), {}), 0};
}

std::optional<Array> known_extents(const Node& n, std::size_t k) {
  const Shape* extents = n.extents(static_cast<std::int32_t>(k));
  const Type& t = n.types()[k];
  if (extents == nullptr || !is_concrete(*extents) || !is_concrete(t) || !is_integer(t.dtype)) return {};
  Array a(t);
  for (std::size_t i = 0; i < extents->size(); ++i) a.set(static_cast<i64>(i), Number::of_int((*extents)[i]));
  return a;
}

class Folder {
 public:
  Folder(const Function& f, Remarks& remarks) : remarks_(remarks), extents_matter_(reads_extents(f)) {}

  Values operator()(const Node& n, std::span<const Value> args) {
    if (args.empty() || n.op().traits().host) return {};
    if (n.outputs() == 1)
      if (auto extents = known_extents(n, 0)) return folded(n, {std::move(*extents)});
    if (extents_matter_ && is_integer(n.types()[0].dtype))
      return declined(n, "its elements may become extents, of which the types that follow from them know nothing");
    std::vector<Array> in;
    i64 read = 0;
    for (const Value& v : args) {
      auto value = value_of(v);
      if (!value) return {};
      read += value->count();
      in.push_back(std::move(*value));
    }
    for (const Type& t : n.types()) {
      const bool fits = is_small(t, kMostMade) && (element_count(t.shape) <= std::max(read, kSmall));
      if (!fits && !all_uniform(args)) return declined(n, "the constant would be larger than what it is made of");
      if (!is_small(t, kMostRead)) return declined(n, "there are too many elements");
    }
    try {
      return folded(n, interpret(n.op(), in));
    } catch (const Error&) {
      return declined(n, "it fails, which is left to the program");
    }
  }

 private:
  static bool all_uniform(std::span<const Value> args) {
    return std::ranges::all_of(args, [](const Value& v) { return uniform_value(v).has_value(); });
  }
  Values declined(const Node& n, std::string_view why) {
    remarks_.declined_at(n, why);
    return {};
  }
  Values folded(const Node& n, const std::vector<Array>& results) {
    Values values;
    for (const Array& a : results) values.push_back(constant_from(a));
    for (const Value& v : values)
      if (v.node()->is_settled() && v.node()->result(0).count() > kMostMade)
        return declined(n, "there are too many elements");
    remarks_.did_to(n, "folded");
    return values;
  }
  Remarks& remarks_;
  bool extents_matter_;
};

}  // namespace

Function fold_constants(const Function& f, Remarks& remarks) {
  Folder folder(f, remarks);
  return rebuild(f, [&](const Node& n, std::span<const Value> args) { return folder(n, args); });
}

}  // namespace tenon
