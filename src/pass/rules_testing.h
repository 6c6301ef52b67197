// Random values that match the patterns of rules, and whether a replacement is as exact as its rule says.
#pragma once
#include <cmath>
#include <map>
#include <optional>

#include "base/rng.h"
#include "interpret/interpret.h"
#include "ir/text.h"
#include "op/functions.h"
#include "pass/rules.h"

namespace tenon {

/// How large what is drawn may be.
struct DrawLimits {
  i64 rank = 3, extent = 4;
};

/// Draws functions of one result, which looks like the pattern of a rule; its side condition may still decline it.
class PatternDrawer {
 public:
  explicit PatternDrawer(std::uint64_t seed, DrawLimits limits = {}) : rng_(seed), limits_(limits) {}

  /// Nothing where a draw made no sense, which is frequent.
  std::optional<Function> draw(const Pattern& pattern) {
    f_ = {"drawn", {}, {}};
    bound_.clear();
    base_ = random_shape();
    try {
      f_.results = {value(pattern, random_dtype(), {})};
      return element_count(f_.results[0].shape()) <= 400 ? std::optional(f_) : std::nullopt;
    } catch (const Error&) {
      return {};
    }
  }

  i64 pick(i64 low, i64 high) { return low + static_cast<i64>(rng_.below(static_cast<std::uint64_t>(high - low + 1))); }
  bool chance(i64 in) { return pick(1, in) == 1; }
  template <class T>
  T any(std::initializer_list<T> list) {
    return list.begin()[pick(0, static_cast<i64>(list.size()) - 1)];
  }
  Rng& rng() { return rng_; }

 private:
  using Form = Pattern::Form;

  DType random_dtype() {
    using enum DType;
    return any({F32, F32, F32, F64, F64, F16, BF16, I64, I32, I32, I8, U64, U32, U8, Bool, Bool});
  }
  i64 random_extent() { return chance(12) ? 0 : std::min(any<i64>({1, 1, 2, 2, 3, 4}), limits_.extent); }
  Shape random_shape() {
    Shape s;
    for (i64 d = pick(0, limits_.rank); d > 0; --d) s.push_back(random_extent());
    return s;
  }

  Value parameter(const Type& t) {
    f_.parameters.emplace_back(Node::parameter(t), 0);
    return f_.parameters.back();
  }

  Value value(const Pattern& p, DType t, const std::optional<Shape>& wanted) {
    const Form& form = p.form();
    if (form.id >= 0)
      if (auto it = bound_.find(form.id); it != bound_.end()) return it->second;
    Value v = fresh(form, t, wanted);
    if (form.id >= 0) bound_[form.id] = v;
    return v;
  }

  Value fresh(const Form& form, DType t, const std::optional<Shape>& wanted) {
    switch (form.kind) {
      case Form::Kind::Number: return number(form.value, t);
      case Form::Kind::Uniform: return number(random_number(t), t);
      case Form::Kind::Known: return number(random_number(t), t);
      case Form::Kind::Any: return anything(t, wanted);
      default: return operation(form, t, wanted);
    }
  }

  Value anything(DType t, const std::optional<Shape>& wanted) {
    Shape shape = wanted ? *wanted : base_;
    if (!wanted && chance(4)) {  // broadcast
      for (Dim& d : shape)
        if (chance(2)) d = 1;
      while (!shape.empty() && chance(3)) shape.erase(shape.begin());
    }
    return parameter({t, shape});
  }

  double random_number(DType t) {
    if (t == DType::Bool) return static_cast<double>(pick(0, 1));
    if (!is_float(t)) return any({0.0, 1.0, 2.0, 3.0, 4.0, 7.0, 8.0, 16.0, -1.0, -3.0, 100.0});
    return any({0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, 0.25, 4.0, 3.0, -3.0, 6.0, 1e-3, 100.0, 0.1, 1.5, 12.0});
  }

  Value number(double x, DType t) {
    Shape shape;
    if (chance(4)) shape = chance(2) ? base_ : Shape(base_.size(), Dim(1));
    const Value full(Node::make(make_op(Full{x, t, shape}), {}), 0);
    return chance(2) ? full : Value(Node::leaf(interpret(Function{"c", {}, {full}}, {})[0]), 0);
  }

  // Operators, by what their operands must be.

