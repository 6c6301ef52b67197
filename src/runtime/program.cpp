#include "runtime/program.h"

#include <algorithm>

#include "runtime/check.h"
#include "runtime/control.h"
#include "runtime/region.h"
#include "tensor/index_error.h"

namespace tenon::runtime {

namespace {

/// Nobody else holds the memory, and it is as kernels expect their output.
bool can_be_written(const Array& a) {
  return a.storage().use_count() == 1 && a.contiguous() && reinterpret_cast<std::uintptr_t>(a.raw()) % 64 == 0;
}

}  // namespace

std::size_t KernelCall::outputs() const {
  return special ? special->out.size() : control ? control->outputs() : results;
}

Program::Program(ProgramData data, SpecialMaker reference, ExplainIndex explain)
    : data_(std::move(data)), explain_(std::move(explain)) {
  check(data_);
  const auto find = [this](const std::string& symbol) {
    if (!code_) code_ = Object::load(data_.object);
    return code_->find(symbol);
  };
  ready_ = std::make_shared<const ReadyRegion>(data_, RegionContext{data_.constants, find, reference});
  while (first_in_place_ < data_.calls.size() && in_place_outputs(data_, data_.calls[first_in_place_]).empty())
    ++first_in_place_;
}

std::vector<Array> Program::run(std::span<const Array> inputs) const { return run(inputs, {}); }

std::vector<Array> Program::run_taking(std::span<Array> inputs) const {
  std::vector<char> taken(data_.outputs.size(), 0);
  for (std::size_t k = 0; k < taken.size(); ++k) {
    if (!data_.outputs[k].takes) continue;
    const auto from = static_cast<std::size_t>(*data_.outputs[k].takes);
    taken[k] = from < inputs.size() && can_be_written(inputs[from]);
  }
  std::vector<Array> outputs = run(inputs, taken);
  for (std::size_t k = 0; k < taken.size(); ++k)
    if (taken[k]) inputs[static_cast<std::size_t>(*data_.outputs[k].takes)] = Array();
  return outputs;
}

std::vector<Array> Program::run(std::span<const Array> given, std::span<const char> taken) const {
  require(given.size() == data_.inputs.size(), "the program takes {} inputs, given {}", data_.inputs.size(),
          given.size());
  std::vector<Array> inputs;
  inputs.reserve(given.size());
  for (std::size_t k = 0; k < given.size(); ++k) {
    require(given[k].type() == data_.inputs[k], "input {} is {}, the program was compiled for {}", k, given[k].type(),
            data_.inputs[k]);
    inputs.push_back(given[k].to_contiguous());
  }
  std::vector<Array> outputs;
  outputs.reserve(data_.outputs.size());
  for (const OutputPlan& o : data_.outputs) {
    if (!taken.empty() && taken[outputs.size()]) {
      outputs.push_back(inputs[static_cast<std::size_t>(*o.takes)].reshaped(o.type.shape));
      continue;
    }
    if (!o.alias) {
      outputs.emplace_back(o.type);
      continue;
    }
    auto from = static_cast<std::size_t>(o.alias->index);
    const Array& source = o.alias->where == Buffer::Where::Input      ? inputs[from]
                          : o.alias->where == Buffer::Where::Constant ? data_.constants[from]
                                                                      : outputs[from];
    outputs.push_back(source.reshaped(o.type.shape));
  }
  try {
    run_calls(inputs, outputs, std::ranges::find(taken, 1) != taken.end());
  } catch (const IndexError&) {
    if (explain_) explain_(inputs);
    throw;
  }
  return outputs;
}

void Program::run_calls(std::span<const Array> inputs, std::span<Array> outputs, bool takes) const {
  const auto arena = Storage::allocate(data_.arena_bytes);
  std::vector<void*> in, out;
  for (const Array& a : inputs) in.push_back(const_cast<void*>(a.raw()));
  for (Array& a : outputs) out.push_back(a.raw());
  const Frame frame{in, out, arena->data()};
  for (std::size_t c = 0; c < data_.calls.size(); ++c) {
    // From here on nothing may go wrong any more.
    for (std::size_t k = c; takes && c == first_in_place_ && k < data_.calls.size(); ++k) ready_->check_call(k, frame);
    ready_->run_call(c, frame);
  }
}

}  // namespace tenon::runtime
