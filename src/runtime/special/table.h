// The list of runtime kernels: one file per family, one line per operator.
#pragma once
#include "runtime/special/special.h"

namespace tenon::runtime {

SpecialKernel make_cumsum(const SpecialCall& call);
SpecialKernel make_cumprod(const SpecialCall& call);
SpecialKernel make_cummax(const SpecialCall& call);
SpecialKernel make_cummin(const SpecialCall& call);
SpecialKernel make_linear_recurrence(const SpecialCall& call);
SpecialKernel make_sort(const SpecialCall& call);
SpecialKernel make_top_k(const SpecialCall& call);
SpecialKernel make_dft(const SpecialCall& call);
SpecialKernel make_cholesky(const SpecialCall& call);
SpecialKernel make_triangular_solve(const SpecialCall& call);
SpecialKernel make_unique(const SpecialCall& call);
SpecialKernel make_non_zero(const SpecialCall& call);
SpecialKernel make_non_max_suppression(const SpecialCall& call);
SpecialKernel make_scatter_elements(const SpecialCall& call);
SpecialKernel make_scatter_nd(const SpecialCall& call);
SpecialKernel make_merge_rows(const SpecialCall& call);
SpecialKernel make_set_rows(const SpecialCall& call);

struct SpecialEntry {
  std::string_view name;
  SpecialMaker make;
};
inline constexpr SpecialEntry kSpecialTable[] = {
    {"cumsum", make_cumsum},
    {"cumprod", make_cumprod},
    {"cummax", make_cummax},
    {"cummin", make_cummin},
    {"linear_recurrence", make_linear_recurrence},
    {"sort", make_sort},
    {"top_k", make_top_k},
    {"dft", make_dft},
    {"cholesky", make_cholesky},
    {"triangular_solve", make_triangular_solve},
    {"unique", make_unique},
    {"non_zero", make_non_zero},
    {"non_max_suppression", make_non_max_suppression},
    {"scatter_elements", make_scatter_elements},
    {"scatter_nd", make_scatter_nd},
    {"merge_rows", make_merge_rows},
    {"set_rows", make_set_rows},
};

}  // namespace tenon::runtime
