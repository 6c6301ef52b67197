#include "onnx/model.h"

#include <fcntl.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <set>

#include "onnx/tensors.h"

namespace tenon::onnx {

namespace {

using google::protobuf::io::CodedInputStream;
using google::protobuf::io::ZeroCopyInputStream;

/// Messages in messages: a subgraph of a subgraph takes four.
constexpr int kDeepest = 400;

void parse_from(ZeroCopyInputStream& stream, pb::ModelProto& proto) {
  CodedInputStream coded(&stream);
  coded.SetTotalBytesLimit(std::numeric_limits<int>::max());
  coded.SetRecursionLimit(kDeepest);
  require(proto.ParseFromCodedStream(&coded) && coded.ConsumedEntireMessage(),
          "this is no ONNX model, or the file is cut off or damaged");
  require(proto.has_graph(), "the model has no graph; is this an ONNX file?");
}

/// protobuf reports what it cannot parse on standard error, too; the Error says it.
const int kQuiet = [] {
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}();

void check_names(const pb::GraphProto& g) {
  std::set<std::string> names;
  for (const pb::ValueInfoProto& v : g.input()) {
    require(!v.name().empty(), "an input of the graph has no name");
    require(names.insert(v.name()).second, "two inputs of the graph are called '{}'", v.name());
  }
  names.clear();
  for (const pb::TensorProto& t : g.initializer())
    require(names.insert(t.name()).second, "two initializers are called '{}'", t.name());
}

}  // namespace

Model Model::load(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  require(descriptor >= 0, "{}: cannot be opened: {}", path, std::strerror(errno));
  google::protobuf::io::FileInputStream stream(descriptor, 1 << 20);
  stream.SetCloseOnDelete(true);
  try {
    auto proto = std::make_unique<pb::ModelProto>();
    parse_from(stream, *proto);
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return read(std::move(proto), folder.empty() ? "." : folder);
  } catch (const Error& e) {
    fail("{}: {}", path, e.what());
  }
}

Model Model::parse(std::string_view bytes, const std::string& folder, const std::string& what) {
  require(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()), "{}: more than 2 GiB", what);
  google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
  try {
    auto proto = std::make_unique<pb::ModelProto>();
    parse_from(stream, *proto);
    return read(std::move(proto), folder);
  } catch (const Error& e) {
    fail("{}: {}", what, e.what());
  }
}

Model Model::read(std::unique_ptr<pb::ModelProto> proto, const std::string& folder) {
  Model m;
  m.folder_ = folder;
  check_names(proto->graph());
  for (pb::TensorProto& t : *proto->mutable_graph()->mutable_initializer()) {
    Array a = take_array(t, folder, "initializer");
    m.weights_.emplace(t.name(), std::move(a));
  }
  require(proto->graph().sparse_initializer_size() == 0, "sparse initializers are not supported");
  for (const pb::ValueInfoProto& v : proto->graph().input())
    if (!m.weights_.contains(v.name())) m.inputs_.push_back({v.name(), v.type()});
  for (const pb::ValueInfoProto& v : proto->graph().output()) m.outputs_.push_back({v.name(), v.type()});
  require(proto->ir_version() < 3 || proto->opset_import_size() > 0,
          "the model does not say of which version its operators are; the file may be cut off");
  m.proto_ = std::move(proto);
  const i64 version = m.opset();
  require(version <= kLastOpset,
          "operators of opset {}, but {} to {} are understood; export the model with an older one", version,
          kFirstOpset, kLastOpset);
  return m;
}

i64 Model::opset(const std::string& domain) const {
  const auto standard = [](const std::string& d) { return d.empty() || d == "ai.onnx"; };
  for (const pb::OperatorSetIdProto& o : proto_->opset_import())
    if (o.domain() == domain || (standard(domain) && standard(o.domain()))) return o.version();
  // Files from before opsets say none.
  return standard(domain) && proto_->opset_import().empty() ? kFirstOpset : 0;
}

}  // namespace tenon::onnx
