#include <algorithm>
#include <cmath>

#include "codegen/kernel.h"

namespace tenon::codegen {

using expr::Fn;
using expr::Kind;
using expr::Node;

std::pair<double, double> Kernel::range_of(const Affine& a) const {
  double low = static_cast<double>(a.offset), high = low;
  for (const expr::Term& t : a.terms) {
    double most = static_cast<double>(t.coef) * static_cast<double>(n_.extent[static_cast<std::size_t>(t.index)] - 1);
    (most > 0 ? high : low) += most;
  }
  return {low, high};
}

bool Kernel::certainly_inside(const loop::Access& a) const {
  if (!a.digits.empty()) return true;  // memory laid out for exactly the points that read it
  if (!a.data.empty() || a.offset.den != 1) return false;
  auto [low, high] = range_of(a.offset);
  return low >= 0 && high < static_cast<double>(element_count(n_.in[static_cast<std::size_t>(a.operand)].shape));
}

namespace {

bool fits_word(double low, double high) { return low <= high && low >= -0x1p31 && high < 0x1p31; }

}  // namespace

// Bounds of integer nodes, so that i64 nodes whose values fit are computed in 32 bits.
void Kernel::find_range(std::size_t k) {
  const Node& n = n_.nodes[k];
  Fact& f = facts_[k];
  auto arg = [&](std::size_t i) -> const Fact& { return fact(n.args[i]); };
  auto set = [&](double low, double high) { f.low = low, f.high = high; };
  bool known = std::all_of(n.args.begin(), n.args.end(),
                           [&](NodeId a) { return is_float(n_.node(a).dtype) || fact(a).low <= fact(a).high; });
  switch (n.kind) {
    case Kind::Const:
      if (n.value.integral) set(n.value.as_double(), n.value.as_double());
      break;
    case Kind::Value:
      if (n.at[0].data == kNone) {
        auto [low, high] = range_of(n.at[0].at);
        double den = static_cast<double>(n.at[0].at.den);
        set(std::floor(low / den), std::ceil(high / den));
      }
      break;
    case Kind::Guard:
      if (known) set(std::min(arg(0).low, arg(1).low), std::max(arg(0).high, arg(1).high));
      break;
    case Kind::Select:
      if (known) set(std::min(arg(1).low, arg(2).low), std::max(arg(1).high, arg(2).high));
      break;
    case Kind::Cast:
      if (known && n.dtype == DType::I64 && !is_float(n_.node(n.args[0]).dtype) && arg(0).high < 0x1p63)
        set(arg(0).low, arg(0).high);
      break;
    case Kind::Apply:
      if (!known || n.dtype != DType::I64 || n.args.empty()) break;
      if (n.fn == Fn::Neg) set(-arg(0).high, -arg(0).low);
      if (n.args.size() < 2) break;
      if (n.fn == Fn::Add) set(arg(0).low + arg(1).low, arg(0).high + arg(1).high);
      if (n.fn == Fn::Sub) set(arg(0).low - arg(1).high, arg(0).high - arg(1).low);
      if (n.fn == Fn::Mul) {
        double c[] = {arg(0).low * arg(1).low, arg(0).low * arg(1).high, arg(0).high * arg(1).low,
                      arg(0).high * arg(1).high};
        set(*std::min_element(c, c + 4), *std::max_element(c, c + 4));
      }
      if (n.fn == Fn::Mod && arg(1).low > 0) set(0, arg(1).high - 1);
      if (n.fn == Fn::Div && arg(1).low > 0) set(std::min(arg(0).low, 0.0), std::max(arg(0).high, 0.0));
      if (n.fn == Fn::Max || n.fn == Fn::Min) set(std::min(arg(0).low, arg(1).low), std::max(arg(0).high, arg(1).high));
      break;
    default: break;
  }
  if (f.low > f.high && !is_float(n.dtype) && n.dtype != DType::I64) set(lowest_of(n.dtype), highest_of(n.dtype));
  bool args_fit = n.kind != Kind::Apply || std::all_of(n.args.begin(), n.args.end(), [&](NodeId a) {
                    return n_.node(a).dtype != DType::I64 || fact(a).rep == DType::I32;
                  });
  f.rep = n.dtype == DType::I64 && args_fit && fits_word(f.low, f.high) ? DType::I32 : n.dtype;
}

bool Kernel::find_order() const {
  Dim least = std::numeric_limits<Dim>::max();
  for (const loop::Loop& l : outer_) {
    if (n_.is_parallel(l.index)) continue;
    const Dim step = n_.position.coef(l.index).value() * l.step;
    if (step <= 0 || step * (l.trips - 1) >= least) return false;
    least = step;
  }
  return n_.position.den == 1;
}

void Kernel::find_facts() {
  facts_.assign(n_.nodes.size(), {});
  std::vector<std::uint64_t> deps = loop::dependences(n_);
  for (std::size_t k = 0; k < n_.nodes.size(); ++k) {
    const Node& n = n_.nodes[k];
    Fact& f = facts_[k];
    f.deps = deps[k];
    auto inherit = [&](NodeId child) {
      if (child == kNone) return;
      f.may_fault |= fact(child).may_fault;
      f.masked |= fact(child).masked;
    };
    for (const expr::Cond& c : n.cond) {
      f.cond_deps |= loop::indices_of(c.e.at) | (c.e.data == kNone ? 0 : fact(c.e.data).deps);
      inherit(c.e.data);
    }
    f.cond_masked = f.masked;
    for (NodeId a : n.args) inherit(a);
    for (const expr::Coord& c : n.at) inherit(c.data);
    if (n.kind == Kind::Load) {
      const loop::Access& a = n_.accesses[static_cast<std::size_t>(n.operand)];
      for (const loop::DataTerm& d : a.data) inherit(d.value);
      f.may_fault |= !a.data.empty();
      f.masked |= !certainly_inside(a);
    }
    find_range(k);
  }
}

}  // namespace tenon::codegen
