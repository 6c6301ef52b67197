// The code and the output of docs/expressions.md: prints the part whose name is given, or the names of all.
#include <fmt/format.h>

#include "expr/analyse.h"
#include "expr/build.h"
#include "expr/evaluate.h"
#include "expr/gradient.h"
#include "expr/text.h"

namespace {

using namespace tenon;
using namespace tenon::expr;

// [convolution]
/// x [batch, channel, length], w [feature, channel, window] -> [batch, feature, …]; zeros around x.
Expr convolution(const Type& image, const Type& kernel, i64 stride, i64 pad) {
  Input x(0, image), w(1, kernel);
  i64 length = (x.dim(2) + 2 * pad - w.dim(2)) / stride + 1;
  Index n("n", x.dim(0)), f("f", w.dim(0)), p("p", length);  // parallel: one for each dimension of the result
  Index c("c", x.dim(1)), r("r", w.dim(2));                  // summed over
  return compute({image, kernel}, {n, f, p}, sum({c, r}, x.outside(0)(n, c, p * stride + r - pad) * w(f, c, r)));
}
// []

const Expr kConvolution = convolution({DType::F32, {2, 3, 9}}, {DType::F32, {4, 3, 3}}, 2, 1);

std::string evaluated() {
  // [evaluate]
  Expr e = convolution({DType::F32, {1, 1, 4}}, {DType::F32, {1, 1, 3}}, 1, 1);
  Array x = Array::from<float>({1, 2, 3, 4}, {1, 1, 4}), w = Array::from<float>({1, 1, 1}, {1, 1, 3});
  Array y = evaluate(e, std::vector<Array>{x, w});
  // []
  return to_string(y) + "\n";
}

std::string gradient_of(std::int32_t operand) {
  std::string s;
  for (const GradientTerm& t : gradient(kConvolution, operand)) s += to_text(t.e) + "\n";
  return s;
}

std::string classified() {
  auto describe = [](const char* name, const Expr& e) {
    auto c = classify(e);
    if (!c) return std::string("no contraction\n");
    auto volume = [&](const std::vector<IndexId>& indices) {
      i64 v = 1;
      for (IndexId i : indices) v *= c->open.p().extent(i);
      return v;
    };
    Cost cost = cost_of(e);
    return fmt::format("{:<8} {}: M {} x N {} x K {}; {} operations, {} bytes\n", name, c->kind, volume(c->m),
                       volume(c->n), volume(c->k), cost.flops, cost.bytes);
  };
  return describe("forward", kConvolution) + describe("dx", gradient(kConvolution, 0)[0].e) +
         describe("dw", gradient(kConvolution, 1)[0].e);
}

std::string fused() {
  // [fuse]
  Type y = kConvolution.type(), bias{DType::F32, {4}};
  Index n("n", 2), f("f", 4), p("p", 5);
  Expr relu = compute({y, bias}, {n, f, p}, max(Input(0, y)(n, f, p) + Input(1, bias)(f), 0));
  Expr one = *fuse(relu, /*operand=*/0, /*producer=*/kConvolution);
  // []
  return to_text(one) + "\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::pair<std::string, std::string>> parts{{"text", to_text(kConvolution) + "\n"},
                                                               {"loops", to_loops(kConvolution)},
                                                               {"evaluate", evaluated()},
                                                               {"gradient_x", gradient_of(0)},
                                                               {"gradient_w", gradient_of(1)},
                                                               {"classify", classified()},
                                                               {"fuse", fused()}};
  bool found = false;
  for (const auto& [name, text] : parts) {
    if (argc == 1) fmt::print("{}\n", name);
    if (argc > 1 && name == argv[1]) found = true, fmt::print("{}", text);
  }
  return argc > 1 && !found;
}
