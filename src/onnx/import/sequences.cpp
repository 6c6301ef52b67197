// Sequences and optionals. Where the elements of a sequence are known as values, operators name them.
#include "onnx/import/sequences.h"

#include "onnx/converters.h"
#include "onnx/tensors.h"

namespace tenon::onnx {

namespace {

Value empty_sequence(DType t, i64 rank) { return apply_op(make_op(SequenceOf{t, rank}), std::span<const Value>()); }

DType element_dtype(const Value& s) {
  require(is_form(s.type(), Composite::Form::Sequence), "the operand is {}, and must be a sequence", s.type());
  return s.type().composite->element.dtype;
}

}  // namespace

std::optional<std::vector<Value>> elements_of(const Value& s) {
  element_dtype(s);
  std::vector<Value> elements;
  if (const Array* a = known_value(s)) {
    for (const Array& part : a->parts()) elements.push_back(constant_of(part));
    return elements;
  }
  if (s.node()->is_parameter() || get_if<SequenceOf>(s.node()->op()) == nullptr) return {};
  const auto args = s.node()->args();
  return std::vector<Value>(args.begin(), args.end());
}

Value sequence_from(const std::vector<Value>& elements, DType t) {
  return elements.empty() ? empty_sequence(t, 0) : sequence(elements);
}

Value boxed(const Value& v) { return sequence_insert(empty_sequence(v.dtype(), v.rank()), v); }
Value unboxed(const NodeView& n, const Value& s) {
  return apply_op(make_op(SequenceAt{n.scope().fresh("carried")}), {{s, i64_scalar(0)}});
}

Value general_sequence(const NodeView& n, const Value& s) {
  const Type& element = s.type().composite->element;
  require(element.is_dense(), "{} has elements that are no tensors", s.type());
  const Shape none(element.shape.size(), 0);
  const Array nothing = Array::full({element.dtype, none}, Number::of_int(0));
  return sequence_erase(sequence_insert(s, unboxed(n, boxed(constant_of(nothing)))));
}

namespace {

using Results = std::vector<Value>;

/// A position that is known, counted from the front.
std::optional<std::size_t> known_position(const NodeView& n, std::size_t k, std::size_t count, bool end) {
  const auto known = n.known(k);
  if (!known) return {};
  return position_in(n.op(), *known, count, end);
}

Results sequence_construct_node(const NodeView& n) { return {sequence(n.all())}; }

Results sequence_empty_node(const NodeView& n) {
  const i64 t = n.integer("dtype", pb::TensorProto::FLOAT);
  return {empty_sequence(dtype_of_onnx(static_cast<std::int32_t>(t)), 0)};
}

Results sequence_insert_node(const NodeView& n) {
  const Value s = n.in(0), x = n.in(1);
  require(x.type().is_dense() && element_dtype(s) == x.dtype(), "{} cannot become an element of {}", x.type(),
          s.type());
  if (auto elements = elements_of(s)) {
    const std::optional<std::size_t> at = n.has(2) ? known_position(n, 2, elements->size(), true) : elements->size();
    if (at || elements->empty()) {
      elements->insert(elements->begin() + static_cast<std::ptrdiff_t>(at.value_or(0)), x);
      return {sequence(*elements)};
    }
  }
  // An empty sequence that is given may have elements of any rank.
  if (s.type().composite->element.rank() != x.rank() && s.node()->is_parameter()) n.value(0);
  return {n.has(2) ? sequence_insert(s, x, as_scalar(n.in(2))) : sequence_insert(s, x)};
}

Results sequence_erase_node(const NodeView& n) {
  const Value s = n.in(0);
  if (auto elements = elements_of(s)) {
    require(!elements->empty(), "the sequence is empty");
    const auto at = n.has(1) ? known_position(n, 1, elements->size(), false) : elements->size() - 1;
    if (at) {
      elements->erase(elements->begin() + static_cast<std::ptrdiff_t>(*at));
      return {sequence_from(*elements, element_dtype(s))};
    }
  }
  return {n.has(1) ? sequence_erase(s, as_scalar(n.in(1))) : sequence_erase(s)};
}

Results sequence_at_node(const NodeView& n) {
  const Value s = n.in(0);
  if (const auto elements = elements_of(s))
    if (const auto at = known_position(n, 1, elements->size(), false)) return {(*elements)[*at]};
  return {apply_op(make_op(SequenceAt{n.scope().fresh("element")}), {{s, as_scalar(n.in(1))}})};
}

Results sequence_length_node(const NodeView& n) {
  if (const auto elements = elements_of(n.in(0))) return {i64_scalar(static_cast<i64>(elements->size()))};
  return {sequence_length(n.in(0))};
}

constexpr i64 kMostPieces = 256;

/// The extents of the pieces where they are known and few.
std::optional<Ints> known_pieces(const NodeView& n, Dim extent) {
  if (!extent.is_constant()) return {};
  Ints pieces;
  const auto split = n.has(1) ? n.known(1) : std::optional(Array::scalar(Number::of_int(1), DType::I64));
  if (!split) return {};
  if (split->rank() == 1) {
    for (i64 k = 0; k < split->count(); ++k) pieces.push_back(split->at(k).as_int());
    return pieces;
  }
  const i64 each = split->at(0).as_int();
  require(each > 0, "the extent of pieces is {}, and must be at least 1", each);
  if (extent > each * kMostPieces) return {};
  for (i64 left = extent; left > 0; left -= each) pieces.push_back(std::min(left, each));
  return pieces;
}

Results split_to_sequence_node(const NodeView& n) {
  const Value x = n.in(0);
  const i64 axis = normal_axis(n.integer("axis", 0), x.rank());
  const bool keep = n.has(1) || n.flag("keepdims", true);
  const auto pieces = known_pieces(n, x.shape()[static_cast<std::size_t>(axis)]);
  if (!pieces) return {n.has(1) ? split_to_sequence(x, n.in(1), axis) : split_to_sequence(x, axis, keep)};
  std::vector<Value> elements = split(x, Shape(pieces->begin(), pieces->end()), axis);
  for (Value& e : elements) e = keep ? e : squeeze(e, {axis});
  return {sequence_from(elements, x.dtype())};
}

Results concat_from_sequence_node(const NodeView& n) {
  const Value s = n.in(0);
  const i64 axis = n.integer("axis");
  const bool fresh = n.flag("new_axis", false);
  if (const auto elements = elements_of(s)) {
    require(!elements->empty(), "the sequence is empty");
    const std::span<const Value> parts(*elements);
    return {fresh ? stack(parts, axis) : concatenate(parts, axis)};
  }
  return {apply_op(make_op(SequenceConcatenate{axis, fresh, n.scope().fresh("joined")}), {{s}})};
}

Results optional_node(const NodeView& n) {
  if (n.has(0)) return {optional(n.in(0))};
  const pb::AttributeProto* type = n.find("type");
  require(type != nullptr && type->has_tp(), "neither an input nor attribute type says what the optional holds");
  const auto held = type_of(type->tp(), n.scope().fresh("optional"));
  return {constant_of(Array(optional_of(held.value_or(Type{})), std::vector<Array>{}))};
}

/// What an optional holds, where it is known to hold something; nothing where it is known to be empty.
std::optional<std::vector<Value>> known_optional(const Value& v) {
  std::vector<Value> held;
  if (const Array* a = known_value(v)) {
    for (const Array& part : a->parts()) held.push_back(constant_of(part));
    return held;
  }
  if (v.node()->is_parameter() || get_if<OptionalOf>(v.node()->op()) == nullptr) return {};
  held.assign(v.node()->args().begin(), v.node()->args().end());
  return held;
}

Results optional_has_element_node(const NodeView& n) {
  auto truth = [](bool b) { return constant_of(Array::scalar(Number::of_int(b), DType::Bool)); };
  if (!n.has(0)) return {truth(false)};
  if (!is_form(n.in(0).type(), Composite::Form::Optional)) return {truth(true)};
  if (const auto held = known_optional(n.in(0))) return {truth(!held->empty())};
  return {optional_has_value(n.in(0))};
}

Results optional_get_element_node(const NodeView& n) {
  const Value v = n.in(0);
  if (!is_form(v.type(), Composite::Form::Optional)) return {v};
  if (const auto held = known_optional(v)) {
    require(!held->empty(), "the optional is empty");
    return {held->front()};
  }
  return {optional_value(v)};
}

constexpr Entry kSequences[] = {{"ConcatFromSequence", concat_from_sequence_node},
                                {"Optional", optional_node},
                                {"OptionalGetElement", optional_get_element_node},
                                {"OptionalHasElement", optional_has_element_node},
                                {"SequenceAt", sequence_at_node},
                                {"SequenceConstruct", sequence_construct_node},
                                {"SequenceEmpty", sequence_empty_node},
                                {"SequenceErase", sequence_erase_node},
                                {"SequenceInsert", sequence_insert_node},
                                {"SequenceLength", sequence_length_node},
                                {"SplitToSequence", split_to_sequence_node}};

}  // namespace

std::span<const Entry> sequence_operators() { return kSequences; }

}  // namespace tenon::onnx
