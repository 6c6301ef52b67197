// Cholesky factors and triangular systems, in batches.
#include <cmath>

#include "runtime/special/elements.h"
#include "runtime/special/slots.h"
#include "runtime/special/table.h"

namespace tenon::runtime {

namespace {

/// y[0..count) -= the sum of factor[r * step] * x[r][0..count) over rows r, which lie `stride` apart: row after row,
/// but four at a time, so that y is read and written less often.
template <class R>
void subtract_rows(R* __restrict y, const R* factor, i64 step, const R* x, i64 stride, i64 rows, i64 count) {
  i64 r = 0;
  for (; r + 4 <= rows; r += 4) {
    const R a = factor[r * step], b = factor[(r + 1) * step], c = factor[(r + 2) * step], d = factor[(r + 3) * step];
    const R* __restrict p = x + r * stride;
    for (i64 k = 0; k < count; ++k)
      y[k] = y[k] - a * p[k] - b * p[stride + k] - c * p[2 * stride + k] - d * p[3 * stride + k];
  }
  for (; r < rows; ++r) {
    const R a = factor[r * step];
    const R* __restrict p = x + r * stride;
    for (i64 k = 0; k < count; ++k) y[k] -= a * p[k];
  }
}

constexpr i64 kMostRows = i64{1} << 24;

i64 product(Shape::const_iterator begin, Shape::const_iterator end) { return element_count(Shape(begin, end)); }

/// Rows of the upper factor U, U^T U = A, a few at a time; those are then subtracted from all below, of which each
/// stays near meanwhile. Returns the first row whose diagonal is not positive, or -1.
template <class R>
i64 factorize(R* u, i64 n) {
  constexpr i64 kRows = 32, kFewest = 1 << 14;
  for (i64 first = 0; first < n; first += kRows) {
    const i64 end = std::min(first + kRows, n);
    auto subtract = [&](i64 row, i64 until) {
      subtract_rows(u + row * n + row, u + first * n + row, n, u + first * n + row, n, until - first, n - row);
    };
    for (i64 j = first; j < end; ++j) {
      subtract(j, j);
      R* row = u + j * n;
      if (!(row[j] > 0)) return j;
      const R diagonal = std::sqrt(row[j]);
      for (i64 k = j; k < n; ++k) row[k] /= diagonal;
    }
    parallel_for(n - end, std::max<i64>(1, kFewest / (kRows * std::max<i64>(1, n - end))), [&](i64 from, i64 to) {
      for (i64 i = end + from; i < end + to; ++i) subtract(i, end);
    });
  }
  return -1;
}

struct Cholesky {
  i64 matrices = 0, n = 0;
  bool lower = true;
  double jitter = 0;
};

template <class T>
void factorize_matrix(const Cholesky& c, i64 matrix, std::byte* memory, const T* a, T* l) {
  using R = Wide<T>;
  const i64 n = c.n;
  R* u = reinterpret_cast<R*>(memory);
  a += matrix * n * n, l += matrix * n * n;
  for (i64 i = 0; i < n; ++i) {
    for (i64 j = i; j < n; ++j) u[i * n + j] = widened(c.lower ? a[j * n + i] : a[i * n + j]);
    u[i * n + i] += static_cast<R>(c.jitter);
  }
  const i64 bad = factorize(u, n);
  require(bad < 0, "matrix {} is not positive definite: pivot {} is not positive", matrix, bad);
  for (i64 i = 0; i < n; ++i)
    for (i64 j = 0; j < n; ++j) {
      const bool inside = c.lower ? j <= i : j >= i;
      l[i * n + j] = inside ? narrowed<T>(u[std::min(i, j) * n + std::max(i, j)]) : narrowed<T>(R(0));
    }
}

/// Solves op(A) X = B for up to kPanel columns of B at a time, or X op(A) = B for as many rows.
struct Triangular {
  static constexpr i64 kPanel = 64;
  i64 matrices = 0, n = 0, count = 0;  ///< `count` right-hand sides each
  bool forward = true;                 ///< the first unknown depends on no other
  bool unit = false;
  i64 row = 0, column = 0;    ///< strides of the matrix that is solved with
  i64 along = 0, across = 0;  ///< strides of b: from unknown to unknown, from side to side

