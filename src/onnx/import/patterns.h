// Regular expressions in RE2's syntax: what is common of it, matched against whole texts in time proportional to the
// length of the text times that of the expression.
#pragma once
#include <bitset>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::onnx {

class Pattern {
 public:
  /// Throws Error that names what is wrong, or not supported: expressions beyond ASCII, classes by name, flags, `\b`.
  explicit Pattern(std::string_view text);
  /// Whether the expression matches the whole text. Throws Error for texts beyond ASCII.
  bool matches(std::string_view text) const;

 private:
  friend class PatternParser;
  using Set = std::bitset<128>;
  struct Node {
    enum Kind { Take, Fork, Begin, End, Accept } kind = Accept;
    Set set;                  ///< of Take
    int next = 0, other = 0;  ///< other: of Fork
  };
  void reach(int node, std::size_t at, std::size_t length, std::vector<char>& in) const;
  std::vector<Node> nodes_;
  int start_ = 0;
};

}  // namespace tenon::onnx
