#include "app/cli/formula_report.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "autodiff/reverse.h"
#include "base/suggest.h"
#include "expr/build.h"
#include "expr/formula_text.h"
#include "expr/text.h"
#include "ir/attribute_text.h"
#include "op/handle.h"
#include "op/sample_data.h"
#include "op/text_formula.h"

namespace tenon::app {

namespace {

using expr::Expr;
using expr::IndexId;
using expr::Kind;
using expr::NodeId;

/// Tensors of a function's graph by what they are called.
class Names {
 public:
  void give(const Value& v, std::string name, std::vector<std::string> indices = {}) {
    if (entries_.try_emplace(v, Entry{name, std::move(indices)}).second) types_.emplace_back(std::move(name), v.type());
  }
  bool knows(const Value& v) const { return entries_.contains(v); }
  const std::string& name(const Value& v) const { return entries_.at(v).name; }
  const std::vector<std::string>& indices(const Value& v) const { return entries_.at(v).indices; }
  /// In the order in which they were named.
  const std::vector<std::pair<std::string, Type>>& types() const { return types_; }

 private:
  struct Entry {
    std::string name;
    std::vector<std::string> indices;
  };
  std::unordered_map<Value, Entry, ValueHash> entries_;
  std::vector<std::pair<std::string, Type>> types_;
};

void add_roles(StatementReport& s, const expr::Contraction& c, const std::vector<std::string>& names) {
  auto add = [&](const char* role, const std::vector<IndexId>& indices) {
    if (indices.empty()) return;
    RoleReport r{.role = role};
    for (IndexId i : indices) {
      const expr::IndexInfo& info = c.open.p().index(i);  // open() calls them i0, i1, …, and reduced ones k0, …
      r.extent *= info.extent;
      const std::size_t behind = info.name[0] == 'k'
                                     ? s.indices.size() - static_cast<std::size_t>(std::ranges::count_if(
                                                              s.indices, &expr::FormulaIndex::reduced))
                                     : 0;
      r.indices.push_back(names[behind + std::stoul(info.name.substr(1))]);
    }
    s.roles.push_back(std::move(r));
  };
  s.kind = c.kind;
  add("batch", c.batch);
  add("M", c.m);
  add("N", c.n);
  add("K", c.k);
}

std::string kind_without_contraction(const Expr& e) {
  if (expr::as_scatter(e)) return "scatter";
  return e.reducer == expr::Reducer::None ? "map" : "reduction";
}

/// What follows from the expression alone.
StatementReport report_of(const Expr& e, const expr::FormulaNames& names) {
  StatementReport s{.name = names.target, .expression = expr::to_text(e), .type = e.type()};
  s.operands = names.operands;
  if (auto text = expr::to_formula(e, names))
    s.text = std::move(*text);
  else
    s.text = s.expression, s.form = StatementReport::Form::Expression;
  const std::vector<std::string> indices = expr::index_names(e, names);
  for (IndexId i = 0; i < e.domain.indices(); ++i)
    s.indices.push_back({.name = indices[static_cast<std::size_t>(i)],
                         .extent = e.domain.extent[static_cast<std::size_t>(i)],
                         .reduced = !e.is_parallel(i)});
  if (e.reducer != expr::Reducer::None) s.reducer = expr::name_of(e.reducer);
  if (!e.is_concrete()) return s;
  std::string why;
  if (auto c = expr::classify(e, &why))
    add_roles(s, *c, indices);
  else
    s.kind = kind_without_contraction(e);
  if (s.kind == "reduction" && e.reducer == expr::Reducer::Sum) s.note = why;
  s.box = expr::cost_of(e);
  s.holding = expr::cost_of(e, expr::Counted::Holding);
  s.steps = s.box.points * static_cast<double>(e.nodes.size());
  return s;
}

expr::FormulaNames names_of(const Names& known, std::span<const Value> args, std::string target,
                            std::vector<std::string> indices) {
  expr::FormulaNames names{.target = std::move(target),
                           .operands = {},
                           .target_indices = std::move(indices),
                           .operand_indices = {},
                           .others = known.types()};
  for (const Value& a : args) {
    names.operands.push_back(known.name(a));
    names.operand_indices.push_back(known.indices(a));
  }
  return names;
}

/// A node as a statement; one that no formula defines is shown by its name.
StatementReport report_of(const Node& n, const Names& known, std::string target, std::vector<std::string> indices) {
  const auto names = names_of(known, n.args(), std::move(target), std::move(indices));
  if (n.op().has_define()) {
    std::vector<Type> in;
    for (const Value& a : n.args()) in.push_back(a.type());
    return report_of(n.op().define(in), names);
  }
  return {.name = names.target,
          .text = fmt::format("{}({})", n.op().name(), listed(names.operands)),
          .expression = {},
          .form = StatementReport::Form::Operator,
          .operands = names.operands,
          .type = n.types()[0]};
}

Expr copy_of(const Type& t) {
  const std::vector<expr::Index> indices = expr::indices(t.shape);
  return expr::compute({t}, expr::dims(indices), expr::Input(0, t)(expr::ats(indices)));
}

/// The names of the indices that run over dimensions of tensors, by tensor: where a statement has such an index alone.
std::vector<std::vector<std::string>> dimension_names(const expr::TextFormula& f, const std::vector<Type>& types) {
  std::vector<std::vector<std::string>> names;
  for (const Type& t : types) names.emplace_back(t.shape.size());
  for (std::size_t k = 0; k < f.steps.size(); ++k) {
    const expr::FormulaStep& step = f.steps[k];
    std::vector<std::string> by_number;
    for (const expr::FormulaIndex& i : step.indices)
      if (!i.reduced || !(i.extent == 1)) by_number.push_back(i.name);
    auto give = [&](std::size_t tensor, std::size_t d, IndexId i) {
      std::string& name = names[tensor][d];
      if (name.empty() &&
          std::ranges::find(names[tensor], by_number[static_cast<std::size_t>(i)]) == names[tensor].end())
        name = by_number[static_cast<std::size_t>(i)];
    };
    for (const expr::Node& n : step.e.nodes)
      for (std::size_t d = 0; n.kind == Kind::Load && d < n.at.size(); ++d)
        if (const IndexId i = expr::plain_index(n.at[d]); i != expr::kNone)
          give(step.operands[static_cast<std::size_t>(n.operand)], d, i);
    IndexId i = 0;
    for (std::size_t d = 0; d < step.e.domain.out.size(); ++d) {
      if (step.e.domain.out[d] == 1) give(f.operands.size() + k, d, i);
      i += step.e.domain.out[d];
    }
  }
  return names;
}

/// Where integers of an operand are positions, what they are below.
std::vector<double> index_ends(const expr::TextFormula& f) {
  std::vector<double> ends(f.operands.size(), 0);
  for (const expr::FormulaStep& step : f.steps)
    for (const expr::Node& n : step.e.nodes) {
      auto limit = [&](const expr::Coord& c, Dim end) {
        if (c.data == expr::kNone || !end.is_constant()) return;
        NodeId data = c.data;
        while (step.e.node(data).kind == Kind::Cast) data = step.e.node(data).args[0];
        const expr::Node& read = step.e.node(data);
        if (read.kind != Kind::Load || step.operands[static_cast<std::size_t>(read.operand)] >= ends.size()) return;
        double& known = ends[step.operands[static_cast<std::size_t>(read.operand)]];
        known = known == 0 ? static_cast<double>(end) : std::min(known, static_cast<double>(end));
      };
      for (std::size_t d = 0; n.kind == Kind::Load && d < n.at.size(); ++d)
        limit(n.at[d], step.e.in[static_cast<std::size_t>(n.operand)].shape[d]);
      for (const expr::Cond& c : n.cond)
        for (const expr::Term& t : c.e.at.terms) limit(c.e, step.e.domain.extent[static_cast<std::size_t>(t.index)]);
    }
  return ends;
}

/// The types in the order in which the formula names its operands.
std::vector<Type> types_of(const std::string& text, const std::vector<NamedTensor>& shapes) {
  const std::vector<std::string> wanted = expr::operands_of(text);
  std::vector<Type> types;
  for (const std::string& name : wanted) {
    const auto found = std::ranges::find(shapes, name, &NamedTensor::name);
    require(found != shapes.end(), "--shapes: the formula reads {}, whose shape is not given; add {}=…", name, name);
    types.push_back(found->type);
  }
  for (const NamedTensor& s : shapes)
    require(std::ranges::find(wanted, s.name) != wanted.end(), "--shapes: the formula does not read {}{}", s.name,
            wanted.empty() ? "; it reads no tensor" : "; it reads " + listed(wanted));
  return types;
}

class Reporter {
 public:
  Reporter(const expr::TextFormula& f, std::vector<Type> types) : f_(f), types_(std::move(types)) {
    for (const expr::FormulaStep& s : f_.steps) types_.push_back(s.e.type());
    indices_ = dimension_names(f_, types_);
  }

