// Networks' operators as ONNX Runtime computes them: testdata/nets, which tools/golden/make_onnx_nets.py writes. They
// are of versions and attributes that ONNX's own cases do not have.
#include <gtest/gtest.h>

#include "onnx/testing.h"

namespace tenon::onnx {
namespace {

using namespace testing;

/// How far f32 results may be apart that are computed in another order.
constexpr double kTolerance = 2e-5;

bool agrees(const Array& got, const Array& expected) {
  if (!(got.type() == expected.type())) return false;
  for (i64 k = 0; k < got.count(); ++k) {
    const double a = got.at(k).as_double(), b = expected.at(k).as_double();
    if (a == b) continue;  // infinity, too
    if (!is_float(got.dtype()) || !(std::fabs(a - b) <= kTolerance * std::max(1.0, std::fabs(b)))) return false;
  }
  return true;
}

/// A model whose inputs have values, and what its outputs are expected to be.
struct Golden {
  std::string model;
  std::map<std::string, Array> inputs, outputs;
};

Golden read_golden(const std::string& path) {
  pb::ModelProto file;
  require(file.ParseFromString(read_file(path)), "{}: no model", path);
  pb::GraphProto& graph = *file.mutable_graph();
  const pb::GraphProto given = graph;
  graph.clear_initializer();
  Golden g;
  constexpr std::string_view kExpected = "expected/";
  for (const pb::TensorProto& t : given.initializer()) {
    const bool is_input =
        std::ranges::any_of(given.input(), [&](const pb::ValueInfoProto& v) { return v.name() == t.name(); });
    if (t.name().starts_with(kExpected))
      g.outputs.emplace(t.name().substr(kExpected.size()), array_of(t, "", path));
    else if (is_input)
      g.inputs.emplace(t.name(), array_of(t, "", path));
    else
      *graph.add_initializer() = t;
  }
  g.model = file.SerializeAsString();
  return g;
}

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(TENON_SOURCE_DIR "/src/onnx/testdata/nets"))
    names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

class Nets : public ::testing::TestWithParam<std::string> {};

TEST_P(Nets, AgreeWithOnnxRuntime) {
  const Golden g = read_golden(fmt::format("{}/src/onnx/testdata/nets/{}.onnx", TENON_SOURCE_DIR, GetParam()));
  const Session session(Model::parse(g.model));
  const std::vector<Array> got = session.run(g.inputs);
  ASSERT_EQ(got.size(), g.outputs.size());
  for (std::size_t k = 0; k < got.size(); ++k) {
    const std::string& name = session.outputs()[k].name;
    EXPECT_TRUE(agrees(got[k], g.outputs.at(name))) << name << ": " << difference(got[k], g.outputs.at(name));
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, Nets, ::testing::ValuesIn(golden_names()), [](const auto& p) { return p.param; });

}  // namespace
}  // namespace tenon::onnx
