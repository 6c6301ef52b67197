// Which results may take the memory of parameters.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "compile/driver/lower.h"
#include "expr/rows.h"

namespace tenon {

namespace {

/// No position is read from data, which could be out of range.
bool cannot_fail(const expr::Expr& e) {
  return std::ranges::none_of(e.nodes, [](const expr::Node& n) {
    return n.kind == expr::Kind::Load &&
           std::ranges::any_of(n.at, [](const expr::Coord& c) { return c.data != expr::kNone; });
  });
}

/// Each element is computed at once, from that of operand `k` at its own place.
bool reads_its_own_place(const expr::Expr& e, std::size_t k) {
  if (e.reducer != expr::Reducer::None || e.in[k] != e.type()) return false;
  return std::ranges::all_of(e.nodes, [&](const expr::Node& n) {
    bool own = true;
    if (n.kind == expr::Kind::Load && static_cast<std::size_t>(n.operand) == k)
      for (std::size_t d = 0; d < n.at.size(); ++d) own &= e.in[k].shape[d] == 1 || n.at[d].at == e.out_coord(d);
    return own;
  });
}

/// The stages of one part in an order in which each follows those that make what it reads, and those of `before`: pairs
/// of which the first must come first.
class StageOrder {
 public:
  using Pairs = std::set<std::pair<std::size_t, std::size_t>>;
  explicit StageOrder(const KernelParts::Part& part) : part_(part) {
    std::map<std::int32_t, std::size_t> maker;
    for (std::size_t s = 0; s < part.stages.size(); ++s) {
      for (std::int32_t k : part.stages[s].operands)
        if (auto it = maker.find(k); it != maker.end()) pairs_.insert({it->second, s});
      maker[part.stages[s].result] = s;
    }
  }
  /// False, and nothing changes, where the stages would wait for each other in a circle.
  bool add(const Pairs& before) {
    Pairs all = pairs_;
    all.insert(before.begin(), before.end());
    if (sorted(all).size() < part_.stages.size()) return false;
    pairs_ = std::move(all);
    return true;
  }
  std::vector<std::size_t> order() const { return sorted(pairs_); }

 private:
  std::vector<std::size_t> sorted(const Pairs& pairs) const {
    std::vector<std::size_t> waiting(part_.stages.size(), 0), list;
    for (const auto& [first, then] : pairs) ++waiting[then];
    std::set<std::size_t> ready;
    for (std::size_t s = 0; s < waiting.size(); ++s)
      if (waiting[s] == 0) ready.insert(s);
    while (!ready.empty()) {
      const std::size_t s = *ready.begin();
      ready.erase(s);
      list.push_back(s);
      for (auto it = pairs.lower_bound({s, 0}); it != pairs.end() && it->first == s; ++it)
        if (--waiting[it->second] == 0) ready.insert(it->second);
    }
    return list;
  }

  const KernelParts::Part& part_;
  Pairs pairs_;
};

/// The results of one kernel that may be written over operands, and the order of its stages in which they are.
class KernelPlanner {
 public:
  explicit KernelPlanner(const KernelParts& parts) : all_(parts) {
    for (const auto& part : parts.parts) orders_.emplace_back(part);
  }

  /// May result `result` lie over the operands for which `is_taken` holds?
  template <class IsTaken>
  bool add(std::int32_t result, const IsTaken& is_taken) {
    const auto [p, writer] = writer_of(result);
    const auto& part = all_.parts[p];
    const expr::Expr& written = *part.stages[writer].e;
    StageOrder::Pairs before;
    for (std::size_t q = 0; q < all_.parts.size(); ++q)
      for (std::size_t s = 0; s < all_.parts[q].stages.size(); ++s) {
        const auto& stage = all_.parts[q].stages[s];
        if (!cannot_fail(*stage.e)) return false;
        for (std::size_t k = 0; k < stage.operands.size(); ++k) {
          if (!all_.is_operand(stage.operands[k]) || !is_taken(stage.operands[k] - all_.results)) continue;
          if (q != p) return false;
          if (s == writer ? !reads_its_own_place(*stage.e, k) : !reads_its_own_rows(stage, k, part.rows, written))
            return false;
          if (s != writer) before.insert({s, writer});
        }
      }
    return orders_[p].add(before);
  }

  void reorder(KernelParts& parts) const {
    for (std::size_t p = 0; p < parts.parts.size(); ++p) {
      std::vector<KernelParts::Stage> stages;
      for (std::size_t s : orders_[p].order()) stages.push_back(parts.parts[p].stages[s]);
      parts.parts[p].stages = std::move(stages);
    }
  }

 private:
  std::pair<std::size_t, std::size_t> writer_of(std::int32_t result) const {
    for (std::size_t p = 0; p < all_.parts.size(); ++p)
      for (std::size_t s = 0; s < all_.parts[p].stages.size(); ++s)
        if (all_.parts[p].stages[s].result == result) return {p, s};
    throw InternalError("a kernel does not make one of its results");
  }
  static bool reads_its_own_rows(const KernelParts::Stage& stage, std::size_t k, std::int32_t rows,
                                 const expr::Expr& written) {
    if (rows == 0) return true;  // it is finished before the writer begins
    return stage.e->in[k] == written.type() && expr::own_rows(*stage.e, k, rows) == rows;
  }