  FormulaReport run(bool with_gradients) {
    r_.function.name = "formula";
    r_.index_ends = index_ends(f_);
    for (std::size_t k = 0; k < f_.operands.size(); ++k) add_operand(k);
    const FormulaOps ops = formula_ops(f_);
    for (std::size_t k = 0; k < f_.steps.size(); ++k) add_step(f_.steps[k], ops.steps[k]);
    r_.function.results.push_back(tensors_.back());
    if (with_gradients) add_gradients();
    return std::move(r_);
  }

 private:
  std::string fresh(std::string name) {
    while (!taken_.insert(name).second) name += "_";
    return name;
  }
  void add(Value v, const std::string& name) {
    taken_.insert(name);
    names_.give(v, name, indices_[tensors_.size()]);
    tensors_.push_back(std::move(v));
  }

  void add_operand(std::size_t k) {
    r_.operands.push_back({f_.operands[k], types_[k]});
    add(Value(Node::parameter(types_[k], f_.operands[k]), 0), f_.operands[k]);
    r_.function.parameters.push_back(tensors_.back());
  }

  void add_step(const expr::FormulaStep& written, const FormulaOps::Step& step) {
    std::vector<Value> args;
    for (const std::size_t k : step.operands) args.push_back(tensors_[k]);
    StatementReport s = report_of(written.e, names_of(names_, args, written.name, indices_[tensors_.size()]));
    s.text = written.text;
    s.form = StatementReport::Form::Formula;
    s.indices = written.indices;
    r_.statements.push_back(std::move(s));
    add(apply_op(step.op, std::span<const Value>(args)), written.name);
  }

