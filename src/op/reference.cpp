#include <algorithm>
#include <set>
#include <sstream>

#include "expr/text.h"
#include "ir/attribute_text.h"
#include "ir/graph.h"
#include "ir/text.h"
#include "op/catalogue.h"
#include "op/sample_data.h"

namespace tenon {

namespace {

/// In a table's cell there are no line breaks, and bars are escaped.
std::string cell(const std::string& text) {
  std::string out;
  for (char c : text) out += c == '|' ? "\\|" : c == '\n' ? " " : std::string(1, c);
  return out;
}

std::string code(const std::string& text) { return "`" + text + "`"; }

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : std::string(between)) + part;
  return out;
}

std::vector<Operand> operands_of(const std::vector<Type>& types) {
  std::vector<Operand> operands;
  for (const Type& t : types) operands.push_back({t});
  return operands;
}

std::string results_of(const Sample& sample) {
  std::vector<std::string> results;
  for (const Type& t : inferred_types(*sample.op, operands_of(types_of(sample)))) results.push_back(to_string(t));
  return joined(results, ", ");
}

std::string facts(const Catalogued& c, const std::vector<Sample>& samples) {
  const Op& op = *samples[0].op;
  std::set<std::size_t> counts;
  std::vector<std::string> types, traits;
  for (const Sample& s : samples) {
    counts.insert(s.inputs.size());
    for (const SampleInput& input : s.inputs) {
      const std::string name = input.type.is_dense() ? std::string(name_of(input.type.dtype)) : "";
      if (!name.empty() && std::ranges::find(types, name) == types.end()) types.push_back(name);
    }
  }
  std::vector<std::string> numbers;
  for (std::size_t n : counts) numbers.push_back(std::to_string(n));
  const Traits& t = c.info->traits;
  const bool runs_functions = t.host && (c.family == "control" || op.has_expand());
  const std::pair<bool, const char*> known[] = {{t.elementwise, "element-wise"},
                                                {t.contraction, "contraction"},
                                                {t.reduction, "reduction"},
                                                {t.index_map, "moves elements"},
                                                {t.view, "view"},
                                                {t.random, "random"},
                                                {t.commutative, "commutative"},
                                                {t.stops_gradient, "stops gradients"},
                                                {t.sized_by_data, "sized by data"},
                                                {runs_functions, "runs functions"},
                                                {t.host && !runs_functions, "runs on the host"}};
  for (const auto& [is, name] : known)
    if (is) traits.emplace_back(name);
  std::string out = fmt::format("- Family: {}\n- Operands in the samples: {}", c.family, joined(numbers, ", "));
  if (!types.empty()) out += "; element types " + joined(types, ", ");
  out += fmt::format("\n- Meaning: {}; gradient: {}\n", meaning_of(op),
                     op.has_vjp()            ? "its own"
                     : t.stops_gradient      ? "none"
                     : c.family == "control" ? "that of the functions it holds"
                     : op.has_evaluate()     ? "none of its own"
                                             : "derived");
  if (!traits.empty()) out += "- Traits: " + joined(traits, ", ") + "\n";
  return out;
}

std::string attributes(const OpInfo& info) {
  const OpRef op = info.make({});
  if (op->fields().empty()) return "";
  std::string out = "\n## Attributes\n\n| name | kind | default |\n|---|---|---|\n";
  for (const Field& f : op->fields())
    out += fmt::format("| {} | {} | {} |\n", code(std::string(f.name)), kind_of(f.value),
                       code(cell(default_text(f.value))));
  return out;
}

std::string constraints(const Catalogued& c) {
  const auto list = c.constraints();
  if (list.empty()) return "";
  std::string out = "\n## Constraints\n\n";
  for (std::size_t k = 0; k < list.size(); ++k)
    out += fmt::format("{}. {}\n   - {} is refused: {}\n", k + 1, list[k].text,
                       code(brief_call(*list[k].op, list[k].operands)), code(list[k].refusal()));
  return out;
}

std::string samples_text(const std::vector<Sample>& samples) {
  constexpr std::size_t kMost = 12;
  std::string out = "\n## Samples\n\n| call | result |\n|---|---|\n";
  for (std::size_t k = 0; k < std::min(samples.size(), kMost); ++k)
    out += fmt::format("| {} | {} |\n", code(cell(brief_call(*samples[k].op, types_of(samples[k])))),
                       code(cell(results_of(samples[k]))));
  return out;
}

/// An expansion may ask for the values of operands, which a page does not have: then it says nothing.
std::string expansion_of(const Sample& sample) {
  Function f = sample_function(sample);
  f.name = std::string(sample.op->name());
  Builder b;
  try {
    const Values results = sample.op->expand(b, f.parameters);
    f.results.assign(results.begin(), results.end());
    return to_text(f);
  } catch (const Error&) {
    return "";
  }
}

