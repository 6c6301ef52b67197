#include "compile/special.h"

#include <cstring>

#include "ir/attribute_text.h"

namespace tenon {

namespace {

/// Nothing where a field is of a kind that runtime kernels do not get.
std::optional<runtime::Parameters> parameters_of(const Fields& fields) {
  runtime::Parameters parameters;
  for (const Field& f : fields) {
    const bool simple = std::visit(
        [&](const auto* value) {
          using T = std::decay_t<decltype(*value)>;
          constexpr bool known = std::is_constructible_v<runtime::Parameter, std::in_place_type_t<T>, const T&>;
          if constexpr (known) parameters.emplace(f.name, runtime::Parameter(std::in_place_type<T>, *value));
          return known;
        },
        f.value);
    if (!simple) return {};
  }
  return parameters;
}

OpRef operator_of(const runtime::SpecialCall& call) {
  const auto& name = call.get<std::string>("operator");
  const OpInfo* info = find_op(name);
  require(info != nullptr, "the program uses the operator {}, which is not known here", name);
  Lexer lexer(call.get<std::string>("attributes"));
  OpRef op = info->make(parse_attributes(lexer));
  require(op->has_evaluate(), "the program evaluates the operator {}, which has no evaluator", name);
  return op;
}

Array copied(const void* data, const Type& type) {
  Array a(type);
  if (a.count() > 0) std::memcpy(a.raw(), data, static_cast<std::size_t>(a.bytes()));
  return a;
}

void evaluate(const Op& op, const runtime::SpecialCall& call, const runtime::SpecialArgs& args) {
  std::vector<Array> in;
  for (std::size_t k = 0; k < call.in.size(); ++k) in.push_back(copied(args.in[k], call.in[k]));
  std::vector<Array> out = op.evaluate(in, [](const Function& f, std::span<const Array>) -> std::vector<Array> {
    throw InternalError(fmt::format("a program calls the function {}", f.name));
  });
  require(out.size() == call.out.size(), "the operator gave {} outputs, expected {}", out.size(), call.out.size());
  for (std::size_t k = 0; k < out.size(); ++k) {
    require(out[k].defined() && out[k].type() == call.out[k], "output {} is {}, expected {}", k,
            out[k].defined() ? to_string(out[k].type()) : "undefined", call.out[k]);
    Array dense = out[k].to_contiguous();
    if (dense.count() > 0) std::memcpy(args.out[k], dense.raw(), static_cast<std::size_t>(dense.bytes()));
  }
}

}  // namespace

runtime::SpecialCall special_call(const Node& node) {
  std::vector<Type> in;
  for (const Value& v : node.args()) in.push_back(v.type());
  return special_call(node.op(), std::move(in), {node.types().begin(), node.types().end()});
}

runtime::SpecialCall special_call(const Op& op, std::vector<Type> in, std::vector<Type> out) {
  runtime::SpecialCall call{.kernel = std::string(op.name()), .in = std::move(in), .out = std::move(out)};
  const Fields fields = op.fields();
  auto parameters = parameters_of(fields);
  if (parameters && runtime::find_special(call.kernel)) {
    call.parameters = std::move(*parameters);
  } else {
    call.parameters = {{"operator", call.kernel}, {"attributes", to_text(fields)}};
    call.kernel = runtime::kReference;
  }
  return call;
}

runtime::SpecialKernel reference_kernel(const runtime::SpecialCall& call) {
  return {0, [op = operator_of(call), call](const runtime::SpecialArgs& args) { evaluate(*op, call, args); }};
}

runtime::SpecialKernel special_kernel(const runtime::SpecialCall& call) {
  auto make = call.kernel == runtime::kReference ? &reference_kernel : runtime::find_special(call.kernel);
  expect(make != nullptr, "special_call names kernels that exist");
  return make(call);
}

}  // namespace tenon
