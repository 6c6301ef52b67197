#include "ir/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>

#include "ir/test_values.h"
#include "ir/verify.h"

namespace tenon {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kLinear = R"(func @main(%0: f32[128,784] "x", %1: f32[10,784]) -> (f32[128,10]) {
  %2 = transpose(%1) {permutation=[1,0]} : f32[784,10]
  %3 = matmul(%0, %2) : f32[128,10]
  return %3
}
)";

std::string error_of(std::string_view text) {
  try {
    parse_function(text);
    return "";
  } catch (const Error& e) {
    return e.what();
  }
}

// The error of a function with one parameter %0: f32[2,3] and this body.
std::string error_in_body(std::string_view body) {
  return error_of(fmt::format("func @f(%0: f32[2,3]) -> (f32[2,3]) {{\n{}\n}}", body));
}

TEST(Text, PrintsAGraph) {
  Value x = parameter(DType::F32, {128, 784}, "x"), w = parameter(DType::F32, {10, 784});
  Value t = apply("transpose", {w}, {{"permutation", Ints{1, 0}}});
  EXPECT_EQ(to_text(Function{"main", {x, w}, {apply("matmul", {x, t})}}), kLinear);
}

TEST(Text, ReadsWhatItPrints) {
  Function f = parse_function(kLinear);
  verify(f);
  EXPECT_EQ(f.name, "main");
  EXPECT_EQ(f.parameters[0].node()->name(), "x");
  EXPECT_EQ(to_text(f), kLinear);
}

TEST(Text, SpaceNumbersAndCommentsAreFree) {
  Function f = parse_function(
      "func@main(%7:f32[128,784]\"x\",%3:f32[10,784])->(f32[128,10]){ // two operands\n"
      "%100=transpose ( %3 ){ permutation = [ 1 , 0 ] }:f32[784,10] %5=matmul(%7,%100):f32[128,10] return %5 }");
  EXPECT_EQ(to_text(f), kLinear);
}

TEST(Text, SettledNodesPrintAsConstants) {
  Value x = parameter(DType::F32, {2});
  Function f{"my name", {x}, {apply("add", {x, leaf({1, -2.5f}, {2})}), x}};
  const std::string text = R"(func @"my name"(%0: f32[2]) -> (f32[2], f32[2]) {
  %1 = constant {value=dense f32[2] [1,-2.5]} : f32[2]
  %2 = add(%0, %1) : f32[2]
  return %2, %0
}
)";
  EXPECT_EQ(to_text(f), text);
  Function g = parse_function(text);
  EXPECT_EQ(to_text(g), text);
  EXPECT_TRUE(structurally_equal(f, g));
  EXPECT_EQ(f.hash(), g.hash());
}

TEST(Text, EmptyFunctions) {
  const std::string text = "func @f() -> () {\n  return\n}\n";
  EXPECT_EQ(to_text(parse_function(text)), text);
}

TEST(Text, SharedNodesPrintOnce) {
  Value x = parameter(DType::F32, {2}), e = apply("exp", {x});
  Function f{"f", {x}, {apply("mul", {e, e})}};
  Function g = parse_function(to_text(f));
  EXPECT_TRUE(structurally_equal(f, g));
}

