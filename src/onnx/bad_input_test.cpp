// Files and inputs that are wrong: each is refused with a text that names the thing.
#include <gmock/gmock.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/error_of.h"
#include "base/test_folder.h"
#include "onnx/report.h"
#include "onnx/session.h"
#include "onnx/tensors.h"
#include "tensor/strings.h"

namespace tenon::onnx {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A model to be spoilt: y = x + w, of f32[n,3].
pb::ModelProto sum() {
  pb::ModelProto m;
  m.set_ir_version(8);
  m.add_opset_import()->set_version(17);
  pb::GraphProto& g = *m.mutable_graph();
  g.set_name("sum");
  for (pb::ValueInfoProto* v : {g.add_input(), g.add_output()})
    *v->mutable_type() = proto_of(Type{DType::F32, {Dim::symbol("n"), 3}});
  g.mutable_input(0)->set_name("x");
  g.mutable_output(0)->set_name("y");
  *g.add_initializer() = proto_of(Array::from<float>({1, 2, 3}, {3}), "w");
  pb::NodeProto& n = *g.add_node();
  n.set_op_type("Add");
  n.set_name("plus");
  n.add_input("x"), n.add_input("w"), n.add_output("y");
  return m;
}
pb::NodeProto& node_of(pb::ModelProto& m) { return *m.mutable_graph()->mutable_node(0); }
pb::TensorProto& weight_of(pb::ModelProto& m) { return *m.mutable_graph()->mutable_initializer(0); }

Model read(const pb::ModelProto& m) { return Model::parse(m.SerializeAsString()); }
std::string refusal(const pb::ModelProto& m) {
  return error_of([&] { import_function(read(m)); });
}

TEST(BadModel, TruncatedAndFlippedBytes) {
  const std::string bytes = sum().SerializeAsString();
  for (std::size_t n = 0; n < bytes.size(); ++n)
    EXPECT_THAT(error_of([&] { import_function(Model::parse(bytes.substr(0, n))); }), HasSubstr("model")) << n;
  for (std::size_t k = 0; k < bytes.size(); ++k)
    for (const int bit : {0, 3, 7}) {
      std::string spoilt = bytes;
      spoilt[k] = static_cast<char>(spoilt[k] ^ (1 << bit));
      try {
        problems_of(Model::parse(spoilt));
      } catch (const Error&) {  // or it was no fault
      }
    }
}

TEST(BadModel, NamesTheNodeAndWhatIsMissing) {
  pb::ModelProto m = sum();
  node_of(m).set_input(1, "nothing");
  EXPECT_THAT(refusal(m),
              AllOf(HasSubstr("node 'plus' (Add)"), HasSubstr("'nothing' is read before any node makes it")));
  m = sum();
  node_of(m).set_op_type("Addd");
  EXPECT_THAT(refusal(m), HasSubstr("node 'plus' (Addd): operator Addd is not supported"));
  node_of(m).set_domain("com.example");
  EXPECT_THAT(refusal(m), HasSubstr("operators of domain 'com.example' are not supported"));
}

TEST(BadModel, Cycle) {
  pb::ModelProto m = sum();
  node_of(m).set_input(1, "z");
  pb::NodeProto& back = *m.mutable_graph()->add_node();
  back.set_op_type("Neg");
  back.add_input("y"), back.add_output("z");
  EXPECT_THAT(refusal(m), HasSubstr("the nodes are not in order"));
}

TEST(BadModel, ExtentsOfWeights) {
  pb::ModelProto m = sum();
  weight_of(m).set_dims(0, -3);
  EXPECT_THAT(refusal(m), HasSubstr("initializer 'w': extent -3 is negative"));
  weight_of(m).set_dims(0, std::int64_t{1} << 62);
  weight_of(m).add_dims(std::int64_t{1} << 62);
  EXPECT_THAT(refusal(m), HasSubstr("initializer 'w'"));
  m = sum();
  weight_of(m).set_dims(0, std::int64_t{1} << 40);  // 4 TiB, of which 12 bytes are there
  EXPECT_THAT(refusal(m), HasSubstr("initializer 'w': 12 bytes of data"));
  m = sum();
  weight_of(m).clear_raw_data();
  EXPECT_THAT(refusal(m), HasSubstr("0 elements are given for f32[3]"));
}

TEST(BadModel, TypesAndVersions) {
  pb::ModelProto m = sum();
  weight_of(m).set_data_type(pb::TensorProto::COMPLEX64);
  EXPECT_THAT(refusal(m), HasSubstr("initializer 'w': element type COMPLEX64 is not supported"));
  m = sum();
  m.mutable_opset_import(0)->set_version(99);
  EXPECT_THAT(refusal(m), HasSubstr("operators of opset 99"));
  m = sum();
  m.clear_graph();
  EXPECT_THAT(refusal(m), HasSubstr("has no graph"));
}

/// As `location` of external data, in a folder with a file and a link out of it.
std::string refusal_of_location(const std::string& location) {
  const TestFolder folder;
  const std::string inside = folder / "model", outside = folder / "secret";
  std::filesystem::create_directory(inside);
  std::ofstream(outside) << "0123456789ab";
  std::ofstream(inside + "/short") << "0123";
  std::filesystem::create_symlink(outside, inside + "/link");
  expect(mkfifo((inside + "/pipe").c_str(), 0600) == 0, "no pipe");
  pb::ModelProto m = sum();
  pb::TensorProto& w = weight_of(m);
  w.clear_raw_data();
  w.set_data_location(pb::TensorProto::EXTERNAL);
  pb::StringStringEntryProto& entry = *w.add_external_data();
  entry.set_key("location"), entry.set_value(location);
  std::ofstream(inside + "/m.onnx") << m.SerializeAsString();
  return error_of([&] { Model::load(inside + "/m.onnx"); });
}

TEST(BadModel, ExternalDataStaysInTheFolder) {
  EXPECT_THAT(refusal_of_location("../secret"), HasSubstr("'../secret' is not inside of the model's folder"));
  EXPECT_THAT(refusal_of_location("/etc/passwd"), HasSubstr("is not inside of the model's folder"));
  EXPECT_THAT(refusal_of_location("link"), HasSubstr("leads out of the model's folder by a link"));
  EXPECT_THAT(refusal_of_location("short"), HasSubstr("12 bytes from 0 on are not in"));
  EXPECT_THAT(refusal_of_location("pipe"), HasSubstr("'pipe' is no file"));
  EXPECT_THAT(refusal_of_location("absent"), HasSubstr("absent"));
  EXPECT_THAT(refusal_of_location(""), HasSubstr("is not inside"));
}

TEST(BadModel, FunctionsThatCallEachOther) {
  pb::ModelProto m = sum();
  node_of(m).set_op_type("F");
  node_of(m).mutable_input()->RemoveLast();
  pb::FunctionProto& f = *m.add_functions();
  f.set_name("F");
  f.add_input("a"), f.add_output("b");
  pb::NodeProto& again = *f.add_node();
  again.set_op_type("F");
  again.add_input("a"), again.add_output("b");
  EXPECT_THAT(refusal(m), HasSubstr("nested more than"));
}

/// 10 to the power of 11 nodes in a file of a few kilobytes.
TEST(BadModel, FunctionsThatMultiply) {
  pb::ModelProto m = sum();
  node_of(m).set_op_type("F11");
  node_of(m).mutable_input()->RemoveLast();
  for (int depth = 0; depth <= 11; ++depth) {
    pb::FunctionProto& f = *m.add_functions();
    f.set_name(fmt::format("F{}", depth));
    f.add_input("0"), f.add_output("10");
    for (int k = 0; k < 10; ++k) {
      pb::NodeProto& n = *f.add_node();
      n.set_op_type(depth == 0 ? "Neg" : fmt::format("F{}", depth - 1));
      n.add_input(std::to_string(k)), n.add_output(std::to_string(k + 1));
    }
  }
  EXPECT_THAT(refusal(m), HasSubstr("stand for more than 262144 nodes"));
}

TEST(BadModel, PadsThatRepeatTooMuch) {
  pb::ModelProto m = sum();
  m.mutable_opset_import(0)->set_version(19);
  node_of(m).set_op_type("Pad");
  pb::AttributeProto& mode = *node_of(m).add_attribute();
  mode.set_name("mode"), mode.set_s("reflect"), mode.set_type(pb::AttributeProto::STRING);
  *m.mutable_graph()->mutable_initializer(0) =
      proto_of(Array::from<std::int64_t>({0, std::int64_t{1} << 40, 0, 0}, {4}), "w");
  EXPECT_THAT(refusal(m), HasSubstr("are too large"));
}

TEST(BadModel, LongChainsDoNotOverflow) {
  pb::ModelProto m = sum();
  pb::GraphProto& g = *m.mutable_graph();
  g.clear_node();
  std::string last = "w";
  for (int k = 0; k < 50'000; ++k) {
    pb::NodeProto& n = *g.add_node();
    n.set_op_type("Neg");
    n.add_input(last);
    n.add_output(last = std::to_string(k));
  }
  pb::NodeProto& n = *g.add_node();
  n.set_op_type("Reshape");
  n.add_input("x"), n.add_input(last), n.add_output("y");
  EXPECT_THAT(refusal(m), HasSubstr("Reshape"));
}

TEST(BadModel, AllProblemsAreFound) {
  pb::ModelProto m = sum();
  node_of(m).set_op_type("What");
  pb::GraphProto& g = *m.mutable_graph();
  pb::NodeProto& after = *g.add_node();
  after.set_op_type("Neg");
  after.add_input("y"), after.add_output("z");
  pb::NodeProto& other = *g.add_node();
  other.set_op_type("Cast");
  other.set_name("no type");
  other.add_input("x"), other.add_output("u");
  for (const char* name : {"z", "u"}) {
    pb::ValueInfoProto& v = *g.add_output();
    v.set_name(name);
  }
  const Problems p = problems_of(read(m));
  EXPECT_THAT(p.found, ElementsAre(HasSubstr("operator What"), HasSubstr("node 'no type' (Cast): attribute to")));
  EXPECT_EQ(p.unchecked, 1u);
}

pb::NodeProto& add_node(pb::GraphProto& g, const std::string& op, const std::string& in, const std::string& out) {
  pb::NodeProto& n = *g.add_node();
  n.set_op_type(op);
  n.add_input(in), n.add_output(out);
  return n;
}

// Inside of branches, behind other problems, and in functions: each once, with the nodes around it.
TEST(BadModel, EachProblemIsSaidOnceWithItsPath) {
  pb::ModelProto m = sum();
  m.add_opset_import()->set_domain("mine");
  m.mutable_opset_import(1)->set_version(1);
  pb::GraphProto& g = *m.mutable_graph();
  g.clear_node();
  pb::FunctionProto& f = *m.add_functions();
  f.set_domain("mine"), f.set_name("Twice");
  f.add_input("a"), f.add_output("b");
  f.add_opset_import()->set_version(17);
  pb::GraphProto holder;
  *f.add_node() = add_node(holder, "What", "a", "t");
  *f.add_node() = add_node(holder, "Where to", "t", "b");
  *f.add_node() = add_node(holder, "What", "a", "nobody reads it");
  add_node(g, "Twice", "x", "p").set_domain("mine");
  add_node(g, "Twice", "p", "q").set_domain("mine");
  pb::NodeProto& choice = add_node(g, "If", "which", "r");
  *g.add_input() = g.input(0);
  g.mutable_input(1)->set_name("which");
  *g.mutable_input(1)->mutable_type() = proto_of(Type{DType::Bool, {}});
  choice.set_name("choice");
  for (const char* name : {"then_branch", "else_branch"}) {
    pb::AttributeProto& a = *choice.add_attribute();
    a.set_name(name);
    a.set_type(pb::AttributeProto::GRAPH);
    add_node(*a.mutable_g(), "Huh", "x", "h").set_name("one");
    add_node(*a.mutable_g(), "Huh", "h", "i").set_name("two");
    add_node(*a.mutable_g(), "What", "x", "nobody reads it");
    a.mutable_g()->add_output()->set_name("i");
  }
  for (const char* name : {"u", "v"}) add_node(g, "Cast", "x", name).set_name("same name");
  for (const char* name : {"q", "r", "u", "v"}) g.add_output()->set_name(name);
  g.mutable_output()->DeleteSubrange(0, 1);
  const Problems p = problems_of(read(m));
  EXPECT_THAT(p.found, ElementsAre("the node that makes 'p' (mine.Twice): the node that makes 't' (What): operator "
                                   "What is not supported",
                                   "the node that makes 'p' (mine.Twice): the node that makes 'b' (Where to): operator "
                                   "Where to is not supported",
                                   "node 'choice' (If): node 'one' (Huh): operator Huh is not supported",
                                   "node 'choice' (If): node 'two' (Huh): operator Huh is not supported",
                                   HasSubstr("node 'same name' (Cast): attribute to")));
}

TEST(BadInput, SaysWhichDimensionOfWhichInput) {
  const Session s(read(sum()));
  const auto run = [&](const Array& a) { return error_of([&] { s.run(std::vector{a}); }); };
  EXPECT_THAT(run(Array::full({DType::F32, {2, 4}}, 1.0)),
              HasSubstr("input 'x': dimension 1 is 4, but the model expects 3"));
  EXPECT_THAT(run(Array::full({DType::F64, {2, 3}}, 1.0)),
              HasSubstr("input 'x' has elements of f64, but the model expects float[n,3]"));
  EXPECT_THAT(run(Array::full({DType::F32, {3}}, 1.0)), HasSubstr("input 'x' is f32[3], of 1 dimensions"));
  EXPECT_THAT(error_of([&] { s.run(std::vector<Array>{}); }),
              HasSubstr("0 arrays are given, but the model has 1 inputs"));
  const std::map<std::string, Array> wrong{{"X", Array::full({DType::F32, {2, 3}}, 1.0)}};
  EXPECT_THAT(error_of([&] { s.run(wrong); }), HasSubstr("the model has no input 'X'; there are: x"));
  EXPECT_EQ(s.run(std::vector{Array::full({DType::F32, {2, 3}}, 1.0)})[0].at(5).as_double(), 4);
}

Session session_of_case(const std::string& name) {
  return Session::load(fmt::format("{}/src/onnx/testdata/cases/{}/model.onnx", TENON_SOURCE_DIR, name));
}

TEST(BadInput, TextsThatAreNoNumbersAreNamed) {
  const auto cast = [](const std::string& to, const std::string& text) {
    const Session s = session_of_case(fmt::format("cast_{}_of_text", to));
    const i64 count = s.inputs()[0].type.tensor_type().shape().dim(0).dim_value();
    std::vector<std::string> texts(static_cast<std::size_t>(count), "1");
    texts.back() = text;
    return error_of([&] { s.run(std::vector{array_of_texts(texts, {count})}); });
  };
  for (const char* text : {"", " ", "one", "1 2", "1_000", "1e3", "true", "--1"})
    EXPECT_THAT(cast("int32", text), HasSubstr(fmt::format("'{}' is no number of type i32", text)));
  EXPECT_THAT(cast("bool", "true"), HasSubstr("'true' is no number of type bool"));
  EXPECT_THAT(cast("float32", "1.5x"), HasSubstr("'1.5x' is no number of type f32"));
  EXPECT_THAT(cast("int32", "3000000000"), HasSubstr("'3000000000' is out of range for i32"));
  EXPECT_NE(cast("int64", "9223372036854775808"), "");
  EXPECT_EQ(cast("int64", "-9223372036854775808"), "");
}

TEST(BadInput, LengthsOfSequencesThatAreTooLong) {
  const Session s = session_of_case("scan_8_lengths");
  const auto run = [&](std::int64_t length) {
    return error_of([&] {
      s.run({{"lengths", Array::from<std::int64_t>({4, length, 1}, {3})},
             {"s", Array::full({DType::F32, {3, 2}}, 1.0)},
             {"x", Array::full({DType::F32, {3, 4, 2}}, 1.0)},
             {"z", Array::full({DType::F32, {3, 4, 2}}, 1.0)}});
    });
  };
  EXPECT_EQ(run(0), "");
  EXPECT_EQ(run(4), "");
  for (const std::int64_t length : {std::int64_t{5}, std::int64_t{-1}, INT64_MAX})
    EXPECT_THAT(run(length), AllOf(HasSubstr("sequence_lens"), HasSubstr(std::to_string(length)))) << length;
}

}  // namespace
}  // namespace tenon::onnx