  Value operation(const Form& form, DType t, const std::optional<Shape>& wanted) {
    if (form.kind == Form::Kind::Elementwise) return elementwise(form, t);
    const std::string_view op = form.op;
    if (form.any_operands) return concatenation(t, 1);
    SmallVector<Value, 3> args;
    for (std::size_t k = 0; k < form.operands.size(); ++k)
      args.push_back(value(form.operands[k], dtype_of_operand(op, k, t), shape_of_operand(op, k, args, wanted)));
    return applied(op, std::move(args), t);
  }

  Value applied(std::string_view op, SmallVector<Value, 3> args, DType t) {
    const OpRef chosen = random_op(op, args, t);
    if (chosen->traits().commutative && args.size() == 2 && chance(2)) std::swap(args[0], args[1]);
    const NodeRef node = Node::make(chosen, std::move(args));
    require(element_count(node->types()[0].shape) <= 400, "too large");
    return {node, 0};
  }

  DType dtype_of_operand(std::string_view op, std::size_t k, DType t) {
    const bool compares = op == "less" || op == "less_equal" || op == "greater" || op == "greater_equal" ||
                          op == "equal" || op == "not_equal";
    if (op == "cast" || compares) return random_dtype();
    if (op == "where" && k == 0) return DType::Bool;
    if (op == "dropout" && k == 1) return DType::I32;
    if (op == "floor" || op == "ceil" || op == "round" || op == "trunc") return is_float(t) ? t : DType::F32;
    return t;
  }

  /// What later operands must be, given the earlier ones.
  std::optional<Shape> shape_of_operand(std::string_view op, std::size_t k, const SmallVector<Value, 3>& args,
                                        const std::optional<Shape>& wanted) {
    if (op == "dropout" && k == 1) return Shape{2};
    if (op == "transpose" && wanted) {
      Shape turned = *wanted;
      std::reverse(turned.begin(), turned.end());
      return turned;
    }
    if (op == "matmul" || op == "linear") return matrix(op, k, args);
    if (op == "conv") return k == 0 ? std::optional(image()) : filter(k, args);
    if ((op == "max_pool" || op == "average_pool") && k == 0) return image();
    if ((op == "pad" || op == "neg" || op == "mul") && wanted) return wanted;
    return {};
  }

  std::optional<Shape> matrix(std::string_view op, std::size_t k, const SmallVector<Value, 3>& args) {
    if (k == 0) return Shape{random_extent(), random_extent()};
    const Dim inner = args[0].shape().empty() ? Dim(1) : args[0].shape().back();
    if (k == 2) return Shape{args[1].shape()[0]};
    return op == "matmul" ? Shape{inner, random_extent()} : Shape{random_extent(), inner};
  }

  Shape image() {
    Shape s{pick(1, 2), pick(1, 2)};
    for (i64 d = pick(1, 2); d > 0; --d) s.push_back(pick(1, 4));
    return s;
  }
  std::optional<Shape> filter(std::size_t k, const SmallVector<Value, 3>& args) {
    if (k == 2) return Shape{args[1].shape()[0]};
    Shape w{pick(1, 2), args[0].shape()[1]};
    for (std::size_t d = 2; d < args[0].shape().size(); ++d) w.push_back(pick(1, 3));
    return w;
  }

  /// Concatenations of concatenations, of slices of one tensor, of anything.
  Value concatenation(DType t, int depth) {
    if (base_.empty()) base_ = {2};
    const i64 axis = pick(0, static_cast<i64>(base_.size()) - 1);
    const auto a = static_cast<std::size_t>(axis);
    SmallVector<Value, 3> args;
    Shape shape = base_;
    shape[a] = 4;
    const Value source = parameter({t, shape});
    const bool slices = chance(2);
    i64 begin = 0;
    for (i64 k = pick(1, 3); k > 0; --k) {
      if (slices) {
        const i64 end = std::min<i64>(4, begin + pick(0, 2));
        Slice s{Shape(shape.size(), Dim(0)), shape, {}};
        s.start[a] = begin, s.stop[a] = end;
        args.push_back(detail::apply_to<Value>(std::move(s), {source}));
        begin = chance(5) ? 0 : end;
      } else if (depth > 0 && chance(3)) {
        args.push_back(concatenation(t, depth - 1));
      } else {
        Shape part = base_;
        part[a] = pick(0, 2);
        args.push_back(parameter({t, part}));
      }
    }
    return {Node::make(make_op(Concatenate{chance(3) ? axis - static_cast<i64>(base_.size()) : axis}), std::move(args)),
            0};
  }

