// Shapes of convolutional networks, as their papers give them.
#include <cmath>

#include "onnx/networks.h"

namespace tenon::bench {

namespace {

using std::string;
using std::vector;

struct Conv {
  i64 in, out, kernel = 1, stride = 1, groups = 1;
  bool bias = true;
};

string conv(GraphMaker& g, const string& x, const Conv& c) {
  const i64 summands = c.in / c.groups * c.kernel * c.kernel, pad = (c.kernel - 1) / 2;
  vector<string> inputs{
      x, g.weight({c.out, c.in / c.groups, c.kernel, c.kernel}, std::sqrt(3.0 / static_cast<double>(summands)))};
  if (c.bias) inputs.push_back(g.weight({c.out}, 0.1));
  return g.node("Conv", inputs,
                {{"kernel_shape", vector<i64>{c.kernel, c.kernel}},
                 {"strides", vector<i64>{c.stride, c.stride}},
                 {"pads", vector<i64>{pad, pad, pad, pad}},
                 {"group", c.groups}});
}

string relu(GraphMaker& g, const string& x) { return g.node("Relu", {x}); }
string conv_relu(GraphMaker& g, const string& x, const Conv& c) { return relu(g, conv(g, x, c)); }

string pool(GraphMaker& g, const string& kind, const string& x, i64 kernel, i64 stride, i64 pad) {
  return g.node(kind, {x},
                {{"kernel_shape", vector<i64>{kernel, kernel}},
                 {"strides", vector<i64>{stride, stride}},
                 {"pads", vector<i64>{pad, pad, pad, pad}}});
}

string image(GraphMaker& g) { return g.input("image", {1, 3, 224, 224}); }

void classify(GraphMaker& g, const string& x, i64 channels) {
  const string features = g.node("Flatten", {g.node("GlobalAveragePool", {x})}, {{"axis", i64{1}}});
  g.output(g.node(
      "Gemm",
      {features, g.weight({1000, channels}, std::sqrt(3.0 / static_cast<double>(channels))), g.weight({1000}, 0.1)},
      {{"transB", i64{1}}}));
}

/// Batch normalisation and rectifier.
string normalised(GraphMaker& g, const string& x, i64 channels) {
  return relu(g, g.node("BatchNormalization",
                        {x, g.positive_weight({channels}), g.weight({channels}, 0.1), g.weight({channels}, 0.1),
                         g.positive_weight({channels})},
                        {{"epsilon", 1e-5F}}));
}

string clipped(GraphMaker& g, const string& x) { return g.node("Clip", {x, g.scalar(0.0F), g.scalar(6.0F)}); }

/// Expands, filters each channel, projects.
string inverted_residual(GraphMaker& g, const string& x, i64 in, i64 out, i64 expansion, i64 stride) {
  const i64 inner = in * expansion;
  string y = expansion == 1 ? x : clipped(g, conv(g, x, {in, inner}));
  y = clipped(g, conv(g, y, {inner, inner, 3, stride, inner}));
  y = conv(g, y, {inner, out});
  return stride == 1 && in == out ? g.node("Add", {x, y}) : y;
}

string shuffled(GraphMaker& g, const string& x, i64 channels, i64 side) {
  const string split = g.node("Reshape", {x, g.constant({1, 2, channels / 2, side, side})});
  const string swapped = g.node("Transpose", {split}, {{"perm", vector<i64>{0, 2, 1, 3, 4}}});
  return g.node("Reshape", {swapped, g.constant({1, channels, side, side})});
}

string shuffle_unit(GraphMaker& g, const string& x, i64 channels, i64 side) {
  const i64 half = channels / 2;
  const auto halves = g.node_of("Split", {x, g.constant({half, half})}, 2, {{"axis", i64{1}}});
  string y = conv_relu(g, halves[1], {half, half});
  y = conv_relu(g, conv(g, y, {half, half, 3, 1, half}), {half, half});
  return shuffled(g, g.node("Concat", {halves[0], y}, {{"axis", i64{1}}}), channels, side);
}

/// Halves the side.
string shuffle_reduction(GraphMaker& g, const string& x, i64 in, i64 out, i64 side) {
  const i64 half = out / 2;
  const string left = conv_relu(g, conv(g, x, {in, in, 3, 2, in}), {in, half});
  string right = conv_relu(g, x, {in, half});
  right = conv_relu(g, conv(g, right, {half, half, 3, 2, half}), {half, half});
  return shuffled(g, g.node("Concat", {left, right}, {{"axis", i64{1}}}), out, side / 2);
}

struct Inception {
  i64 in, one, three_in, three, five_in, five, pooled;
  i64 out() const { return one + three + five + pooled; }
};

string inception(GraphMaker& g, const string& x, const Inception& b) {
  const string one = conv_relu(g, x, {b.in, b.one});
  const string three = conv_relu(g, conv_relu(g, x, {b.in, b.three_in}), {b.three_in, b.three, 3});
  const string five = conv_relu(g, conv_relu(g, x, {b.in, b.five_in}), {b.five_in, b.five, 5});
  const string pooled = conv_relu(g, pool(g, "MaxPool", x, 3, 1, 1), {b.in, b.pooled});
  return g.node("Concat", {one, three, five, pooled}, {{"axis", i64{1}}});
}

string local_response(GraphMaker& g, const string& x) {
  return g.node("LRN", {x}, {{"size", i64{5}}, {"alpha", 1e-4F}, {"beta", 0.75F}, {"bias", 1.0F}});
}

}  // namespace

void resnet50(GraphMaker& g) {
  string x = pool(g, "MaxPool", conv_relu(g, image(g), {3, 64, 7, 2}), 3, 2, 1);
  i64 in = 64;
  const int blocks[] = {3, 4, 6, 3};
  for (int stage = 0; stage < 4; ++stage) {
    const i64 inner = i64{64} << stage, out = 4 * inner;
    for (int block = 0; block < blocks[stage]; ++block) {
      const i64 stride = stage > 0 && block == 0 ? 2 : 1;
      string y = conv_relu(g, x, {in, inner});
      y = conv(g, conv_relu(g, y, {inner, inner, 3, stride}), {inner, out});
      const string shortcut = block == 0 ? conv(g, x, {in, out, 1, stride}) : x;
      x = relu(g, g.node("Add", {y, shortcut}));
      in = out;
    }
  }
  classify(g, x, in);
}

void mobilenet_v2(GraphMaker& g) {
  struct Stage {
    i64 expansion, out;
    int blocks;
    i64 stride;
  };
  string x = clipped(g, conv(g, image(g), {3, 32, 3, 2}));
  i64 in = 32;
  for (const Stage& s :
       {Stage{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}})
    for (int block = 0; block < s.blocks; ++block) {
      x = inverted_residual(g, x, in, s.out, s.expansion, block == 0 ? s.stride : 1);
      in = s.out;
    }
  classify(g, clipped(g, conv(g, x, {in, 1280})), 1280);
}

void densenet121(GraphMaker& g) {
  constexpr i64 kGrowth = 32;
  const string stem = normalised(g, conv(g, image(g), {3, 64, 7, 2, 1, false}), 64);
  string x = pool(g, "MaxPool", stem, 3, 2, 1);
  i64 channels = 64;
  const int layers[] = {6, 12, 24, 16};
  for (int block = 0; block < 4; ++block) {
    for (int layer = 0; layer < layers[block]; ++layer) {
      string y = conv(g, normalised(g, x, channels), {channels, 4 * kGrowth, 1, 1, 1, false});
      y = conv(g, normalised(g, y, 4 * kGrowth), {4 * kGrowth, kGrowth, 3, 1, 1, false});
      x = g.node("Concat", {x, y}, {{"axis", i64{1}}});
      channels += kGrowth;
    }
    x = normalised(g, x, channels);
    if (block == 3) break;
    x = pool(g, "AveragePool", conv(g, x, {channels, channels / 2, 1, 1, 1, false}), 2, 2, 0);
    channels /= 2;
  }
  classify(g, x, channels);
}

void shufflenet_v2(GraphMaker& g) {
  string x = pool(g, "MaxPool", conv_relu(g, image(g), {3, 24, 3, 2}), 3, 2, 1);
  i64 in = 24, side = 56, out = 116;
  for (const int units : {3, 7, 3}) {
    x = shuffle_reduction(g, x, in, out, side);
    side /= 2;
    for (int unit = 0; unit < units; ++unit) x = shuffle_unit(g, x, out, side);
    in = out;
    out *= 2;
  }
  classify(g, conv_relu(g, x, {in, 1024}), 1024);
}

void inception_v1(GraphMaker& g) {
  const auto halve = [&](const string& x) { return pool(g, "MaxPool", x, 3, 2, 1); };
  string x = local_response(g, halve(conv_relu(g, image(g), {3, 64, 7, 2})));
  x = halve(local_response(g, conv_relu(g, conv_relu(g, x, {64, 64}), {64, 192, 3})));
  x = inception(g, x, {192, 64, 96, 128, 16, 32, 32});
  x = halve(inception(g, x, {256, 128, 128, 192, 32, 96, 64}));
  for (const Inception& b : {Inception{480, 192, 96, 208, 16, 48, 64},
                             {512, 160, 112, 224, 24, 64, 64},
                             {512, 128, 128, 256, 24, 64, 64},
                             {512, 112, 144, 288, 32, 64, 64}})
    x = inception(g, x, b);
  x = halve(inception(g, x, {528, 256, 160, 320, 32, 128, 128}));
  x = inception(g, x, {832, 256, 160, 320, 32, 128, 128});
  classify(g, inception(g, x, {832, 384, 192, 384, 48, 128, 128}), 1024);
}

}  // namespace tenon::bench
