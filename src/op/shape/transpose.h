#pragma once
#include "op/op.h"

namespace tenon {

struct Transpose {
  static constexpr std::string_view name = "transpose";
  static constexpr std::string_view doc =
      "Dimension d of the result is dimension permutation[d] of x; an empty permutation reverses the dimensions.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the permutation names each dimension once | {permutation=[0,0]} (f32[2,3]))";
  static constexpr Traits traits{.index_map = true};
  Ints permutation;
  static void fields(auto& self, auto&& f) { f("permutation", self.permutation); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    Type t{in[0].type.dtype, {}};
    for (i64 d : full_permutation(in[0].type.rank())) t.shape.push_back(in[0].type.shape[static_cast<std::size_t>(d)]);
    return {t};
  }
  expr::Expr define(std::span<const Type> in) const {
    auto i = expr::indices(in[0].shape);
    std::vector<expr::OutDim> out;
    for (i64 d : full_permutation(in[0].rank())) out.emplace_back(i[static_cast<std::size_t>(d)]);
    return expr::compute({in[0]}, out, expr::Input(0, in[0])(expr::ats(i)));
  }
  static std::vector<Case<Transpose>> samples() {
    return {{{}, {{{DType::F32, {3, 5}}}}},
            {{{1, 0}}, {{{DType::F64, {1, 4}}}}},
            {{{2, 0, 3, 1}}, {{{DType::F32, {2, 3, 1, 4}}}}},
            {{{-1, 0, 1}}, {{{DType::F16, {2, 3, 4}}}}},
            {{}, {{{DType::F32, {}}}}},
            {{}, {{{DType::BF16, {0, 3}}}}},
            {{{0, 2, 1}}, {{{DType::I32, {2, 3, 2}}, -5, 5, false}}},
            {{}, {{{DType::Bool, {2, 3}}, 0, 2, false}}}};
  }

  /// The permutation of all dimensions, without negative numbers. Throws Error where it is none.
  Ints full_permutation(i64 rank) const {
    Ints result, seen(static_cast<std::size_t>(rank), 0);
    if (permutation.empty())
      for (i64 d = rank; d-- > 0;) result.push_back(d);
    for (i64 d : permutation) result.push_back(d < 0 ? d + rank : d);
    bool ok = static_cast<i64>(result.size()) == rank;
    for (i64 d : result) ok = ok && d >= 0 && d < rank && seen[static_cast<std::size_t>(d)]++ == 0;
    require(ok, "transpose: {} is no permutation of the {} dimensions of x", permutation, rank);
    return result;
  }
};

}  // namespace tenon
