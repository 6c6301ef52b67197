#pragma once
#include "op/op.h"

namespace tenon {

struct Reshape {
  static constexpr std::string_view name = "reshape";
  static constexpr std::string_view doc =
      "The same elements in the same row-major order under another shape. One extent may be -1: what remains.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    extents are at least -1 | {shape=[-2,3]} (f32[2,3])
    one of them may be -1 | {shape=[-1,-1]} (f32[2,3])
    the result has as many elements | {shape=[4,2]} (f32[2,3]))";
  static constexpr Traits traits{.index_map = true, .view = true};
  Shape shape;
  static void fields(auto& self, auto&& f) { f("shape", self.shape); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    return {Type{in[0].type.dtype, target(in[0].type)}};
  }
  std::vector<Array> evaluate(std::span<const Array> in) const { return {in[0].reshaped(target(in[0].type()))}; }
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value>, std::span<const Value> grad) const {
    return {b.apply1(make_op(Reshape{in[0].shape()}), {grad[0]})};
  }
  static std::vector<Case<Reshape>> samples() {
    return {{{{15}}, {{{DType::F32, {3, 5}}}}},
            {{{5, -1}}, {{{DType::F32, {3, 5}}}}},
            {{{2, 3, 1, 4}}, {{{DType::F64, {6, 4}}}}},
            {{{1, 1}}, {{{DType::F32, {}}}}},
            {{{}}, {{{DType::F16, {1, 1}}}}},
            {{{0, 4}}, {{{DType::F32, {2, 0}}}}},
            {{{2, -1}}, {{{DType::I32, {4, 3}}, -5, 5, false}}},
            {{{6}}, {{{DType::Bool, {2, 3}}, 0, 2, false}}}};
  }

  /// The shape with -1 filled in. Throws Error where the number of elements changes.
  Shape target(const Type& from) const;
};

}  // namespace tenon
