// OpenBLAS, with one thread.
#include <cblas.h>

#include "kernels/contest.h"

namespace tenon::bench {

namespace {

std::optional<Contestant> prepare(const Problem& p) {
  if (p.kind != "gemm" || p.out.dtype != DType::F32) return std::nullopt;
  const Array a = p.in[0], b = p.in[1], c(p.out);
  const auto m = static_cast<int>(a.dim(0)), k = static_cast<int>(a.dim(1)), n = static_cast<int>(b.dim(1));
  const auto* left = static_cast<const float*>(a.raw());
  const auto* right = static_cast<const float*>(b.raw());
  auto* result = static_cast<float*>(const_cast<void*>(c.raw()));
  const auto run = [a, b, c, m, n, k, left, right, result] {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, left, k, right, n, 0, result, n);
  };
  return Contestant{"OpenBLAS", run, c};
}

const AddPeer added("OpenBLAS", prepare);

}  // namespace

}  // namespace tenon::bench
