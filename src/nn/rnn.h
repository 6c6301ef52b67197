#pragma once
#include "nn/recurrent.h"

namespace tenon::nn {

/// Layers of the operator `rnn` with the activation "tanh" or "relu".
class Rnn final : public Recurrent {
 public:
  Rnn(i64 in, i64 size, const RecurrentOptions& options = {}, std::string activation = "tanh")
      : Recurrent("rnn", 1, in, size, options), activation_(std::move(activation)) {
    require(activation_ == "tanh" || activation_ == "relu", "rnn: the activation is \"{}\", expected tanh or relu",
            activation_);
  }
  static ModulePtr from(const Definition& d) {
    return std::make_shared<Rnn>(units_from(d, "in"), units_from(d, "size"), options_from(d),
                                 d.boolean("relu") ? "relu" : "tanh");
  }
  std::string_view type() const override { return "rnn"; }
  nlohmann::json definition() const override {
    nlohmann::json all = Recurrent::definition();
    all["relu"] = activation_ == "relu";
    return all;
  }

 private:
  std::vector<Tensor> apply(const RecurrentInputs<Tensor>& in) const override {
    auto op = with_options<tenon::Rnn>(options());
    op.activations = options().bidirectional ? activation_ + "," + activation_ : activation_;
    return rnn(in, std::move(op));
  }

  std::string activation_;
};

}  // namespace tenon::nn
