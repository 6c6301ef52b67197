// Scattering with reductions: destinations first, which finds positions that are out of range, then the updates in
// order. Updates of different lines never meet, so that lines may be shared out to threads.
#include <algorithm>
#include <cstring>
#include <new>

#include "base/thread_pool.h"
#include "runtime/special/elements.h"
#include "runtime/special/table.h"
#include "tensor/index_error.h"
#include "tensor/lines.h"

namespace tenon::runtime {

namespace {

/// The updates as lines. Each element has a destination of its own, or each step one for the first line, beside which
/// those of the others lie.
struct Scatter {
  Lines lines;
  bool by_element;
  std::string reduction;

  i64 destinations() const { return by_element ? lines.count() * lines.length : lines.length; }
};

/// f(combine), where combine(x, y) is what is left of two elements.
template <class T, class F>
void with_reduction(const std::string& name, F&& f) {
  using W = Wide<T>;
  const auto is_nan = [](T v) { return widened(v) != widened(v); };
  if (name == "add") return f([](T a, T b) { return narrowed<T>(static_cast<W>(widened(a) + widened(b))); });
  if (name == "mul") return f([](T a, T b) { return narrowed<T>(static_cast<W>(widened(a) * widened(b))); });
  if (name == "max") return f([](T a, T b) { return less(a, b) ? b : a; });
  if (name == "min") return f([=](T a, T b) { return is_nan(a) || (!is_nan(b) && !less(b, a)) ? a : b; });
  f([](T, T b) { return b; });
}

/// Elements of the result, of type T, are made from the updates'.
template <class T, class U, class Combine>
void update(const Scatter& s, const i64* to, const U* updates, T* out, Combine combine) {
  constexpr i64 kFewest = 1 << 15;
  const Lines& l = s.lines;
  parallel_for(l.count(), std::max<i64>(1, kFewest / std::max<i64>(1, l.length)), [&](i64 begin, i64 end) {
    for (i64 line = begin; line < end;) {
      const i64 outer = line / l.inner, first = line % l.inner, last = std::min(l.inner, first + end - line);
      for (i64 k = 0; k < l.length; ++k)
        for (i64 i = first; i < last; ++i) {
          const i64 e = (outer * l.length + k) * l.inner + i;
          auto& place = out[s.by_element ? to[e] : to[k] + i];
          place = combine(place, T(updates[e]));
        }
      line += last - first;
    }
  });
}

/// A narrow float as an f32.
template <class T>
struct Widened {
  float value;
  explicit Widened(T x) : value(widened(x)) {}
};

bool accumulates(const std::string& reduction) { return reduction == "add" || reduction == "mul"; }

template <class T>
void run(const Scatter& s, i64 count, const T* x, const T* updates, T* out, const i64* to, void* wide) {
  if constexpr (kNarrowFloat<T>) {
    if (accumulates(s.reduction)) {
      auto* sums = static_cast<Widened<T>*>(wide);
      for (i64 k = 0; k < count; ++k) new (sums + k) Widened<T>(x[k]);
      const bool adds = s.reduction == "add";
      update(s, to, updates, sums, [adds](Widened<T> a, Widened<T> b) {
        a.value = adds ? a.value + b.value : a.value * b.value;
        return a;
      });
      for (i64 k = 0; k < count; ++k) out[k] = narrowed<T>(sums[k].value);
      return;
    }
  }
  if (count > 0) std::memcpy(out, x, static_cast<std::size_t>(count) * sizeof(T));
  with_reduction<T>(s.reduction, [&](auto combine) { update(s, to, updates, out, combine); });
}

/// Writes the destination of each step or element, given the positions.
using Locate = std::function<void(const SpecialArgs&, i64* to)>;

SpecialKernel kernel_of(const SpecialCall& call, Scatter s, Locate locate) {
  call.expect(call.in[0] == call.out[0] && call.in[2].dtype == call.in[0].dtype);
  constexpr std::string_view kKnown[] = {"none", "add", "mul", "max", "min"};
  call.expect(std::ranges::find(kKnown, s.reduction) != std::end(kKnown));
  const i64 count = element_count(call.in[0].shape), targets = s.destinations();
  return with_element(call.in[0].dtype, [&]<class T>(std::type_identity<T>) {
    const bool wide = kNarrowFloat<T> && accumulates(s.reduction);
    const i64 bytes = targets * static_cast<i64>(sizeof(i64)) + (wide ? count * static_cast<i64>(sizeof(float)) : 0);
    return SpecialKernel{bytes, [=](const SpecialArgs& a) {
                           auto* to = reinterpret_cast<i64*>(a.workspace);
                           locate(a, to);
                           run<T>(s, count, a.operand<T>(0), a.operand<T>(2), a.output<T>(0), to, to + targets);
                         }};
  });
}

/// Reads positions of x from ids, and checks them.
struct Positions {
  std::string op;
  BadIndex::Place x, ids;
  explicit Positions(const SpecialCall& call) : op(call.kernel), x{0, "x", call.in[0]}, ids{1, "ids", call.in[1]} {}

