#include "op/image/roi_align.h"

#include <cmath>

#include "op/functions.h"
#include "op/image/sampling.h"

namespace tenon {

Types RoiAlign::infer(Operands in) const {
  require_operands(name, in, 3);
  const Type &x = in[0].type, &rois = in[1].type, &batch = in[2].type;
  require_float(name, x);
  require_ids(name, batch);
  require(x.rank() == 4, "roi_align: x is {}, expected [N, C, H, W]", x);
  require(batch.rank() == 1 && rois == Type({x.dtype, {batch.shape[0], 4}}),
          "roi_align: the regions are {} and their images {}; expected {}[R,4] and [R]", rois, batch, x.dtype);
  require(extents.size() == 2 && extents[0] >= 1 && extents[1] >= 1,
          "roi_align: extents is {}, expected two numbers of at least 1", extents);
  require(sampling_ratio >= 0 && sampling_ratio < (i64(1) << 31),
          "roi_align: sampling_ratio is {}, expected at least 0", sampling_ratio);
  require(std::isfinite(spatial_scale), "roi_align: spatial_scale is {}, expected a finite number", spatial_scale);
  require(mode == "average" || mode == "max" || mode == "max_tap",
          "roi_align: mode \"{}\" is unknown; expected \"average\", \"max\" or \"max_tap\"", mode);
  const Type out{x.dtype, {rois.shape[0], x.shape[1], extents[0], extents[1]}};
  check_shape(out.shape);
  require(symbolic_count(out.shape) == 0 || symbolic_count(x.shape) > 0, "roi_align: x is {}, which has no elements",
          x);
  return {out};
}

namespace {

using expr::Index;
using expr::Scalar;

/// The places at which the bins are sampled, along one dimension.
struct Places {
  Scalar at, count, valid;
};

class Aligner {
 public:
  Aligner(const RoiAlign& op, const Shape& image, const Type& flat, const Type& rois, const Type& batch)
      : op_(op),
        in_{flat, rois, batch},
        wide_(accumulate_type(flat.dtype)),
        spatial_(image.begin() + 2, image.end()),
        image_(spatial_[0] * spatial_[1]),
        r_("r", rois.shape[0]),
        c_("c", flat.shape[1]),
        bin_(expr::indices(op.extents, "bin")),
        place_(expr::indices(most_places(), "s")),
        tap_(expr::indices({2, 2}, "k")) {}

  /// The mean of all samples, or the largest weighted element.
  expr::Expr bins() const {
    const auto [y, x] = places();
    const Scalar value = weighted(y, x);
    std::vector<Index> over = place_;
    over.insert(over.end(), tap_.begin(), tap_.end());
    const Scalar all = op_.mode == "average" ? expr::sum(over, value) / expr::max(y.count * x.count, 1)
                                             : expr::max(over, among(y, x, value));
    return expr::compute(in_, {r_, c_, bin_[0], bin_[1]}, expr::cast(in_[0].dtype, all));
  }

  /// Every sample on its own; the lowest number for places that a bin does not have.
  expr::Expr samples() const {
    const auto [y, x] = places();
    const Scalar sample = expr::sum(tap_, weighted(y, x));
    return expr::compute(in_, {r_, c_, bin_[0], bin_[1], place_[0], place_[1]},
                         expr::cast(in_[0].dtype, among(y, x, sample)));
  }

 private:
  Shape most_places() const {
    if (op_.sampling_ratio > 0) return {op_.sampling_ratio, op_.sampling_ratio};
    return {ceil_div(spatial_[0], op_.extents[0]), ceil_div(spatial_[1], op_.extents[1])};
  }

  std::pair<Places, Places> places() const { return {places_along(0), places_along(1)}; }

  Places places_along(std::size_t d) const {
    const expr::Input rois(1, in_[1]);
    const auto border = [&](i64 k) {
      const Scalar v = expr::cast(wide_, rois(r_, k)) * op_.spatial_scale;
      return op_.half_pixel ? v - 0.5 : v;
    };
    const i64 first = d == 0 ? 1 : 0;
    const Scalar low = border(first), size = border(first + 2) - low;
    const Scalar bin = (op_.half_pixel ? size : expr::max(size, 1)) / static_cast<double>(op_.extents[d]);
    const Scalar most = number(place_[d].extent(), wide_), s = expr::cast(wide_, expr::value(place_[d]));
    const Scalar count = op_.sampling_ratio > 0 ? most : expr::min(expr::max(expr::ceil(bin), 0), most);
    const Scalar at = low + bin * (expr::cast(wide_, expr::value(bin_[d])) + (s + 0.5) / count);
    return {at, count, s < count};
  }

