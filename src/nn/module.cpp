#include "nn/module.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace tenon::nn {

namespace {

thread_local ForwardObserver observer;

/// An Error that names its module already.
struct LocatedError : Error {
  using Error::Error;
};

void collect(const Module& m, bool all, std::vector<Parameter>& found) {
  for (const Parameter& p : m.slots())
    if (all || p.trainable()) found.push_back(p);
  for (const ModulePtr& child : m.children()) collect(*child, all, found);
}

}  // namespace

Tensor Module::operator()(const Tensor& x) const {
  try {
    Tensor y = forward(x);
    if (observer) observer(*this, x, y);
    return y;
  } catch (const LocatedError&) {
    throw;
  } catch (const Error& e) {
    throw LocatedError(fmt::format("{} ({}): {}", path().empty() ? "model" : path(), type(), e.what()));
  }
}

std::vector<Parameter> Module::parameters() const {
  std::vector<Parameter> found;
  collect(*this, false, found);
  return found;
}

std::vector<Parameter> Module::state() const {
  std::vector<Parameter> found;
  collect(*this, true, found);
  return found;
}

void Module::train(bool on) const {
  state_->training = on;
  for (const ModulePtr& child : children()) child->train(on);
}

nlohmann::json Module::definition() const {
  require(type() != Module::type(),
          "this module cannot be saved: its class must override type() (and definition(), where it has attributes) and "
          "be registered with nn::register_module");
  return {{"type", type()}};
}

bool Module::in_place(bool) const { return false; }

Parameter Module::add(std::string name, Tensor value, bool trainable) {
  require_free(name);
  state_->slots.emplace_back(path().empty() ? std::move(name) : path() + "." + name, std::move(value), trainable);
  return state_->slots.back();
}

void Module::adopt(const std::string& name, ModulePtr child) {
  require(child != nullptr, "module {}: there is none", name);
  require_free(name);
  require(!std::exchange(child->state_->owned, true),
          "module {}: it is part of another module already (as {}); construct a second one", name, child->path());
  child->prefix(path().empty() ? name : path() + "." + name);
  state_->children.push_back(std::move(child));
}

void Module::require_free(const std::string& name) const {
  require(!name.empty() && name.front() != '.' && name.back() != '.', "module: \"{}\" is no name", name);
  const std::string full = path().empty() ? name : path() + "." + name;
  for (const Parameter& p : slots()) require(p.name() != full, "module: there are two members called {}", full);
  for (const ModulePtr& c : children()) require(c->path() != full, "module: there are two members called {}", full);
}

void Module::prefix(const std::string& name) {
  state_->path = state_->path.empty() ? name : name + "." + state_->path;
  for (Parameter& p : state_->slots) p.rename(name + "." + p.name());
  for (const ModulePtr& child : children()) child->prefix(name);
}

ObserveForward::ObserveForward(ForwardObserver now) : outer_(std::exchange(observer, std::move(now))) {}
ObserveForward::~ObserveForward() { observer = std::move(outer_); }

i64 element_count(const std::vector<Parameter>& slots) {
  i64 count = 0;
  for (const Parameter& p : slots) count += tenon::element_count(p.shape());
  return count;
}

}  // namespace tenon::nn
