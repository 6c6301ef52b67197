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
