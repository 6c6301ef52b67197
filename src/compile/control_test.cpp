// Branches and loops as parts of programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "autodiff/reverse.h"
#include "base/error_of.h"
#include "base/hash.h"
#include "base/rng.h"
#include "base/thread_pool.h"
#include "compile/cache.h"
#include "compile/special.h"
#include "ir/text.h"
#include "op/control/function.h"
#include "op/functions.h"
#include "op/testing.h"
#include "runtime/check.h"
#include "runtime/control.h"

namespace tenon {
namespace {

using testing::HasSubstr;

Value placeholder(Shape shape, DType t = DType::F32) { return Value(Node::parameter({t, std::move(shape)}), 0); }
Value known(i64 n) { return Value(Node::leaf(Array::scalar(Number::of_int(n), DType::I64)), 0); }
Array whole(i64 n) { return Array::scalar(Number::of_int(n), DType::I64); }
const Type kI64{DType::I64, {}};

FunctionPtr function_of(const std::vector<Type>& types,
                        const std::function<std::vector<Value>(std::span<const Value>)>& body) {
  return make_function("body", types, body);
}

/// Runs `f`, which must be one program, and compares with the interpreter.
std::vector<Array> run_as_interpreted(const Function& f, const std::vector<Array>& in) {
  const auto e = executable(f, "test");
  EXPECT_NE(e->program(), nullptr) << to_text(f);
  const auto given = e->run(in), expected = interpret(f, in);
  EXPECT_EQ(given.size(), expected.size());
  for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_EQ(fault_of_value(given[k], expected[k], 4), "") << k;
  return given;
}

const runtime::KernelCall& control_call_of(const runtime::Region& r) {
  for (const runtime::KernelCall& call : r.calls)
    if (call.control) return call;
  throw InternalError("there is no branch or loop");
}

TEST(Control, SamplesAreOneProgram) {
  for (const std::string_view name : {"call", "if", "while", "scan", "rnn", "lstm", "gru"})
    for (const Sample& sample : find_op(name)->samples()) {
      SCOPED_TRACE(describe(sample));
      const Function f = sample_function(sample);
      for (const std::uint64_t seed : {1, 2, 3}) run_as_interpreted(f, sample_data(sample.inputs, seed));
    }
}

// fibonacci(n): the new states are the old ones in other places.
TEST(Control, StatesMayChangePlaces) {
  const std::vector<Type> types{kI64, kI64, kI64};
  const auto goes_on = function_of(types, [](auto p) { return std::vector<Value>{p[2] > 0}; });
  const auto step = function_of(types, [](auto p) { return std::vector<Value>{p[1], p[0] + p[1], p[2] - 1}; });
  const Value n = placeholder({}, DType::I64);
  const Function f{"fibonacci", {n}, {while_loop<Value>(goes_on, step, {known(0), known(1), n})[0]}};
  for (const auto& [k, expected] : std::vector<std::pair<i64, i64>>{{0, 0}, {1, 1}, {2, 1}, {3, 2}, {30, 832040}})
    EXPECT_EQ(run_as_interpreted(f, {whole(k)})[0].at(0).i, expected) << k;
}

// Steps that the sequence of Collatz takes from 27 to 1: 111 (OEIS A006577).
TEST(Control, ABranchInsideOfALoop) {
  const auto half = function_of({kI64}, [](auto p) { return std::vector<Value>{floor_divide(p[0], known(2))}; });
  const auto thrice = function_of({kI64}, [](auto p) { return std::vector<Value>{p[0] * 3 + 1}; });
  const auto goes_on = function_of({kI64, kI64}, [](auto p) { return std::vector<Value>{p[0] > 1}; });
  const auto step = function_of({kI64, kI64}, [&](auto p) {
    const Value is_even = equal(mod(p[0], known(2)), known(0));
    return std::vector<Value>{cond<Value>(is_even, half, thrice, {p[0]})[0], p[1] + 1};
  });
  const Value n = placeholder({}, DType::I64);
  const Function f{"collatz", {n}, {while_loop<Value>(goes_on, step, {n, known(0)})[1]}};
  for (const auto& [k, expected] : std::vector<std::pair<i64, i64>>{{1, 0}, {2, 1}, {3, 7}, {27, 111}})
    EXPECT_EQ(run_as_interpreted(f, {whole(k)})[0].at(0).i, expected) << k;
}

TEST(Control, LoopsInsideOfLoops) {
  // The sums of the rows of a matrix, each by a scan over its elements, and their products with the row before.
  const Type row{DType::F64, {3}}, one{DType::F64, {}};
  const auto add = function_of({one, one}, [](auto p) { return std::vector<Value>{p[0] + p[1], p[0]}; });
  const auto of_row = function_of({one, row}, [&](auto p) {
    const Value zero(Node::leaf(Array::scalar(0.0, DType::F64)), 0);
    const auto sums = scan<Value>(add, {zero}, {p[1]});
    return std::vector<Value>{sums[0], sums[0] * p[0], sums[1]};
  });
  const Value x = placeholder({4, 3}, DType::F64), first = placeholder({}, DType::F64);
  for (const bool reverse : {false, true}) {
    const Function f{"rows", {first, x}, scan<Value>(of_row, {first}, {x}, {}, reverse)};
    const Array data = Array::from<double>({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {4, 3});
    const auto out = run_as_interpreted(f, {Array::scalar(1.0, DType::F64), data});
    EXPECT_EQ(out[0].at(0).f, reverse ? 6 : 33);
    const std::vector<double> expected =
        reverse ? std::vector<double>{90, 360, 792, 33} : std::vector<double>{6, 90, 360, 792};
    for (i64 k = 0; k < 4; ++k) EXPECT_EQ(out[1].at(k).f, expected[static_cast<std::size_t>(k)]) << k;
    EXPECT_EQ(out[2].at(5).f, 9);  // 4 + 5
  }
}

TEST(Control, ResultsThatNoKernelWrites) {
  const Type t{DType::F32, {2, 3}}, flat{DType::F32, {6}};
  const Value seven(Node::leaf(Array::full(flat, 7.0)), 0);
  const auto views = function_of(
      {t, t}, [&](auto p) { return std::vector<Value>{p[1], reshape(p[0], {6}), seven, reshape(p[1], {6}), p[0]}; });
  const auto values = function_of({t, t}, [&](auto p) {
    const Value sums = p[0] + p[1], flat_sums = reshape(sums, {6});
    return std::vector<Value>{sums, flat_sums, flat_sums, reshape(p[0], {6}), sums};
  });
  const Value which = placeholder({}, DType::Bool), a = placeholder({2, 3}), b = placeholder({2, 3});
  const Function f{"aliases", {which, a, b}, cond<Value>(which, views, values, {a, b})};
  const std::vector<SampleInput> inputs{{{t}}, {{t}}};
  for (const bool taken : {false, true}) {
    auto in = sample_data(inputs, 3);
    in.insert(in.begin(), Array::from<bool>({taken}, {}));
    run_as_interpreted(f, in);
  }
  const auto stay = function_of({t, t}, [&](auto p) { return std::vector<Value>{p[0], p[0] + p[1], p[1], p[0]}; });
  for (const i64 steps : {0, 1, 2, 5}) {
    const Function g{"kept", {a, b}, scan<Value>(stay, {a, b}, {}, {}, false, steps)};
    run_as_interpreted(g, sample_data(inputs, 4));
  }
}

TEST(Control, EmptySequencesGiveTheFirstStates) {
  const Type t{DType::F32, {2}};
  const auto body = function_of({t, t}, [](auto p) { return std::vector<Value>{p[0] * p[1], p[0] + p[1]}; });
  const Value s = placeholder({2}), x = placeholder({0, 2});
  const auto out = run_as_interpreted({"empty", {s, x}, scan<Value>(body, {s}, {x})},
                                      {Array::from<float>({3, 4}, {2}), Array(DType::F32, {0, 2})});
  EXPECT_EQ(out[0].at(1).f, 4);
  EXPECT_EQ(out[1].shape(), (Shape{0, 2}));
}

TEST(Control, ALoopThatNeverEndsIsAnError) {
  const auto always = function_of({kI64}, [](auto p) { return std::vector<Value>{p[0] >= 0}; });
  const auto step = function_of({kI64}, [](auto p) { return std::vector<Value>{p[0] + 1}; });
  const Value n = placeholder({}, DType::I64);
  Function f{"endless", {n}, {}};
  const auto loop = [&](i64 bound) {
    const Values out = Builder().apply(make_op(While{always, step, bound, 1000}), std::vector<Value>{n});
    f.results.assign(out.begin(), out.end());
    return executable(f);
  };
  ASSERT_NE(loop(0)->program(), nullptr);
  const std::string expected =
      "while: the condition still holds after 1000 iterations; make it become false, or give a bound if that is meant";
  EXPECT_EQ(error_of([&] { loop(0)->run(std::vector{whole(0)}); }), expected);
  EXPECT_THAT(error_of([&] { interpret(f, std::vector{whole(0)}); }), HasSubstr(expected));
  EXPECT_EQ(loop(2000)->run(std::vector{whole(0)})[0].at(0).i, 2000);
  EXPECT_EQ(loop(0)->run(std::vector{whole(-1)})[0].at(0).i, -1);
}

TEST(Control, BadIndicesInsideNameTheirOperator) {
  const Type table{DType::F32, {5, 2}}, id{DType::I64, {1}}, row{DType::F32, {2}};
  const auto body = function_of(
      {row, id, table}, [](auto p) { return std::vector<Value>{p[0] * 2 + reshape(gather(p[2], p[1], 0), {2})}; });
  const Value s = placeholder({2}), ids = placeholder({4, 1}, DType::I64), x = placeholder({5, 2});
  const Function f{"lookups", {s, ids, x}, scan<Value>(body, {s}, {ids}, {x})};
  auto in = sample_data(std::vector<SampleInput>{{{row}}, {{DType::I64, {4, 1}}, 0, 5}, {{table}}}, 1);
  run_as_interpreted(f, in);
  in[1] = Array::from<i64>({0, 1, 7, 2}, {4, 1});
  EXPECT_EQ(error_of([&] { executable(f)->run(in); }),
            "gather: ids[0] = 7 is out of range for dimension 0 of x, which is f32[5,2]; expected 0 to 4; correct the "
            "data, or clip it");
}

// y = x w^n: dy/dx = w^n, dy/dw = n x w^(n - 1).
TEST(Control, GradientsThroughLoops) {
  const Type one{DType::F64, {}};
  const auto body = function_of({one, one}, [](auto p) { return std::vector<Value>{p[0] * p[1]}; });
  const Value x = placeholder({}, DType::F64), w = placeholder({}, DType::F64);
  const std::vector<Array> in{Array::scalar(3.0, DType::F64), Array::scalar(2.0, DType::F64)};
  const Function f{"power", {x, w}, scan<Value>(body, {x}, {}, {w}, false, 5)};
  const auto out = run_as_interpreted(with_gradients(f, std::vector<std::size_t>{0, 1}), in);
  EXPECT_EQ(out[0].at(0).f, 96);
  EXPECT_EQ(out[1].at(0).f, 32);
  EXPECT_EQ(out[2].at(0).f, 240);
  // The same as a loop that stops at 50: 3, 6, 12, 24, 48, 96.
  const auto goes_on = function_of({one, one}, [](auto p) { return std::vector<Value>{p[0] < 50}; });
  const auto step = function_of({one, one}, [](auto p) { return std::vector<Value>{p[0] * p[1], p[1]}; });
  const Function g{"until", {x, w}, {while_loop<Value>(goes_on, step, {x, w}, 8)[0]}};
  const auto until = run_as_interpreted(with_gradients(g, std::vector<std::size_t>{0, 1}), in);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(until[k].at(0).f, out[k].at(0).f) << k;
}

/// y, the last h and c of an LSTM of `steps` steps, and its gradients.
struct Network {
  explicit Network(i64 steps, i64 batch, i64 width, i64 size) {
    const auto add = [&](Shape shape) {
      inputs.push_back({{DType::F32, shape}, -0.5, 0.5});
      return f.parameters.emplace_back(placeholder(shape));
    };
    RecurrentInputs<Value> in{add({steps, batch, width}), add({1, 4 * size, width}), add({1, 4 * size, size})};
    in.bias = add({1, 8 * size});
    f.results = lstm(in);
  }
  Function f{"network", {}, {}};
  std::vector<SampleInput> inputs;
};

// The contraction, then all that is element-wise as one kernel, although h needs the new c.
TEST(Control, ACellIsAContractionAndOneElementwiseKernel) {
  const Network network(6, 4, 5, 8);
  const auto e = executable(network.f);
  ASSERT_NE(e->program(), nullptr);
  const runtime::KernelCall& loop = control_call_of(e->program()->data());
  const auto& scan = std::get<runtime::ScanCall>(loop.control->flow);
  EXPECT_EQ(scan.steps, 6);
  std::string labels;
  for (const runtime::KernelCall& call : scan.body.calls) labels += call.label + "\n";
  RecordProperty("kernels", static_cast<int>(scan.body.calls.size()));
  EXPECT_EQ(scan.body.calls.size(), 2u) << labels;
}

// A weight is brought into the order that the contraction wants once, not in each step.
TEST(Control, WeightsArePackedOutsideOfTheLoop) {
  const Network network(6, 32, 16, 32);
  const runtime::ProgramData p = compiler().compile(network.f);
  const auto& body = std::get<runtime::ScanCall>(control_call_of(p).control->flow).body;
  EXPECT_EQ(body.calls.size(), 2u);
  for (const runtime::KernelCall& call : body.calls) EXPECT_EQ(call.label.find("pack"), std::string::npos);
}

TEST(Control, BitsDoNotDependOnThreads) {
  Network network(9, 33, 20, 64);
  network.f.results[0] = sum(network.f.results[0]);
  const Function f = with_gradients(network.f, std::vector<std::size_t>{0, 1, 2, 3});
  const auto e = executable(f);
  ASSERT_NE(e->program(), nullptr);
  const auto in = sample_data(network.inputs, 1);
  const int before = threads();
  set_threads(1);
  const auto expected = e->run(in);
  for (const int count : {2, 3, 5}) {
    set_threads(count);
    const auto given = e->run(in);
    for (std::size_t k = 0; k < given.size(); ++k) EXPECT_TRUE(identical(given[k], expected[k])) << count << " " << k;
  }
  set_threads(before);
}

// A parameter takes a step whose direction a loop has found: the step may write over it, the loop may not fail behind.
TEST(Control, StateBehindALoopIsUpdatedInPlace) {
  const Type row{DType::F32, {4}}, id{DType::I64, {}};
  const auto body = function_of({row, id, {DType::F32, {3, 4}}},
                                [](auto p) { return std::vector<Value>{p[0] + gather(p[2], p[1], 0)}; });
  const Value w = placeholder({4}), ids = placeholder({5}, DType::I64), x = placeholder({3, 4});
  const Value direction = scan<Value>(body, {w}, {ids}, {x})[0];
  const Function f{"train", {w, ids, x}, {w - 0.1 * direction}};
  const auto program = compiled(f, "test", {{0, 0}});
  auto in = sample_data(std::vector<SampleInput>{{{row}}, {{DType::I64, {5}}, 0, 3}, {{DType::F32, {3, 4}}}}, 2);
  const Array expected = interpret(f, in)[0];
  const void* memory = in[0].raw();
  const auto out = program->run_taking(in);
  EXPECT_EQ(out[0].raw(), memory);
  EXPECT_FALSE(in[0].defined());
  EXPECT_EQ(fault_of_value(out[0], expected), "");

  in[0] = out[0].clone();
  in[1].set(4, Number::of_int(3));
  const Array kept = in[0].clone();
  EXPECT_THAT(error_of([&] { program->run_taking(in); }), HasSubstr("gather: "));
  EXPECT_TRUE(identical(in[0], kept));
}

TEST(Control, WhatWorksOnTheHostStaysThere) {
  const Type t{DType::F32, {3}};
  const auto body = function_of({t}, [](auto p) {
    return std::vector<Value>{p[0] + cast(sequence_length(split_to_sequence(p[0])), DType::F32)};
  });
  const Value x = placeholder({3});
  const Function f{"host", {x}, scan<Value>(body, {x}, {}, {}, false, 2)};
  const auto e = executable(f);
  EXPECT_EQ(e->program(), nullptr);
  EXPECT_EQ(e->run(std::vector{Array::from<float>({1, 2, 3}, {3})})[0].at(2).f, 9);
}

// The loop of a stored program runs as before; one that says something else about itself is refused.
TEST(Control, StandsInTheCacheAndIsChecked) {
  const Type t{DType::F32, {4}};
  const auto negative = function_of({t}, [](auto p) { return std::vector<Value>{p[0] * -1.0}; });
  const auto same = function_of({t}, [](auto p) { return std::vector<Value>{p[0]}; });
  const auto body = function_of({t, t}, [&](auto p) {
    const Value falls = sum(p[1]) < 0;
    return std::vector<Value>{p[0] + cond<Value>(falls, negative, same, {p[1]})[0], exp(p[0])};
  });
  const auto small = function_of({t}, [](auto p) { return std::vector<Value>{sum(p[0]) < 100}; });
  const auto twice = function_of({t}, [](auto p) { return std::vector<Value>{p[0] * 2 + 1}; });
  const Value s = placeholder({4}), x = placeholder({5, 4});
  Function f{"main", {s, x}, scan<Value>(body, {s}, {x})};
  f.results.push_back(while_loop<Value>(small, twice, {f.results[0]})[0]);
  const runtime::ProgramData data = compiler().compile(f);
  const auto in = sample_data(std::vector<SampleInput>{{{t}}, {{DType::F32, {5, 4}}}}, 1);
  const auto expected = runtime::Program(data).run(in);
  const auto given = runtime::Program(deserialize("key", serialize("key", data))).run(in);
  for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_TRUE(identical(given[k], expected[k])) << k;

  using Flow = std::variant<runtime::IfCall, runtime::WhileCall, runtime::ScanCall>;
  const auto refused = [&](bool of_scan, const std::function<void(runtime::KernelCall&, Flow&)>& change) {
    runtime::ProgramData p = data;
    for (runtime::KernelCall& call : p.calls) {
      if (!call.control || std::holds_alternative<runtime::ScanCall>(call.control->flow) != of_scan) continue;
      runtime::ControlCall control = *call.control;
      change(call, control.flow);
      call.control = std::make_shared<const runtime::ControlCall>(std::move(control));
    }
    return error_of([&] { deserialize("key", serialize("key", p)); });
  };
  const auto scan_refused = [&](const std::function<void(runtime::ScanCall&)>& change) {
    return refused(true, [&](auto&, Flow& flow) { change(std::get<runtime::ScanCall>(flow)); });
  };
  const auto while_refused = [&](const std::function<void(runtime::WhileCall&)>& change) {
    return refused(false, [&](auto&, Flow& flow) { change(std::get<runtime::WhileCall>(flow)); });
  };
  using runtime::Buffer;
  EXPECT_EQ(scan_refused([](auto&) {}), "");
  for (const i64 n : {i64{6}, i64{-1}, i64{1} << 60, INT64_MAX})
    EXPECT_NE(scan_refused([&](auto& scan) { scan.steps = n; }), "") << n;
  for (const i64 n : {i64{-1}, i64{0}, i64{2}, i64{3}, INT64_MAX})
    EXPECT_NE(scan_refused([&](auto& scan) { scan.carried = n; }), "") << n;
  for (const i64 n : {i64{-1}, i64{2}, INT64_MAX})
    EXPECT_NE(scan_refused([&](auto& scan) { scan.sequences = n; }), "") << n;
  EXPECT_NE(scan_refused([](auto& scan) { scan.body.inputs[0].shape = {5}; }), "");
  EXPECT_NE(scan_refused([](auto& scan) { scan.body.inputs[1].shape = {5}; }), "");
  EXPECT_NE(scan_refused([](auto& scan) { scan.body.inputs.pop_back(); }), "");
  EXPECT_NE(scan_refused([](auto& scan) { scan.body.outputs[1].type.shape = {5}; }), "");
  EXPECT_NE(scan_refused([](auto& scan) { scan.body.outputs[0].takes = 0; }), "");
  EXPECT_NE(scan_refused([](auto& scan) { scan.body.outputs.clear(); }), "");
  EXPECT_NE(scan_refused([](auto& scan) { scan.body.outputs[0].alias = Buffer{Buffer::Where::Input, 2, 0}; }), "");
  EXPECT_NE(scan_refused([](auto& scan) { scan.body.arena_bytes += 1 << 20; }), "");
  EXPECT_NE(scan_refused([](auto& scan) { scan.body.arena_bytes = INT64_MAX; }), "");
  EXPECT_NE(scan_refused([](auto& scan) { scan.body.arena_bytes = 0; }), "");
  EXPECT_NE(scan_refused([](auto& scan) { scan.body.calls[0].buffers[0] = {Buffer::Where::Input, 0, 0}; }), "");
  EXPECT_NE(scan_refused([](auto& scan) { scan.body.calls[0].buffers.back() = {Buffer::Where::Constant, 9, 0}; }), "");
  EXPECT_NE(while_refused([](auto& loop) { loop.condition.outputs.clear(); }), "");
  EXPECT_NE(while_refused([](auto& loop) { loop.condition.outputs[0].type.dtype = DType::F32; }), "");
  EXPECT_NE(while_refused([](auto& loop) { loop.body.inputs[0].dtype = DType::F64; }), "");
  EXPECT_NE(while_refused([](auto& loop) { loop.cap = 0; }), "");
  EXPECT_NE(while_refused([](auto& loop) { loop.bound = -1; }), "");
  EXPECT_NE(refused(true, [](auto& call, Flow&) { call.buffers.pop_back(); }), "");
  EXPECT_NE(refused(true, [](auto& call, Flow&) { call.buffers.clear(); }), "");
  EXPECT_NE(refused(true, [](auto& call, Flow&) { call.buffers.push_back({}); }), "");
}

// Bytes that were changed, under a sum that holds: an Error, or a program that can be made.
TEST(Control, ChangedBytesAreRefusedOrHarmless) {
  const Type t{DType::F32, {4}};
  const auto small = function_of({t}, [](auto p) { return std::vector<Value>{sum(p[0]) < 100}; });
  const auto twice = function_of({t}, [](auto p) { return std::vector<Value>{sort(p[0] * 2).values}; });
  const Value s = placeholder({4});
  const Function f{"main", {s}, {while_loop<Value>(small, twice, {s})[0]}};
  const std::string good = serialize("key", compiler().compile(f));
  constexpr std::size_t kSum = std::string_view("tenon program 6\n").size(), kBody = kSum + 8;
  std::uint64_t header = 0;
  std::memcpy(&header, good.data() + kBody, 8);
  Rng rng(7);
  int refused = 0;
  for (int k = 0; k < 3000; ++k) {
    std::string bad = good;
    for (std::uint64_t changes = 1 + rng.below(3); changes > 0; --changes)
      bad[kBody + rng.below(header + 8)] = static_cast<char>(rng.below(256));
    const std::uint64_t sum = mix(0, std::string_view(bad).substr(kBody, header + 8));
    std::memcpy(bad.data() + kSum, &sum, 8);
    refused += !error_of([&] { const runtime::Program program(deserialize("key", bad), &reference_kernel); }).empty();
  }
  EXPECT_GT(refused, 1500);
}

TEST(Control, RegionsMayLieOnlySoDeep) {
  const auto nested = [](int depth) {
    runtime::Region region;
    for (int k = 0; k < depth; ++k) {
      runtime::KernelCall call{.label = "scan"};
      call.control = std::make_shared<const runtime::ControlCall>(
          runtime::ControlCall{runtime::ScanCall{.body = std::move(region), .steps = 1}});
      region = {};
      region.calls.push_back(std::move(call));
    }
    return error_of([&] { deserialize("key", serialize("key", runtime::ProgramData{region})); });
  };
  EXPECT_EQ(nested(64), "");
  EXPECT_EQ(nested(65), "the program has regions inside of regions more than 64 deep");
}

TEST(Control, PlansShowWhatIsInside) {
  const Type t{DType::F32, {4}};
  const auto body = function_of({t, t}, [](auto p) { return std::vector<Value>{tanh(p[0] + p[1]), p[0]}; });
  const Value s = placeholder({4}), x = placeholder({5, 4});
  const auto stages = compiler().stages({"main", {s, x}, scan<Value>(body, {s}, {x}, {}, true)});
  EXPECT_EQ(stages.back().first, "program");
  EXPECT_THAT(stages.back().second,
              HasSubstr("scan (loop of 5 steps, in reverse)\n  body: arena 0 bytes\n    output 0 <- "
                        "input 0, input 1   kernel_0"));
  EXPECT_THAT(stages.back().second, HasSubstr("    output 1 <- input 0\n"));
}

}  // namespace
}  // namespace tenon