/// The formula or the expansion of the first sample that is neither empty nor a scalar.
std::string meaning(const std::vector<Sample>& samples) {
  const auto telling = std::ranges::find_if(samples, [](const Sample& s) {
    return !s.inputs.empty() && std::ranges::all_of(s.inputs, [](const SampleInput& input) {
      return is_concrete(input.type) && input.type.rank() > 0 && element_count(input.type.shape) > 0;
    });
  });
  if (telling == samples.end()) return "";
  const Op& op = *telling->op;
  const std::vector<Type> types = types_of(*telling);
  const std::string text = op.has_define()   ? expr::to_text(op.define(types)) + "\n"
                           : op.has_expand() ? expansion_of(*telling)
                                             : "";
  constexpr std::size_t kLongest = 4000;
  if (text.empty() || text.size() > kLongest) return "";
  return fmt::format("\n## {}\n\nOf {}:\n\n```text\n{}```\n", op.has_define() ? "Formula" : "Expansion",
                     code(brief_call(op, types)), text);
}

}  // namespace

std::string Constraint::refusal() const {
  try {
    inferred_types(*op, operands_of(operands));
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

std::vector<Constraint> Catalogued::constraints() const {
  std::vector<Constraint> list;
  std::istringstream lines{std::string(constraint_lines)};
  for (std::string line; std::getline(lines, line);) {
    const std::size_t begin = line.find_first_not_of(' '), bar = line.find(" | ");
    if (begin == std::string::npos) continue;
    expect(bar != std::string::npos, "a constraint has an example behind a bar");
    const std::string example = line.substr(bar + 3);
    Lexer lexer(example);
    Constraint c{line.substr(begin, bar - begin), info->make(parse_attributes(lexer)), {}};
    lexer.expect("(", "before the operands of an example");
    while (!lexer.accept(")")) {
      if (!c.operands.empty()) lexer.expect(",", "between operands");
      c.operands.push_back(parse_type(lexer));
    }
    list.push_back(std::move(c));
  }
  return list;
}

std::string_view meaning_of(const Op& op) {
  return op.has_define() ? "a formula" : op.has_expand() ? "smaller operators" : "a special form";
}

std::string totals() {
  int formulas = 0, composites = 0;
  for (const Catalogued& c : catalogue()) {
    const OpRef op = c.info->make({});
    formulas += op->has_define(), composites += op->has_expand();
  }
  const int all = static_cast<int>(catalogue().size());
  return fmt::format("{} operators: {} formulas, {} composites of smaller operators, {} special forms", all, formulas,
                     composites, all - formulas - composites);
}

std::string_view kind_of(const FieldRef& field) {
  constexpr std::string_view kKinds[] = {"bool",    "integer", "number", "text",       "element type", "integers",
                                         "extents", "numbers", "tensor", "expression", "function"};
  static_assert(std::size(kKinds) == std::variant_size_v<FieldRef>);
  return kKinds[field.index()];
}

std::string default_text(const FieldRef& field) {
  const auto* function = std::get_if<const FunctionPtr*>(&field);
  const auto* expression = std::get_if<const expr::Expr*>(&field);
  const auto* tensor = std::get_if<const Array*>(&field);
  const bool none = (function && !**function) || (expression && (*expression)->body == expr::kNone) ||
                    (tensor && !(*tensor)->defined());
  return none ? "none" : to_text(field);
}

std::string brief_call(const Op& op, std::span<const Type> operands) {
  const OpRef plain = op.info().make({});
  Fields given;
  for (std::size_t k = 0; k < op.fields().size(); ++k)
    if (!equal({op.fields()[k]}, {plain->fields()[k]})) given.push_back(op.fields()[k]);
  return describe(op.name(), given, operands);
}

std::string brief(const OpInfo& info) {
  const std::string doc(info.doc);
  for (std::size_t k = 0; k + 1 < doc.size(); ++k)
    if ((doc[k] == '.' || doc[k] == ';') && doc[k + 1] == ' ' && k > 10 && !doc.substr(0, k).ends_with("et al"))
      return doc.substr(0, k);
  return doc.ends_with('.') ? doc.substr(0, doc.size() - 1) : doc;
}

std::string reference_page(const Catalogued& c) {
  const auto samples = c.info->samples();
  return fmt::format("# {}\n\n{}\n\n{}", c.info->name, c.info->doc, facts(c, samples)) + attributes(*c.info) +
         constraints(c) + samples_text(samples) + meaning(samples);
}

std::string reference_index() {
  std::vector<std::string_view> families;
  for (const Catalogued& c : catalogue())
    if (std::ranges::find(families, c.family) == families.end()) families.push_back(c.family);
  std::string out = fmt::format(
      "# Operators\n\n{}, in {} families. The pages are made from\nthe sources by `tenon operators --markdown "
      "docs/operators`; constraints are numbered, and tests name them so:\n\"conv, constraint 2\".\n",
      totals(), families.size());
  for (std::string_view family : families) {
    out += fmt::format("\n## {}\n\n", family);
    for (const Catalogued& c : catalogue())
      if (c.family == family) out += fmt::format("- [{}]({}.md): {}\n", c.info->name, c.info->name, brief(*c.info));
  }
  return out;
}

}  // namespace tenon
