#pragma once
#include "nn/recurrent.h"

namespace tenon::nn {

/// Layers of the operator `lstm`.
class Lstm final : public Recurrent {
 public:
  Lstm(i64 in, i64 size, const RecurrentOptions& options = {}) : Recurrent("lstm", 4, in, size, options) {}
  static ModulePtr from(const Definition& d) {
    return std::make_shared<Lstm>(units_from(d, "in"), units_from(d, "size"), options_from(d));
  }
  std::string_view type() const override { return "lstm"; }

 private:
  std::vector<Tensor> apply(const RecurrentInputs<Tensor>& in) const override {
    return lstm(in, with_options<tenon::Lstm>(options()));
  }
};

}  // namespace tenon::nn
