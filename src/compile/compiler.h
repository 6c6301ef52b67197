// Functions to programs. The compiler proper is a shared library that is opened on first need.
#pragma once
#include <memory>
#include <vector>

#include "compile/explain.h"
#include "compile/optimise.h"
#include "ir/graph.h"
#include "runtime/probe.h"
#include "runtime/program.h"

namespace tenon {

/// A result that is the next value of a parameter, whose memory it may take (runtime::OutputPlan::takes).
struct Replacement {
  std::size_t result = 0, parameter = 0;
  friend bool operator==(const Replacement&, const Replacement&) = default;
};
/// No parameter and no result twice.
using Replacements = std::vector<Replacement>;

/// The compiled form of `f`: from this process's cache, from the cache on disk, or freshly compiled (which opens the
/// compiler library). `cause` is logged with TENON_LOG=compile.
std::shared_ptr<const runtime::Program> compiled(const Function& f, const std::string& cause = "",
                                                 const Replacements& replacements = {});

/// Entry point of the compiler library.
class Compiler {
 public:
  virtual ~Compiler() = default;
  /// `pipeline`: of passes, by name; by itself `inference`, or `training` where there are replacements.
  virtual runtime::ProgramData compile(const Function& f, const Replacements& replacements = {},
                                       std::string_view pipeline = {}) = 0;
  /// The function after each stage, as text (see docs/life-of-a-program.md).
  virtual std::vector<std::pair<std::string, std::string>> stages(const Function& f) = 0;

  /// The kernels that `compile` makes, and the schedules from which it chose.
  virtual std::vector<KernelFacts> explain(const Function& f) = 0;

  virtual std::vector<PassFacts> passes() = 0;
  virtual std::vector<PipelineFacts> pipelines() = 0;
  virtual std::vector<RuleFacts> rules() = 0;
  /// The passes in order, by names of passes and pipelines separated by commas, and what each made of `f`. With
  /// `explain` also what it did and declined. Throws Error where a name is unknown.
  virtual std::vector<PassReport> optimise(const Function& f, std::string_view passes, bool explain = false) = 0;

  /// Code that measures what this processor can do (compile/ceilings.h).
  virtual runtime::Probes probes() = 0;
};
/// Opens the library; throws Error where it cannot be found, naming the places searched.
Compiler& compiler();

}  // namespace tenon
