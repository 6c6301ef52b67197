#include "onnx/networks.h"

#include <cmath>

namespace tenon::bench {

namespace {

using std::string;
using std::vector;

/// Weights that keep the size of what runs through them.
double spread_for(i64 summands) { return std::sqrt(3.0 / static_cast<double>(summands)); }

string dense(GraphMaker& g, const string& x, i64 in, i64 out) {
  return g.node("Gemm", {x, g.weight({out, in}, spread_for(in)), g.weight({out}, 0.1)}, {{"transB", i64{1}}});
}

/// A product and its bias as frameworks write a layer over more than two axes.
string projection(GraphMaker& g, const string& x, i64 in, i64 out) {
  const string product = g.node("MatMul", {x, g.weight({in, out}, spread_for(in))});
  return g.node("Add", {g.weight({out}, 0.1), product});
}

string layer_norm(GraphMaker& g, const string& x, i64 width) {
  return g.node("LayerNormalization", {x, g.positive_weight({width}), g.weight({width}, 0.1)},
                {{"axis", i64{-1}}, {"epsilon", 1e-12F}});
}

string gelu(GraphMaker& g, const string& x) {
  const string e = g.node("Erf", {g.node("Div", {x, g.scalar(std::sqrt(2.0F))})});
  return g.node("Mul", {g.node("Mul", {x, g.node("Add", {e, g.scalar(1.0F)})}), g.scalar(0.5F)});
}

}  // namespace

void tiny(GraphMaker& g) { g.output(g.node("Relu", {dense(g, g.input("x", {1, 8}), 8, 8)})); }

void mlp(GraphMaker& g, i64 rows) {
  string x = g.input("x", {rows, 784});
  i64 width = 784;
  for (int layer = 0; layer < 3; ++layer) {
    x = g.node("Relu", {dense(g, x, width, 1024)});
    width = 1024;
  }
  g.output(g.node("Softmax", {dense(g, x, width, 10)}, {{"axis", i64{-1}}}));
}

void wide_mlp(GraphMaker& g) {
  constexpr i64 kWidth = 1024;
  string x = g.input("x", {1, kWidth});
  for (int layer = 0; layer < 25; ++layer)
    x = g.node("Relu", {g.node("MatMul", {x, g.weight({kWidth, kWidth}, std::sqrt(2.0) * spread_for(kWidth))})});
  g.output(x);
}

void bert_layer(GraphMaker& g) {
  constexpr i64 kTokens = 128, kWidth = 768, kHeads = 12, kHead = kWidth / kHeads, kInner = 3072;
  const string x = g.input("hidden_states", {1, kTokens, kWidth}), mask = g.input("mask", {1, 1, 1, kTokens});
  const auto head = [&](const vector<i64>& order) {
    const string split = g.node("Reshape", {projection(g, x, kWidth, kWidth), g.constant({1, kTokens, kHeads, kHead})});
    return g.node("Transpose", {split}, {{"perm", order}});
  };
  const string query = head({0, 2, 1, 3}), key = head({0, 2, 3, 1}), value = head({0, 2, 1, 3});
  const string scores = g.node("Div", {g.node("MatMul", {query, key}), g.scalar(std::sqrt(static_cast<float>(kHead)))});
  const string weights = g.node("Softmax", {g.node("Add", {scores, mask})}, {{"axis", i64{-1}}});
  const string mixed = g.node("Transpose", {g.node("MatMul", {weights, value})}, {{"perm", vector<i64>{0, 2, 1, 3}}});
  const string joined = g.node("Reshape", {mixed, g.constant({1, kTokens, kWidth})});
  const string attended = layer_norm(g, g.node("Add", {projection(g, joined, kWidth, kWidth), x}), kWidth);
  const string inner = gelu(g, projection(g, attended, kWidth, kInner));
  g.output(layer_norm(g, g.node("Add", {projection(g, inner, kInner, kWidth), attended}), kWidth));
}

void lstm(GraphMaker& g) {
  constexpr i64 kSteps = 64, kWidth = 256;
  string x = g.input("x", {kSteps, 1, kWidth});
  for (int layer = 0; layer < 2; ++layer) {
    const double spread = 1 / std::sqrt(static_cast<double>(kWidth));
    const string y = g.node("LSTM",
                            {x, g.weight({1, 4 * kWidth, kWidth}, spread), g.weight({1, 4 * kWidth, kWidth}, spread),
                             g.weight({1, 8 * kWidth}, spread)},
                            {{"hidden_size", kWidth}});
    x = g.node("Squeeze", {y, g.constant({1})});
  }
  g.output(x);
}

}  // namespace tenon::bench
