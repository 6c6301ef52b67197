#include "ir/walk.h"
#include "op/math/greater.h"
#include "op/math/greater_equal.h"
#include "op/math/less.h"
#include "op/math/less_equal.h"
#include "pass/pass.h"

namespace tenon {

namespace {

/// Numbers values in the order in which they are met first; constants come behind all others.
class Order {
 public:
  explicit Order(const Function& f) {
    for (const Value& p : f.parameters) of(p);
  }
  std::int64_t of(const Value& v) {
    const std::int64_t number = *numbers_.try_emplace(v.node().get(), static_cast<std::int64_t>(numbers_.size())).first;
    return 2 * number + v.output() + (uniform_or_known(v) ? kConstants : 0);
  }

 private:
  static constexpr std::int64_t kConstants = std::int64_t{1} << 40;
  static bool uniform_or_known(const Value& v) {
    const Node& n = *v.node();
    return known_value(v) != nullptr || (!n.is_parameter() && !n.is_settled() && n.op().traits().leaf);
  }
  NodeMap<std::int64_t> numbers_;
};

}  // namespace

Function canonicalise(const Function& f, Remarks& remarks) {
  Order order(f);
  Builder builder;
  return rebuild(f, [&](const Node& n, std::span<const Value> args) -> Values {
    for (const Value& v : args) order.of(v);
    if (args.size() != 2) return {};
    const Op& op = n.op();
    if (op.traits().commutative && order.of(args[1]) < order.of(args[0])) {
      remarks.did_to(n, "operands ordered");
      return {builder.apply1(n.op_ref(), {args[1], args[0]})};
    }
    const bool strict = get_if<Greater>(op) != nullptr;
    if (!strict && get_if<GreaterEqual>(op) == nullptr) return {};
    remarks.did_to(n, "comparison turned around");
    return {builder.apply1(strict ? make_op(Less{}) : make_op(LessEqual{}), {args[1], args[0]})};
  });
}

}  // namespace tenon
