#include "ir/remarks.h"

namespace tenon {

namespace {

constexpr std::size_t kMostRemarks = 10'000;
/// Equal remarks mostly follow one another closely.
constexpr std::size_t kLookedBack = 64;

}  // namespace

std::string Remarks::name(const Node& node) const {
  if (numbering_ && numbering_->contains(node)) return numbering_->brief(node);
  if (node.is_parameter()) return "a parameter";
  if (node.is_settled()) return "a constant";
  return fmt::format("a new {} : {}", node.op().name(), node.types()[0]);
}

void Remarks::keep(bool done, std::string text, int times) {
  for (std::size_t k = list_.size(); k-- > 0 && list_.size() - k <= kLookedBack;) {
    if (list_[k].done != done || list_[k].text != text) continue;
    list_[k].times += times;
    return;
  }
  if (list_.size() < kMostRemarks)
    list_.push_back({done, std::move(text), times});
  else
    ++left_out_;
}

void Remarks::add(const Remarks& inner, std::string_view function) {
  changes_ += inner.changes_;
  left_out_ += inner.left_out_;
  if (!wanted()) return;
  for (const Remark& r : inner.list_) keep(r.done, fmt::format("in @{}: {}", function, r.text), r.times);
}

}  // namespace tenon