TEST(Text, DeepGraphsAreReadAndPrintedWithoutRecursion) {
  std::string text = "func @deep(%0: f32[]) -> (f32[]) {\n";
  for (int k = 1; k <= 100'000; ++k) text += fmt::format("  %{} = exp(%{}) : f32[]\n", k, k - 1);
  text += "  return %100000\n}\n";
  EXPECT_EQ(to_text(parse_function(text)), text);
}

// Every sample of every operator, as a function of its own.
TEST(Text, EverySampleOfEveryOperatorComesBack) {
  for (const OpInfo* info : all_ops()) {
    for (const Sample& sample : info->samples()) {
      Function f{std::string(info->name), {}, {}};
      for (const SampleInput& in : sample.inputs) f.parameters.emplace_back(Node::parameter(in.type), 0);
      NodeRef node = Node::make(sample.op, SmallVector<Value, 3>(f.parameters.begin(), f.parameters.end()));
      for (std::size_t k = 0; k < node->outputs(); ++k) f.results.emplace_back(node, static_cast<std::int32_t>(k));
      std::string text = to_text(f);
      Function g = parse_function(text);
      EXPECT_EQ(to_text(g), text);
      EXPECT_TRUE(structurally_equal(f, g)) << text;
    }
  }
}

TEST(Text, MistakesAreNamedWithTheirPlace) {
  EXPECT_EQ(error_of(""), "line 1, column 1: expected 'func' at the start of a function, found the end of the text");
  EXPECT_EQ(error_of("func main"), "line 1, column 6: expected '@' before the name of the function, found 'main'");
  EXPECT_THAT(error_of("func @f(%0: f33[2]) -> () { return }"), StartsWith("line 1, column 13: "));
  EXPECT_EQ(error_of("func @f(%0: f32[2], %0: f32[2]) -> () { return }"), "line 1, column 21: %0 is defined twice");
  EXPECT_EQ(error_of("func @f() -> (f32[]) { return }"),
            "line 1, column 31: the function is declared to give (f32[]), but returns ()");
  EXPECT_EQ(error_of("func @f() -> () { return } x"),
            "line 1, column 28: expected the end of the text after the function, found 'x'");
  EXPECT_EQ(error_in_body("return %0, %0"),
            "line 2, column 8: the function is declared to give (f32[2,3]), but returns (f32[2,3], f32[2,3])");
  EXPECT_EQ(error_in_body("return %1"), "line 2, column 8: %1 is used before it is defined");
  EXPECT_EQ(error_in_body("%1 = exp(%1) : f32[2,3]"), "line 2, column 10: %1 is used before it is defined");
  EXPECT_EQ(error_in_body("%0 = exp(%0) : f32[2,3]"), "line 2, column 1: %0 is defined twice");
  EXPECT_EQ(error_in_body("%1 = exq(%0) : f32[2,3]"), "line 2, column 6: unknown operator 'exq'; did you mean exp?");
  EXPECT_EQ(error_in_body("%1 = convolution(%0) : f32[2,3]"), "line 2, column 6: unknown operator 'convolution'");
  EXPECT_EQ(error_in_body("%1 = exp(%0) : f32[3,2]"),
            "line 2, column 16: the text says f32[3,2], but exp of these operands gives f32[2,3]");
  EXPECT_EQ(error_in_body("%1, %2 = exp(%0) : f32[2,3]"), "line 2, column 1: exp has 1 outputs, 2 are named");
  EXPECT_EQ(error_in_body("%1 = exp(%0, %0) : f32[2,3]"), "line 2, column 6: exp: expected 1 operand, 2 given");
  EXPECT_EQ(error_in_body("%1 = exp %0 : f32[2,3]"),
            "line 2, column 10: expected ':' and the types of the outputs, found '%0'");
  EXPECT_EQ(error_in_body("%1 = exp(%0 %0) : f32[2,3]"),
            "line 2, column 13: expected ',' or ')' after an operand of exp, found '%0'");
  EXPECT_EQ(error_in_body("%1 = sum(%0) {axis=0} : f32[3]"),
            "line 2, column 6: sum: unknown attribute axis; it has axes, keep_dims");
  EXPECT_EQ(error_in_body("%1 = sum(%0) {axes=0} : f32[3]"),
            "line 2, column 6: sum: attribute axes is an integer, expected a list of integers");
  EXPECT_EQ(error_in_body("%1 = transpose(%0) {permutation=[1,0], permutation=[1,0]} : f32[3,2]"),
            "line 2, column 40: attribute permutation is given twice");
  EXPECT_EQ(error_in_body("exp(%0)"),
            "line 2, column 1: expected 'return' or a statement such as %2 = add(%0, %1) : f32[3], found 'exp'");
  EXPECT_EQ(error_in_body("%99999999999999999999 = exp(%0) : f32[2,3]"),
            "line 2, column 1: this number does not fit 64 bits");
  EXPECT_THAT(error_in_body("%1 = matmul(%0, %0) : f32[2,2]"), StartsWith("line 2, column 6: matmul: "));
}

TEST(Text, ExtremeAttributesAreReadOrRefused) {
  const std::string text = R"(func @f(%0: f32[7]) -> (f32[1]) {
  %1 = slice(%0) {start=[5], stop=[1], step=[-9223372036854775808]} : f32[1]
  return %1
}
)";
  EXPECT_EQ(to_text(parse_function(text)), text);
  EXPECT_THAT(error_in_body("%1 = sum(%0) {axes=[9223372036854775807], keep_dims=false} : f32[]"),
              StartsWith("line 2, column 6: sum: "));
}

