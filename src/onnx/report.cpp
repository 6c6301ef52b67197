#include "onnx/report.h"

#include <algorithm>
#include <set>

#include "expr/analyse.h"
#include "onnx/scope.h"
#include "onnx/tensors.h"

namespace tenon::onnx {

namespace {

void count_nodes(const google::protobuf::RepeatedPtrField<pb::NodeProto>& nodes,
                 std::map<std::string, std::size_t>& counts) {
  for (const pb::NodeProto& n : nodes) {
    const bool standard = n.domain().empty() || n.domain() == "ai.onnx";
    ++counts[standard ? n.op_type() : n.domain() + "." + n.op_type()];
    for (const pb::AttributeProto& a : n.attribute())
      if (a.has_g()) count_nodes(a.g().node(), counts);
  }
}

void note_extents(const pb::TypeProto& type, std::set<std::string>& names) {
  if (type.has_sequence_type()) note_extents(type.sequence_type().elem_type(), names);
  if (type.has_optional_type()) note_extents(type.optional_type().elem_type(), names);
  for (const auto& d : type.tensor_type().shape().dim())
    if (!d.dim_param().empty()) names.insert(d.dim_param());
}

class Counting : public Builder {
 public:
  double flops = 0;
  Values apply(OpRef op, std::span<const Value> args) override {
    Values out = Builder::apply(op, args);
    count(*op, args);
    return out;
  }
  void count(const Op& op, std::span<const Value> args) {
    if (op.has_expand()) {
      op.expand(*this, args);
    } else if (op.has_define()) {
      std::vector<Type> types;
      for (const Value& a : args) types.push_back(a.type());
      flops += expr::cost_of(op.define(types)).flops;
    }
  }
};

i64 bytes_of_results(const Node& n) {
  i64 bytes = 0;
  for (const Type& t : n.types())
    if (is_concrete(t)) bytes += bytes_of(t.dtype, element_count(t.shape));
  return bytes;
}

}  // namespace

Report report_on(const Model& model) {
  const pb::ModelProto& proto = model.proto();
  Report r;
  r.ir_version = proto.ir_version();
  r.producer = proto.producer_name() + (proto.producer_version().empty() ? "" : " " + proto.producer_version());
  for (const pb::OperatorSetIdProto& o : proto.opset_import())
    r.opsets[o.domain().empty() ? "ai.onnx" : o.domain()] = o.version();
  std::set<std::string> names;
  for (const Port& p : model.inputs()) note_extents(p.type, names);
  r.extents.assign(names.begin(), names.end());
  count_nodes(proto.graph().node(), r.operators);
  for (const pb::FunctionProto& f : proto.functions()) count_nodes(f.node(), r.operators);
  for (const auto& [name, a] : model.weights()) {
    r.parameters += a.count();
    r.weight_bytes += a.bytes();
  }
  return r;
}

Work work_of(const Function& f) {
  Work work;
  Counting counting;
  const std::vector<Node*> nodes = topological(f.results);
  std::map<const Node*, std::size_t> last_use;
  for (std::size_t k = 0; k < nodes.size(); ++k)
    for (const Value& a : nodes[k]->args()) last_use[a.node().get()] = k;
  for (const Value& r : f.results) last_use[r.node().get()] = nodes.size();
  std::multimap<std::size_t, i64> ends;
  i64 live = 0;
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    const Node& n = *nodes[k];
    if (n.is_parameter() || n.is_settled()) continue;
    counting.count(n.op(), n.args());
    const i64 bytes = bytes_of_results(n);
    live += bytes;
    work.peak_bytes = std::max(work.peak_bytes, live);
    ends.emplace(last_use[&n], bytes);
    for (auto e = ends.begin(); e != ends.end() && e->first <= k; e = ends.erase(e)) live -= e->second;
  }
  work.flops = counting.flops;
  return work;
}

Problems problems_of(const Model& model, const Bindings& bindings) {
  Problems p;
  try {
    import_function(model, bindings, &p);
  } catch (const NeedsInputs& e) {
    if (p.found.empty() && e.values.empty()) p.add(e.what());
  } catch (const Error& e) {
    p.add(e.what());
  }
  return p;
}

}  // namespace tenon::onnx
