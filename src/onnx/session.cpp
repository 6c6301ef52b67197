#include "onnx/session.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/suggest.h"

namespace tenon::onnx {

namespace {

constexpr std::size_t kMostKept = 16;  ///< functions of particular extents

}  // namespace

/// A function and what it was made for.
struct Session::Specialised {
  Bindings for_;
  Function f;
  std::shared_ptr<const Executable> executable;

  bool serves(const std::vector<Port>& ports, std::span<const Array> in) const {
    for (std::size_t k = 0; k < ports.size(); ++k) {
      const auto type = for_.types.find(ports[k].name);
      if (type != for_.types.end() && !(type->second == in[k].type())) return false;
      const auto value = for_.values.find(ports[k].name);
      if (value != for_.values.end() && !identical(value->second, in[k])) return false;
    }
    DimValues sizes;
    for (std::size_t k = 0; k < ports.size(); ++k)
      if (!match(f.parameters[k].type(), in[k].type(), sizes)) return false;
    return true;
  }
};

struct Session::Kept {
  std::mutex mutex;
  std::list<std::shared_ptr<const Specialised>> latest;
  bool for_any = true;             ///< not tried yet, or it worked
  std::set<std::string> by_value;  ///< inputs whose value must be known
};

Session::Session(Model model) : model_(std::move(model)), kept_(std::make_unique<Kept>()) {}
Session::Session(Session&&) noexcept = default;
Session::~Session() = default;

std::shared_ptr<const Session::Specialised> Session::specialised_for(std::span<const Array> in, bool runs) const {
  const std::lock_guard lock(kept_->mutex);
  auto& latest = kept_->latest;
  for (auto at = latest.begin(); at != latest.end(); ++at) {
    if (!(*at)->serves(inputs(), in) || (runs && !(*at)->executable)) continue;
    latest.splice(latest.begin(), latest, at);
    return latest.front();
  }
  const std::set<std::string> by_value_before = kept_->by_value;
  // Each turn asks for another input's value, or for extents.
  for (std::size_t turn = 0; turn <= inputs().size() + 2; ++turn) {
    auto made = std::make_shared<Specialised>();
    for (std::size_t k = 0; k < in.size(); ++k) {
      const std::string& name = inputs()[k].name;
      if (!kept_->for_any) made->for_.types[name] = in[k].type();
      if (kept_->by_value.contains(name)) made->for_.values[name] = in[k].clone();
    }
    try {
      made->f = import_function(model_, made->for_);
      DimValues sizes;
      bool fits = true;
      for (std::size_t k = 0; k < in.size(); ++k) fits &= match(made->f.parameters[k].type(), in[k].type(), sizes);
      if (!fits && kept_->for_any) {  // extents of 0, say
        kept_->for_any = false;
        continue;
      }
      if (runs) made->executable = executable(made->f, "ONNX model");
    } catch (const NeedsInputs& e) {
      // Extents may do, and serve all values; these are the last resort.
      if (!std::exchange(kept_->for_any, false)) kept_->by_value.insert(e.values.begin(), e.values.end());
      continue;
    } catch (const Error&) {
      if (std::exchange(kept_->for_any, false)) continue;  // extents may decide what unknown ones could not
      kept_->by_value = by_value_before;                   // values did not help
      throw;
    }
    latest.push_front(made);
    if (latest.size() > kMostKept) latest.pop_back();
    return made;
  }
  fail("the model asks for ever more of its inputs");
}

std::vector<Array> Session::run(std::span<const Array> in) const {
  require(in.size() == inputs().size(), "{} arrays are given, but the model has {} inputs", in.size(), inputs().size());
  for (std::size_t k = 0; k < in.size(); ++k) require_fits(inputs()[k], in[k].type());
  return specialised_for(in, true)->executable->run(in);
}

std::vector<Array> Session::run(const std::map<std::string, Array>& given) const {
  std::vector<std::string> names;
  for (const Port& p : inputs()) names.push_back(p.name);
  for (const auto& [name, array] : given)
    require(std::ranges::find(names, name) != names.end(), "the model has no input '{}'; there are: {}", name,
            listed(names));
  std::vector<Array> in;
  for (const std::string& name : names) {
    const auto found = given.find(name);
    require(found != given.end(), "input '{}' is missing; the model's inputs are: {}", name, listed(names));
    in.push_back(found->second);
  }
  return run(in);
}

Function Session::function_for(std::span<const Array> in) const { return specialised_for(in, false)->f; }

}  // namespace tenon::onnx
