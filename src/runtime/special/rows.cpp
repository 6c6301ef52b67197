// Rows by ids: sums of the updates of each row, and rows in place of others.
#include <algorithm>
#include <cstring>
#include <limits>

#include "base/thread_pool.h"
#include "runtime/special/keys.h"
#include "runtime/special/sort.h"
#include "runtime/special/table.h"
#include "tensor/index_error.h"

namespace tenon::runtime {

namespace {

using IdItem = Item<std::uint64_t>;

/// Updates [count, width] of rows.
struct Updates {
  i64 count, width;
};

/// Throws Error unless `updates` has a row for each of `ids`.
Updates updates_of(const SpecialCall& call, const Type& ids, const Type& updates) {
  const auto rank = static_cast<std::ptrdiff_t>(ids.shape.size());
  call.expect(is_integer(ids.dtype) && updates.rank() >= ids.rank() &&
              std::equal(ids.shape.begin(), ids.shape.end(), updates.shape.begin()));
  return {element_count(ids.shape), element_count(Shape(updates.shape.begin() + rank, updates.shape.end()))};
}

/// Throws Error where the k-th id is none.
using CheckId = std::function<void(i64 k, i64 id)>;
/// Writes the ids as i64, if there is a place to.
using ReadIds = std::function<void(const void* ids, i64* to)>;
ReadIds reader_of(const SpecialCall& call, DType t, i64 count, i64 below, CheckId check) {
  return with_element(t, [&]<class Id>(std::type_identity<Id>) -> ReadIds {
    if constexpr (kInteger<Id>) {
      return [=](const void* ids, i64* to) {
        for (i64 k = 0; k < count; ++k) {
          const auto id = static_cast<i64>(static_cast<const Id*>(ids)[k]);
          if (id < -1 || id >= below) [[unlikely]]
            check(k, id);
          if (to != nullptr) to[k] = id;
        }
      };
    } else {
      fail("{}: positions are integers", call.kernel);
    }
  });
}

/// Row `to` becomes the sum of the updates at `places`, in their order.
template <class T>
void add_up(const IdItem* places, i64 count, i64 width, const T* updates, T* to) {
  constexpr i64 kColumns = 256;
  Wide<T> sums[kColumns];
  for (i64 first = 0; first < width; first += kColumns) {
    const i64 columns = std::min(kColumns, width - first);
    for (i64 k = 0; k < count; ++k) {
      const T* from = updates + place(places[k]) * width + first;
      for (i64 c = 0; c < columns; ++c) sums[c] = k == 0 ? widened(from[c]) : sums[c] + widened(from[c]);
    }
    for (i64 c = 0; c < columns; ++c) to[first + c] = narrowed<T>(sums[c]);
  }
}

/// Memory of a merge: the ids, where each sum's updates begin among the items, and the items to sort.
struct Merge {
  Updates u;
  i64 bytes() const {
    const i64 items = u.count + items_to_work_in(u.count);
    return (2 * u.count + 1) * static_cast<i64>(sizeof(i64)) + items * static_cast<i64>(sizeof(IdItem));
  }

