// Sorting and selection along an axis.
#include "runtime/special/sort.h"

#include <bit>
#include <cstring>

#include "runtime/special/slots.h"
#include "runtime/special/table.h"
#include "tensor/lines.h"

namespace tenon::runtime {

namespace {

/// Writes the elements at the places that the items say, and the places.
template <class T>
void put(const Lines& from, const Lines& to, i64 line, const ItemOf<T>* items, const SpecialArgs& a) {
  const T* x = a.operand<T>(0) + from.start(line);
  T* values = a.output<T>(0) + to.start(line);
  i64* places = a.output<i64>(1) + to.start(line);
  for (i64 k = 0; k < to.length; ++k) {
    const i64 p = place(items[k]);
    values[k * to.inner] = x[p * from.inner];
    places[k * to.inner] = p;
  }
}

/// The best `kept` of the items come first, in any order.
template <class I>
void select_items(I* items, i64 count, i64 kept) {
  if (kept < count) std::nth_element(items, items + kept, items + count);
}

constexpr i64 kBlock = 64;

/// Which of a block of neighbouring elements come before `limit`: 1 or 0 for each. Not inlined, so that it is vector
/// code.
template <class T>
[[gnu::noinline]] void mark_before(const T* __restrict x, bool flip, Word<T> limit, std::uint8_t* __restrict before) {
  for (i64 k = 0; k < kBlock; ++k) before[k] = static_cast<std::uint8_t>(key_of(x[k], flip) < limit);
}

/// body(k) for the elements of a block that are marked.
template <class Body>
void for_each_marked(const std::uint8_t* before, Body body) {
  static_assert(std::endian::native == std::endian::little);
  for (i64 first = 0; first < kBlock; first += 8) {
    std::uint64_t marks;
    std::memcpy(&marks, before + first, sizeof marks);
    for (; marks != 0; marks &= marks - 1) body(first + std::countr_zero(marks) / 8);
  }
}

/// The best `kept` of a line, in any order: a heap of those found so far, whose worst gives way. Most blocks have none.
template <class T>
void gather_best(const T* x, i64 step, i64 count, bool flip, ItemOf<T>* heap, i64 kept) {
  for (i64 k = 0; k < kept; ++k) heap[k] = item_of(x[k * step], k, flip);
  std::make_heap(heap, heap + kept);
  const auto consider = [&](i64 k) {
    const ItemOf<T> item = item_of(x[k * step], k, flip);
    if (!(item < heap[0])) return;
    std::pop_heap(heap, heap + kept);
    heap[kept - 1] = item;
    std::push_heap(heap, heap + kept);
  };
  i64 k = kept;
  std::uint8_t before[kBlock];
  for (; step == 1 && k + kBlock <= count; k += kBlock) {
    mark_before(x + k, flip, static_cast<Word<T>>(key(heap[0])), before);
    for_each_marked(before, [&](i64 e) { consider(k + e); });
  }
  for (; k < count; ++k) consider(k);
}

struct Selection {
  Lines from, to;
  bool flip = false, sorted = true;
  /// So few that a heap is faster than going through all items repeatedly.
  bool few() const { return to.length > 0 && to.length <= std::max<i64>(16, from.length / 32); }
  i64 items() const { return few() ? to.length : from.length; }
};

template <class T>
void select_line(const Selection& s, i64 line, std::byte* memory, const SpecialArgs& a) {
  auto* items = reinterpret_cast<ItemOf<T>*>(memory);
  const T* x = a.operand<T>(0) + s.from.start(line);
  const i64 kept = s.to.length;
  if (s.few()) {
    gather_best(x, s.from.inner, s.from.length, s.flip, items, kept);
  } else {
    for (i64 k = 0; k < s.from.length; ++k) items[k] = item_of(x[k * s.from.inner], k, s.flip);
    select_items(items, s.from.length, kept);
  }
  if (s.sorted)
    std::sort(items, items + kept);
  else
    std::sort(items, items + kept, [](const auto& i, const auto& j) { return place(i) < place(j); });
  put<T>(s.from, s.to, line, items, a);
}

}  // namespace

SpecialKernel make_sort(const SpecialCall& call) {
  call.expect_operands(1, 2);
  const Type& x = call.in[0];
  call.expect(call.out[0] == x && call.out[1] == Type{DType::I64, x.shape});
  const Lines lines = lines_of(x.shape, call.integer("axis"));
  call.expect(lines.length <= kMostItems);
  const bool flip = call.flag("descending");
  return with_element(x.dtype, [&]<class T>(std::type_identity<T>) {
    using I = ItemOf<T>;
    const i64 n = lines.length;
    const Slots slots(lines.count(), n, (n + items_to_work_in(n)) * static_cast<i64>(sizeof(I)));
    return SpecialKernel{slots.bytes(), [=](const SpecialArgs& a) {
                           slots.run(a.workspace, [&](i64 line, std::byte* memory) {
                             auto* items = reinterpret_cast<I*>(memory);
                             const T* from = a.operand<T>(0) + lines.start(line);
                             for (i64 k = 0; k < n; ++k) items[k] = item_of(from[k * lines.inner], k, flip);
                             put<T>(lines, lines, line, sort_items(items, n, items + n, 8 * sizeof(T)), a);
                           });
                         }};
  });
}

SpecialKernel make_top_k(const SpecialCall& call) {
  call.expect_operands(1, 2);
  const Type& x = call.in[0];
  const i64 axis = call.integer("axis"), k = call.integer("k");
  Selection s{lines_of(x.shape, axis), {}, call.flag("largest"), call.flag("sorted")};
  call.expect(k >= 0 && k <= s.from.length && s.from.length <= kMostItems);
  Shape kept = x.shape;
  kept[static_cast<std::size_t>(normal_axis(axis, x.rank()))] = k;
  call.expect(call.out[0] == Type{x.dtype, kept} && call.out[1] == Type{DType::I64, kept});
  s.to = {s.from.outer, k, s.from.inner};
  return with_element(x.dtype, [&]<class T>(std::type_identity<T>) {
    const Slots slots(s.from.count(), s.from.length, s.items() * static_cast<i64>(sizeof(ItemOf<T>)));
    return SpecialKernel{slots.bytes(), [=](const SpecialArgs& a) {
                           slots.run(a.workspace,
                                     [&](i64 line, std::byte* memory) { select_line<T>(s, line, memory, a); });
                         }};
  });
}

}  // namespace tenon::runtime
