#include "compile/driver/memory_order.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "runtime/plan.h"

namespace tenon {

namespace {

using Order = std::vector<std::size_t>;

/// Planning an arena takes the square of their number.
constexpr std::size_t kMostTemporaries = 4096;

/// By temporary, the steps that read it, each once.
std::vector<Order> readers_of(const StepOrder& p) {
  std::vector<Order> readers(p.bytes.size());
  for (std::size_t s = 0; s < p.steps.size(); ++s)
    for (std::size_t t : p.steps[s].reads)
      if (readers[t].empty() || readers[t].back() != s) readers[t].push_back(s);
  return readers;
}

i64 arena_of(const StepOrder& p, const Order& order) {
  std::vector<runtime::Lifetime> lifetimes(p.bytes.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    const int now = static_cast<int>(k);
    const StepOrder::Step& step = p.steps[order[k]];
    for (std::size_t t : step.reads) lifetimes[t].last = now;
    for (std::size_t t : step.makes) lifetimes[t] = {p.bytes[t], now, now};
    if (step.workspace > 0) lifetimes.push_back({step.workspace, now, now});
  }
  return runtime::plan_arena(lifetimes).bytes;
}

/// Of the steps that can run, the one after which the least is alive; of equal ones the first.
class FreeingMost {
 public:
  explicit FreeingMost(const StepOrder& p)
      : p_(p), readers_(readers_of(p)), left_(p.bytes.size()), waits_(p.steps.size()), growth_(p.steps.size()) {
    for (std::size_t t = 0; t < left_.size(); ++t) left_[t] = readers_[t].size();
    users_.resize(p.steps.size());
    done_.resize(p.steps.size(), 0);
    for (std::size_t s = 0; s < p.steps.size(); ++s) {
      waits_[s] = p.steps[s].after.size();
      for (std::size_t before : p.steps[s].after) users_[before].push_back(s);
      for (std::size_t t : p.steps[s].makes)
        if (left_[t] > 0) growth_[s] += p.bytes[t];
      for (std::size_t t : distinct(p.steps[s].reads))
        if (left_[t] == 1) growth_[s] -= p.bytes[t];
    }
  }

  Order run() {
    for (std::size_t s = 0; s < p_.steps.size(); ++s)
      if (waits_[s] == 0) ready_.emplace(growth_[s], s);
    Order order;
    while (!ready_.empty()) {
      const std::size_t s = ready_.begin()->second;
      ready_.erase(ready_.begin());
      done_[s] = 1;
      order.push_back(s);
      for (std::size_t t : distinct(p_.steps[s].reads))
        if (--left_[t] == 1) last_reader_frees(t);
      for (std::size_t user : users_[s])
        if (--waits_[user] == 0) ready_.emplace(growth_[user], user);
    }
    return order;
  }

 private:
  static std::set<std::size_t> distinct(const Order& list) { return {list.begin(), list.end()}; }

  void last_reader_frees(std::size_t t) {
    const auto reader = std::ranges::find_if(readers_[t], [&](std::size_t r) { return !done_[r]; });
    const bool waiting = ready_.erase({growth_[*reader], *reader}) > 0;
    growth_[*reader] -= p_.bytes[t];
    if (waiting) ready_.emplace(growth_[*reader], *reader);
  }

  const StepOrder& p_;
  std::vector<Order> readers_, users_;
  std::vector<std::size_t> left_, waits_;  ///< readers of a temporary; steps that a step waits for
  std::vector<i64> growth_;
  std::vector<char> done_;
  std::set<std::pair<i64, std::size_t>> ready_;
};

/// Each step right after what it waits for, of which the part that needs most beyond what it leaves comes first.
class SubtreesByNeed {
 public:
  explicit SubtreesByNeed(const StepOrder& p) : p_(p), need_(p.steps.size()), leaves_(p.steps.size()) {
    for (std::size_t s = 0; s < p.steps.size(); ++s) {
      parts_.push_back(p.steps[s].after);
      sort(parts_.back());
      for (std::size_t t : p.steps[s].makes) leaves_[s] += p.bytes[t];
      i64 held = 0;
      for (std::size_t part : parts_.back()) {
        need_[s] = std::max(need_[s], held + need_[part]);
        held += leaves_[part];
      }
      need_[s] = std::max(need_[s], held + leaves_[s] + p.steps[s].workspace);
    }
  }

