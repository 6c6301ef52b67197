#include "ir/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "ir/test_values.h"
#include "ir/walk.h"

namespace tenon {
namespace {

using ::testing::HasSubstr;

// relu(a @ b) + c
Function layer(std::string name = "layer") {
  Value a = parameter(DType::F32, {2, 3}, name + ".a"), b = parameter(DType::F32, {3, 4}),
        c = parameter(DType::F32, {4});
  Value product = apply("matmul", {a, b});
  return {name, {a, b, c}, {apply("add", {apply("relu", {product}), c})}};
}

Value chain(Value x, int length) {
  for (int k = 0; k < length; ++k) x = apply("exp", {x});
  return x;
}

TEST(Node, InfersItsTypes) {
  Function f = layer();
  EXPECT_EQ(f.results[0].type(), (Type{DType::F32, {2, 4}}));
  EXPECT_EQ(f.parameter_types()[1], (Type{DType::F32, {3, 4}}));
  EXPECT_TRUE(f.parameters[0].node()->is_parameter());
  EXPECT_EQ(f.parameters[0].node()->name(), "layer.a");
}

TEST(Node, RefusesUndefinedOperands) {
  try {
    apply("exp", {Value()});
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "exp: operand 0 is undefined");
  }
}

TEST(Node, RefusesResultsThatNoMemoryHolds) {
  Value column = parameter(DType::F32, {i64(1) << 40, 1}), row = parameter(DType::F32, {1, i64(1) << 40});
  try {
    apply("add", {column, row});
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("add: the result f32[1099511627776,1099511627776] has too many elements"));
  }
}

TEST(Node, SettlesAndLetsItsOperandsGo) {
  Value x = parameter(DType::F32, {2}), y = apply("exp", {x});
  std::weak_ptr<Node> gone = x.node();
  x = Value();
  ASSERT_FALSE(gone.expired());
  y.node()->settle({Array::from<float>({1, 2}, {2})});
  EXPECT_TRUE(gone.expired());
  EXPECT_TRUE(y.node()->is_settled());
  EXPECT_FALSE(y.node()->is_parameter());
  EXPECT_TRUE(y.node()->args().empty());
  EXPECT_EQ(known_value(y)->at(1).f, 2);
}

TEST(Node, SettlesOnlyWithItsTypes) {
  Value y = apply("exp", {parameter(DType::F32, {2})});
  EXPECT_THROW(y.node()->settle({Array::from<float>({1, 2, 3}, {3})}), InternalError);
  EXPECT_THROW(y.node()->settle({}), InternalError);
}

