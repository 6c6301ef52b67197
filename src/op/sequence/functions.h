// Sequences and optionals, as functions of tensors.
#pragma once
#include "op/handle.h"
#include "op/sequence/optional.h"
#include "op/sequence/optional_has_value.h"
#include "op/sequence/optional_value.h"
#include "op/sequence/sequence.h"
#include "op/sequence/sequence_at.h"
#include "op/sequence/sequence_concatenate.h"
#include "op/sequence/sequence_erase.h"
#include "op/sequence/sequence_insert.h"
#include "op/sequence/sequence_length.h"
#include "op/sequence/split_to_sequence.h"

namespace tenon {

/// At least one value; they have one element type and rank.
template <Handle V>
V sequence(const std::vector<V>& values) {
  return detail::outputs_of<V>(SequenceOf{}, values)[0];
}
template <Handle V>
V sequence_at(const V& s, const V& position) {
  return detail::apply_to<V>(SequenceAt{}, {s, position});
}
template <Handle V>
V sequence_length(const V& s) {
  return detail::apply_to<V>(SequenceLength{}, {s});
}
template <Handle V>
V sequence_insert(const V& s, const V& value) {
  return detail::apply_to<V>(SequenceInsert{}, {s, value});
}
template <Handle V>
V sequence_insert(const V& s, const V& value, const V& position) {
  return detail::apply_to<V>(SequenceInsert{}, {s, value, position});
}
template <Handle V>
V sequence_erase(const V& s) {
  return detail::apply_to<V>(SequenceErase{}, {s});
}
template <Handle V>
V sequence_erase(const V& s, const V& position) {
  return detail::apply_to<V>(SequenceErase{}, {s, position});
}
template <Handle V>
V sequence_concatenate(const V& s, i64 axis = 0, bool stack = false) {
  return detail::apply_to<V>(SequenceConcatenate{axis, stack}, {s});
}
/// Slices of extent 1, without the axis unless keep_dims.
template <Handle V>
V split_to_sequence(const V& x, i64 axis = 0, bool keep_dims = true) {
  return detail::apply_to<V>(SplitToSequence{axis, keep_dims}, {x});
}
template <Handle V>
V split_to_sequence(const V& x, const V& extents, i64 axis = 0) {
  return detail::apply_to<V>(SplitToSequence{axis}, {x, extents});
}
template <Handle V>
V optional(const V& x) {
  return detail::apply_to<V>(OptionalOf{}, {x});
}
template <Handle V>
V optional_has_value(const V& x) {
  return detail::apply_to<V>(OptionalHasValue{}, {x});
}
template <Handle V>
V optional_value(const V& x) {
  return detail::apply_to<V>(OptionalValue{}, {x});
}

}  // namespace tenon
