#pragma once
#include "op/op.h"

namespace tenon {

struct Arange {
  static constexpr std::string_view name = "arange";
  static constexpr std::string_view doc =
      "start, start + step, … before stop: ceil((stop - start) / step) numbers, none where that is negative. Floats "
      "are computed in f64.";
  static constexpr std::string_view constraints = R"(
    there are no operands | (f32[2])
    the step is not 0 | {start=0, stop=3, step=0} ()
    integers are counted in whole steps | {start=0, stop=3, step=0.5, dtype=i64} ()
    the element type is a number | {dtype=bool} ())";
  static constexpr Traits traits{.leaf = true};
  double start = 0, stop = 0, step = 1;
  DType dtype = DType::I64;
  static void fields(auto& self, auto&& f) {
    f("start", self.start), f("stop", self.stop), f("step", self.step), f("dtype", self.dtype);
  }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<Arange>> samples() {
    return {{{0, 5, 1, DType::I64}, {}},    {{2, 11, 3, DType::I32}, {}},
            {{5, -4, -2, DType::I8}, {}},   {{0, 1, 0.25, DType::F32}, {}},
            {{1, 0, -0.3, DType::F64}, {}}, {{3, 3, 1, DType::F32}, {}},
            {{0, -1, 1, DType::F16}, {}},   {{-1, 1, 0.5, DType::BF16}, {}},
            {{250, 256, 1, DType::U8}, {}}, {{0x1p63, 0x1p63 - 4096, -1024, DType::U64}, {}}};
  }

 private:
  i64 count() const;
};

}  // namespace tenon
