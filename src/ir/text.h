// Functions as text, and back.
//
//   func @main(%0: f32[128,784] "x", %1: f32[10,784]) -> (f32[128,10]) {
//     %2 = transpose(%1) {permutation=[1,0]} : f32[784,10]
//     %3 = matmul(%0, %2) : f32[128,10]
//     return %3
//   }
//
// The grammar is in docs/graphs.md.
#pragma once
#include <string>
#include <string_view>

#include "ir/graph.h"
#include "ir/walk.h"

namespace tenon {

/// Values are numbered in program order; nodes with several outputs print `%4, %5 = op(...) : t, t`. Settled nodes
/// print as constants.
std::string to_text(const Function& f);
/// The same, with 128 bits made of the elements in place of those of long constants: for keys, not to be parsed.
std::string key_text(const Function& f);
/// Throws Error "line 3, column 9: expected …, found …". Untrusted input: sizes are bounded, types are re-inferred and
/// must agree with those written.
Function parse_function(std::string_view text);
/// GraphViz.
std::string to_dot(const Function& f);

/// The numbers and lines of a function's text, for messages about single nodes.
class Numbering {
 public:
  /// `digests`: lines have digests in place of the elements of long constants.
  explicit Numbering(const Function& f, bool digests = false);
  /// Every node but the parameters, operands before users.
  const std::vector<Node*>& nodes() const { return nodes_; }
  i64 first(const Node& node) const;  ///< number of the node's first output
  bool contains(const Node& node) const { return first_.find(&node) != nullptr; }
  std::string name(const Value& v) const;    ///< "%12"
  std::string line(const Node& node) const;  ///< "%12 = gather(%3, %4) {axis=0} : f32[8,16]"
  /// As line(), but without types and with long attributes elided.
  std::string brief(const Node& node) const;

 private:
  std::string left_side(const Node& node) const;
  std::string call(const Node& node) const;

  std::string constant_text(const Array& value) const;
  bool digests_;
  std::vector<Node*> nodes_;
  NodeMap<i64> first_;
};

}  // namespace tenon
