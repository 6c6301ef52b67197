#include "pass/pipeline.h"

#include <chrono>
#include <map>

#include "base/suggest.h"
#include "ir/verify.h"
#include "pass/bodies.h"

namespace tenon {

namespace {

Passes named(std::initializer_list<std::string_view> names) {
  Passes passes;
  for (std::string_view name : names) passes.push_back(&find_pass(name));
  return passes;
}

Passes joined(std::initializer_list<Passes> parts) {
  Passes all;
  for (const Passes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

template <class Range>
std::vector<std::string_view> names_of(const Range& range) {
  std::vector<std::string_view> names;
  for (const auto& entry : range) names.push_back(entry.name);
  return names;
}

std::string text_of(const std::vector<std::string_view>& names) {
  return listed(std::vector<std::string>(names.begin(), names.end()));
}

[[noreturn]] void fail_unknown(std::string_view name) {
  const auto pipelines_there = names_of(pipelines()), passes_there = names_of(all_passes());
  auto known = pipelines_there;
  known.insert(known.end(), passes_there.begin(), passes_there.end());
  fail("no pass or pipeline is called '{}'{}; the pipelines are {}; the passes are {}", name, suggestion(name, known),
       text_of(pipelines_there), text_of(passes_there));
}

void verify_after(const std::string& pass, const Function& before, const Function& after) {
  try {
    verify(after);
  } catch (const Error& e) {
    throw InternalError(fmt::format("pass {} left a graph that breaks a rule: {}", pass, e.what()));
  }
  const bool same =
      before.parameter_types() == after.parameter_types() && before.result_types() == after.result_types();
  if (!same) throw InternalError(fmt::format("pass {} changed the type of function {}", pass, before.name));
}

}  // namespace

std::span<const Pipeline> pipelines() {
  static const std::vector<Pipeline> all = [] {
    const Passes before = named({"fold_branches", "simplify"});
    const Passes after = named({"expand_composites", "fold_constants", "fold_branches", "prune_loops", "simplify",
                                "canonicalise", "merge_equal", "hoist_invariants", "prune_loops", "formulate",
                                "split_phases", "split_scatters", "fuse_formulas", "split_reductions", "pack_operands",
                                "hoist_invariants", "merge_equal", "fuse_kernels"});
    return std::vector<Pipeline>{
        {"none", "only what code generation needs", named({"expand_composites", "formulate", "split_scatters"})},
        {"inference", "for programs whose parameters stay as they are",
         joined({before, named({"fold_batch_norm"}), after})},
        {"training", "for programs that give new values for parameters", joined({before, after})},
    };
  }();
  return all;
}

const Pipeline& find_pipeline(std::string_view name) {
  for (const Pipeline& p : pipelines())
    if (p.name == name) return p;
  fail("no pipeline is called '{}'; there are: {}", name, text_of(names_of(pipelines())));
}

Passes passes_of(std::string_view names) {
  Passes passes;
  while (true) {
    const std::size_t comma = names.find(',');
    const std::string_view name = names.substr(0, comma);
    require(!name.empty(),
            "passes: a name is missing; expected names separated by commas, such as simplify,merge_equal");
    const auto pipeline = std::ranges::find(pipelines(), name, &Pipeline::name);
    const auto pass = std::ranges::find(all_passes(), name, &Pass::name);
    if (pipeline != pipelines().end())
      passes.insert(passes.end(), pipeline->passes.begin(), pipeline->passes.end());
    else if (pass != all_passes().end())
      passes.push_back(&*pass);
    else
      fail_unknown(name);
    if (comma == std::string_view::npos) return passes;
    names.remove_prefix(comma + 1);
  }
}

Function run_pass(const Pass& pass, const Function& f, Remarks& remarks) {
  const Function outside = pass.run(f, remarks);
  if (!pass.bodies) return outside;
  // Bodies come second, since expanding a composite brings new ones.
  return with_bodies(outside, [&](const Function& body) {
    Remarks inner = remarks.wanted() ? Remarks(body) : Remarks();
    Function renewed = run_pass(pass, body, inner);
    remarks.add(inner, body.name);
    return renewed;
  });
}

Function run_passes(const Function& f, const Passes& passes, const PassOptions& options,
                    FunctionRef<void(PassRun&, const Function&)> after) {
  Function now = f;
  std::map<std::string_view, int> runs;
  for (const Pass* pass : passes) {
    const int nth = ++runs[pass->name];
    PassRun run{pass, nth == 1 ? std::string(pass->name) : fmt::format("{}_{}", pass->name, nth),
                options.explain ? Remarks(now) : Remarks()};
    const auto start = std::chrono::steady_clock::now();
    Function next = run_pass(*pass, now, run.remarks);
    run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (options.verify) verify_after(run.name, now, next);
    now = std::move(next);
    after(run, now);
  }
  return now;
}

}  // namespace tenon
