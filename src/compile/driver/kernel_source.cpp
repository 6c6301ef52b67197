#include "compile/driver/kernel_source.h"

#include <algorithm>
#include <unordered_map>

#include "op/formula.h"
#include "op/kernel.h"
#include "schedule/contraction.h"

namespace tenon {

namespace {

using Numbers = std::unordered_map<Value, std::int32_t, ValueHash>;

/// Appends the formulas of `f` as a part. `number` says where parameters and results are; other values become
/// temporaries.
void add_part(KernelParts& all, const Function& f, std::int32_t rows, Numbers number, std::int32_t& next) {
  KernelParts::Part part{{}, rows};
  for (Node* n : topological(f.results)) {
    if (n->is_parameter() || n->is_settled()) continue;
    KernelParts::Stage stage{&get_if<Formula>(n->op())->e, {}, 0};
    for (const Value& v : n->args()) stage.operands.push_back(number.at(v));
    const auto [it, temporary] = number.try_emplace(Value(n->ref(), 0), next);
    next += temporary;
    stage.result = it->second;
    part.stages.push_back(std::move(stage));
  }
  all.parts.push_back(std::move(part));
}

/// Numbers of the parameters and results of `f` where those of an operator that holds it are known.
Numbers numbers_of(const Function& f, const std::vector<std::int32_t>& results, const std::vector<std::int32_t>& args) {
  Numbers number;
  for (std::size_t k = 0; k < f.results.size(); ++k) number[f.results[k]] = results[k];
  for (std::size_t k = 0; k < f.parameters.size(); ++k) number[f.parameters[k]] = args[k];
  return number;
}

std::vector<std::int32_t> range(std::int32_t first, std::size_t count) {
  std::vector<std::int32_t> list;
  for (std::size_t k = 0; k < count; ++k) list.push_back(first + static_cast<std::int32_t>(k));
  return list;
}

}  // namespace

bool is_generated(const Node& n) { return get_if<Formula>(n.op()) || get_if<FusedKernel>(n.op()); }

const std::string& label_of(const Node& n) {
  const Formula* formula = get_if<Formula>(n.op());
  return formula ? formula->label : get_if<FusedKernel>(n.op())->label;
}

KernelParts parts_of(const Node& n) {
  KernelParts all;
  all.results = static_cast<std::int32_t>(n.outputs());
  all.operands = static_cast<std::int32_t>(n.args().size());
  if (const Formula* formula = get_if<Formula>(n.op())) {
    all.parts.push_back({{{&formula->e, range(1, n.args().size()), 0}}, 0});
    return all;
  }
  const FusedKernel& kernel = *get_if<FusedKernel>(n.op());
  std::int32_t next = all.results + all.operands;
  const Numbers number = numbers_of(*kernel.body, range(0, n.outputs()), range(all.results, n.args().size()));
  if (kernel.is_staged()) {
    add_part(all, *kernel.body, static_cast<std::int32_t>(kernel.rows), number, next);
    return all;
  }
  for (Node* part : topological(kernel.body->results)) {
    if (part->is_parameter() || part->is_settled()) continue;
    std::vector<std::int32_t> args, results;
    for (const Value& v : part->args()) args.push_back(number.at(v));
    for (std::size_t k = 0; k < part->outputs(); ++k)
      results.push_back(number.at(Value(part->ref(), static_cast<std::int32_t>(k))));
    if (const FusedKernel* rows = get_if<FusedKernel>(part->op()))
      add_part(all, *rows->body, static_cast<std::int32_t>(rows->rows), numbers_of(*rows->body, results, args), next);
    else
      all.parts.push_back({{{&get_if<Formula>(part->op())->e, args, results[0]}}, 0});
  }
  return all;
}

void store_constants(KernelParts& all, const std::vector<char>& is_constant) {
  std::vector<int> readers(is_constant.size(), 0);
  for (const KernelParts::Part& part : all.parts)
    for (const KernelParts::Stage& stage : part.stages)
      for (std::int32_t k : stage.operands)
        if (all.is_operand(k)) ++readers[static_cast<std::size_t>(k - all.results)];
  for (KernelParts::Part& part : all.parts) {
    if (part.stages.size() != 1) continue;
    KernelParts::Stage& stage = part.stages[0];
    std::vector<char> constant;
    for (std::int32_t k : stage.operands) {
      const auto operand = static_cast<std::size_t>(k - all.results);
      constant.push_back(all.is_operand(k) && is_constant[operand] && readers[operand] == 1);
    }
    if (std::ranges::find(constant, 1) == constant.end()) continue;
    stage.layouts = schedule::constant_layouts(*stage.e, constant, host_processor());
  }
}

Layout layout_of(const KernelParts& all, std::size_t k) {
  for (const KernelParts::Part& part : all.parts)
    for (const KernelParts::Stage& stage : part.stages)
      for (std::size_t o = 0; o < stage.layouts.size(); ++o)
        if (stage.operands[o] == all.results + static_cast<std::int32_t>(k)) return stage.layouts[o];
  return {};
}

codegen::KernelSource source_of(const KernelParts& all, std::string symbol) {
  codegen::KernelSource source;
  source.symbol = std::move(symbol);
  for (const KernelParts::Part& from : all.parts) {
    std::vector<std::int32_t> outputs, operands, temporaries;
    auto note = [](std::vector<std::int32_t>& list, std::int32_t buffer) {
      if (std::ranges::find(list, buffer) == list.end()) list.push_back(buffer);
    };
    for (const KernelParts::Stage& stage : from.stages) {
      note(stage.result < all.results ? outputs : temporaries, stage.result);
      for (std::int32_t k : stage.operands)
        if (all.is_operand(k)) note(operands, k);
    }
    // In the order of the kernel's own, so that the buffers of a kernel of one part are those of the part.
    std::ranges::sort(outputs);
    std::ranges::sort(operands);
    codegen::Part part{
        {}, from.rows, static_cast<std::int32_t>(outputs.size()), static_cast<std::int32_t>(operands.size())};
    std::vector<std::int32_t>& own = source.buffers.emplace_back(outputs);
    own.insert(own.end(), operands.begin(), operands.end());
    std::vector<std::int32_t> places = own;
    places.insert(places.end(), temporaries.begin(), temporaries.end());
    auto local = [&](std::int32_t buffer) {
      return static_cast<std::int32_t>(std::ranges::find(places, buffer) - places.begin());
    };
    for (const KernelParts::Stage& stage : from.stages) {
      codegen::Stage& s = part.stages.emplace_back(codegen::Stage{*stage.e, {}, local(stage.result), stage.layouts});
      for (std::int32_t k : stage.operands) s.operands.push_back(local(k));
    }
    source.parts.push_back(std::move(part));
  }
  return source;
}

}  // namespace tenon
