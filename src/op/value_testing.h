// What tests of single operators share: values of a graph from numbers, and back.
#pragma once
#include <initializer_list>
#include <vector>

#include "interpret/interpret.h"

namespace tenon {

using List = std::vector<double>;

inline Value leaf(Array a) { return Value(Node::leaf(std::move(a)), 0); }
inline Value leaf(std::initializer_list<float> values, Shape shape) {
  return leaf(Array::from<float>(values, std::move(shape)));
}

/// The interpreter's result.
inline Array value_of(const Value& v) { return interpret(Function{"main", {}, {v}}, {})[0]; }

/// Its elements in order.
inline List list_of(const Value& v) {
  const Array a = value_of(v);
  List list;
  for (i64 k = 0; k < a.count(); ++k) list.push_back(a.at(k).as_double());
  return list;
}

}  // namespace tenon
