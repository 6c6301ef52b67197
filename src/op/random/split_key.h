#pragma once
#include "op/random/random.h"

namespace tenon {

struct SplitKey {
  static constexpr std::string_view name = "split_key";
  static constexpr std::string_view doc =
      "`count` new keys, i32[count,2]: word w of key c is word 0 of Threefry-2x32-20 under the key with the counter "
      "2^40 + 2c + w, which no draw uses. split_key(key)";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the key is i32[2] | (i64[2])
    the count is at least 0 | {count=-1} (i32[2]))";
  static constexpr Traits traits{.random = true};
  i64 count = 2;
  static void fields(auto& self, auto&& f) { f("count", self.count); }

  Types infer(Operands in) const {
    require(count >= 0, "split_key: the count is {}, expected at least 0", count);
    require_key(name, in, {count, 2});
    return {Type{DType::I32, {count, 2}}};
  }
  expr::Expr define(std::span<const Type> in) const {
    const auto out = expr::indices({count, 2});
    return expr::compute({in[0]}, expr::dims(out), random_word({0, in[0]}, row_major(out) + (i64(1) << 40)));
  }
  static std::vector<Case<SplitKey>> samples() {
    return {{{2}, {sample_key()}}, {{1}, {sample_key()}}, {{5}, {sample_key()}}, {{0}, {sample_key()}}};
  }
};

}  // namespace tenon
