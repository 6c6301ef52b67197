#include "op/index/scatter.h"

#include <numeric>

#include "expr/evaluate.h"
#include "op/math/functions.h"
#include "op/shape/functions.h"

namespace tenon {

void require_reduction(std::string_view op, const std::string& reduction, const Type& x) {
  constexpr std::string_view kKnown[] = {"none", "add", "mul", "max", "min"};
  require(std::ranges::find(kKnown, reduction) != std::end(kKnown),
          "{}: reduction \"{}\" is unknown; expected \"none\", \"add\", \"mul\", \"max\" or \"min\"", op, reduction);
  require(reduction == "none" || x.dtype != DType::Bool,
          "{}: reduction \"{}\" takes floats and integers, given {}; cast it "
          "first",
          op, reduction, x);
}

Array scattered(const Array& x, std::span<const i64> rows, i64 width, const Array& updates,
                const std::string& reduction) {
  const DType wide = reduction == "none" ? x.dtype() : accumulate_type(x.dtype());
  Array out = wide == x.dtype() ? x.clone() : x.cast(wide);
  const expr::Fn fn = reduction == "add"   ? expr::Fn::Add
                      : reduction == "mul" ? expr::Fn::Mul
                      : reduction == "max" ? expr::Fn::Max
                                           : expr::Fn::Min;
  for (std::size_t k = 0; k < rows.size(); ++k)
    for (i64 j = 0; j < width; ++j) {
      const i64 to = rows[k] * width + j;
      const Number pair[2] = {out.at(to), updates.at(static_cast<i64>(k) * width + j)};
      out.set(to, reduction == "none" ? pair[1] : expr::apply_fn(fn, wide, pair));
    }
  return wide == x.dtype() ? out : out.cast(x.dtype());
}

namespace {

class Gradient {
 public:
  Gradient(Builder& b, const Value& x, const Value& updates, const Value& out, const Value& grad,
           const ScatterMaps& maps)
      : b_(b), x_{&b, x}, updates_{&b, updates}, out_{&b, out}, grad_{&b, grad}, maps_(maps) {}

  /// The last update of each position stays, and nothing of x there.
  Values of_none() const {
    const Built numbers = update_numbers(), last = maps_.scatter(like(x_, 0, DType::I64), numbers, "none");
    const Built stays = equal(maps_.take(last), numbers);
    return {maps_.scatter(grad_, like(updates_, 0, updates_.dtype()), "none").value,
            where(stays, maps_.take(grad_), 0).value};
  }

  Values of_add() const { return {grad_.value, maps_.take(grad_).value}; }

  /// The product of the others, right where factors are 0: of those that are not 0 if no other is, else 0.
  Values of_mul() const {
    const Built x_zero = equal(x_, 0), u_zero = equal(updates_, 0);
    const Built zeros = maps_.scatter(cast(x_zero, x_.dtype()), cast(u_zero, x_.dtype()), "add");
    const Built product = maps_.scatter(where(x_zero, 1, x_), where(u_zero, 1, updates_), "mul");
    auto others = [](const Built& factor, const Built& is_zero, const Built& all_zeros, const Built& nonzero) {
      return where(equal(all_zeros, cast(is_zero, factor.dtype())), nonzero / where(is_zero, 1, factor), 0);
    };
    return {(grad_ * others(x_, x_zero, zeros, product)).value,
            (maps_.take(grad_) * others(updates_, u_zero, maps_.take(zeros), maps_.take(product))).value};
  }

  Values of_extreme() const {
    const Built x_wins = equal(x_, out_), numbers = update_numbers();
    constexpr double kNone = 0x1p62;  // more than any number of an update
    const Built ties = logical_and(equal(updates_, maps_.take(out_)), logical_not(maps_.take(x_wins)));
    const Built first =
        maps_.scatter(like(x_, kNone, DType::I64), where(ties, numbers, like(updates_, kNone, DType::I64)), "min");
    const Built wins = equal(maps_.take(first), numbers);
    return {where(x_wins, grad_, 0).value, where(wins, maps_.take(grad_), 0).value};
  }

 private:
  Built like(const Built& x, double value, DType t) const {
    return {&b_, b_.apply1(make_op(Full{value, t, x.shape()}), {})};
  }
  /// 0, 1, 2, … in the shape of the updates.
  Built update_numbers() const {
    const Built flat{&b_, b_.apply1(make_op(Iota{DType::I64, {symbolic_count(updates_.shape())}, 0}), {})};
    return reshape(flat, updates_.shape());
  }

  Builder& b_;
  Built x_, updates_, out_, grad_;
  const ScatterMaps& maps_;
};

}  // namespace

Values scatter_gradient(Builder& b, const Value& x, const Value& updates, const Value& out, const Value& grad,
                        const std::string& reduction, const ScatterMaps& maps) {
  const Gradient g(b, x, updates, out, grad, maps);
  if (reduction == "none") return g.of_none();
  if (reduction == "add") return g.of_add();
  return reduction == "mul" ? g.of_mul() : g.of_extreme();
}

}  // namespace tenon
