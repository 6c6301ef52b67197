#include "eager/parameter.h"

#include <algorithm>
#include <mutex>

#include "eager/evaluate.h"
#include "eager/trace.h"

namespace tenon {

namespace {

/// Updates that were set but not computed yet, on this thread.
thread_local std::vector<Value> pending;

std::vector<Value> take_pending() {
  std::vector<Value> all = std::exchange(pending, {});
  std::erase_if(all, [](const Value& v) { return v.node()->is_settled(); });
  return all;
}

[[maybe_unused]] const bool registered = (set_pending_source(take_pending), true);

}  // namespace

Parameter::Parameter(std::string name, Tensor value, bool trainable) {
  require(value.defined(), "parameter {}: its value is undefined", name);
  slot_ = std::make_shared<Slot>(Slot{std::move(name), value.detach(), {}, trainable});
  if (trainable) slot_->value.track();
}

void Parameter::set_trainable(bool on) {
  if (on == slot().trainable) return;
  slot_->value = value().detach();
  slot_->trainable = on;
  if (on) slot_->value.track();
}

/// The old value is computed first, so that recordings stay short. Where it cannot be, the new one counts if it can be
/// without it.
void Parameter::replace_pending(const Tensor& value) {
  try {
    slot_->value.eval();
  } catch (const Error&) {
    value.eval();
  }
}

thread_local Parameter::Changes* Parameter::changes_ = nullptr;

std::vector<Parameter> Parameter::Changes::set_parameters() const {
  std::vector<Parameter> list;
  for (const auto& [slot, before] : before_) {
    Parameter p;
    p.slot_ = slot;
    if (std::ranges::find(list, p) == list.end()) list.push_back(std::move(p));
  }
  return list;
}

Parameter::Changes::~Changes() {
  changes_ = outer_;
  if (kept_) {
    if (outer_) outer_->before_.insert(outer_->before_.end(), before_.begin(), before_.end());
    return;
  }
  for (std::size_t k = before_.size(); k-- > 0;) *before_[k].first = std::move(before_[k].second);
}

void Parameter::set(const Tensor& value) {
  require(value.defined(), "parameter {}: the new value has never been given a value", name());
  require(value.type() == type(), "parameter {}: the new value is {}, expected {}", name(), value.type(), type());
  if (changes_) changes_->before_.emplace_back(slot_, *slot_);
  if (!Tracing::active() && !slot_->value.evaluated()) replace_pending(value);
  slot_->value = value.detach();
  if (slot_->trainable) slot_->value.track();
  if (!Tracing::active() && !slot_->value.evaluated()) pending.push_back(slot_->value.value());
}

}  // namespace tenon
