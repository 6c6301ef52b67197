// Products of matrices, and attention, which is made of them.
#include <algorithm>
#include <cmath>
#include <limits>

#include "onnx/converters.h"
#include "onnx/regular.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

Results product(const NodeView& n) { return {matmul(n.in(0), n.in(1))}; }

Value scaled_by(const Value& x, double factor) {
  if (factor == 1) return x;
  if (is_float(x.dtype())) return x * factor;
  return cast(cast(x, DType::F64) * factor, x.dtype());
}

Results gemm(const NodeView& n) {
  Value a = n.in(0), b = n.in(1);
  require(a.rank() == 2 && b.rank() == 2, "the factors are {} and {}, and must be matrices", a.type(), b.type());
  if (n.flag("transA", false)) a = transpose(a);
  if (n.flag("transB", false)) b = transpose(b);
  const Value y = scaled_by(matmul(a, b), n.real("alpha", 1.0));
  const double beta = n.real("beta", 1.0);
  if (!n.has(2) || beta == 0) return {y};  // as in BLAS, 0 times infinity is nothing here
  return {y + scaled_by(n.in(2), beta)};
}

/// What dots stand for is broadcast: dimensions of one element are left out where another operand has more.
void drop_broadcast(const std::string& dotted, std::vector<std::string>& terms, std::vector<Value>& operands) {
  for (const char letter : dotted) {
    const auto is_one = [&](std::size_t k) {
      const std::size_t d = terms[k].find(letter);
      return d != std::string::npos && d < operands[k].shape().size() && operands[k].shape()[d] == Dim(1);
    };
    std::size_t ones = 0, holders = 0;
    for (std::size_t k = 0; k < terms.size(); ++k)
      ones += is_one(k), holders += terms[k].find(letter) != std::string::npos;
    for (std::size_t k = 0; ones < holders && k < terms.size(); ++k) {
      if (!is_one(k)) continue;
      const std::size_t d = terms[k].find(letter);
      operands[k] = squeeze(operands[k], {static_cast<i64>(d)});
      terms[k].erase(d, 1);
    }
  }
}

Results einsum_of(const NodeView& n) {
  std::string equation = n.text("equation");
  std::erase(equation, ' ');
  const auto dots = [](const std::string& s) { return s.find("...") != std::string::npos; };
  // Letters for what the dots stand for, the same from the last dimension on.
  std::string free;
  for (char c = 'A'; c <= 'Z'; ++c)
    if (equation.find(c) == std::string::npos) free += c;
  const std::size_t arrow = equation.find("->");
  std::string in = equation.substr(0, arrow), out = arrow == std::string::npos ? "" : equation.substr(arrow + 2);
  std::vector<std::string> terms;
  for (std::size_t from = 0; from <= in.size();) {
    const std::size_t comma = std::min(in.find(',', from), in.size());
    terms.push_back(in.substr(from, comma - from));
    from = comma + 1;
  }
  require(terms.size() == n.inputs(), "the equation '{}' names {} operands, but there are {}", equation, terms.size(),
          n.inputs());
  std::vector<Value> operands = n.all();
  std::size_t most = 0;
  for (std::size_t k = 0; k < terms.size(); ++k) {
    if (!dots(terms[k])) continue;
    const i64 covered = n.in(k).rank() - static_cast<i64>(terms[k].size() - 3);
    require(covered >= 0 && covered <= static_cast<i64>(free.size()), "operand {} is {}, which '{}' does not describe",
            k, n.in(k).type(), terms[k]);
    most = std::max(most, static_cast<std::size_t>(covered));
    const std::string letters = free.substr(free.size() - static_cast<std::size_t>(covered));
    terms[k].replace(terms[k].find("..."), 3, letters);
  }
  const std::string dotted = free.substr(free.size() - most);
  if (arrow == std::string::npos) {
    // Letters that stand once, in alphabetical order, behind what the dots stand for.
    std::string all;
    for (const std::string& t : terms) all += t;
    std::string once;
    for (const char c : all)
      if (dotted.find(c) == std::string::npos && std::ranges::count(all, c) == 1) once += c;
    std::ranges::sort(once);
    out = dotted + once;
  } else if (dots(out)) {
    out.replace(out.find("..."), 3, dotted);
  }
  drop_broadcast(dotted, terms, operands);
  std::string full = terms[0];
  for (std::size_t k = 1; k < terms.size(); ++k) full += "," + terms[k];
  return apply_outputs(make_op(Einsum{full + "->" + out}), operands);
}

/// [batch, positions, heads * size] as [batch, heads, positions, size].
Value in_heads(const Value& x, i64 heads) {
  require(heads > 0, "attributes q_num_heads and kv_num_heads are needed for operands of 3 dimensions");
  const Value split = reshape(x, {x.shape()[0], x.shape()[1], heads, floor_div(x.shape()[2], heads)});
  return transpose(split, {0, 2, 1, 3});
}

/// Each head of k or v as often as several of q share it.
Value repeated_heads(const Value& x, const Dim& heads) {
  const Dim own = x.shape()[1];
  if (own == heads) return x;
  require(own.is_constant() && heads.is_constant() && own.value() > 0 && heads.value() % own.value() == 0,
          "the {} heads of keys and values do not divide the {} of queries", own, heads);
  return repeat_interleave(x, heads.value() / own.value(), 1);
}

Value last_two_swapped(const Value& x) { return transpose(x, {0, 1, 3, 2}); }

