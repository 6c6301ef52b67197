// Named slots whose tensor changes: weights, optimizer state, counters.
#pragma once
#include <memory>
#include <string>

#include "eager/tensor.h"

namespace tenon {

/// A shared, mutable slot for a tensor. Copies are the same slot. The type of the value never changes.
class Parameter {
 public:
  Parameter() = default;
  /// A trainable slot is tracked, and `parameters()` of a module lists it; others are state (statistics, moments).
  Parameter(std::string name, Tensor value, bool trainable = true);

  bool defined() const { return slot_ != nullptr; }
  const std::string& name() const { return slot().name; }
  void rename(std::string name) { slot().name = std::move(name); }
  bool trainable() const { return slot().trainable; }
  void set_trainable(bool on);
  const Tensor& value() const { return slot().value; }
  operator const Tensor&() const { return slot().value; }
  const Type& type() const { return value().type(); }
  const Shape& shape() const { return value().shape(); }

  /// Replaces the value; throws Error where the type differs. A value that is not computed yet is computed with the
  /// next evaluation of anything, so that a loop of steps never piles up.
  void set(const Tensor& value);

  /// The gradient that `backward` left; undefined before.
  const Tensor& grad() const { return slot().grad; }
  void set_grad(Tensor grad) { slot().grad = std::move(grad); }

  friend bool operator==(const Parameter& a, const Parameter& b) { return a.slot_ == b.slot_; }

 private:
  void replace_pending(const Tensor& value);
  friend class Jit;
  struct Slot {
    std::string name;
    Tensor value, grad;
    bool trainable = true;
  };
  Slot& slot() const {
    require(slot_ != nullptr, "a parameter is used that was never given a name and a value");
    return *slot_;
  }
  /// While a function is traced: the slots that it has set, as they were before.
  using Written = std::vector<std::pair<std::shared_ptr<Slot>, Slot>>;
  static thread_local Written* written_;

  std::shared_ptr<Slot> slot_;
};

}  // namespace tenon