  template <class Id>
  i64 checked(Id id, i64 number, i64 dimension) const {
    check_index(op, ids, number, static_cast<i64>(id), x, static_cast<std::size_t>(dimension));
    return static_cast<i64>(id);
  }
};

}  // namespace

SpecialKernel make_scatter_elements(const SpecialCall& call) {
  call.expect_operands(3, 1);
  const Type &x = call.in[0], &ids = call.in[1];
  call.expect(is_integer(ids.dtype) && ids.shape.size() == x.shape.size() && call.in[2].shape == ids.shape);
  const i64 axis = normal_axis(call.integer("axis"), x.rank());
  for (i64 d = 0; d < x.rank(); ++d)
    call.expect(d == axis || ids.shape[static_cast<std::size_t>(d)] <= x.shape[static_cast<std::size_t>(d)]);
  const Ints strides = contiguous_strides(x.shape);
  const Shape from = ids.shape;
  return with_element(ids.dtype, [&]<class Id>(std::type_identity<Id>) -> SpecialKernel {
    if constexpr (kInteger<Id>) {
      return kernel_of(call, {lines_of(from, axis), true, call.get<std::string>("reduction")},
                       [=, positions = Positions(call)](const SpecialArgs& a, i64* to) {
                         const Id* id = a.operand<Id>(1);
                         Ints at(from.size(), 0);
                         for (i64 e = 0, all = element_count(from); e < all; ++e) {
                           i64 place = positions.checked(id[e], e, axis) * strides[static_cast<std::size_t>(axis)];
                           for (std::size_t d = 0; d < at.size(); ++d)
                             if (static_cast<i64>(d) != axis) place += at[d] * strides[d];
                           to[e] = place;
                           for (std::size_t d = at.size(); d-- > 0 && ++at[d] == from[d];) at[d] = 0;
                         }
                       });
    } else {
      fail("{}: positions are integers", call.kernel);
    }
  });
}

SpecialKernel make_scatter_nd(const SpecialCall& call) {
  call.expect_operands(3, 1);
  const Type &x = call.in[0], &ids = call.in[1];
  call.expect(is_integer(ids.dtype) && ids.rank() > 0 && ids.shape.back() <= x.rank());
  const i64 depth = ids.shape.back();
  const Shape extents(x.shape.begin(), x.shape.begin() + depth), slice(x.shape.begin() + depth, x.shape.end());
  const i64 width = element_count(slice), rows = element_count(Shape(ids.shape.begin(), ids.shape.end() - 1));
  Shape expected(ids.shape.begin(), ids.shape.end() - 1);
  for (const Dim extent : slice) expected.push_back(extent);
  call.expect(call.in[2].shape == expected);
  const Lines lines{rows * width == 0 ? 0 : 1, rows, std::max<i64>(width, 1)};
  return with_element(ids.dtype, [&]<class Id>(std::type_identity<Id>) -> SpecialKernel {
    if constexpr (kInteger<Id>) {
      return kernel_of(call, {lines, false, call.get<std::string>("reduction")},
                       [=, positions = Positions(call)](const SpecialArgs& a, i64* to) {
                         const Id* id = a.operand<Id>(1);
                         for (i64 r = 0; r < rows; ++r) {
                           i64 row = 0;
                           for (i64 d = 0; d < depth; ++d) {
                             const i64 extent = extents[static_cast<std::size_t>(d)];
                             row = row * extent + positions.checked(id[r * depth + d], r * depth + d, d);
                           }
                           to[r] = row * width;
                         }
                       });
    } else {
      fail("{}: positions are integers", call.kernel);
    }
  });
}

}  // namespace tenon::runtime
