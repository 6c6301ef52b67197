#include "op/control/function.h"

namespace tenon {

void require_parameters(std::string_view op, std::string_view role, const FunctionPtr& f, Operands in) {
  require(f != nullptr, "{}: there is no {}; give it a function", op, role);
  require(f->parameters.size() == in.size(), "{}: {} takes {} arguments, {} given", op, role, f->parameters.size(),
          in.size());
  for (std::size_t k = 0; k < in.size(); ++k)
    require(f->parameters[k].type() == in[k].type, "{}: parameter {} of {} is {}, given {}", op, k, role,
            f->parameters[k].type(), in[k].type);
}

Types results_of(std::string_view op, std::string_view role, const FunctionPtr& f, Operands in) {
  require_parameters(op, role, f, in);
  require(!f->results.empty(), "{}: {} gives no result", op, role);
  Types types;
  for (const Value& r : f->results) types.push_back(r.type());
  return types;
}

void require_results(std::string_view op, std::string_view role, const Function& f, std::size_t first,
                     std::span<const Type> types) {
  require(f.results.size() >= first + types.size(), "{}: {} gives {} results, expected at least {}", op, role,
          f.results.size(), first + types.size());
  for (std::size_t k = 0; k < types.size(); ++k)
    require(f.results[first + k].type() == types[k], "{}: result {} of {} is {}, expected {}", op, first + k, role,
            f.results[first + k].type(), types[k]);
}

}  // namespace tenon
