#pragma once
#include <initializer_list>

#include "nn/definition.h"
#include "nn/module.h"

namespace tenon::nn {

/// Modules one after the other, called "layers.0", "layers.1", …
class Sequential final : public Module {
 public:
  Sequential() = default;
  /// Sequential(Linear(2, 16), Relu(), Linear(16, 1))
  template <std::derived_from<Module>... M>
    requires(sizeof...(M) > 0 && !(sizeof...(M) == 1 && (std::same_as<M, Sequential> && ...)))
  explicit Sequential(M... modules) {
    (append(std::make_shared<M>(std::move(modules))), ...);
  }
  static ModulePtr from(const Definition& d);

  void append(ModulePtr module);
  template <std::derived_from<Module> M>
  void append(M module) {
    append(ModulePtr(std::make_shared<M>(std::move(module))));
  }
  std::size_t size() const { return children().size(); }

  Tensor forward(const Tensor& x) const override;
  std::string_view type() const override { return "sequential"; }
  nlohmann::json definition() const override;
};

/// Linear layers with `hidden` units, each followed by a ReLU (and dropout, where the rate is not 0), and one with
/// `out`.
Sequential mlp(i64 in, const std::vector<i64>& hidden, i64 out, double dropout = 0);

}  // namespace tenon::nn