  /// The element of a tap times its weight; 0 where the sample is more than one element away from the image.
  Scalar weighted(const Places& y, const Places& x) const {
    Scalar near = y.valid && x.valid, weight = Scalar(1).typed(wide_);
    std::vector<Scalar> at;
    for (const std::size_t d : {std::size_t(0), std::size_t(1)}) {
      const Scalar n = number(spatial_[d], wide_), place = d == 0 ? y.at : x.at;
      near = near && place >= -1 && place <= n;
      const Tap tap = linear_tap(expr::min(expr::max(place, 0), n - 1), tap_[d]);
      at.push_back(tap.at);
      weight = weight * tap.weight;
    }
    const PlanePosition plane = plane_position(at, spatial_);
    const Scalar image = expr::cast(DType::I64, expr::Input(2, in_[2])(r_)) * expr::value(expr::Affine(image_));
    const Scalar element = expr::cast(wide_, expr::Input(0, in_[0])(image + plane.at, c_));
    return expr::where(near && plane.inside, element * weight, 0);
  }

  /// For a maximum: the value at a place that the bin has; 0 where it has none at all.
  Scalar among(const Places& y, const Places& x, const Scalar& value) const {
    const Scalar none = expr::where(y.count * x.count > 0, Scalar(-expr::kInfinity).typed(wide_), 0);
    return expr::where(y.valid && x.valid, value, none);
  }

  const RoiAlign& op_;
  std::vector<Type> in_;
  DType wide_;
  Shape spatial_;
  Dim image_;
  Index r_, c_;
  std::vector<Index> bin_, place_, tap_;
};

}  // namespace

// The channels of an element lie together, so that an element is one row, which its position finds.
Values RoiAlign::expand(Builder& b, std::span<const Value> in) const {
  const Shape& shape = in[0].shape();
  const Built x{&b, in[0]}, rois{&b, in[1]}, batch{&b, in[2]};
  const Built flat = reshape(transpose(x, {0, 2, 3, 1}), {symbolic_count({shape[0], shape[2], shape[3]}), shape[1]});
  const Aligner aligner(*this, shape, flat.type(), rois.type(), batch.type());
  auto apply = [&](expr::Expr e) {
    return detail::apply_to<Built>(Formula{std::move(e), std::string(name)}, {flat, rois, batch});
  };
  return {mode == "max" ? max(apply(aligner.samples()), {4, 5}).value : apply(aligner.bins()).value};
}

std::vector<Case<RoiAlign>> RoiAlign::samples() {
  std::vector<Case<RoiAlign>> list;
  auto add = [&](RoiAlign op, DType t, const Shape& x, i64 regions, double low, double high) {
    const DType id = t == DType::F32 ? DType::I64 : DType::I32;
    list.push_back(
        {std::move(op),
         {{{t, x}}, {{t, {regions, 4}}, low, high, false}, {{id, {regions}}, 0, static_cast<double>(x[0]), false}}});
  };
  for (const char* mode : {"average", "max", "max_tap"}) {
    add({{1, 2}, 2, 1, mode, true}, DType::F32, {2, 2, 2, 3}, 2, 0, 3);
    add({{2, 1}, 0, 0.5, mode, false}, DType::F64, {2, 1, 3, 4}, 2, -2, 8);
  }
  add({{1, 1}, 1, 2, "average", false}, DType::F64, {1, 2, 3, 3}, 2, -1, 2);
  add({{2, 2}, 2, 1, "average", true}, DType::F32, {2, 2, 3, 3}, 0, 0, 3);
  add({{2, 2}, 2, 1, "average", true}, DType::F16, {1, 2, 3, 3}, 2, 0, 3);
  add({{2, 2}, 0, 1, "average", true}, DType::BF16, {1, 2, 3, 3}, 2, 0, 3);
  return list;
}

}  // namespace tenon
