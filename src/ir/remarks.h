// What a pass over a function did, and what it declined and why: the answers of `tenon opt --explain`.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "ir/text.h"

namespace tenon {

struct Remark {
  bool done = true;  ///< else declined, and `text` says why
  std::string text;
  int times = 1;  ///< equal remarks are one
};

/// Collects remarks. Where nobody wants them it only counts, and formats nothing.
class Remarks {
 public:
  /// Counts.
  Remarks() = default;
  /// Keeps remarks on a pass over `f`, whose nodes are named as in its text.
  explicit Remarks(const Function& f) : numbering_(std::make_unique<Numbering>(f)) {}

  bool wanted() const { return numbering_ != nullptr; }
  /// "%12 = add(%3, %4)" for nodes of the function before the pass; "a new add : f32[2]" for others.
  std::string name(const Node& node) const;

  template <class... A>
  void did(fmt::format_string<A...> text, A&&... args) {
    ++changes_;
    if (wanted()) keep(true, fmt::format(text, std::forward<A>(args)...));
  }
  template <class... A>
  void declined(fmt::format_string<A...> text, A&&... args) {
    if (wanted()) keep(false, fmt::format(text, std::forward<A>(args)...));
  }
  /// "what: %12 = add(%3, %4)"; with a second node, "what: %12 = … into %13 = …".
  void did_to(const Node& node, std::string_view what, const Node* into = nullptr) {
    ++changes_;
    if (wanted()) keep(true, fmt::format("{}: {}", what, names(node, into)));
  }
  /// "%12 = add(%3, %4): why", and likewise.
  void declined_at(const Node& node, std::string_view why, const Node* into = nullptr) {
    if (wanted()) keep(false, fmt::format("{}: {}", names(node, into), why));
  }
  /// Takes over what a pass over a function inside of this one had to say.
  void add(const Remarks& inner, std::string_view function);

  int changes() const { return changes_; }
  const std::vector<Remark>& list() const { return list_; }
  int left_out() const { return left_out_; }  ///< remarks beyond the most that are kept

 private:
  std::string names(const Node& node, const Node* into) const {
    return into == nullptr ? name(node) : name(node) + " into " + name(*into);
  }
  void keep(bool done, std::string text, int times = 1);

  std::unique_ptr<Numbering> numbering_;
  std::vector<Remark> list_;
  int changes_ = 0, left_out_ = 0;
};

}  // namespace tenon
