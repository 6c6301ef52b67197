// The code of docs/formulas.md and docs/adding-an-operator.md: operators of one's own. Without an argument all parts
// run; with one, the part of that name.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "eager/grad.h"
#include "op/functions.h"

// [c_function]
/// Medians of the rows of a matrix of f32, as a C library would export them; 0 is success.
extern "C" std::int32_t median_shape(void*, std::int32_t ins, const tenon::dlpack::Tensor* in, std::int32_t,
                                     tenon::dlpack::Tensor* out) {
  if (ins != 1 || in[0].ndim != 2 || in[0].dtype.code != 2 || in[0].dtype.bits != 32 || in[0].shape[1] == 0) return 1;
  out[0].dtype = in[0].dtype;
  out[0].ndim = 1;
  out[0].shape[0] = in[0].shape[0];
  return 0;
}
extern "C" std::int32_t median(void*, std::int32_t, const tenon::dlpack::Tensor* in, std::int32_t,
                               tenon::dlpack::Tensor* out) {
  const std::int64_t rows = in[0].shape[0], columns = in[0].shape[1];
  for (std::int64_t i = 0; i < rows; ++i) {
    const float* x = static_cast<const float*>(in[0].data) + i * columns;
    std::vector<float> row(x, x + columns);
    std::nth_element(row.begin(), row.begin() + columns / 2, row.end());
    static_cast<float*>(out[0].data)[i] = row[static_cast<std::size_t>(columns / 2)];
  }
  return 0;
}
// []

namespace {

using namespace tenon;

const Tensor kPoints = Tensor::from({0.f, 0.f, 1.f, 0.f, 0.f, 2.f}, {3, 2});

void text() {
  // [text]
  Tensor x = Tensor::from({0.f, 0.f, 3.f, 0.f, 0.f, 2.f}, {3, 2}).track(), y = Tensor::from({1.f, 1.f}, {1, 2});
  Tensor k = formula("K[i,j] = 1/(1 + sum[k]((x[i,k] - y[j,k])**2))", {x, y});  // in the order of the text
  Tensor dx = grad(sum(k), {x})[0];
  fmt::print("{}\n{}\n", to_string(k), to_string(dx));
  // []
}

void statements() {
  // [statements]
  Tensor scores =
      formula("m[i] max= x[i,j]; e[i,j] = exp(x[i,j] - m[i]); s[i] += e[i,j]; p[i,j] = e[i,j]/s[i]", {kPoints});
  fmt::print("{}\n", to_string(scores));
  // []
}

void cpp() {
  // [cpp]
  using namespace tenon::expr;
  const Type &a = kPoints.type(), &b = kPoints.type();
  const Index i("i", a.shape[0]), j("j", b.shape[0]), k("k", a.shape[1]);
  const Scalar difference = Input(0, a)(i, k) - Input(1, b)(j, k);
  const Expr distance = compute({a, b}, {i, j}, sqrt(sum({k}, difference * difference)));
  Tensor d = formula(distance, {kPoints, kPoints});
  fmt::print("{}\n", to_string(d));
  // []
}

void mistakes() {
  // [mistakes]
  try {
    Tensor c = formula("C[i,j] = A[i,k]*B[k,j]", {kPoints, kPoints});
  } catch (const Error& e) {
    fmt::print("{}\n", e.what());
  }
  // []
}

void custom_gradient() {
  // [custom]
  // Rounds to quarters; the gradient goes straight through between -1 and 1.
  register_custom_function(
      "quarters",
      {.expand = [](Builder& b, std::span<const Value> in) -> Values {
         return {formula("y[i] = round(4*x[i])/4", {Built{&b, in[0]}}).value};
       },
       .vjp = [](Builder& b, std::span<const Value> in, std::span<const Value>, std::span<const Value> grad) -> Values {
         return {formula("dx[i] = where(abs(x[i]) <= 1, dy[i], 0)", {Built{&b, in[0]}, Built{&b, grad[0]}}).value};
       }});
  Tensor x = Tensor::from({0.3f, -0.9f, 1.4f}, {3}).track();
  Tensor y = custom("quarters", {x})[0];
  fmt::print("{}\n{}\n", to_string(y), to_string(grad(sum(2 * y), {x})[0]));
  // []
}

void external() {
  // [external]
  HostFunction f = host_function({.outputs = 1, .infer = &median_shape, .evaluate = &median});
  f.vjp = [](Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) -> Values {
    const Built x{&b, in[0]}, m{&b, out[0]}, dm{&b, grad[0]};
    return {formula("dx[i,j] = where(x[i,j] == m[i], dm[i], 0)", {x, m, dm}).value};
  };
  register_host_function("median", f);

  Tensor x = Tensor::from({3.f, 1.f, 2.f, 5.f, 9.f, 7.f}, {2, 3}).track();
  Tensor m = host_callback("median", {2 * x})[0];  // between compiled parts
  fmt::print("{}\n{}\n", to_string(m), to_string(grad(sum(m), {x})[0]));
  // []
  try {
    host_callback("median", {m});
  } catch (const Error& e) {
    fmt::print("{}\n", e.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, void (*)()> parts{
      {"text", text},         {"statements", statements},  {"cpp", cpp},
      {"mistakes", mistakes}, {"custom", custom_gradient}, {"external", external}};
  if (argc > 1) return parts.at(argv[1])(), 0;
  for (const auto& [name, part] : parts) part();
}
