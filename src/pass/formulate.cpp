#include "op/formula.h"
#include "op/shape/constant.h"
#include "pass/pass.h"

namespace tenon {

Function formulate(const Function& f, Remarks& remarks) {
  return rebuild(f, [&](const Node& n, std::span<const Value> args) -> Values {
    if (auto* constant = get_if<Constant>(n.op())) return {Value(Node::leaf(constant->value), 0)};
    if (get_if<Formula>(n.op())) return {};
    if (!n.op().has_define()) {
      if (!n.op().traits().view) remarks.declined_at(n, "its operator has no formula");
      return {};
    }
    remarks.did_to(n, "formulated");
    std::vector<Type> types;
    for (const Value& v : args) types.push_back(v.type());
    Formula formula{n.op().define(types), std::string(n.op().name())};
    return {Value(Node::make(make_op(std::move(formula)), {args.begin(), args.end()}), 0)};
  });
}

}  // namespace tenon