  void add_gradients() {
    const Value result = tensors_.back();
    require(is_float(result.dtype()), "--grad: the result is {}; only floats have gradients", result.type());
    const Value seed(Node::parameter(result.type(), fresh("d" + f_.steps.back().name)), 0);
    names_.give(seed, seed.node()->name(), indices_.back());
    r_.function.parameters.push_back(seed);
    std::vector<Value> wrt;
    std::vector<std::size_t> numbers;
    for (std::size_t k = 0; k < f_.operands.size(); ++k)
      if (is_float(types_[k].dtype)) wrt.push_back(tensors_[k]), numbers.push_back(k);
    require(!wrt.empty(), "--grad: no operand is of floats");
    const std::vector<Value> grads = gradients(result, wrt, seed);
    for (std::size_t k = 0; k < grads.size(); ++k) add_gradient(grads[k], numbers[k]);
  }

  /// The nodes that neither the formula nor an earlier gradient computes.
  void add_gradient(const Value& gradient, std::size_t operand) {
    GradientReport& g =
        r_.gradients.emplace_back(GradientReport{.operand = f_.operands[operand], .zero = {}, .statements = {}});
    r_.function.results.push_back(gradient);
    const auto uniform = uniform_value(gradient);
    g.zero = uniform && uniform->as_double() == 0;
    const std::string target = fresh("d" + g.operand);
    if (names_.knows(gradient))
      g.statements.push_back(
          report_of(copy_of(gradient.type()), names_of(names_, {&gradient, 1}, target, indices_[operand])));
    for (const Node* n : topological({&gradient, 1})) {
      const Value v(n->ref(), 0);
      if (n->is_parameter() || names_.knows(v)) continue;
      const std::string name = v == gradient ? target : fresh(fmt::format("t{}", ++temporaries_));
      auto indices = v == gradient ? indices_[operand] : std::vector<std::string>(v.type().shape.size());
      g.statements.push_back(report_of(*n, names_, name, indices));
      names_.give(v, name, std::move(indices));
    }
  }

  const expr::TextFormula& f_;
  std::vector<Type> types_;  ///< of operands and steps, as tensors_
  std::vector<std::vector<std::string>> indices_;
  std::vector<Value> tensors_;
  Names names_;
  std::set<std::string> taken_;
  int temporaries_ = 0;
  FormulaReport r_;
};

}  // namespace

FormulaReport report_formula(const std::string& text, const std::vector<NamedTensor>& shapes, bool with_gradients) {
  const std::vector<Type> types = types_of(text, shapes);
  const expr::TextFormula f = expr::parse_formula(text, types);
  return Reporter(f, types).run(with_gradients);
}

std::vector<Array> random_operands(const FormulaReport& r, std::uint64_t seed) {
  std::vector<SampleInput> inputs;
  for (std::size_t k = 0; k < r.function.parameters.size(); ++k) {
    const Type& t = r.function.parameters[k].type();
    const double end = k < r.index_ends.size() ? r.index_ends[k] : 0;
    if (is_float(t.dtype))
      inputs.push_back({t, -1, 1});
    else
      inputs.push_back({t, 0, end > 0 ? std::min(end, highest_of(t.dtype)) : 10});
  }
  return sample_data(inputs, seed);
}

}  // namespace tenon::app
