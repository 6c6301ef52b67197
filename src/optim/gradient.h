// What an update is made from.
#pragma once
#include "eager/parameter.h"

namespace tenon::optim {

/// The gradient of one parameter, and which part of it and of the optimizer's memory an update reads and writes: all,
/// or, where the parameter is a table of which sparse lookups have read a few rows, these rows and no others.
class Gradient {
 public:
  /// Several updates of one row are summed.
  static Gradient of(const Parameter& p);

  /// In rows, where `sparse()`: of a row that no lookup has read, 0 or not there.
  const Tensor& value() const { return value_; }
  bool sparse() const { return positions_.defined(); }
  Gradient scaled(const Tensor& factor) const;

  /// The part of the slot, which is as large as the parameter, in the shape of value().
  Tensor part(const Parameter& slot) const;
  /// Puts `value` in its place.
  void set_part(Parameter slot, const Tensor& value) const;

 private:
  Tensor value_, positions_;
};

}  // namespace tenon::optim