  Order run() {
    std::vector<char> used(p_.steps.size(), 0), entered(p_.steps.size(), 0);
    for (const auto& step : p_.steps)
      for (std::size_t before : step.after) used[before] = 1;
    Order roots;
    for (std::size_t s = 0; s < p_.steps.size(); ++s)
      if (!used[s]) roots.push_back(s);
    sort(roots);
    Order order;
    std::vector<std::pair<std::size_t, std::size_t>> stack;  // a step, and the next of its parts
    for (std::size_t root : roots) {
      stack.emplace_back(root, 0);
      entered[root] = 1;
      while (!stack.empty()) {
        auto& [s, next] = stack.back();
        if (next < parts_[s].size()) {
          const std::size_t part = parts_[s][next++];
          if (!std::exchange(entered[part], 1)) stack.emplace_back(part, 0);
          continue;
        }
        order.push_back(s);
        stack.pop_back();
      }
    }
    return order;
  }

 private:
  void sort(Order& list) const {
    std::ranges::stable_sort(
        list, [&](std::size_t a, std::size_t b) { return need_[a] - leaves_[a] > need_[b] - leaves_[b]; });
  }

  const StepOrder& p_;
  std::vector<i64> need_, leaves_;
  std::vector<Order> parts_;
};

}  // namespace

std::vector<std::size_t> memory_order(const StepOrder& problem) {
  Order best(problem.steps.size());
  std::iota(best.begin(), best.end(), 0);
  if (problem.bytes.size() > kMostTemporaries) return best;
  i64 least = arena_of(problem, best);
  for (Order order : {SubtreesByNeed(problem).run(), FreeingMost(problem).run()}) {
    expect(order.size() == problem.steps.size(), "every step has its place");
    if (const i64 bytes = arena_of(problem, order); bytes < least) best = std::move(order), least = bytes;
  }
  return best;
}

namespace {

/// Which steps make what others read.
class Dependences {
 public:
  explicit Dependences(const std::vector<Step>& steps) {
    for (std::size_t s = 0; s < steps.size(); ++s)
      for (const Value& v : steps[s].outputs()) maker_[v] = s;
  }

  /// The steps that must come before one that reads `v`.
  void add(Value v, std::set<std::size_t>& after) {
    while (is_view(*v.node())) {
      if (v.node()->args().size() > 1) after.insert(of_barrier(*v.node()).begin(), of_barrier(*v.node()).end());
      v = Value(v.node()->args()[static_cast<std::size_t>(v.output())]);
    }
    if (const auto it = maker_.find(v); it != maker_.end()) after.insert(it->second);
  }

 private:
  static bool is_view(const Node& n) { return !n.is_parameter() && !n.is_settled() && n.op().traits().view; }

  const std::set<std::size_t>& of_barrier(const Node& n) {
    if (const auto it = barriers_.find(&n); it != barriers_.end()) return it->second;
    std::set<std::size_t> after;
    for (const Value& v : n.args()) add(v, after);
    return barriers_[&n] = std::move(after);
  }

  std::unordered_map<Value, std::size_t, ValueHash> maker_;
  std::unordered_map<const Node*, std::set<std::size_t>> barriers_;
};

}  // namespace

void order_for_memory(const Lowered& lowered, std::vector<Step>& steps) {
  std::unordered_set<Value, ValueHash> given;
  for (const Value& v : lowered.f->results) given.insert(root_of(v));
  std::set<const Node*> in_place;
  for (const Replacement& r : lowered.in_place) in_place.insert(root_of(lowered.f->results[r.result]).node().get());
  StepOrder problem;
  std::unordered_map<Value, std::size_t, ValueHash> temporary;
  Dependences dependences(steps);
  const std::size_t free = steps.size() - in_place.size();
  for (std::size_t s = 0; s < steps.size(); ++s) {
    StepOrder::Step step;
    std::set<std::size_t> after;
    for (const Value& v : steps[s].node->args()) {
      dependences.add(v, after);
      if (const auto it = temporary.find(root_of(v)); it != temporary.end()) step.reads.push_back(it->second);
    }
    for (std::size_t k = s == free ? 0 : s - 1; s >= free && k < s; ++k) after.insert(k);
    step.after.assign(after.begin(), after.end());
    for (const Value& v : steps[s].outputs()) {
      if (given.contains(v)) continue;
      step.makes.push_back(temporary[v] = problem.bytes.size());
      problem.bytes.push_back(bytes_of(v.dtype(), element_count(v.shape())));
    }
    step.workspace = steps[s].workspace;
    problem.steps.push_back(std::move(step));
  }
  std::vector<Step> ordered;
  for (std::size_t s : memory_order(problem)) ordered.push_back(std::move(steps[s]));
  steps = std::move(ordered);
}

}  // namespace tenon