Value masked_scores(const NodeView& n, Value scores, const Dim& past) {
  const double never = -std::numeric_limits<double>::infinity();
  if (n.has(3)) {
    const Value mask = n.in(3);
    scores = mask.dtype() == DType::Bool ? where(mask, scores, lift(never, scores)) : scores + mask;
  }
  if (n.flag("is_causal", false)) {
    const Dim rows = scores.shape()[2], columns = scores.shape()[3];
    const Value i = iota<Value>({rows, columns}, 0), j = iota<Value>({rows, columns}, 1);
    const Value reach = past == Dim(0) ? i : i + constant_of(Array::scalar(Number::of_int(past.value()), DType::I64));
    scores = where(less_equal(j, reach), scores, lift(never, scores));
  }
  return scores;
}

Results attention_of(const NodeView& n) {
  Value q = n.in(0), k = n.in(1), v = n.in(2);
  const bool flat = q.rank() == 3;
  if (flat) {
    q = in_heads(q, n.integer("q_num_heads", 0));
    k = in_heads(k, n.integer("kv_num_heads", 0));
    v = in_heads(v, n.integer("kv_num_heads", 0));
  }
  require(q.rank() == 4 && k.rank() == 4 && v.rank() == 4,
          "queries, keys and values have 3 or 4 dimensions, not {}, {}, {}", n.in(0).rank(), n.in(1).rank(),
          n.in(2).rank());
  Dim past = 0;
  if (n.has(4)) {
    past = n.in(4).shape()[2];
    k = concatenate({n.in(4), k}, 2);
    v = concatenate({n.in(5), v}, 2);
  }
  const Value present_k = k, present_v = v;
  k = repeated_heads(k, q.shape()[1]);
  v = repeated_heads(v, q.shape()[1]);
  const Dim size = q.shape()[3];
  const double scale = n.has_attribute("scale") ? n.real("scale") : 1 / std::sqrt(static_cast<double>(size.value()));
  const double root = std::sqrt(std::fabs(scale));
  const Value plain = matmul(q * root, last_two_swapped(k) * (scale < 0 ? -root : root));
  const double cap = n.real("softcap", 0.0);
  const Value capped = cap > 0 ? tanh(plain / cap) * cap : plain;
  const Value masked = masked_scores(n, capped, past);
  const DType precise = n.has_attribute("softmax_precision") ? DType::F32 : masked.dtype();
  Value weights = cast(softmax(cast(masked, precise), -1), v.dtype());
  if (n.has(3)) {
    // A row that may look at nothing is nothing.
    const Value none = equal(max(masked, {-1}, true), lift(-std::numeric_limits<double>::infinity(), masked));
    weights = where(none, lift(0, weights), weights);
  }
  Value y = matmul(weights, v);
  if (flat) {
    const Value rows = transpose(y, {0, 2, 1, 3});
    y = reshape(rows, {rows.shape()[0], rows.shape()[1], rows.shape()[2] * rows.shape()[3]});
  }
  const i64 mode = n.integer("qk_matmul_output_mode", 0);
  require(mode >= 0 && mode <= 3, "attribute qk_matmul_output_mode is {}, and must be 0 to 3", mode);
  const Value scores[] = {plain, capped, masked, weights};
  return {y, present_k, present_v, scores[mode]};
}

/// Pairs of features turn by angles that depend on the position (Su et al. 2021).
Results rotary_embedding(const NodeView& n) {
  Value x = n.in(0);
  const bool flat = x.rank() == 3;
  const i64 heads = n.integer("num_heads", 0);
  x = flat ? in_heads(x, heads) : x;  // [batch, heads, positions, size]
  const i64 size = x.shape()[3].value();
  const i64 turned = n.integer("rotary_embedding_dim", 0) > 0 ? n.integer("rotary_embedding_dim") : size;
  require(turned <= size && turned % 2 == 0, "attribute rotary_embedding_dim is {}, and must be even and at most {}",
          turned, size);
  const auto angle = [&](std::size_t k) {
    Value t = n.in(k);  // [positions, half], or for each position of each sequence
    if (n.has(3)) t = gather(t, n.in(3), 0);
    return expand_dims(t, {1});
  };
  const Value cosine = angle(1), sine = angle(2);
  const Value part = slice_axis(x, 3, 0, turned);
  const bool interleaved = n.flag("interleaved", false);
  const Value first = interleaved ? slice_axis(part, 3, 0, kEnd, 2) : slice_axis(part, 3, 0, turned / 2);
  const Value second = interleaved ? slice_axis(part, 3, 1, kEnd, 2) : slice_axis(part, 3, turned / 2);
  const Value real = first * cosine - second * sine, imaginary = first * sine + second * cosine;
  Value y;
  if (interleaved) {
    y = reshape(stack({real, imaginary}, 4), part.shape());
  } else {
    y = concatenate({real, imaginary}, 3);
  }
  if (turned < size) y = concatenate({y, slice_axis(x, 3, turned)}, 3);
  if (flat) y = reshape(transpose(y, {0, 2, 1, 3}), n.in(0).shape());
  return {y};
}

constexpr Entry kOperators[] = {{"Attention", attention_of},
                                {"Einsum", einsum_of},
                                {"Gemm", gemm},
                                {"MatMul", product},
                                {"RotaryEmbedding", rotary_embedding}};

}  // namespace

std::span<const Entry> products() { return kOperators; }

}  // namespace tenon::onnx
