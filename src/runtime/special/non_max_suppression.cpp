#include <algorithm>

#include "runtime/special/keys.h"
#include "runtime/special/slots.h"
#include "runtime/special/table.h"

namespace tenon::runtime {

namespace {

template <class R>
struct Box {
  R left, right, low, high, area;

  template <class T>
  static Box of(const T* v, bool centered) {
    const R a = widened(v[0]), b = widened(v[1]), c = widened(v[2]), d = widened(v[3]);
    Box box = centered ? Box{a - c / 2, a + c / 2, b - d / 2, b + d / 2, 0}
                       : Box{std::min(b, d), std::max(b, d), std::min(a, c), std::max(a, c), 0};
    box.area = (box.right - box.left) * (box.high - box.low);
    return box;
  }
  bool overlaps(const Box& o, R threshold) const {
    const R width = std::min(right, o.right) - std::max(left, o.left);
    const R height = std::min(high, o.high) - std::max(low, o.low);
    if (!(width > 0) || !(height > 0)) return false;
    const R both = width * height;
    return both / (area + o.area - both) > threshold;
  }
};

struct Suppression {
  i64 batches = 0, classes = 0, n = 0, most = 0;
  double iou = 0, score = 0;
  bool centered = false;
};

/// Memory of one batch and class: candidates, boxes taken, and their numbers.
template <class T>
i64 bytes_of_line(const Suppression& s) {
  return s.n * static_cast<i64>(sizeof(ItemOf<T>)) + s.most * static_cast<i64>(sizeof(Box<Wide<T>>));
}

/// Writes the numbers of the boxes taken; returns how many.
template <class T>
i64 take_boxes(const Suppression& s, i64 line, std::byte* memory, const T* boxes, const T* scores, i64* numbers) {
  using R = Wide<T>;
  auto* items = reinterpret_cast<ItemOf<T>*>(memory);
  auto* taken = reinterpret_cast<Box<R>*>(items + s.n);
  boxes += line / s.classes * s.n * 4, scores += line * s.n;
  i64 candidates = 0, count = 0;
  for (i64 k = 0; k < s.n; ++k)
    if (static_cast<double>(widened(scores[k])) > s.score) items[candidates++] = item_of(scores[k], k, true);
  std::sort(items, items + candidates);
  for (i64 c = 0; c < candidates && count < s.most; ++c) {
    const i64 k = place(items[c]);
    const auto box = Box<R>::of(boxes + k * 4, s.centered);
    if (std::any_of(taken, taken + count, [&](const Box<R>& b) { return box.overlaps(b, static_cast<R>(s.iou)); }))
      continue;
    taken[count] = box;
    numbers[count++] = k;
  }
  return count;
}

/// Numbers and counts of all lines come first in the workspace, then the memory of the slots.
template <class T>
SpecialKernel make(const Suppression& s) {
  const i64 lines = s.batches * s.classes, own = lines * (s.most + 1) * static_cast<i64>(sizeof(i64));
  const i64 before = ceil_div(own, 64) * 64;
  const Slots slots(lines, s.n * 8, bytes_of_line<T>(s));
  return {before + slots.bytes(), [=](const SpecialArgs& a) {
            auto* numbers = reinterpret_cast<i64*>(a.workspace);
            i64* counts = numbers + lines * s.most;
            slots.run(a.workspace + before, [&](i64 line, std::byte* memory) {
              counts[line] = take_boxes(s, line, memory, a.operand<T>(0), a.operand<T>(1), numbers + line * s.most);
            });
            i64* row = a.output<i64>(0);
            for (i64 line = 0; line < lines; ++line)
              for (i64 k = 0; k < counts[line]; ++k, row += 3)
                row[0] = line / s.classes, row[1] = line % s.classes, row[2] = numbers[line * s.most + k];
            *a.count = (row - a.output<i64>(0)) / 3;
          }};
}

}  // namespace

SpecialKernel make_non_max_suppression(const SpecialCall& call) {
  call.expect_operands(2, 1);
  const Type &boxes = call.in[0], &scores = call.in[1];
  call.expect(is_float(boxes.dtype) && boxes.dtype == scores.dtype && boxes.rank() == 3 && scores.rank() == 3);
  Suppression s{scores.shape[0],
                scores.shape[1],
                scores.shape[2],
                0,
                call.get<double>("iou_threshold"),
                call.get<double>("score_threshold"),
                call.flag("centered")};
  s.most = std::min(call.integer("most_per_class"), s.n);
  call.expect(boxes.shape == Shape{s.batches, s.n, 4} && s.most >= 0 && s.n <= kMostItems &&
              element_count({s.batches, s.classes}) < i64{1} << 40);
  call.expect(call.out[0].dtype == DType::I64 &&
              element_count(call.out[0].shape) >= element_count({s.batches, s.classes, s.most, 3}));
  return with_element(boxes.dtype, [&]<class T>(std::type_identity<T>) {
    if constexpr (kInteger<T>)
      return SpecialKernel{};
    else
      return make<T>(s);
  });
}

}  // namespace tenon::runtime
