#include "compile/host_step.h"

#include <map>
#include <mutex>

#include "compile/executable.h"
#include "compile/special.h"
#include "interpret/interpret.h"

namespace tenon {

namespace {

/// The operator's own evaluator; the functions among its attributes are compiled when they are first called.
class Evaluated final : public HostStep {
 public:
  explicit Evaluated(const Node& n) : HostStep(n) {}

  std::vector<Array> run(std::span<const Array> in) const override {
    if (!op_->has_evaluate()) return interpret(*op_, in);
    return op_->evaluate(in, [this](const Function& f, std::span<const Array> args) { return of(f)->run(args); });
  }

 private:
  std::shared_ptr<const Executable> of(const Function& f) const {
    std::scoped_lock lock(mutex_);
    auto& known = functions_[&f];
    if (!known) known = executable(f, fmt::format("called by {}", op_->name()));
    return known;
  }

  mutable std::mutex mutex_;
  mutable std::map<const Function*, std::shared_ptr<const Executable>> functions_;
};

/// A runtime kernel whose results have a size that it finds: they are computed in memory for the largest size.
class Sized final : public HostStep {
 public:
  explicit Sized(const Node& n) : HostStep(n) {}

  std::vector<Array> run(std::span<const Array> in) const override {
    SmallVector<Operand, 3> operands;
    std::vector<Array> dense;
    for (const Array& x : in) {
      dense.push_back(x.to_contiguous());
      operands.push_back({x.type(), &x});
    }
    const Types types = op_->infer({operands.data(), operands.size()});
    std::vector<Array> out;
    for (const Type& t : types) out.emplace_back(largest(t));
    const i64 count = call(dense, out);
    for (std::size_t k = 0; k < out.size(); ++k) {
      if (is_concrete(types[k])) continue;
      Shape shape = types[k].shape;
      for (Dim& d : shape) d = d.is_constant() ? d : Dim(count);
      out[k] = Array(out[k].storage(), {types[k].dtype, shape}, contiguous_strides(shape)).clone();
    }
    return out;
  }

 private:
  Type largest(Type t) const {
    for (Dim& d : t.shape) {
      auto most = greatest_value(d);
      if (!most) fail("{}: no bound is known of {}", op_->name(), t);
      d = *most;
    }
    return t;
  }

  static std::vector<Type> types_of(const std::vector<Array>& arrays) {
    std::vector<Type> types;
    for (const Array& a : arrays) types.push_back(a.type());
    return types;
  }

  i64 call(const std::vector<Array>& in, std::vector<Array>& out) const {
    runtime::SpecialCall special = special_call(*op_, types_of(in), types_of(out));
    runtime::SpecialKernel kernel = special_kernel(special);
    std::vector<const void*> from;
    std::vector<void*> to;
    for (const Array& x : in) from.push_back(x.raw());
    for (Array& x : out) to.push_back(x.raw());
    Array workspace(DType::U8, {kernel.workspace});
    i64 count = 0;
    try {
      kernel.run({from, to, static_cast<std::byte*>(workspace.raw()), &count});
    } catch (const Error& e) {
      fail("{}: {}", op_->name(), e.what());
    }
    return count;
  }
};

}  // namespace

std::shared_ptr<const HostStep> make_host_step(const Node& n) {
  if (runtime::find_special(n.op().name()) && !n.op().traits().host) return std::make_shared<const Sized>(n);
  return std::make_shared<const Evaluated>(n);
}

}  // namespace tenon
