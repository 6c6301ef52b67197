// Small graphs for the tests of this folder.
#pragma once
#include "ir/graph.h"

namespace tenon {

inline Value parameter(DType dtype, Shape shape, std::string name = {}) {
  return Value(Node::parameter({dtype, std::move(shape)}, std::move(name)), 0);
}

/// The operator by its name, applied.
inline Value apply(std::string_view op, std::initializer_list<Value> args, const AttributeMap& attributes = {}) {
  const OpInfo* info = find_op(op);
  expect(info != nullptr, "the operator exists");
  return Builder().apply1(info->make(attributes), args);
}

inline Value leaf(std::initializer_list<float> values, Shape shape) {
  return Value(Node::leaf(Array::from(values, std::move(shape))), 0);
}

}  // namespace tenon
