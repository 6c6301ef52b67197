#include "op/text_formula.h"

#include <mutex>
#include <string>
#include <unordered_map>

#include "base/hash.h"
#include "expr/evaluate.h"
#include "op/formula.h"

namespace tenon {

namespace {

/// Formulas by text and operand types. When it is full it starts afresh.
class FormulaMemory {
 public:
  std::shared_ptr<const FormulaOps> find(std::uint64_t key, std::string_view text, const std::vector<Type>& in) {
    std::lock_guard lock(mutex_);
    for (auto [it, end] = entries_.equal_range(key); it != end; ++it)
      if (it->second.text == text && it->second.in == in) return it->second.ops;
    return nullptr;
  }
  void add(std::uint64_t key, std::string_view text, const std::vector<Type>& in,
           std::shared_ptr<const FormulaOps> ops) {
    std::lock_guard lock(mutex_);
    if (entries_.size() >= kMost) entries_.clear();
    entries_.emplace(key, Entry{std::string(text), in, std::move(ops)});
  }

 private:
  static constexpr std::size_t kMost = 1024;
  struct Entry {
    std::string text;
    std::vector<Type> in;
    std::shared_ptr<const FormulaOps> ops;
  };
  std::mutex mutex_;
  std::unordered_multimap<std::uint64_t, Entry> entries_;
};

/// "y" or, where errors may speak of the operands, "y(x, ids)".
std::string label_of(const expr::TextFormula& formula, const expr::FormulaStep& step) {
  if (expr::operands_of_indices(step.e).empty()) return step.name;
  std::string names;
  for (const std::size_t k : step.operands) names += (names.empty() ? "" : ", ") + formula.name_of(k);
  return fmt::format("{}({})", step.name, names);
}

}  // namespace

FormulaOps formula_ops(const expr::TextFormula& formula) {
  FormulaOps ops;
  for (const expr::FormulaStep& s : formula.steps)
    ops.steps.push_back({make_op(Formula{s.e, label_of(formula, s)}), s.operands});
  return ops;
}

std::shared_ptr<const FormulaOps> formula_ops(std::string_view text, const std::vector<Type>& operands) {
  static FormulaMemory memory;
  std::uint64_t key = mix(std::uint64_t{0}, text);
  for (const Type& t : operands) key = mix(key, hash_of(t));
  if (auto known = memory.find(key, text, operands)) return known;
  auto ops = std::make_shared<const FormulaOps>(formula_ops(expr::parse_formula(text, operands)));
  memory.add(key, text, operands, ops);
  return ops;
}

}  // namespace tenon
