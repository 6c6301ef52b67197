#pragma once
#include "op/op.h"

namespace tenon {

struct CrossEntropy {
  static constexpr std::string_view name = "cross_entropy";
  static constexpr std::string_view doc =
      "The mean over n of -log_softmax(logits)[n, labels[n]], a scalar: logits [N, classes], labels [N], integers. A "
      "label that is no class is an error; a gradient that is computed without the value takes it for none of the "
      "classes. cross_entropy(logits, labels)";
  static constexpr std::string_view constraints = R"(
    there are two operands | (f32[2,3])
    the logits are floats | (i32[2,3], i64[2])
    the labels are integers | (f32[2,3], f32[2])
    the logits are [N, classes] and the labels [N] | (f32[2,3], i64[3])
    there is something to average | (f32[0,3], i64[0]))";
  static constexpr Traits traits{};

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<CrossEntropy>> samples() {
    return {{{}, {{{DType::F32, {3, 5}}}, {{DType::I64, {3}}, 0, 5, false}}},
            {{}, {{{DType::F64, {4, 2}}}, {{DType::I32, {4}}, 0, 2, false}}},
            {{}, {{{DType::F32, {1, 1}}}, {{DType::I64, {1}}, 0, 1, false}}},
            {{}, {{{DType::F32, {7, 10}}, -60, 60}, {{DType::U8, {7}}, 0, 10, false}}},
            {{}, {{{DType::F16, {3, 5}}}, {{DType::I64, {3}}, 0, 5, false}}},
            {{}, {{{DType::BF16, {3, 5}}}, {{DType::I64, {3}}, 0, 5, false}}}};
  }
};

}  // namespace tenon