  i64 panels() const { return ceil_div(count, kPanel); }
};

template <class T>
void solve_panel(const Triangular& t, i64 piece, std::byte* memory, const T* a, const T* b, T* x) {
  using R = Wide<T>;
  const i64 matrix = piece / t.panels(), first = piece % t.panels() * Triangular::kPanel;
  const i64 width = std::min(Triangular::kPanel, t.count - first), n = t.n;
  R *y = reinterpret_cast<R*>(memory), *row = y + n * width;
  a += matrix * n * n;
  const i64 offset = matrix * n * t.count + first * t.across;
  for (i64 i = 0; i < n; ++i)
    for (i64 k = 0; k < width; ++k) y[i * width + k] = widened(b[offset + i * t.along + k * t.across]);
  for (i64 step = 0; step < n; ++step) {
    const i64 i = t.forward ? step : n - 1 - step;
    R* mine = y + i * width;
    const i64 known = t.forward ? 0 : i + 1;  // the first of the unknowns that are known by now
    for (i64 k = 0; k < step; ++k) row[k] = widened(a[i * t.row + (known + k) * t.column]);
    subtract_rows(mine, row, 1, y + known * width, width, step, width);
    if (t.unit) continue;
    const R diagonal = widened(a[i * t.row + i * t.column]);
    require(diagonal != 0, "matrix {} is singular: element {} of the diagonal is 0", matrix, i);
    for (i64 k = 0; k < width; ++k) mine[k] /= diagonal;
  }
  for (i64 i = 0; i < n; ++i)
    for (i64 k = 0; k < width; ++k) x[offset + i * t.along + k * t.across] = narrowed<T>(y[i * width + k]);
}

/// As with_element, for floats.
template <class F>
SpecialKernel with_float(const SpecialCall& call, F&& f) {
  call.expect(is_float(call.in[0].dtype));
  return with_element(call.in[0].dtype, [&]<class T>(std::type_identity<T> t) {
    if constexpr (kInteger<T>)
      return SpecialKernel{};
    else
      return f(t);
  });
}

}  // namespace

SpecialKernel make_cholesky(const SpecialCall& call) {
  call.expect_operands(1, 1);
  const Shape& shape = call.in[0].shape;
  call.expect(call.in[0] == call.out[0] && shape.size() >= 2 && shape[shape.size() - 2] == shape.back() &&
              shape.back() <= kMostRows);
  const Cholesky c{product(shape.begin(), shape.end() - 2), shape.back(), call.flag("lower"),
                   call.get<double>("jitter")};
  return with_float(call, [&]<class T>(std::type_identity<T>) {
    const Slots slots(c.matrices, c.n * c.n, c.n * c.n * static_cast<i64>(sizeof(Wide<T>)));
    return SpecialKernel{slots.bytes(), [=](const SpecialArgs& args) {
                           slots.run(args.workspace, [&](i64 matrix, std::byte* memory) {
                             factorize_matrix(c, matrix, memory, args.operand<T>(0), args.output<T>(0));
                           });
                         }};
  });
}

SpecialKernel make_triangular_solve(const SpecialCall& call) {
  call.expect_operands(2, 1);
  const Type &a = call.in[0], &b = call.in[1];
  call.expect(b == call.out[0] && a.dtype == b.dtype && a.rank() >= 2 && a.rank() == b.rank());
  const bool left = call.flag("left"), lower = call.flag("lower"), transpose = call.flag("transpose");
  const auto r = static_cast<std::size_t>(a.rank());
  const i64 n = a.shape.back(), rows = b.shape[r - 2], columns = b.shape.back();
  call.expect(a.shape[r - 2] == n && (left ? rows : columns) == n && n <= kMostRows);
  for (std::size_t d = 0; d + 2 < r; ++d) call.expect(a.shape[d] == b.shape[d]);
  Triangular t{.matrices = product(a.shape.begin(), a.shape.end() - 2), .n = n, .count = left ? columns : rows};
  const bool turned = transpose == left;  // X op(A) = B is op(A)^T X^T = B^T
  t.forward = lower != turned;
  t.unit = call.flag("unit");
  t.row = turned ? 1 : n, t.column = turned ? n : 1;
  t.along = left ? columns : 1, t.across = left ? 1 : columns;
  return with_float(call, [&]<class T>(std::type_identity<T>) {
    const i64 width = std::min(Triangular::kPanel, t.count);
    const Slots slots(t.matrices * t.panels(), n * n * std::max<i64>(width, 1),
                      n * (width + 1) * static_cast<i64>(sizeof(Wide<T>)));
    return SpecialKernel{slots.bytes(), [=](const SpecialArgs& args) {
                           slots.run(args.workspace, [&](i64 piece, std::byte* memory) {
                             solve_panel(t, piece, memory, args.operand<T>(0), args.operand<T>(1), args.output<T>(0));
                           });
                         }};
  });
}

}  // namespace tenon::runtime