TEST(Node, LongChainsAreFreedAndWalkedWithoutRecursion) {
  Value x = parameter(DType::F32, {});
  Function f{"chain", {x}, {chain(x, 300'000)}};
  EXPECT_EQ(topological(f.results).size(), 300'001u);
  EXPECT_NE(f.hash(), 0u);
  std::weak_ptr<Node> first = topological(f.results)[1]->ref();
  f.results.clear();
  EXPECT_TRUE(first.expired());
}

TEST(Node, ChainsBehindASettledNodeAreFreedWithoutRecursion) {
  Value y = chain(parameter(DType::F32, {}), 300'000);
  y.node()->settle({Array::scalar(1.0, DType::F32)});
  EXPECT_EQ(topological({&y, 1}).size(), 1u);
}

TEST(Value, KnownOnlyOfConstants) {
  Array data = Array::from<float>({1, 2}, {2});
  Value constant = apply("constant", {}, {{"value", data}});
  EXPECT_TRUE(identical(*known_value(constant), data));
  EXPECT_TRUE(identical(*known_value(Value(Node::leaf(data), 0)), data));
  EXPECT_EQ(known_value(apply("exp", {constant})), nullptr);
  EXPECT_EQ(known_value(parameter(DType::F32, {2})), nullptr);
}

TEST(Value, UniformWhereAllElementsAreEqual) {
  EXPECT_EQ(uniform_value(leaf({3, 3, 3}, {3}))->f, 3);
  EXPECT_FALSE(uniform_value(leaf({3, 4}, {2})).has_value());
  EXPECT_FALSE(uniform_value(leaf({}, {0})).has_value());
  EXPECT_FALSE(uniform_value(parameter(DType::F32, {})).has_value());
  Value full = apply("full", {}, {{"value", 2.0}, {"dtype", DType::I32}, {"shape", Ints{5}}});
  EXPECT_EQ(uniform_value(full)->as_int(), 2);
}

TEST(Walk, OperandsBeforeUsersEachOnce) {
  Value x = parameter(DType::F32, {2});
  Value a = apply("exp", {x}), b = apply("add", {a, a}), c = apply("mul", {b, a});
  Walk walk({&c, 1});
  ASSERT_EQ(walk.size(), 4u);
  EXPECT_EQ(walk.position(x.node().get()), 0);
  EXPECT_EQ(walk.position(a.node().get()), 1);
  EXPECT_EQ(walk.position(b.node().get()), 2);
  EXPECT_EQ(walk.position(c.node().get()), 3);
  EXPECT_EQ(walk.position(parameter(DType::F32, {}).node().get()), -1);
}

TEST(Walk, ManyThreadsMayShareNodes) {
  Value weights = chain(parameter(DType::F32, {}), 1000);
  std::vector<std::thread> threads;
  std::vector<std::size_t> counts(4);
  for (std::size_t t = 0; t < counts.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int k = 0; k < 20; ++k) counts[t] = topological({&weights, 1}).size();
    });
  }
  for (std::thread& t : threads) t.join();
  for (std::size_t count : counts) EXPECT_EQ(count, 1001u);
}

TEST(NodeMap, HoldsWhatWasPut) {
  std::vector<NodeRef> nodes;
  NodeMap<int> map;
  for (int k = 0; k < 1000; ++k) {
    nodes.push_back(Node::parameter({}));
    EXPECT_TRUE(map.try_emplace(nodes.back().get(), k).second);
  }
  EXPECT_FALSE(map.try_emplace(nodes[7].get(), 0).second);
  for (int k = 0; k < 1000; ++k) EXPECT_EQ(*map.find(nodes[static_cast<std::size_t>(k)].get()), k);
  EXPECT_EQ(map.size(), 1000u);
  EXPECT_EQ(map.find(Node::parameter({}).get()), nullptr);
}

TEST(Hash, ForgetsIdentityAndNames) {
  Function f = layer("one"), g = layer("two");
  EXPECT_EQ(f.hash(), g.hash());
  EXPECT_TRUE(structurally_equal(f, g));
}

// Pairs that differ in one respect each.
TEST(Hash, SeesEveryDifference) {
  Value x = parameter(DType::F32, {2, 2}), y = parameter(DType::F32, {2, 2}), z = parameter(DType::F64, {2, 2});
  Value e1 = apply("exp", {x}), e2 = apply("exp", {x});
  Value one = leaf({1}, {}), two = leaf({2}, {});
  const std::vector<Function> all{
      {"f", {x}, {e1}},
      {"operator", {x}, {apply("log", {x})}},
      {"type", {z}, {apply("exp", {z})}},
      {"more parameters", {x, y}, {e1}},
      {"other parameter", {y, x}, {e1}},
      {"attribute", {x}, {apply("sum", {x}, {{"axes", Ints{0}}})}},
      {"other attribute", {x}, {apply("sum", {x}, {{"axes", Ints{1}}})}},
      {"order", {x, y}, {apply("sub", {x, y})}},
      {"other order", {x, y}, {apply("sub", {y, x})}},
      {"two results", {x}, {e1, e1}},
      {"no result", {x}, {}},
      {"shared", {x}, {apply("add", {e1, e1})}},
      {"not shared", {x}, {apply("add", {e1, e2})}},
      {"constant", {x}, {apply("add", {x, one})}},
      {"other constant", {x}, {apply("add", {x, two})}},
      {"constant as parameter", {x, one}, {apply("add", {x, one})}},
  };
  for (const Function& f : all) {
    for (const Function& g : all) {
      EXPECT_EQ(f.hash() == g.hash(), &f == &g) << f.name << " and " << g.name;
      EXPECT_EQ(structurally_equal(f, g), &f == &g) << f.name << " and " << g.name;
    }
  }
}

TEST(Hash, SettledNodesEqualConstants) {
  Array data = Array::from<float>({1, -0.0f}, {2});
  Value x = parameter(DType::F32, {2});
  Function f{"f", {x}, {apply("add", {x, Value(Node::leaf(data), 0)})}};
  Function g{"g", {x}, {apply("add", {x, apply("constant", {}, {{"value", data}})})}};
  Function h{"h", {x}, {apply("add", {x, leaf({1, 0}, {2})})}};
  EXPECT_EQ(f.hash(), g.hash());
  EXPECT_TRUE(structurally_equal(f, g));
  EXPECT_FALSE(structurally_equal(f, h)) << "0 and -0 differ";
}

TEST(Hash, ASettledParameterCountsByPosition) {
  Value w1 = leaf({1, 2}, {2}), w2 = leaf({3, 4}, {2}), x = parameter(DType::F32, {2});
  Function f{"f", {w1}, {apply("exp", {w1})}}, g{"g", {w2}, {apply("exp", {w2})}}, h{"h", {x}, {apply("exp", {x})}};
  EXPECT_EQ(f.hash(), g.hash());
  EXPECT_EQ(f.hash(), h.hash());
  EXPECT_TRUE(structurally_equal(f, h));
}

TEST(Hash, RefusesAnOpenGraph) {
  Function f{"f", {}, {apply("exp", {parameter(DType::F32, {2})})}};
  EXPECT_THROW(f.hash(), InternalError);
}

TEST(Rebuild, KeepsWhatDoesNotChange) {
  Function f = layer();
  Function g = rebuild(f, [](const Node&, std::span<const Value>) { return Values(); });
  EXPECT_EQ(g.results[0], f.results[0]);
  EXPECT_EQ(g.parameters[0], f.parameters[0]);
}

TEST(Rebuild, ReplacesAndRebuildsUsers) {
  Function f = layer();
  Function g = rebuild(f, [](const Node& n, std::span<const Value> args) -> Values {
    if (n.op().name() == "relu") return {apply("tanh", {args[0]})};
    return {};
  });
  EXPECT_EQ(g.results[0].node()->op().name(), "add");
  EXPECT_EQ(g.results[0].node()->args()[0].node()->op().name(), "tanh");
  EXPECT_EQ(f.results[0].node()->args()[0].node()->op().name(), "relu");
}

TEST(Rebuild, RefusesAnotherType) {
  EXPECT_THROW(rebuild(layer(), [](const Node&, std::span<const Value>) { return Values{leaf({1}, {1})}; }),
               InternalError);
}

TEST(Rebuild, SettledParametersBecomeParameters) {
  Value w = leaf({1, 2}, {2});
  Function g = rebuild({"f", {w}, {apply("exp", {w})}}, {});
  EXPECT_TRUE(g.parameters[0].node()->is_parameter());
  EXPECT_EQ(g.results[0].node()->args()[0], g.parameters[0]);
}

TEST(InlineCall, ReplacesParameters) {
  Function f = layer();
  Value a = leaf({1, 2, 3, 4, 5, 6}, {2, 3}), b = parameter(DType::F32, {3, 4}), c = parameter(DType::F32, {4});
  std::vector<Value> args{a, b, c};
  std::vector<Value> results = inline_call(f, args);
  Function g{"g", {b, c}, results}, direct{"d", {b, c}, {apply("add", {apply("relu", {apply("matmul", {a, b})}), c})}};
  EXPECT_TRUE(structurally_equal(g, direct));
}

TEST(InlineCall, ChecksArguments) {
  Function f = layer();
  std::vector<Value> few{f.parameters[0]}, wrong{f.parameters[0], f.parameters[0], f.parameters[2]};
  EXPECT_THROW(inline_call(f, few), Error);
  try {
    inline_call(f, wrong);
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "argument 1 of function layer is f32[2,3], expected f32[3,4]");
  }
}

TEST(Op, EqualsByNameAndFields) {
  auto sum = [](Ints axes) { return find_op("sum")->make({{"axes", axes}}); };
  EXPECT_TRUE(sum({0})->equals(*sum({0})));
  EXPECT_FALSE(sum({0})->equals(*sum({1})));
  EXPECT_FALSE(sum({0})->equals(*find_op("max")->make({{"axes", Ints{0}}})));
  EXPECT_EQ(sum({0})->hash(), sum({0})->hash());
}

TEST(Op, UnknownAndMistypedAttributesAreErrors) {
  auto message = [](const AttributeMap& attributes) -> std::string {
    try {
      find_op("sum")->make(attributes);
      return "";
    } catch (const Error& e) {
      return e.what();
    }
  };
  EXPECT_EQ(message({{"axis", i64(1)}}), "sum: unknown attribute axis; it has axes, keep_dims");
  EXPECT_EQ(message({{"keep_dims", i64(1)}}), "sum: attribute keep_dims is an integer, expected a truth value");
}

TEST(Op, NamesAreFound) {
  for (const OpInfo* info : all_ops()) EXPECT_EQ(find_op(info->name), info);
  EXPECT_EQ(find_op("no such operator"), nullptr);
}

TEST(Op, AMissingMemberIsOurMistake) {
  OpRef exp = find_op("exp")->make({});
  EXPECT_THROW(exp->evaluate({}, {}), InternalError);
  EXPECT_FALSE(exp->has_evaluate());
}

}  // namespace
}  // namespace tenon
