#include "compile/executable.h"

#include <list>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>

#include "compile/host_step.h"
#include "compile/row_executable.h"
#include "ir/walk.h"
#include "op/control/if.h"
#include "op/control/scan.h"
#include "op/control/while.h"

namespace tenon {

namespace {

using ExecutableRef = std::shared_ptr<const Executable>;

class Whole final : public Executable {
 public:
  explicit Whole(std::shared_ptr<const runtime::Program> program) : program_(std::move(program)) {}
  std::vector<Array> run(std::span<const Array> inputs) const override { return program_->run(inputs); }
  const runtime::Program* program() const override { return program_.get(); }
  std::size_t programs() const override { return 1; }

 private:
  std::shared_ptr<const runtime::Program> program_;
};

/// A function with unknown extents: compiled for each combination of values that comes, the latest of which are kept.
class Specialized final : public Executable {
 public:
  /// `why`: it is not run by rows.
  Specialized(Function f, std::string cause, std::string why)
      : f_(std::move(f)), cause_(std::move(cause)), why_(std::move(why)), unknowns_(unknowns(f_)) {}
  /// For the values of some unknowns; data decides the others.
  Specialized(Function f, std::string cause, std::string why, std::vector<std::string> names)
      : f_(std::move(f)), cause_(std::move(cause)), why_(std::move(why)), unknowns_(std::move(names)) {}

  std::vector<Array> run(std::span<const Array> inputs) const override {
    return of(values_of_unknowns(f_, inputs))->run(inputs);
  }
  std::size_t programs() const override {
    const std::scoped_lock lock(mutex_);
    std::size_t sum = dropped_;
    for (const auto& [values, e] : latest_) sum += e->programs();
    return sum;
  }

  /// Values of other unknowns make no difference.
  ExecutableRef of(const DimValues& all) const {
    DimValues values;
    for (const std::string& name : unknowns_) {
      const auto it = std::ranges::find(all, name, &DimValues::value_type::first);
      require(it != all.end(), "{}: nothing says what the extent ?{} is when it is needed", f_.name, name);
      values.push_back(*it);
    }
    std::scoped_lock lock(mutex_);
    for (auto it = latest_.begin(); it != latest_.end(); ++it) {
      if (it->first != values) continue;
      latest_.splice(latest_.begin(), latest_, it);
      return it->second;
    }
    latest_.emplace_front(values, executable(with_values(f_, values), cause_));
    if (latest_.size() > kMost) drop_oldest();
    return latest_.front().second;
  }

 private:
  void drop_oldest() const {
    if (dropped_ == 0) warn();
    dropped_ += latest_.back().second->programs();
    latest_.pop_back();
  }

  /// Once for each function.
  void warn() const {
    std::string names, last;
    for (const auto& [name, value] : latest_.front().first) {
      names += (names.empty() ? "?" : ", ?") + name;
      last += (last.empty() ? "" : ", ") + to_string(value);
    }
    fmt::print(stderr,
               "tenon: warning: function {} has been compiled for more than {} values of {} (last: {}), and will be "
               "compiled again for those that it drops, because {}; pad to fewer extents, or set TENON_LOG=compile to "
               "see each cause\n",
               f_.name, kMost, names, last, why_);
  }

