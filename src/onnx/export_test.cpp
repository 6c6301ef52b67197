// Functions that go out and come in again give what the interpreter says; libonnx's checker accepts what is written.
#include "onnx/export.h"

#include <gmock/gmock.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "base/error_of.h"
#include "base/test_folder.h"
#include "interpret/interpret.h"
#include "onnx/session.h"
#include "onnx/testing.h"
#include "op/functions.h"
#include "op/sample_data.h"

namespace tenon::onnx {
namespace {

using testing::difference;
using ::testing::HasSubstr;

Model read_back(const pb::ModelProto& proto) { return Model::parse(proto.SerializeAsString()); }

/// For tools/check_exports, which asks ONNX Runtime: as ONNX's cases are laid out.
void keep(const pb::ModelProto& proto, const std::vector<Array>& in, const std::vector<Array>& expected) {
  const char* folder = std::getenv("TENON_ONNX_EXPORTS");
  const auto dense = [](const Array& a) { return a.is_dense(); };
  if (folder == nullptr || !std::ranges::all_of(in, dense) || !std::ranges::all_of(expected, dense)) return;
  static int count = 0;
  const std::string data = fmt::format("{}/case_{}/test_data_set_0", folder, count++);
  testing::fs::create_directories(data);
  write_model(data + "/../model.onnx", proto);
  const auto write = [&](const char* kind, const std::vector<Array>& arrays) {
    for (std::size_t k = 0; k < arrays.size(); ++k)
      write_file_atomically(fmt::format("{}/{}_{}.pb", data, kind, k), proto_of(arrays[k], "").SerializeAsString());
  };
  write("input", in);
  write("output", expected);
}

/// Of what is refused, beside the models.
void keep_refusal(const Sample& sample, i64 opset, const std::string& why) {
  const char* folder = std::getenv("TENON_ONNX_EXPORTS");
  if (folder == nullptr) return;
  std::ofstream(fmt::format("{}/refused.txt", folder), std::ios::app)
      << fmt::format("{} {}: {}\n", opset, describe(sample), why);
}

/// The structure, and the element types and extents of every node, as far as libonnx knows the opset.
void check(const pb::ModelProto& proto, i64 opset) {
  if (opset > 17) return;
  ::onnx::checker::check_model(proto);
  pb::ModelProto inferred = proto;
  ::onnx::shape_inference::InferShapes(inferred, ::onnx::OpSchemaRegistry::Instance(), {true, 1, false});
}

/// Nothing where ONNX has no counterpart.
std::optional<std::string> trip_of(const Sample& sample, i64 opset) {
  const Function f = sample_function(sample);
  pb::ModelProto proto;
  try {
    proto = export_model(f, {opset});
  } catch (const Error& e) {
    keep_refusal(sample, opset, e.what());
    return {};
  }
  try {
    check(proto, opset);
    const std::vector<Array> in = sample_data(sample.inputs, 7), expected = interpret(f, in);
    keep(proto, in, expected);
    const std::vector<Array> got = interpret(Session(read_back(proto)).function_for(in), in);
    for (std::size_t k = 0; k < got.size(); ++k) {
      // What is written in several steps is rounded after each, which cancels to anything in 16 or 8 bits.
      const bool coarse = is_float(expected[k].dtype()) && bits_of(expected[k].dtype()) < 32;
      if (std::string d = difference(got[k], expected[k], !coarse); !d.empty()) return d;
    }
    return "";
  } catch (const std::exception& e) {
    return e.what();
  }
}

class ExportOf : public ::testing::TestWithParam<i64> {};

TEST_P(ExportOf, EveryOperatorWithACounterpartComesBackTheSame) {
  std::set<std::string_view> written;
  for (const OpInfo* info : all_ops()) {
    constexpr std::string_view kNotCompared[] = {"begin", "host_effect", "print"};
    if (info->traits.random || std::ranges::find(kNotCompared, info->name) != std::end(kNotCompared)) continue;
    for (const Sample& s : info->samples()) {
      const auto outcome = trip_of(s, GetParam());
      if (!outcome) continue;
      written.insert(info->name);
      EXPECT_EQ(*outcome, "") << describe(s);
    }
  }
  EXPECT_GE(written.size(), 160u);
}

INSTANTIATE_TEST_SUITE_P(Opsets, ExportOf, ::testing::Values(13, 17, 23));

/// Random numbers, branches, loops, effects.
TEST(ExportOfOthers, IsAModelOrAnErrorThatNamesAnOperator) {
  for (const OpInfo* info : all_ops()) {
    if (!info->traits.random && !info->traits.host) continue;
    for (const Sample& s : info->samples()) {
      try {
        check(export_model(sample_function(s)), 17);
      } catch (const Error& e) {
        EXPECT_THAT(e.what(), ::testing::StartsWith("export of ")) << describe(s);
      } catch (const std::exception& e) {
        ADD_FAILURE() << describe(s) << ": " << e.what();
      }
    }
  }
}

Value weight(const Shape& shape, int seed) {
  return constant<Value>(sample_data(std::vector<SampleInput>{{{DType::F32, shape}, -0.5, 0.5}}, seed)[0]);
}

Function small_convolutional_network(const Value& x) {  // [batch, 3, 16, 16]
  const Value a = relu(conv(x, weight({8, 3, 3, 3}, 1), weight({8}, 2), {.pads_begin = {1, 1}, .pads_end = {1, 1}}));
  const Value b = max_pool(a, {.size = {2, 2}, .stride = {2, 2}});
  const Value c = silu(conv(b, weight({8, 1, 3, 3}, 3), weight({8}, 4), {.groups = 8}));
  return {"convolutions", {x}, {softmax(linear(mean(c, {2, 3}), weight({5, 8}, 5), weight({5}, 6)))}};
}

/// Two heads of 4 features over 6 positions.
Function transformer_block(const Value& x) {  // [batch, 6, 8]
  const Dim batch = x.shape()[0];
  const auto heads = [&](int seed) {
    return transpose(reshape(linear(x, weight({8, 8}, seed), weight({8}, seed + 1)), {batch, 6, 2, 4}), {0, 2, 1, 3});
  };
  const Value seen = transpose(attention(heads(1), heads(3), heads(5), true), {0, 2, 1, 3});
  const Value y =
      layer_norm(x + linear(reshape(seen, {batch, 6, 8}), weight({8, 8}, 7)), weight({8}, 8), weight({8}, 9));
  const Value wide = gelu(linear(y, weight({32, 8}, 10), weight({32}, 11)));
  return {"transformer", {x}, {y + linear(wide, weight({8, 32}, 12), weight({8}, 13))}};
}

Function recurrent_network(const Value& x) {  // [batch, 7, 4]
  Lstm options;
  options.batch_first = true;
  options.direction = "bidirectional";
  const std::vector<Value> out =
      lstm<Value>({x, weight({2, 20, 4}, 1), weight({2, 20, 5}, 2), weight({2, 40}, 3), {}, {}, {}, {}}, options);
  return {"recurrent", {x}, {out[0], out[1]}};
}

struct Network {
  Function (*make)(const Value& x);
  Shape sample;  ///< without the batch
};

TEST(ExportOfNetworks, OneModelServesAnyBatch) {
  const Network networks[] = {
      {small_convolutional_network, {3, 16, 16}}, {transformer_block, {6, 8}}, {recurrent_network, {7, 4}}};
  for (const Network& network : networks) {
    const auto with_batch = [&](const Dim& batch) {
      Shape shape = network.sample;
      shape.insert(shape.begin(), batch);
      return Type{DType::F32, shape};
    };
    const Function f = network.make(Value(Node::parameter(with_batch(Dim::symbol("batch")), "x"), 0));
    for (const i64 opset : {13, 17, 21, 23}) {
      SCOPED_TRACE(fmt::format("{}, opset {}", f.name, opset));
      const pb::ModelProto proto = export_model(f, {.opset = opset});
      check(proto, opset);
      const Session session(read_back(proto));
      for (const i64 batch : {1, 7, 64}) {
        const std::vector<Array> in = sample_data(std::vector<SampleInput>{{with_batch(batch)}}, 7);
        const std::vector<Array> expected = interpret(with_values(f, {{"batch", batch}}), in), got = session.run(in);
        keep(proto, in, expected);
        for (std::size_t k = 0; k < got.size(); ++k)
          for (i64 j = 0; j < got[k].count(); ++j)
            ASSERT_NEAR(got[k].at(j).as_double(), expected[k].at(j).as_double(), 1e-5) << "sums in another order";
      }
    }
  }
}

std::vector<std::string> operators_of(const pb::ModelProto& model) {
  std::vector<std::string> ops;
  for (const pb::NodeProto& n : model.graph().node()) ops.push_back(n.op_type());
  return ops;
}

std::vector<std::string> operators_of(DType t, Value (*f)(const Value&), i64 opset = 17) {
  const Value x(Node::parameter({t, {4}}, "x"), 0);
  const pb::ModelProto model = export_model({"main", {x}, {f(x)}}, {opset});
  check(model, opset);
  return operators_of(model);
}

TEST(Export, RoundsSixteenBitsOnce) {
  const std::vector<std::string> ops = operators_of(DType::BF16, [](const Value& x) { return log1p(x); });
  EXPECT_THAT(ops, ::testing::ElementsAre("Cast", "Add", "Log", "Cast", "Identity"));
}

TEST(Export, CastsIntegersThatAnOperatorDoesNotTake) {
  const auto doubled = [](const Value& x) { return x + x; };
  EXPECT_THAT(operators_of(DType::I8, doubled, 13), ::testing::ElementsAre("Cast", "Add", "Cast", "Identity"));
  EXPECT_THAT(operators_of(DType::I8, doubled, 17), ::testing::ElementsAre("Add", "Identity"));
}

TEST(Export, ClampsBeforeCastsWhoseResultONNXLeavesOpen) {
  const auto to_i8 = [](const Value& x) { return cast(x, DType::I8); };
  EXPECT_THAT(operators_of(DType::F32, to_i8), ::testing::Contains("Clip"));
  EXPECT_THAT(operators_of(DType::I32, to_i8), ::testing::ElementsAre("Cast", "Identity")) << "those wrap around";
}

TEST(Export, KeepsOpenExtents) {
  const Value x(Node::parameter({DType::F32, {Dim::symbol("batch"), 6}}, "x"), 0);
  const Value y = softmax(reshape(relu(x), {Dim::symbol("batch"), 2, 3}));
  const Model m = read_back(export_model({"main", {x}, {y}}));
  EXPECT_EQ(to_text(m.inputs()[0].type), "float[batch,6]");
  EXPECT_EQ(to_text(m.outputs()[0].type), "float[batch,2,3]");
  const Session session{Model(m)};
  for (const i64 batch : {1, 5})
    EXPECT_EQ(session.run(std::vector{Array::full({DType::F32, {batch, 6}}, 1.0)})[0].dim(0), batch);
}

/// x weight + bias, of which the weight is large and the bias small, and a constant.
struct Layer {
  Value x = Value(Node::parameter({DType::F32, {Dim::symbol("batch"), 30}}, "x"), 0);
  Value weight = Value(Node::parameter({DType::F32, {30, 20}}, "layer.weight"), 0);
  Value bias = Value(Node::parameter({DType::F32, {20}}, "layer.bias"), 0);
  Function f{
      "layer", {x, weight, bias}, {matmul(x, weight) + bias * constant<Value>(Array::full({DType::F32, {20}}, 2))}};
  ExportOptions options = {.weights = {{"layer.weight", Array::full({DType::F32, {30, 20}}, 0.5)},
                                       {"layer.bias", Array::full({DType::F32, {20}}, 3)}},
                           .outputs = {"scores"}};
  /// What it makes of ones.
  static double result(const Session& session) {
    return session.run({{"x", Array::full({DType::F32, {2, 30}}, 1)}})[0].at(39).as_double();
  }
};

TEST(Export, WeightsAndOutputsKeepTheirNames) {
  const Layer layer;
  const pb::ModelProto model = export_model(layer.f, layer.options);
  check(model, 17);
  std::set<std::string> names;
  for (const pb::TensorProto& t : model.graph().initializer()) names.insert(t.name());
  EXPECT_THAT(names, ::testing::IsSupersetOf({"layer.weight", "layer.bias"}));
  ASSERT_EQ(model.graph().input_size(), 1);
  EXPECT_EQ(model.graph().input(0).name(), "x");
  EXPECT_EQ(model.graph().output(0).name(), "scores");
  EXPECT_EQ(Layer::result(Session(read_back(model))), 21) << "30 / 2 + 2 * 3";
  ExportOptions wrong = layer.options;
  wrong.outputs = {"x"};
  EXPECT_THAT(error_of([&] { export_model(layer.f, wrong); }), HasSubstr("an output is called 'x'"));
  wrong = layer.options;
  wrong.weights["layer.bias"] = Array::full({DType::F32, {4}}, 3);
  EXPECT_THAT(error_of([&] { export_model(layer.f, wrong); }), HasSubstr("weight layer.bias is f32[4]"));
}

TEST(Export, PutsWeightsBesideTheModel) {
  const TestFolder folder;
  const std::string path = folder / "layer.onnx";
  const Layer layer;
  EXPECT_FALSE(export_to(path, layer.f, layer.options));
  EXPECT_FALSE(testing::fs::exists(external_path(path)));
  EXPECT_EQ(Layer::result(Session::load(path)), 21);
  EXPECT_TRUE(export_to(path, layer.f, layer.options, ExternalData::Always));
  EXPECT_EQ(testing::fs::file_size(external_path(path)), 30 * 20 * sizeof(float)) << "the small ones stay inside";
  EXPECT_EQ(Layer::result(Session::load(path)), 21);
  ::onnx::checker::check_model(path);
}

TEST(Export, LeavesNoModelWithoutItsWeights) {
  const TestFolder folder;
  const std::string path = folder / "layer.onnx";
  const Layer layer;
  testing::fs::create_directory(external_path(path));  // in the way
  EXPECT_THAT(error_of([&] { export_to(path, layer.f, layer.options, ExternalData::Always); }),
              HasSubstr("layer.onnx.data"));
  EXPECT_FALSE(testing::fs::exists(path));
}

TEST(Export, NamesWhatOnnxLacks) {
  const Value x(Node::parameter({DType::F32, {4, 4}}, "x"), 0);
  const auto attempt = [](const Value& p, const Value& r) {
    return error_of([&] { export_model({"main", {p}, {r}}); });
  };
  EXPECT_THAT(attempt(x, cholesky(x)), HasSubstr("export of cholesky: ONNX has no counterpart"));
  EXPECT_THAT(error_of([&] { export_model({"main", {x}, {x}}, {7}); }), HasSubstr("13 to"));
  const Value image(Node::parameter({DType::I64, {1, 2, 4, 4}}, "image"), 0);
  const Value filter(Node::parameter({DType::I64, {2, 2, 3, 3}}, "filter"), 0);
  EXPECT_THAT(error_of([&] { export_model({"main", {image, filter}, {conv(image, filter)}}); }),
              HasSubstr("export of conv: ONNX's Conv does not take i64 in opset 17"));
}

}  // namespace
}  // namespace tenon::onnx
