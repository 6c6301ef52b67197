// One operator that runs on the host, between programs.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace tenon {

/// Thread-safe to run concurrently.
class HostStep {
 public:
  virtual ~HostStep() = default;
  /// Operands to results, whose extents take the place of unknown ones. Errors begin with the operator's name.
  virtual std::vector<Array> run(std::span<const Array> in) const = 0;
  const Types& types() const { return types_; }
  std::string_view label() const { return op_->name(); }

 protected:
  explicit HostStep(const Node& n) : op_(n.op_ref()), types_(n.types()) {}
  OpRef op_;
  Types types_;
};

/// By the operator's runtime kernel where there is one, else by its evaluator.
std::shared_ptr<const HostStep> make_host_step(const Node& n);

}  // namespace tenon
