#include "ir/rewrite.h"
#include "op/math/add.h"
#include "op/math/cast.h"
#include "op/math/div.h"
#include "op/math/mul.h"
#include "op/math/neg.h"
#include "op/math/stop_gradient.h"
#include "op/math/sub.h"
#include "op/shape/reshape.h"
#include "op/shape/transpose.h"
#include "pass/pass.h"

namespace tenon {

namespace {

/// Applying `inner` and then `outer` in one.
Ints composed(const Ints& outer, const Ints& inner) {
  Ints r;
  for (i64 d : outer) r.push_back(inner[static_cast<std::size_t>(d)]);
  return r;
}

bool is_identity(const Ints& permutation) {
  for (std::size_t d = 0; d < permutation.size(); ++d)
    if (permutation[d] != static_cast<i64>(d)) return false;
  return true;
}

std::vector<Rule> make_rules() {
  Var x, y;
  OpVar<Transpose> t, u;
  OpVar<Reshape> r, s;
  OpVar<Cast> c;
  OpVar<Add> add;
  OpVar<Sub> sub;
  OpVar<Mul> mul;
  OpVar<Div> div;
  OpVar<Neg> neg, again;
  OpVar<StopGradient> stop;
  auto same_type = [x](const Match& m) { return m[x].type() == m.root().type(); };
  auto same_type_no_float = [x](const Match& m) { return m[x].type() == m.root().type() && !is_float(m[x].dtype()); };

  std::vector<Rule> rules;
  rules.emplace_back("stop_gradient(x) = x", stop(x), x);
  rules.emplace_back("cast(x) to its own type = x", c(x), same_type, x);
  rules.emplace_back(
      "transpose(x) by the identity = x", t(x),
      [=](const Match& m) { return is_identity(m[t].full_permutation(m[x].rank())); }, x);
  rules.emplace_back("transpose(transpose(x)) = transpose(x)", t(u(x)), [=](const Match& m, Builder& b) {
    i64 rank = m[x].rank();
    return b.apply1(make_op(Transpose{composed(m[t].full_permutation(rank), m[u].full_permutation(rank))}), {m[x]});
  });
  rules.emplace_back("reshape(x) to its own shape = x", r(x), same_type, x);
  rules.emplace_back("reshape(reshape(x)) = reshape(x)", r(s(x)),
                     [=](const Match& m, Builder& b) { return b.apply1(make_op(Reshape{m.root().shape()}), {m[x]}); });
  rules.emplace_back("x * 1 = x", mul(x, 1), same_type, x);
  rules.emplace_back("x / 1 = x", div(x, 1), same_type, x);
  rules.emplace_back("x - 0 = x", sub(x, 0), same_type, x);
  rules.emplace_back("x + 0 = x on integers", add(x, 0), same_type_no_float, x);  // -0 + 0 is 0 on floats
  rules.emplace_back("-(-x) = x", neg(again(x)), x);
  return rules;
}

}  // namespace

Function simplify(const Function& f, Remarks& remarks) {
  static const std::vector<Rule> rules = make_rules();
  Rewritten out = rewrite(f, rules);
  for (const auto& [name, times] : out.fired)
    for (int k = 0; k < times; ++k) remarks.did("{}", name);
  return out.function;
}

}  // namespace tenon