TEST(Text, EveryPrefixOfATextIsRefusedCleanly) {
  std::string text(kLinear);
  std::size_t whole = text.rfind('}') + 1;
  for (std::size_t length = 0; length < whole; ++length) {
    EXPECT_THAT(error_of(std::string_view(text).substr(0, length)), StartsWith("line ")) << length;
  }
}

TEST(Dot, DrawsNodesAndEdges) {
  std::string dot = to_dot(parse_function(kLinear));
  EXPECT_THAT(dot, StartsWith("digraph \"main\" {"));
  EXPECT_THAT(dot, HasSubstr("n0 [shape=ellipse, label=\"%0 x\\nf32[128,784]\"];"));
  EXPECT_THAT(dot, HasSubstr("n2 [label=\"%2 = transpose(%1) {permutation=[1,0]}\\nf32[784,10]\"];"));
  EXPECT_THAT(dot, HasSubstr("n2 -> n3;"));
  EXPECT_THAT(dot, HasSubstr("n3 -> result0;"));
}

TEST(Dot, EscapesQuotes) {
  Value x = parameter(DType::F32, {}, "a\"b\\c\nd");
  EXPECT_THAT(to_dot(Function{"f\"", {x}, {x}}), HasSubstr(R"(label="%0 a\"b\\c\nd\nf32[]")"));
}

TEST(Numbering, NamesNodesForMessages) {
  Function f = parse_function(kLinear);
  Numbering numbering(f);
  ASSERT_EQ(numbering.nodes().size(), 2u);
  EXPECT_EQ(numbering.name(f.results[0]), "%3");
  EXPECT_EQ(numbering.line(*numbering.nodes()[1]), "%3 = matmul(%0, %2) : f32[128,10]");
  EXPECT_EQ(numbering.brief(*numbering.nodes()[0]), "%2 = transpose(%1) {permutation=[1,0]}");
  Value big = apply("constant", {}, {{"value", Array(DType::F32, {1000})}});
  EXPECT_EQ(Numbering({"f", {}, {big}}).brief(*big.node()), "%0 = constant {value=…}");
}

TEST(KeyText, HasDigestsOfLongConstants) {
  const auto with = [](double last) {
    Array a = Array::full({DType::F32, {50, 2}}, 1.0);
    a.set(99, last);
    return key_text({"main", {}, {Value(Node::leaf(a), 0)}});
  };
  EXPECT_EQ(with(1), with(1));
  EXPECT_NE(with(1), with(std::nextafter(1.f, 2.f)));
  EXPECT_NE(with(0.0), with(-0.0));
  EXPECT_LT(with(1).size(), 150u);
  const Function small{"main", {}, {Value(Node::leaf(Array::full({DType::F32, {3}}, 2.0)), 0)}};
  EXPECT_EQ(key_text(small), to_text(small));
}

}  // namespace
}  // namespace tenon
