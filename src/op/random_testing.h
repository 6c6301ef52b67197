// Random compositions of operators for tests, and smaller ones that fail like one that was found.
#pragma once
#include <functional>
#include <optional>

#include "base/rng.h"
#include "ir/text.h"
#include "op/functions.h"
#include "op/testing.h"

namespace tenon {

/// A function with the data that it is tried with.
struct Composition {
  Function f;
  std::vector<SampleInput> inputs;
  std::vector<Array> data;
};

/// What compositions are drawn from: samples of operators on small dense tensors of known extents, by operator; branches
/// and loops among them.
using Composable = std::vector<std::vector<Sample>>;

inline const Composable& composable(bool all_f64) {
  static const auto list_of = [](bool f64) {
    auto fits = [](const Type& t, i64 most) {
      return is_concrete(t) && t.dtype != DType::Str && element_count(t.shape) <= most;
    };
    Composable list;
    for (const OpInfo* info : all_ops()) {
      if (info->traits.sized_by_data) continue;
      std::vector<Sample> samples;
      for (const Sample& original : info->samples()) {
        const auto sample = f64 ? in_f64(original) : std::optional(original);
        if (!sample || sample->inputs.empty()) continue;
        const Function f = sample_function(*sample);
        if (std::ranges::all_of(f.parameters, [&](const Value& v) { return fits(v.type(), 150); }) &&
            std::ranges::all_of(f.results, [&](const Value& v) { return fits(v.type(), 300); }))
          samples.push_back(*sample);
      }
      if (!samples.empty()) list.push_back(std::move(samples));
    }
    return list;
  };
  static const Composable wide = list_of(true), given = list_of(false);
  return all_f64 ? wide : given;
}

/// Draws operators whose operands are results of earlier ones, or parameters.
class Composer {
 public:
  explicit Composer(std::uint64_t seed, bool all_f64 = true) : rng_(seed), samples_(composable(all_f64)) {}

  /// `length` operators, each fed by the one before; nothing where too many draws did not fit.
  std::optional<Composition> draw(int length) {
    for (int tries = 0; tries < 120; ++tries) {
      if (add()) --length;
      if (length == 0) return finished();
    }
    return {};
  }

 private:
  struct Known {
    Value value;
    Array data;
  };

  i64 pick(i64 count) { return static_cast<i64>(rng_.below(static_cast<std::uint64_t>(count))); }
  bool chance(i64 in) { return pick(in) == 0; }
  template <class T>
  const T& any(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(pick(static_cast<i64>(from.size())))];
  }

  bool add() {
    const Sample& sample = any(any(samples_));
    const bool empty = std::ranges::any_of(
        sample.inputs, [](const SampleInput& input) { return element_count(input.type.shape) == 0; });
    if (empty && !chance(4)) return false;
    const std::size_t fed = static_cast<std::size_t>(pick(static_cast<i64>(sample.inputs.size())));
    const Composition before = now_;
    try {
      std::vector<Value> args;
      for (std::size_t k = 0; k < sample.inputs.size(); ++k) {
        std::optional<Value> v;
        if (!latest_.empty() && (k == fed || chance(5))) v = adapted(any(k == fed ? latest_ : earlier_), sample, k);
        if (!v && !latest_.empty() && k == fed) fail("nothing fits");
        args.push_back(v ? *v : parameter(sample.inputs[k]));
      }
      std::vector<Known> results;
      for (const Value& v : apply_outputs(sample.op, std::span<const Value>(args))) results.push_back(known(v));
      earlier_.insert(earlier_.end(), latest_.begin(), latest_.end());
      if (earlier_.empty()) earlier_ = results;
      latest_ = std::move(results);
      return true;
    } catch (const Error&) {
      now_ = before;
      return false;
    }
  }

  Value parameter(const SampleInput& input) {
    now_.f.parameters.emplace_back(Node::parameter(input.type), 0);
    now_.inputs.push_back(input);
    now_.data = sample_data(now_.inputs, 1);
    return now_.f.parameters.back();
  }

  /// With its data, which must be ordinary numbers.
  Known known(const Value& v) {
    require(is_concrete(v.type()) && element_count(v.shape()) <= 300, "a bad size");
    Function f = now_.f;
    f.results = {v};
    Array data = interpret(f, now_.data)[0];
    for (i64 k = 0; k < data.count() && is_float(data.dtype()); ++k)
      require(std::abs(data.at(k).as_double()) < 1e4, "a value that is too large");
    return {v, data};
  }

  /// A value as an operand of the sample: of its type, in its range, and of its shape unless the operator takes this
  /// one.
  std::optional<Value> adapted(const Known& from, const Sample& sample, std::size_t position) {
    const SampleInput& want = sample.inputs[position];
    const DType t = from.value.dtype(), to = want.type.dtype;
    const bool loses = is_float(t) ? !is_float(to) : t != DType::Bool && to == DType::Bool;
    if (loses || (is_float(to) && !want.differentiable)) return {};
    const bool fits = from.value.shape() == want.type.shape ||
                      (chance(2) && takes(sample, position, {want.type.dtype, from.value.shape()}));
    return in_range(fits ? from : known(of_shape(from.value, want.type.shape)), want);
  }

