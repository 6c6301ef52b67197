// Cases of ONNX's own tests, as Debian's libonnx-testdata has them: a model, inputs and expected outputs.
#pragma once
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "onnx/session.h"
#include "onnx/tensors.h"
#include "tensor/strings.h"

namespace tenon::onnx::testing {

namespace fs = std::filesystem;

inline constexpr const char* kCases = "/usr/share/libonnx-testdata/data";

/// How far a result may be from what is expected: as ONNX's own runner has it.
inline constexpr double kRelative = 1e-3, kAbsolute = 1e-7;
/// Of bf16 one unit in the last place: the cases have floats cut off, not rounded.
inline constexpr double kRelativeOfBf16 = 0x1p-7;

/// The first difference; empty where there is none.
inline std::string difference(const Array& got, const Array& expected, bool values = true) {
  if (got.is_dense() != expected.is_dense()) return fmt::format("{} instead of {}", got.type(), expected.type());
  if (!got.is_dense()) {
    if (got.parts().size() != expected.parts().size())
      return fmt::format("{} parts instead of {}", got.parts().size(), expected.parts().size());
    for (std::size_t k = 0; k < got.parts().size(); ++k)
      if (std::string d = difference(got.parts()[k], expected.parts()[k], values); !d.empty())
        return fmt::format("part {}: {}", k, d);
    return "";
  }
  if (!(got.type() == expected.type())) return fmt::format("{} instead of {}", got.type(), expected.type());
  if (!values) return "";
  if (got.dtype() == DType::Str) {
    const std::vector<std::string> a = texts_of(got), b = texts_of(expected);
    const auto at = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
    return at == a.size() ? "" : fmt::format("element {} is '{}' instead of '{}'", at, a[at], b[at]);
  }
  const double relative = got.dtype() == DType::BF16 ? kRelativeOfBf16 : kRelative;
  for (i64 k = 0; k < got.count(); ++k) {
    const Number a = got.at(k), b = expected.at(k);
    if (a.integral ? a.i == b.i : a.f == b.f || (std::isnan(a.f) && std::isnan(b.f))) continue;
    const bool near = !std::isinf(b.as_double()) &&
                      std::fabs(a.as_double() - b.as_double()) <= kAbsolute + relative * std::fabs(b.as_double());
    if (!near) return fmt::format("element {} is {} instead of {}", k, a.as_double(), b.as_double());
  }
  return "";
}

/// A file of test data, of the type that the model declares.
inline Array read_value(const std::string& path, const pb::TypeProto& type) {
  const std::string bytes = read_file(path);
  if (type.has_sequence_type()) {
    pb::SequenceProto s;
    require(s.ParseFromString(bytes), "{}: no sequence", path);
    return array_of(s, path);
  }
  if (type.has_optional_type()) {
    pb::OptionalProto o;
    require(o.ParseFromString(bytes), "{}: no optional", path);
    return array_of(o, path);
  }
  pb::TensorProto t;
  require(t.ParseFromString(bytes), "{}: no tensor", path);
  Array a = array_of(t, "", path);
  // NumPy has no bfloat16: the cases hold its bits.
  if (type.tensor_type().elem_type() == pb::TensorProto::BFLOAT16 && a.dtype() == DType::U16)
    return Array(a.storage(), {DType::BF16, a.shape()}, a.strides(), a.offset());
  return a;
}

inline std::vector<Array> read_values(const std::string& folder, const std::string& kind,
                                      const std::vector<Port>& ports) {
  std::vector<Array> values;
  for (std::size_t k = 0; k < ports.size(); ++k)
    values.push_back(read_value(fmt::format("{}/{}_{}.pb", folder, kind, k), ports[k].type));
  return values;
}

/// The case's model. Some cases have data of other extents than their model declares: the data count.
inline Model read_model(const std::string& folder) {
  Model declared = Model::load(folder + "/model.onnx");
  pb::ModelProto proto = declared.proto();
  bool changed = false;
  for (std::size_t k = 0; k < declared.inputs().size(); ++k) {
    const Port& port = declared.inputs()[k];
    const std::string path = fmt::format("{}/test_data_set_0/input_{}.pb", folder, k);
    if (!port.type.has_tensor_type() || !fs::exists(path)) continue;
    const Array given = read_value(path, port.type);
    const auto& dims = port.type.tensor_type().shape().dim();
    const bool fits = std::ranges::equal(dims, given.shape(), [](const auto& d, Dim extent) {
      return !d.has_dim_value() || Dim(d.dim_value()) == extent;
    });
    if (fits || !port.type.tensor_type().has_shape()) continue;
    for (pb::ValueInfoProto& v : *proto.mutable_graph()->mutable_input())
      if (v.name() == port.name) *v.mutable_type() = proto_of(given.type());
    changed = true;
  }
  return changed ? Model::parse(proto.SerializeAsString(), folder) : std::move(declared);
}

struct Outcome {
  enum class Kind { Passed, Refused, Wrong } kind = Kind::Passed;
  std::string why;
};

inline bool is_random(const Model& m) {
  constexpr std::string_view kRandom[] = {"Bernoulli",     "RandomNormal",      "RandomNormalLike",
                                          "RandomUniform", "RandomUniformLike", "Multinomial"};
  return std::ranges::any_of(m.proto().graph().node(), [&](const pb::NodeProto& n) {
    const bool drops = n.op_type() == "Dropout" && n.input_size() == 3;  // trains
    return drops || std::ranges::find(kRandom, n.op_type()) != std::end(kRandom);
  });
}

/// Runs the model on each test_data_set_* in `folder`. Of random operators only types and shapes are compared.
inline Outcome run_case(const std::string& folder) {
  try {
    const Session session(read_model(folder));
    for (int set = 0; fs::exists(fmt::format("{}/test_data_set_{}", folder, set)); ++set) {
      const std::string data = fmt::format("{}/test_data_set_{}", folder, set);
      const std::vector<Array> got = session.run(read_values(data, "input", session.inputs()));
      const std::vector<Array> expected = read_values(data, "output", session.outputs());
      for (std::size_t k = 0; k < got.size(); ++k)
        if (std::string d = difference(got[k], expected[k], !is_random(session.model())); !d.empty())
          return {Outcome::Kind::Wrong, fmt::format("output {}: {}", session.outputs()[k].name, d)};
    }
    return {};
  } catch (const Error& e) {
    return {Outcome::Kind::Refused, e.what()};
  } catch (const InternalError& e) {
    return {Outcome::Kind::Wrong, e.what()};
  }
}

/// Names of the cases in a folder of kCases, sorted.
inline std::vector<std::string> cases_in(const std::string& kind) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(std::string(kCases) + "/" + kind))
    if (fs::exists(entry.path() / "model.onnx")) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

}  // namespace tenon::onnx::testing
