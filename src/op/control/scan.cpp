#include "op/control/scan.h"

#include <cstring>

#include "op/functions.h"

namespace tenon {

Dim ScanLoop::steps(Operands in) const {
  if (sequences == 0) {
    require(length >= 0, "scan: the length is {}, expected at least 0", length);
    return length;
  }
  const auto first = static_cast<std::size_t>(carried);
  for (std::size_t k = first; k < first + static_cast<std::size_t>(sequences); ++k)
    require(in[k].type.rank() > 0 && in[k].type.shape[0] == in[first].type.shape[0],
            "scan: sequence {} is {}, which does not have the first extent of {}", k - first, in[k].type,
            in[first].type);
  return in[first].type.shape[0];
}

Types ScanLoop::infer(Operands in) const {
  require(carried >= 0 && sequences >= 0 && static_cast<i64>(in.size()) >= carried + sequences,
          "scan: {} states and {} sequences, but {} operands", carried, sequences, in.size());
  const Dim n = steps(in);
  std::vector<Operand> each(in.begin(), in.end());
  for (i64 k = carried; k < carried + sequences; ++k) {
    Shape& shape = each[static_cast<std::size_t>(k)].type.shape;
    shape.erase(shape.begin());
  }
  Types types = results_of(name, "body", body, each);
  Types states;
  for (i64 k = 0; k < carried; ++k) states.push_back(in[static_cast<std::size_t>(k)].type);
  require_results(name, "body", *body, 0, {states.data(), states.size()});
  for (std::size_t k = states.size(); k < types.size(); ++k) {
    require(types[k].is_dense(), "scan: result {} of body is {}, which cannot be stacked", k, types[k]);
    types[k].shape.insert(types[k].shape.begin(), n);
  }
  return types;
}

std::vector<Array> ScanLoop::evaluate(std::span<const Array> in, const CallFunction& call) const {
  std::vector<Operand> operands;
  for (const Array& x : in) operands.push_back({x.type()});
  const i64 n = steps(operands);
  const auto states = static_cast<std::size_t>(carried), last = states + static_cast<std::size_t>(sequences);
  std::vector<Array> results(in.begin(), in.begin() + carried), args(in.begin(), in.end());
  const Types types = infer(operands);
  for (std::size_t k = states; k < types.size(); ++k) results.emplace_back(types[k]);
  for (i64 step = 0; step < n; ++step) {
    const i64 t = reverse ? n - 1 - step : step;
    for (std::size_t k = 0; k < states; ++k) args[k] = results[k];
    for (std::size_t k = states; k < last; ++k) {
      Shape shape = in[k].shape();
      shape.erase(shape.begin());
      args[k] = in[k].sliced(0, t, t + 1).reshaped(shape);
    }
    std::vector<Array> now = call(*body, args);
    for (std::size_t k = 0; k < now.size(); ++k) {
      if (k < states) {
        results[k] = std::move(now[k]);
        continue;
      }
      const Array slice = now[k].to_contiguous();
      if (slice.bytes() > 0)
        std::memcpy(static_cast<std::byte*>(results[k].raw()) + t * slice.bytes(), slice.raw(),
                    static_cast<std::size_t>(slice.bytes()));
    }
  }
  return results;
}

std::vector<Case<ScanLoop>> ScanLoop::samples() {
  // h = tanh(h w + x), y = h h
  auto cell = [](DType t, i64 width) {
    return make_function("cell", {{t, {width}}, {t, {width}}, {t, {width}}}, [](const auto& p) {
      const Value h = tanh(p[0] * p[2] + p[1]);
      return std::vector<Value>{h, h * h};
    });
  };
  auto powers = make_function("power", {{DType::F64, {}}, {DType::F64, {}}},
                              [](const auto& p) { return std::vector<Value>{p[0] * p[1], p[0]}; });
  std::vector<Case<ScanLoop>> list;
  auto add = [&](FunctionPtr body, i64 sequences, i64 length, bool reverse, std::vector<SampleInput> inputs) {
    list.push_back({ScanLoop{std::move(body), 1, sequences, length, reverse}, std::move(inputs)});
  };
  add(cell(DType::F32, 3), 1, 0, false, {{{DType::F32, {3}}}, {{DType::F32, {5, 3}}}, {{DType::F32, {3}}}});
  add(cell(DType::F64, 2), 1, 0, true, {{{DType::F64, {2}}}, {{DType::F64, {4, 2}}}, {{DType::F64, {2}}}});
  add(cell(DType::F64, 2), 1, 0, false, {{{DType::F64, {2}}}, {{DType::F64, {0, 2}}}, {{DType::F64, {2}}}});
  add(powers, 0, 4, false, {{{DType::F64, {}}}, {{DType::F64, {}}}});
  return list;
}

}  // namespace tenon
