// What layers and models are: functions of tensors with named slots.
//
//   struct Net : nn::Module {
//     nn::Linear hidden = add("hidden", nn::Linear(2, 16));
//     nn::Linear out = add("out", nn::Linear(16, 1));
//     Tensor forward(const Tensor& x) const override { return out(tanh(hidden(x))); }
//   };
#pragma once
#include <concepts>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "eager/parameter.h"

namespace tenon::nn {

class Module;
using ModulePtr = std::shared_ptr<Module>;

/// A handle on shared slots: copies of a module are the same module. What a subclass keeps beside its slots and
/// children must not change after construction.
class Module {
 public:
  virtual ~Module() = default;

  virtual Tensor forward(const Tensor& x) const = 0;
  /// forward(x). An Error thrown inside names the path of the module.
  Tensor operator()(const Tensor& x) const;

  /// Dotted, from the outermost module: "layers.0"; empty for the outermost itself.
  const std::string& path() const { return state_->path; }
  /// Slots of this module alone, in the order of registration.
  const std::vector<Parameter>& slots() const { return state_->slots; }
  const std::vector<ModulePtr>& children() const { return state_->children; }
  /// Trainable slots of this module and those inside of it; their names are dotted paths: "layers.0.weight".
  std::vector<Parameter> parameters() const;
  /// All slots: parameters, statistics, keys of random numbers.
  std::vector<Parameter> state() const;

  /// Training mode of this module and those inside of it; on at first. Dropout reads it.
  void train(bool on = true) const;
  void eval() const { train(false); }
  bool training() const { return state_->training; }

  /// The name in definitions, "linear"; a subclass that is to be saved overrides it and registers it (nn/registry.h).
  virtual std::string_view type() const { return "module"; }
  /// What rebuilds the module without its values: {"type":"linear","in":784,"out":128,"bias":true}. The default is the
  /// type alone; throws Error where that is not overridden either.
  virtual nlohmann::json definition() const;
  /// The output can take the memory of the input: element-wise functions whose gradient needs the output alone, views,
  /// and, where `training` is off, everything element-wise.
  virtual bool in_place(bool training) const;

 protected:
  Module() : state_(std::make_shared<State>()) {}
  Module(const Module&) = default;
  Module& operator=(const Module&) = default;

  /// Registers a slot.
  Parameter add(std::string name, Tensor value, bool trainable = true);
  /// Registers a module inside of this one and returns it.
  template <std::derived_from<Module> M>
  M add(const std::string& name, M child) {
    adopt(name, std::make_shared<M>(child));
    return child;
  }
  /// The same where the type is not known. A module can be inside of one other module only.
  void adopt(const std::string& name, ModulePtr child);

 private:
  struct State {
    std::string path;
    std::vector<Parameter> slots;
    std::vector<ModulePtr> children;
    bool training = true, owned = false;
  };
  void require_free(const std::string& name) const;
  void prefix(const std::string& name);
  std::shared_ptr<State> state_;
};

/// Sees what each module computes, inner modules before outer ones.
using ForwardObserver = std::function<void(const Module&, const Tensor& in, const Tensor& out)>;

/// While it lives, `observer` is called on this thread.
class ObserveForward {
 public:
  explicit ObserveForward(ForwardObserver observer);
  ~ObserveForward();
  ObserveForward(const ObserveForward&) = delete;
  ObserveForward& operator=(const ObserveForward&) = delete;

 private:
  ForwardObserver outer_;
};

/// How many elements the slots hold.
i64 element_count(const std::vector<Parameter>& slots);

}  // namespace tenon::nn
