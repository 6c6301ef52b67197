// What a session makes a function for: any inputs, where that is possible, else their extents, and values only where
// nothing else does.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error_of.h"
#include "ir/text.h"
#include "onnx/session.h"
#include "onnx/tensors.h"

namespace tenon::onnx {
namespace {

const Type kCount{DType::I64, {}}, kTruth{DType::Bool, {}};

void add_port(pb::ValueInfoProto& v, const std::string& name, const Type& t) {
  v.set_name(name);
  *v.mutable_type() = proto_of(t);
}
pb::NodeProto& add_node(pb::GraphProto& g, const std::string& op, const std::vector<std::string>& in,
                        const std::string& out) {
  pb::NodeProto& n = *g.add_node();
  n.set_op_type(op);
  for (const std::string& name : in) n.add_input(name);
  n.add_output(out);
  return n;
}

/// y = x · w^times, by a loop; x has open extents, w is twice the unit matrix of 4 rows.
pb::ModelProto powers() {
  pb::ModelProto m;
  m.set_ir_version(8);
  m.add_opset_import()->set_version(17);
  pb::GraphProto& g = *m.mutable_graph();
  g.set_name("powers");
  const Type open{DType::F32, {Dim::symbol("rows"), Dim::symbol("columns")}};
  add_port(*g.add_input(), "times", kCount);
  add_port(*g.add_input(), "x", open);
  add_port(*g.add_output(), "y", open);
  Array w = Array::full({DType::F32, {4, 4}}, 0.0);
  for (i64 k = 0; k < 4; ++k) w.set(5 * k, 2.0);
  *g.add_initializer() = proto_of(w, "w");
  pb::NodeProto& loop = add_node(g, "Loop", {"times", "", "x"}, "y");
  pb::AttributeProto& a = *loop.add_attribute();
  a.set_name("body");
  a.set_type(pb::AttributeProto::GRAPH);
  pb::GraphProto& body = *a.mutable_g();
  body.set_name("step");
  add_port(*body.add_input(), "k", kCount);
  add_port(*body.add_input(), "goes_on", kTruth);
  add_port(*body.add_input(), "v", open);
  add_port(*body.add_output(), "still", kTruth);
  add_port(*body.add_output(), "next", open);
  add_node(body, "Identity", {"goes_on"}, "still");
  add_node(body, "MatMul", {"v", "w"}, "next");
  return m;
}

std::vector<Array> inputs_of(i64 times, const Shape& shape) {
  return {Array::scalar(Number::of_int(times), DType::I64), Array::full({DType::F32, shape}, 1.5)};
}

// Columns that are known to be 4 are all that the product needs: one function serves any number of steps.
TEST(Specialisation, ByExtentsWhereTheseDo) {
  const Session session(Model::parse(powers().SerializeAsString()));
  for (const i64 times : {3, 5, 0}) {
    const Array y = session.run(inputs_of(times, {2, 4}))[0];
    EXPECT_EQ(y.shape(), (Shape{2, 4}));
    EXPECT_EQ(y.at(7).as_double(), std::ldexp(1.5, static_cast<int>(times)));
  }
  const Function three = session.function_for(inputs_of(3, {2, 4})), five = session.function_for(inputs_of(5, {2, 4}));
  EXPECT_TRUE(structurally_equal(three, five)) << to_text(three) << to_text(five);
}

// Values that were asked for in vain are not asked for again where others fit.
TEST(Specialisation, AnAttemptThatFailsLeavesNothingBehind) {
  const Session session(Model::parse(powers().SerializeAsString()));
  EXPECT_NE(error_of([&] { session.run(inputs_of(3, {2, 5})); }), "");
  const Function three = session.function_for(inputs_of(3, {2, 4})), five = session.function_for(inputs_of(5, {2, 4}));
  EXPECT_TRUE(structurally_equal(three, five)) << to_text(three) << to_text(five);
  EXPECT_EQ(session.run(inputs_of(6, {1, 4}))[0].at(0).as_double(), 96);
}

}  // namespace
}  // namespace tenon::onnx
