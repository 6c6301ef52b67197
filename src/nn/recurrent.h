// What the recurrent layers share.
#pragma once
#include <optional>

#include "nn/definition.h"
#include "nn/dropout.h"
#include "nn/module.h"
#include "op/recurrent/functions.h"

namespace tenon::nn {

struct RecurrentOptions {
  i64 layers = 1;
  bool bidirectional = false, batch_first = false, bias = true;
  double dropout = 0;  ///< between layers, while training
};

/// Layers of an operator over sequences, each working on what the one before gives in all of its directions. forward
/// takes x [n, batch, in] to y [n, batch, directions * size], with the batch first where that is wanted. Slots carry
/// PyTorch's names, "weight_ih_l0", "bias_hh_l1_reverse", and begin uniform within 1 / sqrt(size).
class Recurrent : public Module {
 public:
  i64 in() const { return in_; }
  i64 size() const { return size_; }
  i64 directions() const { return options_.bidirectional ? 2 : 1; }
  const RecurrentOptions& options() const { return options_; }

  struct Output {
    Tensor y;
    Tensor h, c;  ///< the last states [layers * directions, batch, size]; c of lstm alone
  };
  /// With first states as they are in Output, and the number of steps of each sequence [batch]; y is 0 after them.
  Output run(const Tensor& x, const std::optional<Tensor>& lengths = {}, const std::optional<Tensor>& h = {},
             const std::optional<Tensor>& c = {}) const;
  Tensor forward(const Tensor& x) const override { return run(x).y; }
  nlohmann::json definition() const override;

 protected:
  /// `kind` is the name of layer and operator; of its gates, each has `size` rows of the weights.
  Recurrent(std::string_view kind, i64 gates, i64 in, i64 size, const RecurrentOptions& options);
  static RecurrentOptions options_from(const Definition& d);
  static i64 units_from(const Definition& d, const std::string& name) {
    return d.integer(name, 1, Definition::kMostUnits);
  }
  template <class Op>
  static Op with_options(const RecurrentOptions& options, Op op = {}) {
    op.direction = options.bidirectional ? "bidirectional" : "forward";
    return op;
  }
  virtual std::vector<Tensor> apply(const RecurrentInputs<Tensor>& in) const = 0;

 private:
  struct Weights {
    std::vector<Parameter> w, r, wb, rb;  ///< by direction; no biases where there are none
  };
  RecurrentInputs<Tensor> inputs_of(const Weights& weights, const Tensor& x) const;

  std::string_view kind_;
  i64 in_, size_;
  RecurrentOptions options_;
  std::vector<Weights> layers_;
  std::vector<Dropout> dropouts_;
};

}  // namespace tenon::nn
