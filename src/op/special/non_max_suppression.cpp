#include "op/special/non_max_suppression.h"

#include <algorithm>
#include <array>

namespace tenon {

namespace {

struct Box {
  double left, right, low, high;
  double area() const { return (right - left) * (high - low); }
};

Box box_at(const Array& boxes, i64 box, bool centered) {
  auto v = [&](i64 k) { return boxes.at(box * 4 + k).f; };
  if (centered) return {v(0) - v(2) / 2, v(0) + v(2) / 2, v(1) - v(3) / 2, v(1) + v(3) / 2};
  return {std::min(v(1), v(3)), std::max(v(1), v(3)), std::min(v(0), v(2)), std::max(v(0), v(2))};
}

/// Intersection over union; 0 where they do not meet.
double overlap(const Box& a, const Box& b) {
  const double width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double height = std::min(a.high, b.high) - std::max(a.low, b.low);
  if (!(width > 0) || !(height > 0)) return 0;
  const double both = width * height;
  return both / (a.area() + b.area() - both);
}

}  // namespace

Types NonMaxSuppression::infer(Operands in) const {
  require_operands(name, in, 2);
  const Type &boxes = in[0].type, &scores = in[1].type;
  require_float(name, boxes);
  require_same_dtype(name, in);
  const bool fits = boxes.rank() == 3 && scores.rank() == 3 && boxes.shape[2] == 4 &&
                    boxes.shape[0] == scores.shape[0] && boxes.shape[1] == scores.shape[2];
  require(fits, "non_max_suppression: the boxes are {} and the scores {}; expected [batch,n,4] and [batch,class,n]",
          boxes, scores);
  require(most_per_class >= 0, "non_max_suppression: most_per_class is {}, expected at least 0", most_per_class);
  require(iou_threshold >= 0 && iou_threshold <= 1, "non_max_suppression: iou_threshold is {}, expected 0 to 1",
          iou_threshold);
  const i64 each = std::min(most_per_class, greatest_value(boxes.shape[1]).value_or(Dim::kUnbounded));
  const auto most = greatest_value(scores.shape[0] * scores.shape[1] * each);
  return {Type{DType::I64, {Dim::symbol(size, 0, most.value_or(Dim::kUnbounded)), 3}}};
}

std::vector<Array> NonMaxSuppression::evaluate(std::span<const Array> in) const {
  const Array &boxes = in[0], &scores = in[1];
  const i64 classes = scores.dim(1), n = scores.dim(2);
  const Lines lines{scores.dim(0) * classes, n, 1};
  std::vector<std::array<i64, 3>> found;
  for (i64 line = 0; line < lines.count(); ++line) {
    const i64 batch = line / classes;
    std::vector<Box> taken;
    for (i64 k : ordered_positions(scores, lines, line, true)) {
      if (static_cast<i64>(taken.size()) == most_per_class) break;
      if (!(scores.at(lines.at(line, k)).f > score_threshold)) continue;
      const Box box = box_at(boxes, batch * n + k, centered);
      if (std::ranges::any_of(taken, [&](const Box& b) { return overlap(box, b) > iou_threshold; })) continue;
      taken.push_back(box);
      found.push_back({batch, line % classes, k});
    }
  }
  Array rows(DType::I64, {static_cast<i64>(found.size()), 3});
  for (std::size_t k = 0; k < found.size(); ++k)
    for (std::size_t c = 0; c < 3; ++c) rows.set(static_cast<i64>(3 * k + c), Number::of_int(found[k][c]));
  return {rows};
}

std::vector<Case<NonMaxSuppression>> NonMaxSuppression::samples() {
  std::vector<Case<NonMaxSuppression>> list;
  auto add = [&](NonMaxSuppression op, i64 batch, i64 classes, i64 n, DType t = DType::F32) {
    list.push_back({op, {{{t, {batch, n, 4}}, 0, 4, false}, {{t, {batch, classes, n}}, 0, 1, false}}});
  };
  add({10, 0.3}, 2, 3, 20);
  add({3, 0.1, 0.4}, 1, 2, 30);
  add({10, 0.5, 0.2, true}, 2, 1, 20, DType::F64);
  add({10, 1.0}, 1, 1, 5);
  add({0, 0.5}, 1, 1, 5);
  add({5, 0.5}, 1, 2, 0);
  add({5, 0.5}, 0, 2, 3);
  for (DType t : {DType::F16, DType::BF16}) add({4, 0.5}, 1, 2, 6, t);
  return list;
}

}  // namespace tenon
