// Which results may take the memory of parameters.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "compile/driver/lower.h"
#include "op/formula.h"

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
    for (const Replacement& r : wanted) {
      const auto made = maker.find(root_of(f.results[r.result]));
      if (fresh[r.result] && made != maker.end() && fits(steps[made->second], r)) chosen_.try_emplace(made->second, r);
    }
  }

  Replacements run() {
    const std::vector<std::size_t> last = ordered();
    Replacements list;
    std::vector<Step> steps;
    for (std::size_t s = 0; s < steps_.size(); ++s)
      if (std::ranges::find(last, s) == last.end()) steps.push_back(std::move(steps_[s]));
    for (std::size_t s : last) {
      list.push_back(chosen_.at(s));
      steps.push_back(std::move(steps_[s]));
    }
    steps_ = std::move(steps);
    return list;
  }

 private:
  bool fits(const Step& s, const Replacement& r) const {
    const Value& parameter = f_.parameters[r.parameter];
    const Type& type = s.node->types()[0];
    if (s.node->outputs() != 1 || read_.contains(s.outputs()[0]) || given_.contains(parameter)) return false;
    if (parameter.dtype() != type.dtype || element_count(parameter.shape()) != element_count(type.shape)) return false;
    const Formula* formula = get_if<Formula>(s.node->op());
    if (formula ? !cannot_fail(formula->e) : !s.in_place) return false;
    const auto args = s.node->args();
    for (std::size_t k = 0; k < args.size(); ++k) {
      const bool reads = root_of(args[k]) == parameter;
      if (formula ? reads && !reads_its_own_place(formula->e, k) : reads != (k == *s.in_place)) return false;
    }
    return true;
  }

  /// For each of these steps the ones that overwrite a parameter which it reads.
  std::map<std::size_t, std::set<std::size_t>> overwriters() const {
    std::unordered_map<Value, std::size_t, ValueHash> by_parameter;
    for (const auto& [s, r] : chosen_) by_parameter[f_.parameters[r.parameter]] = s;
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
    for (const auto& [s, r] : chosen_) waiting[s] = 0;
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
  std::map<std::size_t, Replacement> chosen_;          ///< by step
};

}  // namespace

Replacements made_in_place(const Function& f, const Replacements& wanted, std::vector<Step>& steps) {
  return Planner(f, wanted, steps).run();
}

}  // namespace tenon