  static bool takes(const Sample& sample, std::size_t position, const Type& type) {
    std::vector<Operand> operands;
    for (const SampleInput& input : sample.inputs) operands.push_back({input.type});
    operands[position].type = type;
    try {
      sample.op->infer(operands);
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  static Value in_range(const Known& from, const SampleInput& want) {
    const Array& data = from.data;
    const DType to = want.type.dtype;
    auto inside = [&](double x) { return x >= want.low && x < want.high; };
    bool all = to == DType::Bool;
    if (!all) {
      all = true;
      for (i64 k = 0; k < data.count(); ++k) all = all && inside(data.at(k).as_double());
    }
    if (is_float(to)) {
      const Value x = cast(from.value, to);
      return all ? x : sigmoid(x) * (want.high - want.low) + want.low;
    }
    if (all) return cast(from.value, to);
    const double low = std::ceil(want.low), count = std::ceil(want.high) - low;
    return cast(mod(cast(from.value, DType::I64), count) + low, to);
  }

  /// Some of the elements, or all of them repeatedly; repeated floats differ by factors, lest a variance be 0.
  static Value of_shape(const Value& v, const Shape& shape) {
    const i64 given = element_count(v.shape()), wanted = element_count(shape);
    require(given > 0 || wanted == 0, "nothing can be made of an empty tensor");
    if (given == wanted) return reshape(v, shape);
    if (given > wanted) return reshape(slice(flatten(v), {0}, {wanted}), shape);
    Value row = tile(flatten(v), {(wanted + given - 1) / given});
    if (row.shape()[0] != wanted) row = slice(row, {0}, {wanted});
    if (is_float(v.dtype())) row = row * Value(Node::leaf(random_like(row.type(), 2)), 0);
    return row.shape() == shape ? row : reshape(row, shape);
  }

  Composition finished() {
    for (const Known& k : latest_) now_.f.results.push_back(k.value);
    for (const Known& k : earlier_)
      if (chance(4)) now_.f.results.push_back(k.value);
    return now_;
  }

  Rng rng_;
  const Composable& samples_;
  Composition now_;
  std::vector<Known> latest_, earlier_;
};

/// What is wrong with a composition; "" where nothing is.
using CompositionFault = std::function<std::string(const Composition&)>;

/// A smaller composition that has a fault too: with one result, an inner one, or parameters in place of inner values.
class CompositionShrinker {
 public:
  explicit CompositionShrinker(const CompositionFault& fault) : fault_(fault) {}

  Composition run(Composition c) const {
    for (bool smaller = true; smaller;) {
      smaller = false;
      for (Composition& next : changes(c)) {
        if (weight(next) >= weight(c) || fault_(next).empty()) continue;
        c = std::move(next);
        smaller = true;
        break;
      }
    }
    return c;
  }

 private:
  static std::size_t weight(const Composition& c) {
    std::size_t w = 4 * topological(c.f.results).size() + 2 * c.f.results.size();
    for (const Node* n : topological(c.f.results)) w -= n->is_parameter() ? 1 : 0;
    return w;
  }

  static std::vector<Composition> changes(const Composition& c) {
    std::vector<Composition> list;
    auto with_results = [&](std::vector<Value> results) {
      Composition next = c;
      next.f.results = std::move(results);
      list.push_back(pruned(std::move(next)));
    };
    if (c.f.results.size() > 1)
      for (const Value& r : c.f.results) with_results({r});
    if (c.f.results.size() == 1 && !c.f.results[0].node()->is_parameter())
      for (const Value& v : c.f.results[0].node()->args()) with_results({v});
    for (const Node* n : topological(c.f.results))
      if (!n->is_parameter() && !n->is_settled()) list.push_back(pruned(cut(c, *n)));
    return list;
  }

  /// Parameters in place of a node's results.
  static Composition cut(const Composition& c, const Node& at) {
    std::vector<Array> values;
    interpret(c.f, c.data, [&](const Node& n, std::span<const Array> outputs) {
      if (&n == &at) values.assign(outputs.begin(), outputs.end());
    });
    Composition next = c;
    Values fresh;
    for (const Array& a : values) {
      fresh.emplace_back(Node::parameter(a.type()), 0);
      next.inputs.push_back({a.type()});
      next.data.push_back(a);
    }
    next.f = rebuild(c.f, [&](const Node& n, std::span<const Value>) { return &n == &at ? fresh : Values(); });
    next.f.parameters.insert(next.f.parameters.end(), fresh.begin(), fresh.end());
    return next;
  }

  /// Without the parameters that nothing uses.
  static Composition pruned(Composition c) {
    const auto used = topological(c.f.results);
    Composition next;
    next.f.results = c.f.results;
    for (std::size_t k = 0; k < c.f.parameters.size(); ++k) {
      if (std::ranges::find(used, c.f.parameters[k].node().get()) == used.end()) continue;
      next.f.parameters.push_back(c.f.parameters[k]);
      next.inputs.push_back(c.inputs[k]);
      next.data.push_back(c.data[k]);
    }
    return next;
  }

  const CompositionFault& fault_;
};

/// "" where the composition is right; otherwise what is wrong with a small one like it, its text and its data.
inline std::string small_fault(const Composition& c, const CompositionFault& fault) {
  if (fault(c).empty()) return "";
  const Composition small = CompositionShrinker(fault).run(c);
  std::string text = fault(small) + "\n" + to_text(small.f);
  for (const Array& a : small.data) text += to_string(a) + "\n";
  return text + "found as\n" + to_text(c.f);
}

}  // namespace tenon
