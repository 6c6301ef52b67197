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
    std::vector<Type> types;
    for (const Value& v : args) types.push_back(v.type());
    Formula formula;
    try {
      formula = {n.op().define(types), std::string(n.op().name())};
    } catch (const Error& e) {
      if (std::ranges::all_of(types, [](const Type& t) { return is_concrete(t); })) throw;
      remarks.declined_at(n, e.what());  // some formulas need to know extents
      return {};
    }
    remarks.did_to(n, "formulated");
    return {Value(Node::make(make_op(std::move(formula)), {args.begin(), args.end()}), 0)};
  });
}

}  // namespace tenon
