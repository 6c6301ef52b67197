#pragma once
#include "nn/recurrent.h"

namespace tenon::nn {

/// Layers of the operator `gru`.
class Gru final : public Recurrent {
 public:
  Gru(i64 in, i64 size, const RecurrentOptions& options = {}) : Recurrent("gru", 3, in, size, options) {}
  static ModulePtr from(const Definition& d) {
    return std::make_shared<Gru>(units_from(d, "in"), units_from(d, "size"), options_from(d));
  }
  std::string_view type() const override { return "gru"; }

 private:
  std::vector<Tensor> apply(const RecurrentInputs<Tensor>& in) const override {
    return gru(in, with_options<tenon::Gru>(options()));
  }
};

}  // namespace tenon::nn
