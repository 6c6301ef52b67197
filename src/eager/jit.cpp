#include "eager/jit.h"

#include <algorithm>
#include <mutex>
#include <optional>

#include "base/log.h"
#include "compile/row_executable.h"
#include "eager/trace.h"

namespace tenon {

namespace {

/// So many signatures are traced as they come before one is traced for any number of rows.
constexpr std::size_t kConcrete = 4;
/// So many are kept.
constexpr std::size_t kMost = 64;

std::vector<Type> types_of(std::span<const Tensor> args) {
  std::vector<Type> types;
  for (const Tensor& t : args) types.push_back(t.type());
  return types;
}

bool is_symbolic(const std::vector<Type>& types) {
  return !std::ranges::all_of(types, [](const Type& t) { return is_concrete(t); });
}

/// Types that say the same as both where these differ in one number alone, the first extent of some arguments: with an
/// unknown in its place. Empty where they differ otherwise.
std::vector<Type> with_unknown_rows(const std::vector<Type>& a, const std::vector<Type>& b) {
  if (a.size() != b.size()) return {};
  std::vector<Type> types = a;
  std::optional<std::pair<Dim, Dim>> rows;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (a[k] == b[k]) continue;
    if (!a[k].is_dense() || !b[k].is_dense() || a[k].rank() == 0 || a[k].rank() != b[k].rank()) return {};
    const std::pair now{a[k].shape[0], b[k].shape[0]};
    if (rows && *rows != now) return {};
    rows = now;
    Type changed = a[k];
    changed.shape[0] = b[k].shape[0];
    if (changed != b[k]) return {};
    types[k].shape[0] = Dim::symbol("rows", 0);
  }
  return types;
}

}  // namespace

struct Jit::Impl {
  struct Traced {
    std::vector<Type> types;
    std::shared_ptr<const Executable> program;
    std::vector<Value> captured;
    std::size_t results = 0;
    std::vector<std::size_t> written;  ///< numbers of the state slots that f sets
  };

  TensorFunction f;
  std::vector<Parameter> state;
  std::string name;
  std::vector<std::unique_ptr<Traced>> traced;  ///< the latest
  std::size_t traces = 0;
  bool tried_rows = false;
  /// By state slot, the memory that a call has made for it: nobody outside has written it, and it may be given away.
  std::vector<std::weak_ptr<Storage>> made = std::vector<std::weak_ptr<Storage>>(state.size());

  const Traced& find_or_trace(std::span<const Tensor> args) {
    const std::vector<Type> types = types_of(args);
    const auto fits = [&](const std::unique_ptr<Traced>& t) {
      if (t->types.size() != types.size()) return false;
      DimValues values;
      for (std::size_t k = 0; k < types.size(); ++k)
        if (!match(t->types[k], types[k], values)) return false;
      return true;
    };
    if (const auto known = std::ranges::find_if(traced, fits); known != traced.end()) return **known;
    if (traced.size() >= kConcrete && trace_rows(types)) return *traced.back();
    keep(trace(types));
    return *traced.back();
  }

  void keep(Traced t) {
    if (traced.size() == kMost) traced.erase(traced.begin());
    traced.push_back(std::make_unique<Traced>(std::move(t)));
  }

  /// One trace for any number of rows, where the function computes its results row by row. This is tried once.
  bool trace_rows(const std::vector<Type>& types) {
    const std::vector<Type> any = with_unknown_rows(types, traced.back()->types);
    if (tried_rows || !is_symbolic(any)) return false;
    tried_rows = true;
    try {
      Traced t = trace(any);
      if (t.program == nullptr) return false;
      keep(std::move(t));
      return true;
    } catch (const Error&) {  // the function needs numbers; whatever else is wrong will show again
      return false;
    }
  }

  /// The slots hold placeholders while f runs, and their own values again afterwards, whatever happens.
  class Borrowed {
   public:
    explicit Borrowed(std::vector<Parameter>& state) : state_(state) {
      for (Parameter& p : state) {
        saved_.push_back(*p.slot_);
        placeholders.push_back({Node::parameter(p.type(), p.name()), 0});
        p.slot_->value = Tensor(placeholders.back());
        if (p.trainable()) p.slot_->value.track();
      }
    }
    ~Borrowed() {
      changes_.reset();
      for (std::size_t k = 0; k < state_.size(); ++k) *state_[k].slot_ = std::move(saved_[k]);
    }
    /// Throws Error that names a slot which f has set and which is no state.
    void require_state_only(const std::string& function) const {
      for (const auto& [slot, before] : changes_->before_) {
        const bool listed = std::ranges::any_of(state_, [&](const Parameter& p) { return p.slot_ == slot; });
        require(listed, "{}: the function sets parameter {}, which is not in its state; list it where it is compiled",
                function, slot->name);
      }
    }
    std::vector<Value> placeholders;

   private:
    std::vector<Parameter>& state_;
    std::vector<Parameter::Slot> saved_;
    std::optional<Parameter::Changes> changes_{std::in_place};
  };

