#include "op/image/deform_conv.h"

#include "op/functions.h"
#include "op/image/sampling.h"

namespace tenon {

namespace {

bool is_mask(const Type& t) { return t.rank() == 4; }

Windows windows_of(const DeformConv& op, const Type& w) {
  return windows_of(DeformConv::name, extents_from(w.shape, 2, 2),
                    {op.stride, op.dilation, op.pads_begin, op.pads_end});
}

}  // namespace

Types DeformConv::infer(Operands in) const {
  require(in.size() >= 3 && in.size() <= 5,
          "deform_conv: expected x, w, offsets, perhaps a mask and perhaps a bias, {} "
          "operands given",
          in.size());
  const DType t = require_same_dtype(name, in);
  require_float(name, in[0].type);
  const Type &x = in[0].type, &w = in[1].type;
  require(x.rank() == 4 && w.rank() == 4,
          "deform_conv: x is {} and w {}; expected [N, C, H, W] and [K, C / groups, R, S]", x, w);
  const bool masked = in.size() > 3 && is_mask(in[3].type), biased = in.size() > (masked ? 4u : 3u);
  std::vector<Operand> convolved{in[0], in[1]};
  if (biased) convolved.push_back(in.back());
  Types out;
  try {
    out = Conv{stride, dilation, pads_begin, pads_end, groups, "nchw"}.infer(convolved);
  } catch (const Error& e) {
    fail("deform_{}", e.what());
  }
  const Shape& y = out[0].shape;
  require(offset_groups == 1 || (offset_groups > 1 && offset_groups <= x.shape[1] && x.shape[1] % offset_groups == 0),
          "deform_conv: x is {} with {} channels, which {} offset groups do not divide", x, x.shape[1], offset_groups);
  const Dim samples = symbolic_count({offset_groups, w.shape[2], w.shape[3]});
  const Type offsets{t, {x.shape[0], 2 * samples, y[2], y[3]}}, mask{t, {x.shape[0], samples, y[2], y[3]}};
  require(in[2].type == offsets, "deform_conv: the offsets are {}, expected {}", in[2].type, offsets);
  require(!masked || in[3].type == mask, "deform_conv: the mask is {}, expected {}", masked ? in[3].type : mask, mask);
  require(in.size() == 3u + (masked ? 1u : 0u) + (biased ? 1u : 0u),
          "deform_conv: the fourth of five operands is {}, expected a "
          "mask {}",
          in[3].type, mask);
  return out;
}

namespace {

/// Columns [N, C R S, H', W'] of samples of x [N, C, H W], with offsets [N, G, R, S, 2, H', W'] and perhaps a mask
/// [N, G, R, S, H', W'].
expr::Expr columns_of(const std::vector<Type>& in, const Shape& image, const Windows& win) {
  using namespace expr;
  const Shape& offsets = in[1].shape;
  const DType wide = accumulate_type(in[0].dtype);
  const Index n("n", image[0]), g("g", offsets[1]), c("c", floor_div(image[1], offsets[1]));
  const auto r = indices(win.size, "r"), p = indices(extents_from(offsets, 5, 2), "p"), k = indices({2, 2}, "k");
  Scalar weight = Scalar(1).typed(wide);
  std::vector<Scalar> at;
  for (std::size_t d = 0; d < 2; ++d) {
    const Scalar moved = cast(wide, Input(1, in[1])(n, g, r[0], r[1], static_cast<i64>(d), p[0], p[1]));
    const Tap tap = linear_tap(cast(wide, value(win.element(d, p[d], r[d]))) + moved, k[d]);
    at.push_back(tap.at);
    weight = weight * tap.weight;
  }
  const PlanePosition plane = plane_position(at, extents_from(image, 2, 2));
  const Scalar x = cast(wide, Input(0, in[0])(n, g * c.extent() + c, plane.at));
  Scalar sample = sum(k, where(plane.inside, x * weight, 0));
  if (in.size() == 3) sample = sample * cast(wide, Input(2, in[2])(n, g, r[0], r[1], p[0], p[1]));
  return compute(in, {n, join(g, c, r[0], r[1]), p[0], p[1]}, cast(in[0].dtype, sample));
}

}  // namespace

Values DeformConv::expand(Builder& b, std::span<const Value> in) const {
  const Shape &image = in[0].shape(), &w = in[1].shape(), &y = in[2].shape();
  const Built x = reshape(Built{&b, in[0]}, {image[0], image[1], symbolic_count(extents_from(image, 2, 2))});
  std::vector<Built> operands{x, reshape(Built{&b, in[2]}, {y[0], offset_groups, w[2], w[3], 2, y[2], y[3]})};
  const bool masked = in.size() > 3 && is_mask(in[3].type());
  if (masked) operands.push_back(reshape(Built{&b, in[3]}, {y[0], offset_groups, w[2], w[3], y[2], y[3]}));
  std::vector<Type> types;
  for (const Built& o : operands) types.push_back(o.type());
  const OpRef sampled =
      make_op(Formula{columns_of(types, image, windows_of(*this, in[1].type())), "deform_conv samples"});
  const Built columns = apply_op(sampled, std::span<const Built>(operands));
  const Built filter = reshape(Built{&b, in[1]}, {w[0], symbolic_count({w[1], w[2], w[3]}), 1, 1});
  const Conv pointwise{.groups = groups};
  const bool biased = in.size() > (masked ? 4u : 3u);
  return {biased ? conv(columns, filter, Built{&b, in.back()}, pointwise).value
                 : conv(columns, filter, pointwise).value};
}

std::vector<Case<DeformConv>> DeformConv::samples() {
  std::vector<Case<DeformConv>> list;
  auto add = [&](DeformConv op, DType t, const Shape& x, const Shape& w, const Shape& places, bool masked,
                 bool biased) {
    const i64 samples = op.offset_groups * w[2] * w[3];
    std::vector<SampleInput> in{{{t, x}}, {{t, w}}, {{t, {x[0], 2 * samples, places[0], places[1]}}, -1.5, 1.5}};
    if (masked) in.push_back({{t, {x[0], samples, places[0], places[1]}}, 0, 1});
    if (biased) in.push_back({{t, {w[0]}}});
    list.push_back({std::move(op), std::move(in)});
  };
  add({}, DType::F32, {1, 1, 3, 3}, {2, 1, 2, 2}, {2, 2}, true, true);
  add({}, DType::F32, {2, 1, 2, 3}, {1, 1, 2, 2}, {1, 2}, false, false);
  add({{2, 1}, {1, 2}, {1, 1}, {0, 1}, 1, 1}, DType::F64, {1, 2, 2, 3}, {1, 2, 2, 2}, {1, 3}, false, true);
  add({{}, {}, {}, {}, 2, 2}, DType::F64, {1, 4, 2, 2}, {2, 2, 1, 2}, {2, 1}, true, false);
  add({}, DType::F32, {0, 2, 3, 3}, {2, 2, 2, 2}, {2, 2}, true, true);
  add({}, DType::F16, {1, 2, 3, 3}, {2, 2, 2, 2}, {2, 2}, false, true);
  add({}, DType::BF16, {1, 2, 3, 3}, {2, 2, 2, 2}, {2, 2}, true, true);
  return list;
}

}  // namespace tenon
