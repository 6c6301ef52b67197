#pragma once
#include "op/op.h"

namespace tenon {

struct Slice {
  static constexpr std::string_view name = "slice";
  static constexpr std::string_view doc =
      "Elements start, start + step, … before stop, in each dimension. With a negative step stop may be -1: down to "
      "element 0. Negative positions do not count from the end here. No steps: all 1.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    there are a start and a stop, and a step or none, for each dimension | {start=[0], stop=[1,2], step=[]} (f32[2,3])
    no step is 0 | {start=[0], stop=[2], step=[0]} (f32[2])
    positions lie inside of the dimension | {start=[0], stop=[3], step=[]} (f32[2]))";
  static constexpr Traits traits{.index_map = true};
  Shape start, stop;
  Ints step;
  static void fields(auto& self, auto&& f) { f("start", self.start), f("stop", self.stop), f("step", self.step); }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<Slice>> samples() {
    return {{{{1}, {5}, {}}, {{{DType::F32, {7}}}}},
            {{{0, 1}, {3, 5}, {2, 3}}, {{{DType::F32, {3, 5}}}}},
            {{{2, 4}, {-1, 0}, {-1, -2}}, {{{DType::F32, {3, 5}}}}},
            {{{0, 1, 0, 3}, {2, 3, 1, 0}, {1, 1, 1, -2}}, {{{DType::F64, {2, 3, 1, 4}}}}},
            {{{2, 0}, {2, 3}, {1, 1}}, {{{DType::F16, {4, 3}}}}},
            {{{}, {}, {}}, {{{DType::F32, {}}}}},
            {{{0}, {9}, {4}}, {{{DType::BF16, {9}}}}},
            {{{1}, {6}, {2}}, {{{DType::I64, {6}}, -5, 5, false}}},
            {{{5}, {-1}, {-1}}, {{{DType::Bool, {6}}, 0, 2, false}}}};
  }

  i64 step_of(std::size_t d) const { return step.empty() ? 1 : step[d]; }
};

/// Python's x[start:stop:step] of one axis, as an operator for operands of type `x`.
Slice slice_of_axis(const Type& x, i64 axis, i64 start, i64 stop, i64 step);

}  // namespace tenon