  static constexpr std::size_t kMost = 64;
  Function f_;
  std::string cause_, why_;
  std::vector<std::string> unknowns_;
  mutable std::mutex mutex_;
  mutable std::list<std::pair<DimValues, ExecutableRef>> latest_;
  mutable std::size_t dropped_ = 0;  ///< programs
};

bool is_computed(const Node& n) { return !n.is_parameter() && !n.is_settled(); }

using Names = std::set<std::string>;

/// Unknowns that arguments say.
Names given_unknowns(const Function& f) {
  Names names;
  for (const Value& p : f.parameters)
    for (Dim d : p.shape())
      for (std::string& name : unknowns(d)) names.insert(std::move(name));
  return names;
}

void learn(Names& known, const Shape& shape) {
  for (Dim d : shape)
    for (std::string& name : unknowns(d)) known.insert(std::move(name));
}

/// Unknowns in attributes, which other operators have said.
void learn_attributes(Names& known, const Op& op) {
  for (const Field& field : op.fields()) {
    if (auto* shape = std::get_if<const Shape*>(&field.value)) learn(known, **shape);
    if (auto* e = std::get_if<const expr::Expr*>(&field.value))
      for (Dim d : (*e)->domain.extent) learn(known, {d});
  }
}

/// An extent of a result is unknown that no argument says and that stands in no operand or attribute: data decides it.
bool is_sized_by_data(const Node& n, Names known) {
  learn_attributes(known, n.op());
  for (const Value& v : n.args()) {
    learn(known, v.shape());
    if (const Shape* extents = v.node()->extents(v.output())) learn(known, *extents);
  }
  for (const Type& t : n.types())
    for (Dim d : t.shape)
      for (const std::string& name : unknowns(d))
        if (!known.contains(name)) return true;
  return false;
}

bool runs_in_program(const Node& n, const Names& given);

bool on_host(const Node& n, const Names& given) {
  if (!is_computed(n)) return false;
  if (n.op().traits().sized_by_data || is_sized_by_data(n, given)) return true;
  return n.op().traits().host && !runs_in_program(n, given);
}

/// Composites of the host are replaced by what they stand for.
Function with_host_expanded(Function f) {
  auto composite = [](const Node* n) { return is_computed(*n) && n->op().traits().host && n->op().has_expand(); };
  while (std::ranges::any_of(topological(f.results), composite))
    f = rebuild(f, [&](const Node& n, std::span<const Value> args) {
      Builder builder;
      return composite(&n) ? n.op().expand(builder, args) : Values();
    });
  return f;
}

/// A branch or loop whose functions hold nothing but what a program computes.
bool runs_in_program(const Node& n, const Names& given) {
  if (!get_if<If>(n.op()) && !get_if<While>(n.op()) && !get_if<ScanLoop>(n.op())) return false;
  return std::ranges::all_of(n.op().fields(), [&](const Field& field) {
    const auto* body = std::get_if<const FunctionPtr*>(&field.value);
    if (body == nullptr || !**body) return true;
    const Function f = with_host_expanded(***body);
    Names known = given_unknowns(f);
    known.insert(given.begin(), given.end());
    const auto dense = [](const Node* inner) {
      return std::ranges::all_of(inner->types(), [](const Type& t) { return t.is_dense(); });
    };
    return std::ranges::all_of(f.parameters, [&](const Value& v) { return dense(v.node().get()); }) &&
           std::ranges::all_of(topological(f.results),
                               [&](const Node* inner) { return dense(inner) && !on_host(*inner, known); });
  });
}

/// Holds a function whose own extents are unknown, which values must be put into before it is called.
bool holds_unknowns(const Node& n) {
  if (!is_computed(n)) return false;
  return std::ranges::any_of(n.op().fields(), [](const Field& field) {
    const auto* f = std::get_if<const FunctionPtr*>(&field.value);
    return f && **f && !unknowns(***f).empty();
  });
}

/// A sequence may turn out to have elements of narrower types than are known before.
bool retyped(Array& a, const Type& wanted) {
  if (!is_form(wanted, Composite::Form::Sequence) || !is_form(a.type(), Composite::Form::Sequence)) return false;
  try {
    a = Array(wanted, a.parts());
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Programs and host steps in turn: a stage computes what needs nothing but earlier stages, then runs its host steps.
class Staged final : public Executable {
 public:
  Staged(Function f, const std::string& cause) : f_(std::move(f)), given_(given_unknowns(f_)) {
    for (const Value& p : f_.parameters) slot_of(p);
    find_stages();
    for (std::size_t s = 0; s < stages_.size(); ++s) add_segment(s, cause), add_host_steps(s);
    for (const Value& r : f_.results) results_.push_back(slot_of(r));
    find_last_uses();
  }

  std::vector<Array> run(std::span<const Array> inputs) const override {
    DimValues values = values_of_unknowns(f_, inputs);
    std::vector<Array> slots(slot_.size());
    for (std::size_t k = 0; k < inputs.size(); ++k) slots[k] = inputs[k];
    for (const auto& [slot, data] : constants_) slots[slot] = data;
    for (const Step& step : steps_) {
      std::vector<Array> in;
      for (std::size_t slot : step.in) in.push_back(slots[slot]);
      std::vector<Array> out = step.host ? step.host->run(in) : step.segment.run(in, values);
      for (std::size_t k = 0; k < step.out.size(); ++k) {
        // Results that nobody reads may share the names of their extents with others.
        const bool says = step.host && (is_read_[step.out[k]] || !are_known(step.host->types()[k].shape, values));
        if (says && !match(step.host->types()[k], out[k].type(), values) &&
            !retyped(out[k], with_values(step.host->types()[k], values)))
          fail("{}: result {} is {}, expected {}", step.host->label(), k, out[k].type(),
               with_values(step.host->types()[k], values));
        slots[step.out[k]] = std::move(out[k]);
      }
      for (std::size_t slot : step.last_used) slots[slot] = Array();
    }
    std::vector<Array> results;
    for (std::size_t slot : results_) results.push_back(slots[slot]);
    return results;
  }

  std::size_t programs() const override {
    std::size_t sum = 0;
    for (const Step& step : steps_) sum += step.segment.programs();
    return sum;
  }

 private:
  /// Between host steps; one of the two.
  struct Segment {
    ExecutableRef by_rows;
    std::shared_ptr<const Specialized> specialized;

    std::vector<Array> run(std::span<const Array> in, const DimValues& values) const {
      return by_rows ? by_rows->run(in) : specialized->of(values)->run(in);
    }
    std::size_t programs() const { return by_rows ? by_rows->programs() : specialized ? specialized->programs() : 0; }
  };
  struct Step {
    Segment segment;  ///< or
    std::shared_ptr<const HostStep> host;
    std::vector<std::size_t> in, out, last_used;
  };
  struct Stage {
    std::vector<Node*> computed, host;
  };

  std::size_t slot_of(const Value& v) {
    auto [it, fresh] = slot_.try_emplace(v, slot_.size());
    if (fresh && v.node()->is_settled()) constants_.emplace_back(it->second, v.node()->result(v.output()));
    return it->second;
  }

  void find_stages() {
    std::vector<Staging> nodes;
    for (Node* n : topological(f_.results))
      if (is_computed(*n)) nodes.emplace_back(n, on_host(*n, given_), given_);
    NodeMap<const Staging*> of;
    for (const Staging& s : nodes) of[s.node] = &s;
    // What says an extent may stand behind its users in the order of the graph.
    for (std::size_t pass = 0; delay(nodes, of); ++pass)
      expect(pass <= nodes.size(), "extents that data decides depend on themselves");
    for (const Staging& s : nodes) {
      const auto k = static_cast<std::size_t>(s.stage);
      if (stages_.size() <= k) stages_.resize(k + 1);
      (s.host ? stages_[k].host : stages_[k].computed).push_back(s.node);
    }
  }

  /// A node, and the stage that it belongs to as far as is known.
  struct Staging {
    Node* node;
    bool host;
    Names extents;  ///< unknowns in its results and attributes, but those that arguments say
    int stage = 0;

    Staging(Node* n, bool on_host, const Names& given) : node(n), host(on_host) {
      for (const Type& t : n->types()) learn(extents, t.shape);
      learn_attributes(extents, n->op());
      std::erase_if(extents, [&](const std::string& name) { return given.contains(name); });
    }
  };

  /// Moves nodes behind the stages that they need: those of their operands, and the first after which host steps have
  /// said their extents. False where all are in place.
  static bool delay(std::vector<Staging>& nodes, const NodeMap<const Staging*>& of) {
    std::map<std::string, int> said;
    for (const Staging& s : nodes)
      for (const std::string& name : s.host ? s.extents : Names()) {
        const auto [it, first] = said.try_emplace(name, s.stage);
        if (!first) it->second = std::min(it->second, s.stage);
      }
    bool moved = false;
    for (Staging& s : nodes) {
      int stage = s.stage;
      for (const Value& v : s.node->args())
        if (const Staging* const* operand = of.find(v.node().get()))
          stage = std::max(stage, (*operand)->stage + ((*operand)->host && !s.host));
      for (const std::string& name : s.host ? Names() : s.extents)
        if (const auto it = said.find(name); it != said.end()) stage = std::max(stage, it->second + 1);
      moved |= stage != s.stage;
      s.stage = stage;
    }
    return moved;
  }

  /// The computed nodes of a stage as one function of what comes from elsewhere.
  void add_segment(std::size_t s, const std::string& cause) {
    const auto& nodes = stages_[s].computed;
    if (nodes.empty()) return;
    std::unordered_map<Value, Value, ValueHash> copies;
    Function segment{fmt::format("{}_{}", f_.name, s), {}, {}};
    Step step;
    auto copy_of = [&](const Value& v) {
      if (v.node()->is_settled()) return v;
      auto [it, fresh] = copies.try_emplace(v);
      if (fresh) {  // it comes from elsewhere
        step.in.push_back(slot_of(v));
        it->second = segment.parameters.emplace_back(Node::parameter(v.type()), 0);
      }
      return it->second;
    };
    Builder builder;
    for (Node* n : nodes) {
      std::vector<Value> args;
      for (const Value& v : n->args()) args.push_back(copy_of(v));
      const Values outputs = builder.apply(n->op_ref(), args);
      for (std::size_t k = 0; k < outputs.size(); ++k) copies[{n->ref(), static_cast<std::int32_t>(k)}] = outputs[k];
    }
    for (const Value& v : leaving(nodes)) {
      step.out.push_back(slot_of(v));
      segment.results.push_back(copies.at(v));
    }
    std::string why;
    if (auto parts = by_rows(segment, why))
      step.segment.by_rows = executable_by_rows(std::move(segment), std::move(*parts), cause);
    else
      step.segment.specialized = std::make_shared<const Specialized>(std::move(segment), cause, why);
    steps_.push_back(std::move(step));
  }

  /// Values of these nodes that others, or the results, use.
  std::vector<Value> leaving(const std::vector<Node*>& nodes) {
    NodeMap<bool> inside;
    for (const Node* n : nodes) inside[n] = true;
    std::vector<Value> list;
    auto add = [&](const Value& v) {
      if (inside.find(v.node().get()) && std::ranges::find(list, v) == list.end()) list.push_back(v);
    };
    for (const Node* n : topological(f_.results))
      if (!inside.find(n))
        for (const Value& v : n->args()) add(v);
    for (const Value& r : f_.results) add(r);
    return list;
  }

  void add_host_steps(std::size_t s) {
    for (const Node* n : stages_[s].host) {
      Step step;
      step.host = make_host_step(*n);
      for (const Value& v : n->args()) step.in.push_back(slot_of(v));
      for (std::size_t k = 0; k < n->outputs(); ++k)
        step.out.push_back(slot_of({n->ref(), static_cast<std::int32_t>(k)}));
      steps_.push_back(std::move(step));
    }
  }

  static bool are_known(const Shape& shape, const DimValues& values) {
    Names names;
    learn(names, shape);
    return std::ranges::all_of(names, [&](const std::string& name) {
      return std::ranges::find(values, name, &DimValues::value_type::first) != values.end();
    });
  }

  void find_last_uses() {
    is_read_.assign(slot_.size(), 0);
    for (const Step& step : steps_)
      for (std::size_t slot : step.in) is_read_[slot] = 1;
    for (std::size_t slot : results_) is_read_[slot] = 1;
    std::vector<std::size_t> last(slot_.size(), steps_.size());
    for (std::size_t k = 0; k < steps_.size(); ++k)
      for (const auto* slots : {&steps_[k].in, &steps_[k].out})
        for (std::size_t slot : *slots) last[slot] = k;
    for (std::size_t slot : results_) last[slot] = steps_.size();
    for (std::size_t slot = 0; slot < last.size(); ++slot)
      if (last[slot] < steps_.size()) steps_[last[slot]].last_used.push_back(slot);
  }

  Function f_;
  Names given_;
  std::vector<Stage> stages_;
  std::vector<Step> steps_;
  std::unordered_map<Value, std::size_t, ValueHash> slot_;
  std::vector<std::pair<std::size_t, Array>> constants_;
  std::vector<std::size_t> results_;
  std::vector<char> is_read_;  ///< by slot, whether a step or a result needs it
};

}  // namespace

std::shared_ptr<const Executable> executable(const Function& f, const std::string& cause,
                                             const Replacements& replacements) {
  Function expanded = with_host_expanded(f);
  const auto nodes = topological(expanded.results);
  const Names given = given_unknowns(f);
  const bool hosted = std::ranges::any_of(nodes, [&](const Node* n) { return on_host(*n, given); }) ||
                      std::ranges::any_of(f.parameters, [](const Value& v) { return !v.type().is_dense(); });
  if (hosted) {
    if (!given.empty() && std::ranges::any_of(nodes, [](const Node* n) { return holds_unknowns(*n); }))
      return std::make_shared<const Specialized>(f, cause, "functions inside of it need to know them",
                                                 std::vector<std::string>(given.begin(), given.end()));
    return std::make_shared<const Staged>(std::move(expanded), cause);
  }
  if (is_concrete(f)) return std::make_shared<const Whole>(compiled(expanded, cause, replacements));
  std::string why;
  if (auto parts = by_rows(f, why)) return executable_by_rows(f, std::move(*parts), cause);
  return std::make_shared<const Specialized>(f, cause, why);
}

}  // namespace tenon
