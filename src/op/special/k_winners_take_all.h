#pragma once
#include "op/special/order.h"

namespace tenon {

struct KWinnersTakeAll {
  static constexpr std::string_view name = "k_winners_take_all";
  static constexpr std::string_view doc =
      "x where it is one of the k largest elements along the axis, else 0; of equal elements the first win. The "
      "gradient "
      "reaches the winners (Ahmad and Scheinkman, How can we be so dense?, 2019).";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the axis is one of x | {k=1, axis=2} (f32[2,3])
    k is from 0 to the elements of the axis | {k=4} (f32[2,3])
    x is a number | {k=1} (bool[2,3]))";
  static constexpr Traits traits{};
  i64 k = 1, axis = -1;
  static void fields(auto& self, auto&& f) { f("k", self.k), f("axis", self.axis); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<KWinnersTakeAll>> samples() {
    std::vector<Case<KWinnersTakeAll>> list{{{2, -1}, {{{DType::F32, {3, 5}}}}},   {{1, 0}, {{{DType::F32, {3, 5}}}}},
                                            {{2, 1}, {{{DType::F64, {2, 3, 4}}}}}, {{0, 0}, {{{DType::F32, {4}}}}},
                                            {{4, 0}, {{{DType::F32, {4}}}}},       {{1, 1}, {{{DType::F32, {0, 3}}}}}};
    for (DType t : {DType::F16, DType::BF16}) list.push_back({{3, 1}, {{{t, {2, 6}}}}});
    list.push_back({{3, 1}, {{{DType::I32, {2, 6}}, -9, 9, false}}});
    return list;
  }
};

}  // namespace tenon
