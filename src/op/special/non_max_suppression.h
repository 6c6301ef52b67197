#pragma once
#include "op/special/order.h"

namespace tenon {

struct NonMaxSuppression {
  static constexpr std::string_view name = "non_max_suppression";
  static constexpr std::string_view doc =
      "For each batch and class the boxes by falling score, without those that overlap with one already taken by more "
      "than "
      "iou_threshold (intersection over union), whose score is not above score_threshold, or that exceed "
      "most_per_class: "
      "i64[count,3], each row batch, class and box. boxes[batch,n,4] hold two opposite corners y, x, y, x, or if "
      "centered "
      "the center x, y, width and height; scores[batch,class,n]. non_max_suppression(boxes, scores)";
  static constexpr std::string_view constraints = R"(
    there are two operands | (f32[1,3,4])
    they are floats | (i32[1,3,4], i32[1,2,3])
    of one element type | (f32[1,3,4], f64[1,2,3])
    boxes are [batch, n, 4] and scores [batch, class, n] | (f32[1,3,4], f32[1,2,4])
    most_per_class is at least 0 | {most_per_class=-1} (f32[1,3,4], f32[1,2,3])
    iou_threshold is from 0 to 1 | {iou_threshold=2} (f32[1,3,4], f32[1,2,3]))";
  static constexpr Traits traits{.sized_by_data = true};
  i64 most_per_class = 0;
  double iou_threshold = 0, score_threshold = -std::numeric_limits<double>::infinity();
  bool centered = false;
  std::string size = "boxes";  ///< name of the unknown extent of the result
  static void fields(auto& self, auto&& f) {
    f("most_per_class", self.most_per_class), f("iou_threshold", self.iou_threshold);
    f("score_threshold", self.score_threshold), f("centered", self.centered), f("size", self.size);
  }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in) const;
  static std::vector<Case<NonMaxSuppression>> samples();
};

}  // namespace tenon
