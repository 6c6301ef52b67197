#include "nn/embedding.h"

#include "nn/init.h"
#include "op/index/functions.h"

namespace tenon::nn {

Embedding::Embedding(i64 count, i64 width, const Options& options) : options_(options) {
  require(count >= 1 && width >= 1, "embedding: {} rows of {} elements; expected at least 1 of each", count, width);
  const Tensor weight = init::normal({count, width});
  if (options.padding) {
    const i64 row = *options.padding;
    require(row >= 0 && row < count, "embedding: padding is row {}, expected one of the {} rows", row, count);
    Array values = weight.data();
    for (i64 k = row * width; k < (row + 1) * width; ++k) values.set(k, Number(0.0));
  }
  weight_ = add("weight", weight);
}

// In a definition -1 stands for no padding.
ModulePtr Embedding::from(const Definition& d) {
  const i64 count = d.integer("count", 1, Definition::kMostUnits), padding = d.integer("padding", -1, count - 1);
  return std::make_shared<Embedding>(count, d.integer("width", 1, Definition::kMostUnits),
                                     Options{d.boolean("sparse"), padding < 0 ? std::nullopt : std::optional(padding)});
}

Tensor Embedding::forward(const Tensor& ids) const {
  return lookup<Tensor>(weight_, ids, options_.sparse, options_.padding.value_or(-1));
}

nlohmann::json Embedding::definition() const {
  return {{"type", type()},
          {"count", count()},
          {"width", width()},
          {"sparse", options_.sparse},
          {"padding", options_.padding.value_or(-1)}};
}

}  // namespace tenon::nn
