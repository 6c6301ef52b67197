// Any text is a formula that means something and can be worked on, or an Error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "expr/analyse.h"
#include "expr/evaluate.h"
#include "expr/formula.h"
#include "expr/formula_text.h"
#include "expr/gradient.h"
#include "expr/text.h"

namespace {

using namespace tenon;
using namespace tenon::expr;

/// What a tensor of that name is, whatever the formula does with it.
Type type_of(const std::string& name) {
  switch (name[0]) {
    case 'i': return {DType::I64, {4}};
    case 's': return {DType::F32, {}};
    case 'v': return {DType::F64, {5}};
    case 'w': return {DType::BF16, {3}};
    case 'W': return {DType::F32, {2, 3, 3}};
    case 'X': return {DType::F32, {2, 3, 9}};
    default: return {DType::F32, {4, 5}};
  }
}

bool is_small(const Expr& e) {
  double points = 1;
  for (Dim d : e.domain.extent) points *= static_cast<double>(d);
  return points <= 1024 && e.nodes.size() <= 64;
}

/// The steps in turn, while they are small.
void evaluate_small(const TextFormula& f, std::vector<Array> tensors) {
  for (const FormulaStep& s : f.steps) {
    if (!is_small(s.e)) return;
    std::vector<Array> in;
    for (std::size_t k : s.operands) in.push_back(tensors[k]);
    try {
      tensors.push_back(evaluate(s.e, in));
    } catch (const Error&) {  // a position from data
      return;
    }
  }
}

void work_on(const FormulaStep& s, const TextFormula& f) {
  if (parse(to_text(s.e), s.e.in) != s.e) std::abort();
  FormulaNames names{.target = "out_", .operands = {}, .target_indices = {}, .operand_indices = {}};
  for (std::size_t k : s.operands) names.operands.push_back(f.name_of(k));
  to_formula(s.e, names);
  if (!s.e.is_concrete()) return;
  cost_of(s.e);
  if (!is_small(s.e)) return;
  try {
    classify(s.e);
    as_scatter(s.e);
    for (std::size_t k = 0; k < s.operands.size(); ++k) gradient(s.e, static_cast<std::int32_t>(k));
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    std::vector<Type> types;
    std::vector<Array> operands;
    for (const std::string& name : operands_of(text)) {
      types.push_back(type_of(name));
      operands.push_back(Array::full(types.back(), is_float(types.back().dtype) ? Number(0.5) : Number::of_int(1)));
    }
    const TextFormula f = parse_formula(text, types);
    for (const FormulaStep& s : f.steps) work_on(s, f);
    evaluate_small(f, operands);
  } catch (const Error&) {
  }
  return 0;
}