  KernelParts all_;
  std::vector<StageOrder> orders_;
};

class Planner {
 public:
  Planner(const Function& f, const Replacements& wanted, std::vector<Step>& steps) : f_(f), steps_(steps) {
    std::vector<char> fresh;  // another result may be the same value
    for (const Value& r : f.results) fresh.push_back(given_.insert(root_of(r)).second);
    std::unordered_map<Value, std::size_t, ValueHash> maker;
    for (std::size_t s = 0; s < steps.size(); ++s) {
      for (const Value& v : steps[s].node->args()) read_.insert(root_of(v));
      for (const Value& v : steps[s].outputs()) maker[v] = s;
    }
    std::map<std::size_t, Replacements> candidates;
    for (const Replacement& r : wanted) {
      const auto made = maker.find(root_of(f.results[r.result]));
      if (fresh[r.result] && made != maker.end()) candidates[made->second].push_back(r);
    }
    for (const auto& [s, list] : candidates) choose(s, list);
  }

  Replacements run() {
    const std::vector<std::size_t> last = ordered();
    Replacements list;
    std::vector<Step> steps;
    for (std::size_t s = 0; s < steps_.size(); ++s)
      if (std::ranges::find(last, s) == last.end()) steps.push_back(std::move(steps_[s]));
    for (std::size_t s : last) {
      list.insert(list.end(), chosen_.at(s).begin(), chosen_.at(s).end());
      steps.push_back(std::move(steps_[s]));
    }
    steps_ = std::move(steps);
    return list;
  }

 private:
  bool same_memory(const Replacement& r) const {
    const Value& parameter = f_.parameters[r.parameter];
    const Type& type = f_.results[r.result].type();
    return !given_.contains(parameter) && parameter.dtype() == type.dtype &&
           element_count(parameter.shape()) == element_count(type.shape);
  }

  void choose(std::size_t s, const Replacements& candidates) {
    Step& step = steps_[s];
    if (std::ranges::any_of(step.outputs(), [&](const Value& v) { return read_.contains(v); })) return;
    Replacements taken;
    if (step.parts) {
      KernelPlanner planner(*step.parts);
      for (const Replacement& r : candidates) {
        const Value& parameter = f_.parameters[r.parameter];
        auto reads = [&](std::int32_t k) {
          return root_of(step.node->args()[static_cast<std::size_t>(k)]) == parameter;
        };
        if (same_memory(r) && planner.add(root_of(f_.results[r.result]).output(), reads)) taken.push_back(r);
      }
      if (!taken.empty()) planner.reorder(*step.parts);
    } else if (step.in_place && step.node->outputs() == 1 && same_memory(candidates[0])) {
      const auto args = step.node->args();
      bool fits = true;
      for (std::size_t k = 0; k < args.size(); ++k)
        fits &= (root_of(args[k]) == f_.parameters[candidates[0].parameter]) == (k == *step.in_place);
      if (fits) taken = {candidates[0]};
    }
    if (!taken.empty()) chosen_.emplace(s, std::move(taken));
  }

  /// For each of these steps the ones that overwrite a parameter which it reads.
  std::map<std::size_t, std::set<std::size_t>> overwriters() const {
    std::unordered_map<Value, std::size_t, ValueHash> by_parameter;
    for (const auto& [s, list] : chosen_)
      for (const Replacement& r : list) by_parameter[f_.parameters[r.parameter]] = s;
    std::map<std::size_t, std::set<std::size_t>> later;
    for (const auto& [s, mine] : chosen_)
      for (const Value& v : steps_[s].node->args())
        if (auto found = by_parameter.find(root_of(v)); found != by_parameter.end() && found->second != s)
          later[s].insert(found->second);
    return later;
  }

  /// Steps in an order in which each reads what it needs before another overwrites it. Where they wait for each other
  /// in a circle, one is left out, which is then computed before all of these.
  std::vector<std::size_t> ordered() const {
    const auto later = overwriters();
    std::map<std::size_t, std::size_t> waiting;  // for how many
    for (const auto& [s, list] : chosen_) waiting[s] = 0;
    for (const auto& [s, others] : later)
      for (std::size_t other : others) ++waiting[other];
    std::set<std::size_t> free;
    for (const auto& [s, count] : waiting)
      if (count == 0) free.insert(s);
    std::vector<std::size_t> order;
    while (!waiting.empty()) {
      const bool circle = free.empty();
      const std::size_t next = circle ? waiting.begin()->first : *free.begin();
      if (!circle) order.push_back(next);
      free.erase(next), waiting.erase(next);
      if (!later.contains(next)) continue;
      for (std::size_t other : later.at(next))
        if (auto w = waiting.find(other); w != waiting.end() && --w->second == 0) free.insert(other);
    }
    return order;
  }

  const Function& f_;
  std::vector<Step>& steps_;
  std::unordered_set<Value, ValueHash> given_, read_;  ///< results, and operands of steps
  std::map<std::size_t, Replacements> chosen_;         ///< by step
};

}  // namespace

Replacements made_in_place(const Function& f, const Replacements& wanted, std::vector<Step>& steps) {
  return Planner(f, wanted, steps).run();
}

}  // namespace tenon
