// What operators that hold functions share.
#pragma once
#include "op/op.h"

namespace tenon {

/// Throws Error that begins with the operator's name unless there is such a function and its parameters have these
/// types. `role` says which of the operator's functions it is.
void require_parameters(std::string_view op, std::string_view role, const FunctionPtr& f, Operands in);
/// The same, and the types of its results.
Types results_of(std::string_view op, std::string_view role, const FunctionPtr& f, Operands in);
/// Throws Error unless results [first, first + types.size()) have these types.
void require_results(std::string_view op, std::string_view role, const Function& f, std::size_t first,
                     std::span<const Type> types);

/// A function from what it computes of its parameters.
template <class F>
FunctionPtr make_function(std::string name, const std::vector<Type>& parameters, F&& body) {
  Function f{std::move(name), {}, {}};
  for (const Type& t : parameters) f.parameters.emplace_back(Node::parameter(t), 0);
  for (Value& v : body(f.parameters)) f.results.push_back(std::move(v));
  return std::make_shared<const Function>(std::move(f));
}

}  // namespace tenon
