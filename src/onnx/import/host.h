// What converters of several files share: functions of the host.
#pragma once
#include "onnx/scope.h"
#include "op/effect/begin.h"
#include "op/effect/host_effect.h"
#include "op/functions.h"

namespace tenon::onnx {

/// What a registered function gives for these operands.
inline std::vector<Value> host_results(const char* function, const std::vector<Value>& in) {
  std::vector<Value> operands{apply_op(make_op(Begin{}), std::span<const Value>())};
  operands.insert(operands.end(), in.begin(), in.end());
  std::vector<Value> results = apply_outputs(make_op(HostEffect{function}), operands);
  results.erase(results.begin());  // the token
  return results;
}

/// A number that no other node has: an operand of functions whose results have extents that data decides.
inline i64 own_number(const NodeView& n) { return std::stoll(n.scope().fresh("").substr(1)); }
/// The name of such an extent, by element `at` of that operand.
inline Dim numbered(const std::string& name, const Operand& number, i64 at) {
  return Dim::symbol(fmt::format("{}_{}", name, number.constant ? number.constant->at(at).i : 0), 0);
}

}  // namespace tenon::onnx