  template <class T>
  void run(const ReadIds& read, const SpecialArgs& a) const {
    auto* ids = reinterpret_cast<i64*>(a.workspace);
    i64 *starts = ids + u.count, *positions = a.output<i64>(0);
    auto* items = reinterpret_cast<IdItem*>(starts + u.count + 1);
    read(a.in[0], ids);
    i64 real = 0, sums = 0;
    for (i64 k = 0; k < u.count; ++k)
      if (ids[k] >= 0) items[real++] = {static_cast<std::uint64_t>(ids[k]), static_cast<std::uint32_t>(k)};
    const IdItem* sorted = real == 0 ? items : sort_items(items, real, items + u.count, 64);
    for (i64 k = 0; k < real; ++k)
      if (k == 0 || key(sorted[k]) != key(sorted[k - 1])) {
        positions[sums] = static_cast<i64>(key(sorted[k]));
        starts[sums++] = k;
      }
    starts[sums] = real;
    std::fill(positions + sums, positions + u.count, i64{-1});
    constexpr i64 kFewest = 1 << 14;
    T* to = a.output<T>(1);
    parallel_for(sums, std::max<i64>(1, kFewest / std::max<i64>(1, u.width)), [&](i64 begin, i64 end) {
      for (i64 s = begin; s < end; ++s)
        add_up(sorted + starts[s], starts[s + 1] - starts[s], u.width, a.operand<T>(1), to + s * u.width);
    });
    std::fill(to + sums * u.width, to + u.count * u.width, T{});
  }
};

/// Copies in pieces, which the threads share.
void copy(const std::byte* from, std::byte* to, i64 bytes) {
  constexpr i64 kPiece = i64{1} << 20;
  parallel_for(ceil_div(bytes, kPiece), 1, [&](i64 begin, i64 end) {
    const i64 first = begin * kPiece, last = std::min(bytes, end * kPiece);
    std::memcpy(to + first, from + first, static_cast<std::size_t>(last - first));
  });
}

/// Each piece of the work sets the rows of a part of x, in the order of the positions.
void set_rows(const Updates& u, i64 rows_of_x, i64 row_bytes, const i64* positions, const std::byte* rows,
              std::byte* to) {
  constexpr i64 kMostPieces = 16, kFewestBytes = 1 << 16;
  const i64 pieces = std::clamp<i64>(u.count * row_bytes / kFewestBytes, 1, kMostPieces);
  const i64 part = ceil_div(rows_of_x, pieces);
  parallel_for(pieces, 1, [&](i64 begin, i64 end) {
    for (i64 k = 0; k < u.count; ++k)
      if (positions[k] >= begin * part && positions[k] < end * part)
        std::memcpy(to + positions[k] * row_bytes, rows + k * row_bytes, static_cast<std::size_t>(row_bytes));
  });
}

}  // namespace

SpecialKernel make_merge_rows(const SpecialCall& call) {
  call.expect_operands(2, 2);
  const Type &ids = call.in[0], &updates = call.in[1];
  const Merge merge{updates_of(call, ids, updates)};
  call.expect(merge.u.count <= kMostItems && call.out[0] == Type{DType::I64, {merge.u.count}} &&
              call.out[1].dtype == updates.dtype && element_count(call.out[1].shape) == element_count(updates.shape));
  const ReadIds read = reader_of(call, ids.dtype, merge.u.count, std::numeric_limits<i64>::max(), [=](i64 k, i64 id) {
    fail("ids{} = {} is negative; expected a row, or -1 for none", position_at(ids.shape, k), id);
  });
  return with_element(updates.dtype, [&]<class T>(std::type_identity<T>) {
    return SpecialKernel{merge.bytes(), [=](const SpecialArgs& a) { merge.run<T>(read, a); }};
  });
}

SpecialKernel make_set_rows(const SpecialCall& call) {
  call.expect_operands(3, 1);
  const Type &x = call.in[0], &positions = call.in[1], &rows = call.in[2];
  call.expect(call.out[0] == x && x.rank() > 0 && rows.dtype == x.dtype);
  const Updates u = updates_of(call, positions, rows);
  const i64 rows_of_x = x.shape[0], bytes = bytes_of(x.dtype, element_count(x.shape));
  call.expect(u.width == element_count(Shape(x.shape.begin() + 1, x.shape.end())));
  const i64 row_bytes = bytes_of(x.dtype, u.width);
  const BadIndex::Place target{0, "x", x}, ids{1, "positions", positions};
  const ReadIds read = reader_of(call, positions.dtype, u.count, rows_of_x,
                                 [=, op = call.kernel](i64 k, i64 id) { check_index(op, ids, k, id, target, 0, -1); });
  const auto run = [=](const SpecialArgs& a) {
    auto* at = reinterpret_cast<i64*>(a.workspace);
    read(a.in[1], at);
    const auto* from = a.operand<std::byte>(0);
    auto* to = a.output<std::byte>(0);
    if (from != to) copy(from, to, bytes);
    set_rows(u, rows_of_x, row_bytes, at, a.operand<std::byte>(2), to);
  };
  return {u.count * static_cast<i64>(sizeof(i64)), run, 0, [=](const SpecialArgs& a) { read(a.in[1], nullptr); }};
}

}  // namespace tenon::runtime
