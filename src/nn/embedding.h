#pragma once
#include <optional>

#include "nn/definition.h"
#include "nn/module.h"

namespace tenon::nn {

/// Rows of a table by integer ids: x[…] gives weight[x][…, width]. "weight" [count, width] begins standard normal.
class Embedding final : public Module {
 public:
  struct Options {
    bool sparse = false;         ///< an update of the table touches only the rows that were looked up (docs/tensors.md)
    std::optional<i64> padding;  ///< a row that begins at 0 and that training leaves alone
  };
  /// Both at least 1.
  Embedding(i64 count, i64 width, const Options& options);
  Embedding(i64 count, i64 width) : Embedding(count, width, Options()) {}
  static ModulePtr from(const Definition& d);

  i64 count() const { return weight_.shape()[0]; }
  i64 width() const { return weight_.shape()[1]; }
  const Parameter& weight() const { return weight_; }

  Tensor forward(const Tensor& ids) const override;
  std::string_view type() const override { return "embedding"; }
  nlohmann::json definition() const override;

 private:
  Options options_;
  Parameter weight_;
};

}  // namespace tenon::nn
