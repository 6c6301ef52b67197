#include "onnx/outline.h"

#include <algorithm>

#include "onnx/regular.h"
#include "onnx/scope.h"

namespace tenon::onnx {

bool is_standard(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

std::string called(const pb::NodeProto& node) {
  const std::string domain = is_standard(node.domain()) ? "" : node.domain() + ".";
  if (!node.name().empty()) return fmt::format("node '{}' ({}{})", node.name(), domain, node.op_type());
  const std::string output = node.output_size() > 0 ? node.output(0) : "";
  return fmt::format("the node that makes '{}' ({}{})", output, domain, node.op_type());
}

void names_read(const pb::NodeProto& node, std::set<std::string>& names) {
  names.insert(node.input().begin(), node.input().end());
  for (const pb::AttributeProto& a : node.attribute()) {
    if (!a.has_g()) continue;
    for (const pb::NodeProto& inner : a.g().node()) names_read(inner, names);
    for (const pb::ValueInfoProto& v : a.g().output()) names.insert(v.name());
  }
}

std::vector<bool> needed_nodes(const pb::GraphProto& g) {
  std::set<std::string> wanted;
  for (const pb::ValueInfoProto& v : g.output()) wanted.insert(v.name());
  std::vector<bool> needed(static_cast<std::size_t>(g.node_size()));
  for (int k = g.node_size(); k-- > 0;) {
    const auto& outputs = g.node(k).output();
    const bool leads = std::ranges::any_of(outputs, [&](const std::string& o) { return wanted.contains(o); });
    if (leads) names_read(g.node(k), wanted);
    needed[static_cast<std::size_t>(k)] = leads;
  }
  return needed;
}

const pb::FunctionProto* function_called(const Model& model, const pb::NodeProto& node) {
  for (const pb::FunctionProto& f : model.proto().functions()) {
    const bool same = f.name() == node.op_type() &&
                      (f.domain() == node.domain() || (is_standard(f.domain()) && is_standard(node.domain())));
    if (same) return &f;
  }
  return nullptr;
}

pb::GraphProto body_of(const pb::FunctionProto& f) {
  pb::GraphProto body;
  *body.mutable_node() = f.node();
  for (const std::string& o : f.output()) body.add_output()->set_name(o);
  return body;
}

std::string why_unsupported(const pb::NodeProto& node) {
  if (!is_standard(node.domain()))
    return fmt::format(
        "operators of domain '{}' are not supported, only the standard ones and functions "
        "in the model",
        node.domain());
  if (find_regular(node.op_type()) || converter_of(node.op_type())) return "";
  return fmt::format("operator {} is not supported", node.op_type());
}

namespace {
/// Functions may call each other so that their bodies, written out, have no end to speak of.
constexpr std::size_t kMostVisits = 1'000'000;
}  // namespace

Unsupported::Lines Unsupported::at(const pb::NodeProto& node) {
  Lines lines;
  look_at(node, "", true, 0, lines);
  return lines;
}

void Unsupported::look_at(const pb::NodeProto& node, const std::string& path, bool fresh, int depth, Lines& lines) {
  if (depth > kDeepestCalls || ++visits_ > kMostVisits) return;
  const std::string here = path + called(node) + ": ";
  if (const pb::FunctionProto* f = function_called(model_, node)) {
    fresh &= seen_.insert(f).second;
    return look_into(body_of(*f), here, fresh, depth, lines);
  }
  if (const std::string why = why_unsupported(node); !why.empty()) {
    lines.all.push_back(here + why);
    if (fresh) lines.fresh.push_back(here + why);
    return;
  }
  for (const pb::AttributeProto& a : node.attribute())
    if (a.has_g()) look_into(a.g(), here, fresh, depth, lines);
}

void Unsupported::look_into(const pb::GraphProto& g, const std::string& path, bool fresh, int depth, Lines& lines) {
  const std::vector<bool> needed = needed_nodes(g);
  for (int k = 0; k < g.node_size(); ++k)
    if (needed[static_cast<std::size_t>(k)]) look_at(g.node(k), path, fresh, depth + 1, lines);
}

}  // namespace tenon::onnx