  /// Of unknown rows: without a program where one cannot be made for all numbers of them.
  Traced trace(const std::vector<Type>& types) {
    for (const Parameter& p : state) p.value().eval();
    Tracing tracing;
    Borrowed borrowed(state);
    Traced t;
    t.types = types;
    std::vector<Value> parameters;
    std::vector<Tensor> inner;
    for (const Type& type : types) {
      parameters.push_back({Node::parameter(type), 0});
      inner.emplace_back(parameters.back());
    }
    parameters.insert(parameters.end(), borrowed.placeholders.begin(), borrowed.placeholders.end());

    std::vector<Value> roots;
    for (const Tensor& r : f(inner)) {
      require(r.defined(), "{}: result {} of the function has never been given a value", name, roots.size());
      roots.push_back(r.value());
    }
    borrowed.require_state_only(name);
    t.results = roots.size();
    for (std::size_t k = 0; k < state.size(); ++k) {
      const Value& now = state[k].value().value();
      if (now == borrowed.placeholders[k]) continue;
      t.written.push_back(k);
      roots.push_back(now);
    }
    if (Tracing::last_effect().defined()) roots.push_back(Tracing::last_effect());
    Recording recording(roots);
    t.captured = recording.leaves();
    std::string cause = traced.empty() ? "first call" : "new signature:";
    if (!traced.empty())
      for (const Type& type : t.types) cause += " " + to_string(type);
    Function recorded = recording.function(name, parameters);
    std::string why;
    if (is_symbolic(types)) {
      if (auto parts = by_rows(recorded, why))
        t.program = executable_by_rows(std::move(recorded), std::move(*parts), cause), ++traces;
      return t;
    }
    warn_of_recompiling(name + " has", static_cast<int>(++traces), cause);
    Replacements next;
    for (std::size_t k = 0; k < t.written.size(); ++k) next.push_back({t.results + k, types.size() + t.written[k]});
    t.program = executable(recorded, cause, next);
    return t;
  }

  void put(std::size_t k, Array value) {
    auto& slot = *state[k].slot_;
    slot.value = Tensor(std::move(value));
    if (slot.trainable) slot.value.track();
  }

  /// Slots let go of their values where nobody else holds them, so that results may take the memory. `first` is the
  /// number of the first slot among the inputs. Returns which slots are empty now.
  std::vector<std::size_t> let_go(const Traced& t, std::span<const Array> inputs, std::size_t first) {
    std::vector<std::size_t> empty;
    for (std::size_t k : t.written) {
      Tensor& value = state[k].slot_->value;
      if (made[k].lock() != inputs[first + k].storage() || value.value().node().use_count() > 1) continue;
      value = Tensor();
      empty.push_back(k);
    }
    return empty;
  }

  std::vector<Array> results_of(const Traced& t, std::vector<Array> inputs, std::size_t first) {
    const runtime::Program* program = t.program->program();
    if (program == nullptr) return t.program->run(inputs);
    const std::vector<std::size_t> empty = let_go(t, inputs, first);
    try {
      return program->run_taking(inputs);
    } catch (...) {
      for (std::size_t k : empty) put(k, inputs[first + k]);
      throw;
    }
  }

  std::vector<Tensor> run(const Traced& t, std::span<const Tensor> args) {
    std::vector<Array> inputs;
    inputs.reserve(args.size() + state.size() + t.captured.size());
    for (const Tensor& a : args) inputs.push_back(a.data());
    for (const Parameter& p : state) inputs.push_back(p.value().data());
    for (const Value& v : t.captured) inputs.push_back(v.node()->result(v.output()));
    std::vector<Array> outputs = results_of(t, std::move(inputs), args.size());
    std::vector<Tensor> results;
    results.reserve(t.results);
    for (std::size_t k = 0; k < t.results; ++k) results.emplace_back(std::move(outputs[k]));
    for (std::size_t k = 0; k < t.written.size(); ++k) {
      const std::size_t slot = t.written[k], output = t.results + k;
      const runtime::Program* program = t.program->program();
      const bool fresh = program != nullptr && !program->data().outputs[output].alias;
      made[slot] = fresh ? outputs[output].storage() : nullptr;
      put(slot, std::move(outputs[output]));
    }
    return results;
  }
};

Jit::Jit(TensorFunction f, std::vector<Parameter> state, std::string name) {
  for (std::size_t k = 0; k < state.size(); ++k) {
    require(state[k].defined(), "{}: parameter {} of the state is undefined", name, k);
    for (std::size_t j = 0; j < k; ++j)
      require(!(state[j] == state[k]), "{}: parameter {} is twice in the state", name, state[k].name());
  }
  impl_ = std::make_shared<Impl>(Impl{std::move(f), std::move(state), std::move(name), {}});
}

std::vector<Tensor> Jit::operator()(std::span<const Tensor> args) {
  if (Tracing::active()) return impl_->f(args);
  if (immediate()) {
    Parameter::Changes changes;
    std::vector<Tensor> results = impl_->f(args);
    changes.keep();
    return results;
  }
  return impl_->run(impl_->find_or_trace(args), args);
}

std::size_t Jit::traces() const { return impl_->traces; }

}  // namespace tenon
