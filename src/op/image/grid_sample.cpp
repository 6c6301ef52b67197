#include "op/image/grid_sample.h"

#include "op/functions.h"
#include "op/image/sampling.h"

namespace tenon {

Types GridSample::infer(Operands in) const {
  require_operands(name, in, 2);
  const Type &x = in[0].type, &grid = in[1].type;
  require_float(name, x);
  require_same_dtype(name, in);
  require(mode == "nearest" || mode == "linear" || mode == "cubic",
          "grid_sample: mode \"{}\" is unknown; expected \"nearest\", \"linear\" or \"cubic\"", mode);
  require(padding == "zeros" || padding == "border" || padding == "reflection",
          "grid_sample: padding \"{}\" is unknown; expected \"zeros\", \"border\" or \"reflection\"", padding);
  require(x.rank() == 4 || x.rank() == 5,
          "grid_sample: x is {}, expected batch, channels and 2 or 3 spatial dimensions", x);
  require(mode != "cubic" || x.rank() == 4, "grid_sample: mode \"cubic\" takes 2 spatial dimensions, given {}", x);
  require(grid.rank() == x.rank() && grid.shape[0] == x.shape[0] && grid.shape.back() == x.rank() - 2,
          "grid_sample: the grid is {}, expected rank {}, the batch {} first, and {} last, for x {}", grid, x.rank(),
          x.shape[0], x.rank() - 2, x);
  Type out{x.dtype, {x.shape[0], x.shape[1]}};
  for (std::size_t d = 1; d + 1 < grid.shape.size(); ++d) out.shape.push_back(grid.shape[d]);
  for (std::size_t d = 2; d < x.shape.size(); ++d)
    require(x.shape[d] > 0 || symbolic_count(out.shape) == 0, "grid_sample: dimension {} of {} is empty", d, x);
  check_shape(out.shape);
  return {out};
}

namespace {

using expr::Scalar;

/// Samples of a plane whose spatial dimensions are one.
class Sampler {
 public:
  Sampler(const GridSample& op, const Shape& spatial, DType wide) : op_(op), spatial_(spatial), wide_(wide) {}

  expr::Expr run(const Type& flat, const Type& grid) const {
    const std::size_t rank = spatial_.size();
    const expr::Index n("n", flat.shape[0]), c("c", flat.shape[1]);
    const auto place = expr::indices(Shape(grid.shape.begin() + 1, grid.shape.end() - 1), "p");
    const i64 taps = op_.mode == "nearest" ? 1 : op_.mode == "linear" ? 2 : 4;
    const auto k = expr::indices(Shape(rank, taps), "k");
    std::vector<expr::At> at{n};
    for (const expr::Index& p : place) at.emplace_back(p);
    at.emplace_back(0);
    std::vector<Scalar> position;
    Scalar weight = Scalar(1).typed(wide_);
    for (std::size_t d = 0; d < rank; ++d) {
      at.back() = expr::At(static_cast<i64>(rank - 1 - d));
      const Tap tap = tap_of(d, expr::cast(wide_, expr::Input(1, grid)(at)), k[d]);
      position.push_back(tap.at);
      weight = weight * tap.weight;
    }
    const PlanePosition plane = plane_position(position, spatial_);
    const Scalar x = expr::cast(wide_, expr::Input(0, flat)(n, c, plane.at));
    std::vector<expr::Index> out{n, c};
    out.insert(out.end(), place.begin(), place.end());
    const Scalar sum = expr::sum(k, expr::where(plane.inside, x * weight, 0));
    return expr::compute({flat, grid}, expr::dims(out), expr::cast(flat.dtype, sum));
  }

 private:
  Tap tap_of(std::size_t d, const Scalar& g, const expr::Index& k) const {
    const Scalar n = number(spatial_[d], wide_);
    const Scalar x = op_.align_corners ? (g + 1) / 2 * (n - 1) : ((g + 1) * n - 1) / 2;
    if (op_.mode == "cubic") {
      Tap tap = cubic_tap(x, k, -0.75);
      if (op_.padding != "zeros") tap.at = expr::cast(DType::I64, padded(expr::cast(wide_, tap.at), n));
      return tap;
    }
    const Scalar inside = padded(x, n);
    if (op_.mode == "linear") return linear_tap(inside, k);
    return {expr::cast(DType::I64, expr::round(inside)) + expr::value(k), Scalar(1).typed(wide_)};
  }

  /// A coordinate moved into the image, as the padding says.
  Scalar padded(const Scalar& x, const Scalar& n) const {
    if (op_.padding == "zeros") return x;
    return expr::min(expr::max(op_.padding == "border" ? x : reflected(x, n), 0), n - 1);
  }

  /// Mirrored at the middles of the outermost elements, or half an element further out.
  Scalar reflected(const Scalar& x, const Scalar& n) const {
    const Scalar low = op_.align_corners ? Scalar(0) : Scalar(-0.5), span = op_.align_corners ? n - 1 : n;
    const Scalar distance = expr::abs(x - low), turns = expr::floor(distance / span), rest = expr::mod(distance, span);
    const Scalar back_and_forth = expr::where(expr::mod(turns, 2) == 0, rest + low, span - rest + low);
    return expr::where(span == 0, 0, back_and_forth);
  }

  const GridSample& op_;
  const Shape& spatial_;
  DType wide_;
};

}  // namespace

Values GridSample::expand(Builder& b, std::span<const Value> in) const {
  const Shape& shape = in[0].shape();
  const Shape spatial(shape.begin() + 2, shape.end());
  const Built flat = reshape(Built{&b, in[0]}, {shape[0], shape[1], symbolic_count(spatial)});
  expr::Expr e = Sampler(*this, spatial, accumulate_type(in[0].dtype())).run(flat.type(), in[1].type());
  return {detail::apply_to<Built>(Formula{std::move(e), std::string(name)}, {flat, {&b, in[1]}}).value};
}

std::vector<Case<GridSample>> GridSample::samples() {
  std::vector<Case<GridSample>> list;
  auto add = [&](GridSample op, DType t, const Shape& x, const Shape& grid, double low, double high) {
    list.push_back({std::move(op), {{{t, x}}, {{t, grid}, low, high}}});
  };
  for (const char* mode : {"linear", "nearest", "cubic"})
    for (const char* padding : {"zeros", "border", "reflection"}) {
      add({mode, padding, false}, DType::F32, {2, 1, 3, 2}, {2, 1, 2, 2}, -1.4, 1.4);
      add({mode, padding, true}, DType::F64, {1, 2, 2, 3}, {1, 2, 1, 2}, -1.4, 1.4);
    }
  add({"linear", "zeros", false}, DType::F64, {1, 1, 2, 2, 3}, {1, 1, 2, 1, 3}, -1.2, 1.2);
  add({"linear", "border", true}, DType::F32, {1, 1, 2, 1, 2}, {1, 1, 1, 2, 3}, -1.2, 1.2);
  add({"nearest", "reflection", false}, DType::F32, {1, 1, 2, 3, 2}, {1, 2, 1, 2, 3}, -1.2, 1.2);
  add({"linear", "reflection", true}, DType::F32, {1, 2, 1, 3}, {1, 2, 2, 2}, -1.2, 1.2);
  add({"linear", "zeros", false}, DType::F32, {0, 2, 3, 3}, {0, 2, 2, 2}, -1, 1);
  add({"linear", "zeros", false}, DType::F16, {1, 2, 3, 3}, {1, 2, 2, 2}, -1, 1);
  add({"linear", "border", false}, DType::BF16, {1, 2, 3, 3}, {1, 2, 2, 2}, -1, 1);
  return list;
}

}  // namespace tenon
