// Named slots whose tensor changes: weights, optimizer state, counters.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

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
  /// Throws Error while a compiled function that is running replaces the value in its own memory.
  const Tensor& value() const {
    require(slot().value.defined(),
            "parameter {}: a compiled function that is running replaces its value, which cannot be read meanwhile; "
            "give the "
            "value to the host function as an operand",
            name());
    return slot_->value;
  }
  operator const Tensor&() const { return value(); }
  const Type& type() const { return value().type(); }
  const Shape& shape() const { return value().shape(); }

  /// Replaces the value; throws Error where the type differs. A value that is not computed yet is computed with the
  /// next evaluation of anything, so that a loop of steps never piles up.
  void set(const Tensor& value);

  /// The gradient that `backward` left; undefined before.
  const Tensor& grad() const { return slot().grad; }
  void set_grad(Tensor grad) { slot().grad = std::move(grad); }

  friend bool operator==(const Parameter& a, const Parameter& b) { return a.slot_ == b.slot_; }
  class Changes;

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
  static thread_local Changes* changes_;

  std::shared_ptr<Slot> slot_;
};

/// While one of these lives, what this thread sets is provisional: undone at the end, unless it was kept.
class Parameter::Changes {
 public:
  Changes() : outer_(std::exchange(changes_, this)) {}
  ~Changes();
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;
  void keep() { kept_ = true; }
  /// What was set, each once.
  std::vector<Parameter> set_parameters() const;

 private:
  friend class Parameter;
  friend class Jit;
  Changes* outer_;
  std::vector<std::pair<std::shared_ptr<Slot>, Slot>> before_;  ///< slots that were set, as they were before
  bool kept_ = false;
};

}  // namespace tenon
