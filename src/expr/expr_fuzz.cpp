// Any text is an expression that prints and reads back as itself and can be worked on, or an Error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "expr/analyse.h"
#include "expr/evaluate.h"
#include "expr/gradient.h"
#include "expr/text.h"

namespace {

using namespace tenon;
using namespace tenon::expr;

const std::vector<Type> kOperands{{DType::F32, {4, 5}}, {DType::F64, {3}}, {DType::I64, {4}}, {DType::BF16, {2, 3, 4}}};

bool is_small(const Expr& e) {
  double points = 1;
  for (Dim d : e.domain.extent) points *= static_cast<double>(d);
  return points <= 1024 && e.nodes.size() <= 64;
}

void evaluate_small(const Expr& e) {
  std::vector<Array> inputs;
  for (const Type& t : e.in) inputs.push_back(Array::full(t, is_float(t.dtype) ? Number(0.5) : Number::of_int(1)));
  try {
    evaluate(e, inputs);
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Expr e;
  try {
    e = parse({reinterpret_cast<const char*>(data), size}, kOperands);
  } catch (const Error&) {
    return 0;
  }
  Expr again = parse(to_text(e), kOperands);
  if (again != e || again.hash() != e.hash()) std::abort();
  to_loops(e);
  if (!e.is_concrete()) return 0;
  cost_of(e);
  if (!is_small(e)) return 0;
  evaluate_small(e);
  try {
    classify(e);
    as_scatter(e);
    for (std::int32_t k = 0; k < static_cast<std::int32_t>(kOperands.size()); ++k) gradient(e, k);
  } catch (const Error&) {
  }
  return 0;
}
