#include "ir/verify.h"

#include <gtest/gtest.h>

#include "ir/test_values.h"

namespace tenon {
namespace {

std::string verdict(const Function& f) {
  try {
    verify(f);
    return "fine";
  } catch (const Error& e) {
    return e.what();
  }
}

// An operator that changes its mind about its type.
class Fickle final : public Op {
 public:
  const OpInfo& info() const override {
    static const OpInfo info{"fickle", "", {}, nullptr, nullptr};
    return info;
  }
  Fields fields() const override { return {}; }
  std::uint64_t hash() const override { return 1; }
  Types infer(Operands in) const override {
    if (mood == 2) fail("fickle: not today");
    return mood == 0 ? Types{in[0].type} : Types{Type{DType::I8, {}}};
  }
  mutable int mood = 0;
};

TEST(Verify, AcceptsSoundGraphs) {
  Value x = parameter(DType::F32, {2}), w = leaf({1, 2}, {2});
  EXPECT_EQ(verdict({"f", {x}, {apply("add", {x, w})}}), "fine");
  EXPECT_EQ(verdict({"f", {x, w}, {apply("add", {x, w}), x, w}}), "fine");
  EXPECT_EQ(verdict({"f", {}, {}}), "fine");
}

TEST(Verify, ParametersAreListedOnceAndAreParameters) {
  Value x = parameter(DType::F32, {2}, "x"), y = apply("exp", {x});
  EXPECT_EQ(verdict({"f", {}, {y}}),
            "function f: %0 = parameter (f32[2] \"x\") is used but not listed among the "
            "parameters");
  EXPECT_EQ(verdict({"f", {x, x}, {y}}), "function f: parameter 1 is listed twice");
  EXPECT_EQ(verdict({"f", {x, y}, {y}}),
            "function f: parameter 1 is the result of an operator, expected a parameter node");
  EXPECT_EQ(verdict({"f", {x, Value()}, {y}}), "function f: parameter 1 is undefined");
}

TEST(Verify, ValuesExist) {
  Value x = parameter(DType::F32, {2});
  EXPECT_EQ(verdict({"f", {x}, {x, Value()}}), "function f: result 1 is undefined");
  EXPECT_EQ(verdict({"f", {x}, {Value(x.node(), 3)}}), "function f: result 0 is output 3 of a node with 1");
}

TEST(Verify, TypesAreThoseOfTheOperator) {
  auto fickle = std::make_shared<const Fickle>();
  Value x = parameter(DType::F32, {2});
  Function f{"f", {x}, {Value(Node::make(fickle, {x}), 0)}};
  EXPECT_EQ(verdict(f), "fine");
  fickle->mood = 1;
  EXPECT_EQ(verdict(f), "%1 = fickle(%0): output 0 has type f32[2], but its operator says i8[]");
  fickle->mood = 2;
  EXPECT_EQ(verdict(f), "%1 = fickle(%0): fickle: not today");
}

}  // namespace
}  // namespace tenon