  Value elementwise(const Form& form, DType t) {
    static const std::vector<Sample> samples = [] {
      std::vector<Sample> list;
      for (const OpInfo* info : all_ops())
        if (info->traits.elementwise)
          for (Sample& s : info->samples()) list.push_back(std::move(s));
      return list;
    }();
    const Sample& sample = samples[rng_.below(samples.size())];
    require(sample.inputs.size() == form.operands.size(), "another number of operands");
    if (!chance(4)) t = sample.inputs[0].type.dtype;
    SmallVector<Value, 3> args;
    for (std::size_t k = 0; k < form.operands.size(); ++k)
      args.push_back(value(form.operands[k], chance(4) ? t : sample.inputs[k].type.dtype, {}));
    return {Node::make(sample.op, std::move(args)), 0};
  }

  // Attributes.

  Ints random_axes(i64 rank) {
    Ints axes;
    for (i64 d = 0; d < rank; ++d)
      if (chance(2)) axes.push_back(chance(4) ? d - rank : d);
    return axes;
  }
  Ints permutation(i64 rank) {
    Ints p;
    for (i64 d = 0; d < rank; ++d) p.push_back(d);
    rng_.shuffle(std::span(p.begin(), p.end()));
    return chance(6) ? Ints() : p;
  }
  Shape reshaping(const Shape& from) {
    Shape to;
    for (Dim d : from) {
      if (chance(4)) to.push_back(1);
      if (d == 1 && chance(2)) continue;
      if (d == 4 && chance(2)) {
        to.push_back(2), to.push_back(2);
      } else if (!to.empty() && chance(4)) {
        to.back() *= d;
      } else {
        to.push_back(d);
      }
    }
    return chance(6) ? Shape{element_count(from)} : to;
  }
  Shape broadcasting(const Shape& from) {
    Shape to;
    for (i64 d = pick(0, 1); d > 0; --d) to.push_back(pick(1, 3));
    for (Dim d : from) to.push_back(d == 1 && chance(2) ? Dim(pick(1, 3)) : d);
    return to;
  }
  Slice slicing(const Shape& from) {
    Slice s{{}, {}, {}};
    for (Dim d : from) {
      const i64 n = d, start = chance(2) ? 0 : pick(0, n), stop = chance(2) ? n : pick(start, n);
      s.start.push_back(start), s.stop.push_back(stop), s.step.push_back(chance(3) ? 2 : 1);
      if (n > 0 && chance(10)) s.start.back() = n - 1, s.stop.back() = -1, s.step.back() = -1;
    }
    return s;
  }
  Pad padding(const Shape& from, bool spatial) {
    Pad p;
    for (std::size_t d = 0; d < from.size(); ++d)
      for (Ints* side : {&p.low, &p.high}) side->push_back(spatial && d < 2 ? 0 : any<i64>({0, 0, 1, 1, 2, -1}));
    if (chance(4))
      for (Ints* side : {&p.low, &p.high})
        for (i64& n : *side) n = chance(3) ? 0 : std::min<i64>(n, 0);
    p.value = any({0.0, 0.0, -0.0, 1.0, -static_cast<double>(INFINITY)});
    if (chance(6)) p.mode = any<const char*>({"edge", "reflect", "wrap"});
    return p;
  }
  Ints some(std::size_t count, std::initializer_list<i64> of) {
    Ints list;
    for (std::size_t k = 0; k < count; ++k) list.push_back(any<i64>(of));
    return chance(3) ? Ints() : list;
  }
  template <class Pool>
  OpRef pooling(const Shape& x) {
    Pool p;
    const std::size_t rank = x.size() - 2;
    p.size = Ints(rank, pick(1, 3));
    p.stride = some(rank, {1, 2}), p.dilation = some(rank, {1, 1, 2});
    p.pads_begin = some(rank, {0, 1}), p.pads_end = some(rank, {0, 1});
    if (chance(5)) p.ceil_mode = true;
    if constexpr (requires { p.count_include_pad; }) p.count_include_pad = !chance(4);
    return make_op(std::move(p));
  }
  OpRef clipping() {
    const double inf = INFINITY;
    return make_op(Clip{.min = any({-inf, -inf, -1.0, 0.0, 0.5, 2.0}), .max = any({inf, inf, -0.5, 0.0, 1.0, 6.0})});
  }
  template <class R>
  OpRef reduction(i64 rank) {
    return make_op(R{.axes = random_axes(rank), .keep_dims = chance(2)});
  }
  Ints random_repeats(i64 rank) {
    Ints r;
    for (i64 d = 0; d < rank; ++d) r.push_back(any<i64>({1, 1, 1, 2, 0}));
    return r;
  }
  OpRef convolution(const Shape& x) {
    const std::size_t rank = x.size() - 2;
    return make_op(Conv{some(rank, {1, 2}), some(rank, {1, 2}), some(rank, {0, 1}), some(rank, {0, 1, -1}), 1, "nchw"});
  }

