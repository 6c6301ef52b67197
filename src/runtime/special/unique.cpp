#include <algorithm>
#include <numeric>
#include <tuple>

#include "runtime/special/slots.h"
#include "runtime/special/sort.h"
#include "runtime/special/table.h"
#include "tensor/lines.h"

namespace tenon::runtime {

namespace {

/// Slices along an axis, or elements, as positions 0, 1, … of `lines`.
struct Unique {
  Lines lines;
  bool sorted = true;
};

struct Group {
  i64 first, count, sorted_rank;
};

template <class T>
bool equal(T x, T y) {
  return key_of(x) == key_of(y);
}

template <class T>
bool equal_slices(const Lines& s, const T* x, i64 p, i64 q) {
  for (i64 line = 0; line < s.count(); ++line)
    if (!equal(x[s.at(line, p)], x[s.at(line, q)])) return false;
  return true;
}

/// Positions by rising slices, equal ones by position.
template <class T>
void order_slices(const Lines& s, const T* x, std::uint32_t* order, ItemOf<T>* items) {
  if (s.count() == 1) {
    for (i64 k = 0; k < s.length; ++k) items[k] = item_of(x[s.at(0, k)], k, false);
    const ItemOf<T>* in_order = sort_items(items, s.length, items + s.length, 8 * sizeof(T));
    for (i64 k = 0; k < s.length; ++k) order[k] = static_cast<std::uint32_t>(place(in_order[k]));
    return;
  }
  std::iota(order, order + s.length, 0u);
  std::sort(order, order + s.length, [&](std::uint32_t p, std::uint32_t q) {
    for (i64 line = 0; line < s.count(); ++line) {
      const auto a = key_of(x[s.at(line, p)]), b = key_of(x[s.at(line, q)]);
      if (a != b) return a < b;
    }
    return p < q;
  });
}

/// Returns how many there are; `inverse` gets the number of each position's group.
template <class T>
i64 find_groups(const Unique& u, const T* x, const std::uint32_t* order, Group* groups, i64* inverse) {
  i64 found = 0;
  for (i64 k = 0; k < u.lines.length; ++k) {
    const i64 p = order[k];
    if (k == 0 || !equal_slices(u.lines, x, groups[found - 1].first, p)) groups[found] = {p, 0, found}, ++found;
    ++groups[found - 1].count;
    inverse[p] = found - 1;
  }
  return found;
}

/// Memory of a call: the order, the groups, where each went, and items to sort, which only single lines need.
template <class T>
struct Memory {
  explicit Memory(const Unique& u) : n(u.lines.length) {
    const i64 items = u.lines.count() == 1 ? n + items_to_work_in(n) : 0;
    bytes = n * static_cast<i64>(sizeof(Group) + sizeof(i64) + sizeof(std::uint64_t)) +
            items * static_cast<i64>(sizeof(ItemOf<T>));
  }
  i64 n, bytes;
  std::tuple<Group*, i64*, std::uint32_t*, ItemOf<T>*> parts(std::byte* memory) const {
    auto* groups = reinterpret_cast<Group*>(memory);
    auto* rank = reinterpret_cast<i64*>(groups + n);
    auto* order = reinterpret_cast<std::uint32_t*>(rank + n);
    return {groups, rank, order, reinterpret_cast<ItemOf<T>*>(rank + 2 * n)};
  }
};

template <class T>
i64 find_unique(const Unique& u, std::byte* memory, const T* x, T* values, i64* first, i64* inverse, i64* counts) {
  const auto [groups, rank, order, items] = Memory<T>(u).parts(memory);
  order_slices(u.lines, x, order, items);
  const i64 found = find_groups(u, x, order, groups, inverse);
  if (!u.sorted) {
    std::sort(groups, groups + found, [](const Group& a, const Group& b) { return a.first < b.first; });
    for (i64 k = 0; k < found; ++k) rank[groups[k].sorted_rank] = k;
    for (i64 k = 0; k < u.lines.length; ++k) inverse[k] = rank[inverse[k]];
  }
  const Lines to{u.lines.outer, found, u.lines.inner};
  for (i64 k = 0; k < found; ++k) {
    first[k] = groups[k].first, counts[k] = groups[k].count;
    for (i64 line = 0; line < u.lines.count(); ++line) values[to.at(line, k)] = x[u.lines.at(line, groups[k].first)];
  }
  return found;
}

}  // namespace

SpecialKernel make_unique(const SpecialCall& call) {
  call.expect_operands(1, 4);
  const Type& x = call.in[0];
  const Ints& axis = call.get<Ints>("axis");
  call.expect(axis.size() <= 1);
  Unique u{axis.empty() ? Lines{1, element_count(x.shape), 1} : lines_of(x.shape, axis[0]), call.flag("sorted")};
  const i64 n = u.lines.length;
  call.expect(call.out[0].dtype == x.dtype && element_count(call.out[0].shape) >= element_count(x.shape) &&
              n <= kMostItems);
  for (std::size_t k : {1u, 2u, 3u})
    call.expect(call.out[k].dtype == DType::I64 && element_count(call.out[k].shape) >= n);
  return with_element(x.dtype, [&]<class T>(std::type_identity<T>) {
    return SpecialKernel{Memory<T>(u).bytes, [u](const SpecialArgs& a) {
                           *a.count = find_unique<T>(u, a.workspace, a.operand<T>(0), a.output<T>(0), a.output<i64>(1),
                                                     a.output<i64>(2), a.output<i64>(3));
                         }};
  });
}

namespace {

/// Elements are counted in chunks, and those of each chunk written where the chunks before it end.
constexpr i64 kChunk = 1 << 14;

template <class T>
bool is_zero(T x) {
  return widened(x) == Wide<T>(0);
}

struct NonZero {
  Shape shape;
  i64 count = 0;
  i64 chunks() const { return ceil_div(count, kChunk); }
  i64 end(i64 chunk) const { return std::min(count, (chunk + 1) * kChunk); }
};

template <class T>
i64 find_non_zero(const NonZero& z, i64* starts, const T* x, i64* places) {
  parallel_for(z.chunks(), 4, [&](i64 begin, i64 end) {
    for (i64 c = begin; c < end; ++c)
      starts[c] = std::count_if(x + c * kChunk, x + z.end(c), [](T v) { return !is_zero(v); });
  });
  i64 found = 0;
  for (i64 c = 0; c < z.chunks(); ++c) found += std::exchange(starts[c], found);
  const auto rank = static_cast<i64>(z.shape.size());
  parallel_for(z.chunks(), 4, [&](i64 begin, i64 end) {
    for (i64 c = begin; c < end; ++c) {
      i64 at = starts[c];
      for (i64 k = c * kChunk; k < z.end(c); ++k) {
        if (is_zero(x[k])) continue;
        i64 rest = k;
        for (i64 d = rank; d-- > 0;) {
          const i64 extent = z.shape[static_cast<std::size_t>(d)];
          places[d * found + at] = rest % extent;
          rest /= extent;
        }
        ++at;
      }
    }
  });
  return found;
}

}  // namespace

SpecialKernel make_non_zero(const SpecialCall& call) {
  call.expect_operands(1, 1);
  const NonZero z{call.in[0].shape, element_count(call.in[0].shape)};
  const i64 most = element_count({z.count, call.in[0].rank()});
  call.expect(call.out[0].dtype == DType::I64 && element_count(call.out[0].shape) >= most);
  return with_element(call.in[0].dtype, [&]<class T>(std::type_identity<T>) {
    return SpecialKernel{z.chunks() * 8, [z](const SpecialArgs& a) {
                           *a.count =
                               find_non_zero(z, reinterpret_cast<i64*>(a.workspace), a.operand<T>(0), a.output<i64>(0));
                         }};
  });
}

}  // namespace tenon::runtime
