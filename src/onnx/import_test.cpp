// Versions and forms of operators beyond ONNX's own cases: testdata/cases, which tools/golden/make_onnx_cases.py writes
// with ONNX Runtime, and with the reference evaluator of the onnx package for element types that NumPy lacks.
#include <gtest/gtest.h>

#include "onnx/export.h"
#include "onnx/import.h"
#include "onnx/testing.h"

namespace tenon::onnx {
namespace {

using namespace testing;

TEST(Import, GivesWhatOnnxRuntimeGives) {
  const fs::path folder = TENON_SOURCE_DIR "/src/onnx/testdata/cases";
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const Outcome o = run_case(entry.path().string());
    EXPECT_EQ(o.kind, Outcome::Kind::Passed) << entry.path().filename() << ": " << o.why;
    ++count;
  }
  EXPECT_GE(count, 87u);
}

/// y = Expand(x, s) where s comes from a long chain of nodes behind a constant.
TEST(Import, ValuesAreFoundBehindAnyNumberOfNodes) {
  pb::ModelProto m;
  m.set_ir_version(9);
  m.add_opset_import()->set_version(18);
  pb::GraphProto& g = *m.mutable_graph();
  g.set_name("chain");
  auto port = [](pb::ValueInfoProto& v, const std::string& name) {
    v.set_name(name);
    v.mutable_type()->mutable_tensor_type()->set_elem_type(pb::TensorProto::FLOAT);
    v.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(1);
  };
  port(*g.add_input(), "x");
  port(*g.add_output(), "y");
  *g.add_initializer() = proto_of(Array::from<std::int64_t>({3}, {1}), "s0");
  constexpr int kLong = 20000;
  for (int k = 0; k <= kLong; ++k) {
    pb::NodeProto& n = *g.add_node();
    n.set_op_type(k < kLong ? "Neg" : "Expand");
    if (k == kLong) n.add_input("x");
    n.add_input(fmt::format("s{}", k));
    n.add_output(k < kLong ? fmt::format("s{}", k + 1) : "y");
  }
  g.mutable_output(0)->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(0)->set_dim_value(3);
  const Session session(Model::parse(m.SerializeAsString()));
  const std::vector<Array> y = session.run(std::vector<Array>{Array::from<float>({2.5f}, {1})});
  ASSERT_EQ(y[0].shape(), Shape{3});
  EXPECT_EQ(y[0].at(2).f, 2.5);
}

/// y = Gather(x, [-1, 0, -3]) of f32[3,2]: what is known is no arithmetic, which can be written again.
TEST(Import, KnownPositionsAreCountedFromTheFront) {
  pb::ModelProto m;
  m.set_ir_version(9);
  m.add_opset_import()->set_version(18);
  pb::GraphProto& g = *m.mutable_graph();
  g.set_name("gather");
  for (pb::ValueInfoProto* v : {g.add_input(), g.add_output()}) *v->mutable_type() = proto_of(Type{DType::F32, {3, 2}});
  g.mutable_input(0)->set_name("x"), g.mutable_output(0)->set_name("y");
  *g.add_initializer() = proto_of(Array::from<std::int64_t>({-1, 0, -3}, {3}), "ids");
  pb::NodeProto& n = *g.add_node();
  n.set_op_type("Gather");
  n.add_input("x"), n.add_input("ids"), n.add_output("y");
  const Function f = import_function(Model::parse(m.SerializeAsString()));
  const Session again(Model::parse(export_model(f).SerializeAsString()));
  const Array y = again.run(std::vector<Array>{Array::from<float>({0, 1, 2, 3, 4, 5}, {3, 2})})[0];
  const std::vector<double> expected{4, 5, 0, 1, 0, 1};
  for (i64 k = 0; k < 6; ++k) EXPECT_EQ(y.at(k).as_double(), expected[static_cast<std::size_t>(k)]);
}

}  // namespace
}  // namespace tenon::onnx