  OpRef random_op(std::string_view op, const SmallVector<Value, 3>& args, DType t) {
    const Shape x = args.empty() ? Shape() : args[0].shape();
    const auto rank = static_cast<i64>(x.size());
    if (op == "transpose") return make_op(Transpose{permutation(rank)});
    if (op == "reshape") return make_op(Reshape{reshaping(x)});
    if (op == "broadcast") return make_op(Broadcast{broadcasting(x)});
    if (op == "slice") return make_op(slicing(x));
    if (op == "pad") return make_op(padding(x, rank > 2 && chance(2)));
    if (op == "concatenate") return make_op(Concatenate{pick(0, std::max<i64>(rank - 1, 0))});
    if (op == "flip") return make_op(Flip{random_axes(rank)});
    if (op == "tile") return make_op(Tile{random_repeats(rank)});
    if (op == "roll")
      return make_op(Roll{chance(4) ? Ints{0} : Ints{pick(-3, 5)}, {pick(0, std::max<i64>(rank - 1, 0))}});
    if (op == "cast") return make_op(Cast{t});
    if (op == "sum") return reduction<Sum>(rank);
    if (op == "mean") return reduction<Mean>(rank);
    if (op == "prod") return reduction<Prod>(rank);
    if (op == "max") return reduction<Max>(rank);
    if (op == "min") return reduction<Min>(rank);
    if (op == "softmax") return make_op(Softmax{pick(-rank, std::max<i64>(rank - 1, 0))});
    if (op == "log_softmax") return make_op(LogSoftmax{pick(-rank, std::max<i64>(rank - 1, 0))});
    if (op == "clip") return clipping();
    if (op == "dropout") return make_op(Dropout{chance(2) ? 0 : 0.5});
    if (op == "max_pool") return pooling<MaxPool>(x);
    if (op == "average_pool") return pooling<AveragePool>(x);
    if (op == "conv") return convolution(x);
    const OpInfo* info = find_op(op);
    expect(info != nullptr, "patterns name operators");
    return info->make({});
  }

  Rng rng_;
  DrawLimits limits_;
  Function f_;
  Shape base_;
  std::map<std::int32_t, Value> bound_;
};

/// Values for a function's parameters: ordinary ones, or with NaN, infinities, -0, the extremes of the type among them.
inline std::vector<Array> drawn_data(const Function& f, PatternDrawer& draw, bool special) {
  std::vector<Array> data;
  for (const Value& p : f.parameters) {
    const DType t = p.dtype();
    Array a(p.type());
    for (i64 k = 0; k < a.count(); ++k) {
      if (t == DType::Bool) {
        a.set(k, Number::of_int(draw.pick(0, 1)));
      } else if (!is_float(t)) {
        const i64 most = static_cast<i64>(std::min(highest_of(t), 0x1p62)),
                  least = static_cast<i64>(std::max(lowest_of(t), -0x1p62));
        a.set(k, Number::of_int(special && draw.chance(3) ? draw.any<i64>({most, least, 0, 1, -1})
                                                          : draw.pick(is_signed(t) ? -9 : 0, 9))
                     .rounded_to(t));
      } else {
        const double inf = INFINITY;
        const double odd =
            draw.any({0.0, -0.0, 1.0, -1.0, inf, -inf, double(NAN), highest_of(t), lowest_of(t), 1e-40, 5e-324});
        const double plain = draw.chance(6) ? static_cast<double>(draw.pick(-2, 2)) : 6 * draw.rng().uniform() - 3;
        a.set(k, Number(special && draw.chance(3) ? odd : plain));
      }
    }
    data.push_back(std::move(a));
  }
  return data;
}

/// What a value is compared with.
struct Judged {
  Array value;
  double scale = 1;  ///< the largest finite magnitude that came up on the way
};
inline Judged judged(const Function& f, std::span<const Array> data) {
  Judged j;
  auto grow = [&](const Array& a) {
    for (i64 k = 0; k < a.count(); ++k)
      if (const double x = std::abs(a.at(k).as_double()); std::isfinite(x)) j.scale = std::max(j.scale, x);
  };
  for (const Array& a : data) grow(a);
  j.value = interpret(f, data, [&](const Node&, std::span<const Array> out) {
    for (const Array& a : out) grow(a);
  })[0];
  return j;
}

/// Of values of ordinary size: a few roundings of the type, and of the function's result where it is larger.
inline double rule_tolerance(DType t) {
  switch (t) {
    case DType::F64: return 1e-13;
    case DType::F32: return 4e-6;
    case DType::F16: return 0x1p-7;
    case DType::BF16: return 0x1p-4;
    default: return 0;
  }
}

/// What is wrong with a replacement; "" where nothing is.
inline std::string fault_of_replacement(const Judged& given, const Judged& expected, Exactness exactness,
                                        bool special) {
  const Array &g = given.value, &e = expected.value;
  if (g.type() != e.type()) return "the type is another";
  const double allowed = rule_tolerance(e.dtype()) * std::max(given.scale, expected.scale) *
                         (exactness == Exactness::Approximate ? 100 : 1);
  for (i64 k = 0; k < e.count(); ++k) {
    const Number a = g.at(k), b = e.at(k);
    if (a == b) continue;
    const double x = a.as_double(), y = b.as_double();
    if (std::isnan(x) && std::isnan(y)) continue;
    const bool inexact = exactness != Exactness::BitExact && is_float(e.dtype());
    const bool finite = std::isfinite(x) && std::isfinite(y);
    if (inexact && finite && std::abs(x - y) <= allowed) continue;
    if (inexact && !finite && (special || exactness == Exactness::Approximate)) continue;
    if (inexact && finite && special && allowed > 0x1p40) continue;
    return fmt::format("element {} is {}, expected {}", k, x, y);
  }
  return "";
}

/// The rules tried on what is drawn.
class RuleFuzzer {
 public:
  explicit RuleFuzzer(const AlgebraRule& rule) : rule_(rule) {}

