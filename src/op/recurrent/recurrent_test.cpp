// Recurrent networks beyond their samples.
#include <gtest/gtest.h>

#include "base/error_of.h"
#include "op/functions.h"
#include "op/recurrent/step.h"
#include "op/testing.h"

namespace tenon {
namespace {

Value parameter(Function& f, Type type) { return f.parameters.emplace_back(Node::parameter(std::move(type)), 0); }

TEST(Recurrent, TakesUnknownNumbersOfStepsAndSequences) {
  const Dim n = Dim::symbol("n"), batch = Dim::symbol("batch");
  Function f;
  RecurrentInputs<Value> in{parameter(f, {DType::F32, {n, batch, 2}}),
                            parameter(f, {DType::F32, {2, 12, 2}}),
                            parameter(f, {DType::F32, {2, 12, 3}}),
                            {},
                            {},
                            {},
                            {},
                            {}};
  in.lengths = parameter(f, {DType::I64, {batch}});
  f.results = lstm(in, {{.direction = "bidirectional"}});
  EXPECT_EQ(f.results[0].type(), (Type{DType::F32, {n, 2, batch, 3}}));
  EXPECT_EQ(f.results[2].type(), (Type{DType::F32, {2, batch, 3}}));
  const auto program = executable(f, "test");
  for (const i64 steps : {4, 1, 2}) {
    const std::vector<SampleInput> inputs{{{DType::F32, {steps, 2, 2}}},
                                          {{DType::F32, {2, 12, 2}}},
                                          {{DType::F32, {2, 12, 3}}},
                                          {{DType::I64, {2}}, 0, static_cast<double>(steps + 1)}};
    const auto data = sample_data(inputs, 1);
    const auto given = program->run(data), expected = interpret(f, data);
    for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_EQ(fault_of_value(given[k], expected[k]), "");
  }
}

// What the sequences are longer than does not show: neither in y nor in the last states.
TEST(Recurrent, IgnoresWhatStandsBehindASequence) {
  const std::vector<SampleInput> inputs{
      {{DType::F64, {4, 1, 2}}}, {{DType::F64, {1, 3, 2}}}, {{DType::F64, {1, 3, 3}}}};
  auto data = sample_data(inputs, 1);
  data.push_back(Array::from<std::int64_t>({2}, {1}));
  const OpRef op = make_op(Rnn{{.direction = "reverse", .has_lengths = true}});
  const auto before = interpret(*op, data);
  data[0] = data[0].clone();
  for (i64 k = 4; k < 8; ++k) data[0].set(k, 100.0);
  const auto after = interpret(*op, data);
  EXPECT_TRUE(identical(before[0], after[0]));
  EXPECT_TRUE(identical(before[1], after[1]));
  for (i64 k = 6; k < 12; ++k) EXPECT_EQ(before[0].at(k).as_double(), 0);
}

TEST(Recurrent, LengthsOutOfRangeAreErrors) {
  Function f;
  RecurrentInputs<Value> in{parameter(f, {DType::F32, {2, 4, 2}}),
                            parameter(f, {DType::F32, {1, 9, 2}}),
                            parameter(f, {DType::F32, {1, 9, 3}}),
                            {},
                            {},
                            {},
                            {},
                            {}};
  in.lengths = parameter(f, {DType::I32, {2}});
  f.results = gru(in, {{.batch_first = true}});
  const auto program = executable(f, "test");
  const std::vector<SampleInput> inputs{
      {{DType::F32, {2, 4, 2}}}, {{DType::F32, {1, 9, 2}}}, {{DType::F32, {1, 9, 3}}}};
  auto data = sample_data(inputs, 1);
  data.emplace_back();
  for (const std::int32_t length : {-1, 0, 4, 5, 1 << 30}) {
    data[3] = Array::from<std::int32_t>({2, length}, {2});
    const std::string expected =
        length == 0 || length == 4
            ? ""
            : fmt::format(
                  "gru: lengths[1] = {} is out of range for dimension 0 of the steps of x, which is i64[5]; expected "
                  "0 to 4; {}",
                  length,
                  length < 0 ? "negative ones do not count from the end, unless from_end is applied"
                             : "correct the data, or clip it");
    EXPECT_EQ(error_of([&] { program->run(data); }), expected);
    EXPECT_EQ(error_of([&] { interpret(f.results[0].node()->op(), data); }), expected);
  }
}

TEST(Recurrent, StatesGoTogether) {
  Function f;
  RecurrentInputs<Value> in{parameter(f, {DType::F32, {4, 2, 2}}),
                            parameter(f, {DType::F32, {1, 12, 2}}),
                            parameter(f, {DType::F32, {1, 12, 3}}),
                            {},
                            {},
                            {},
                            {},
                            {}};
  in.h = parameter(f, {DType::F32, {1, 2, 3}});
  EXPECT_EQ(error_of([&] { lstm(in); }),
            "lstm: 4 operands are given, expected 5: x, w, r, the first h and the first c, which go together");
}

TEST(Activations, AreReadFromAList) {
  const auto all = activations_of("x", "tanh, scaled_tanh(0.5),leaky_relu(0.1),affine(2, -1)", 4);
  EXPECT_EQ(all[1].numbers, (std::vector<double>{0.5, 1}));
  EXPECT_EQ(all[3].name, "affine");
  EXPECT_EQ(all[3].numbers, (std::vector<double>{2, -1}));
  auto error = [](std::string_view list) { return error_of([&] { activations_of("x", list, 1); }); };
  EXPECT_EQ(error("elu(0.1"), "x: the activation \"elu(0.1\" lacks a closing parenthesis");
  EXPECT_EQ(error("elu(a)"), "x: \"a\" in the activation \"elu(a)\" is no number");
  EXPECT_EQ(error("elu(1,2)"), "x: the activation \"elu(1,2)\" takes 1 numbers");
  EXPECT_EQ(error(""), "x: 0 activations in \"\", expected 1");
  EXPECT_TRUE(error("tan").starts_with("x: the activation \"tan\" is unknown; known are tanh, sigmoid"));
}

}  // namespace
}  // namespace tenon
