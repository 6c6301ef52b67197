#pragma once
#include "op/op.h"

namespace tenon {

struct RoiAlign {
  static constexpr std::string_view name = "roi_align";
  static constexpr std::string_view doc =
      "Regions of images at a common size: each of the regions [x1, y1, x2, y2] in rois [R, 4], times spatial_scale, "
      "is divided into extents[0] x extents[1] bins, and each bin sampled at sampling_ratio x sampling_ratio places "
      "by linear interpolation in the image of x [N, C, H, W] that batch [R] names. With sampling_ratio 0 there are "
      "as many places as a bin has elements, rounded up, and for a region larger than the image as many as for one "
      "of its size; of a bin without any, the result is 0. mode: average of the samples, max of the samples, or "
      "max_tap, the largest weighted element of "
      "all samples (the maximum of the Open Neural Network Exchange). With half_pixel, coordinates are those of the "
      "borders of elements, else of their middles and regions have at least one element. Result: [R, C, extents]. "
      "roi_align(x, rois, batch) (He et al. 2017)";
  static constexpr std::string_view constraints = R"(
    there are three operands | (f32[1,2,4,4], f32[3,4])
    x is a float | (i32[1,2,4,4], f32[3,4], i64[3])
    the images of the regions are integers | (f32[1,2,4,4], f32[3,4], f32[3])
    x is [N, C, H, W] | (f32[2,4,4], f32[3,4], i64[3])
    the regions are [R, 4] of its element type and the images [R] | (f32[1,2,4,4], f32[3,3], i64[3])
    extents are two numbers of at least 1 | {extents=[0,1]} (f32[1,2,4,4], f32[3,4], i64[3])
    the sampling ratio is at least 0 | {sampling_ratio=-1} (f32[1,2,4,4], f32[3,4], i64[3]))";
  static constexpr Traits traits{.reduction = true};
  Ints extents{1, 1};
  i64 sampling_ratio = 0;
  double spatial_scale = 1;
  std::string mode = "average";
  bool half_pixel = true;
  static void fields(auto& self, auto&& f) {
    f("extents", self.extents), f("sampling_ratio", self.sampling_ratio), f("spatial_scale", self.spatial_scale);
    f("mode", self.mode), f("half_pixel", self.half_pixel);
  }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<RoiAlign>> samples();
};

}  // namespace tenon
