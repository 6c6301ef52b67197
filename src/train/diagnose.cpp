#include "train/diagnose.h"

#include <cmath>
#include <unordered_set>

#include "eager/grad.h"
#include "eager/trace.h"
#include "interpret/interpret.h"

namespace tenon::train {

namespace {

/// The first element that is not finite, as text; empty where there is none.
std::string not_finite(const Array& a) {
  if (!is_float(a.dtype())) return {};
  for (i64 k = 0; k < a.count(); ++k)
    if (double x = a.at(k).as_double(); !std::isfinite(x)) return std::isnan(x) ? "nan" : x > 0 ? "inf" : "-inf";
  return {};
}

/// What the model recorded for one batch.
struct Record {
  struct Output {
    std::string module;
    Value value;
  };
  std::vector<Output> outputs;  ///< of the modules, inner before outer ones
  Value cost;
  std::vector<Parameter> parameters;
  std::vector<Value> gradients;
};

Record record(const nn::Module& model, const Cost& cost, const Batch& batch) {
  Tracing tracing;
  std::vector<Parameter> slots = model.state();
  std::vector<Tensor> values;
  for (const Parameter& p : slots) values.push_back(p.value());
  Record r{{}, {}, model.parameters(), {}};
  std::vector<Tensor> wrt;
  for (const Parameter& p : r.parameters) wrt.push_back(p.value());
  {
    nn::ObserveForward observe([&](const nn::Module& m, const Tensor&, const Tensor& out) {
      r.outputs.push_back({fmt::format("{} ({})", m.path().empty() ? "the model" : m.path(), m.type()), out.value()});
    });
    const Tensor c = cost(model(Tensor(batch.images)), Tensor(batch.labels));
    r.cost = c.value();
    for (const Tensor& g : grad(c, wrt)) r.gradients.push_back(g.value());
  }
  for (std::size_t k = 0; k < slots.size(); ++k) slots[k].set(values[k]);
  return r;
}

bool depends(const Value& v, const Node* node) {
  for (const Node* n : topological({&v, 1}))
    if (n == node) return true;
  return false;
}

/// Which part of the computation a node belongs to: the innermost module that is complete after it, the cost, or the
/// gradient of the parameter nearest to the cost.
std::string place_of(const Record& r, const Node* node) {
  for (const auto& output : r.outputs)
    if (depends(output.value, node)) return output.module;
  if (depends(r.cost, node)) return "the cost";
  for (std::size_t k = r.gradients.size(); k-- > 0;)
    if (depends(r.gradients[k], node)) return "the gradient of " + r.parameters[k].name();
  return "the gradients";
}

struct Found {
  const Node* node;
  std::string value;
  Type type;
};

}  // namespace

std::string slot_not_finite(const nn::Module& model) {
  for (const Parameter& p : model.state())
    if (!not_finite(p.value().data()).empty()) return p.name();
  return {};
}

std::string first_not_finite(const nn::Module& model, const Cost& cost, const Batch& batch) {
  if (const std::string value = not_finite(batch.images); !value.empty())
    return fmt::format("the images of the batch hold {}", value);
  if (const std::string name = slot_not_finite(model); !name.empty())
    return fmt::format("{} holds a value that is not finite", name);
  const Record r = record(model, cost, batch);
  Function f{"step", {}, r.gradients};
  f.results.insert(f.results.begin(), r.cost);
  try {
    interpret(f, {}, [](const Node& node, std::span<const Array> outputs) {
      for (const Array& a : outputs)
        if (std::string value = not_finite(a); !value.empty()) throw Found{&node, value, a.type()};
    });
  } catch (const Found& found) {
    return fmt::format("the operator {} of {} gave {} in {}", found.node->op().name(), place_of(r, found.node),
                       found.value, found.type);
  }
  return {};
}

}  // namespace tenon::train