  /// Whether the rule fired on the draw with this seed. Adds to `fault` what was wrong, with a small example as text.
  bool try_once(std::uint64_t seed, std::string& fault) const {
    const auto found = attempt(seed, {});
    if (!found) return false;
    if (!found->fault.empty()) fault += report(smaller(*found));
    return true;
  }

 private:
  struct Attempt {
    Function before, after;
    std::vector<Array> data;
    bool special;
    std::string fault;
  };

  std::optional<Attempt> attempt(std::uint64_t seed, DrawLimits limits) const {
    PatternDrawer draw(seed, limits);
    const auto f = draw.draw(rule_.rule.pattern());
    if (!f) return {};
    Builder b;
    const Value replacement = rule_.rule.apply(f->results[0], b);
    if (!replacement.defined()) return {};
    Attempt a{*f, *f, {}, rule_.exactness != Exactness::Approximate && draw.chance(2), {}};
    a.after.results = {replacement};
    a.data = drawn_data(*f, draw, a.special);
    a.fault = fault(a);
    return a;
  }

  std::string fault(const Attempt& a) const {
    return fault_of_replacement(judged(a.after, a.data), judged(a.before, a.data), rule_.exactness, a.special);
  }

  static std::size_t weight(const Attempt& a) {
    std::size_t w = topological(a.before.results).size() * 10;
    for (const Array& x : a.data) w += static_cast<std::size_t>(x.count());
    return w;
  }

  /// A smaller draw with a fault, and then ones in place of the data that do not matter.
  Attempt smaller(Attempt a) const {
    for (std::uint64_t seed = 0; seed < 4000; ++seed) {
      auto next = attempt(seed, {1, 2});
      if (next && !next->fault.empty() && weight(*next) < weight(a)) a = std::move(*next);
    }
    for (Array& x : a.data)
      for (i64 k = 0; k < x.count(); ++k) {
        const Number was = x.at(k);
        x.set(k, is_float(x.dtype()) ? Number(1.0) : Number::of_int(1));
        if (fault(a).empty()) x.set(k, was);
      }
    a.fault = fault(a);
    return a;
  }

  std::string report(const Attempt& a) const {
    std::string text = fmt::format("rule {} ({}): {}\n{}becomes\n{}", rule_.rule.name(), name_of(rule_.exactness),
                                   a.fault, to_text(a.before), to_text(a.after));
    for (const Array& x : a.data) text += to_string(x) + "\n";
    return text;
  }

  const AlgebraRule& rule_;
};

}  // namespace tenon
