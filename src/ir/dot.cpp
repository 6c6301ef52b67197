// Functions as GraphViz pictures.
#include "ir/text.h"

namespace tenon {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string label_of(const Node& node, const Numbering& numbering) {
  std::string text = numbering.brief(node);
  for (const Type& t : node.types()) text += "\n" + to_string(t);
  return escaped(text);
}

}  // namespace

std::string to_dot(const Function& f) {
  Numbering numbering(f);
  auto id_of = [&](const Node& node) { return fmt::format("n{}", numbering.first(node)); };
  std::string out = fmt::format("digraph \"{}\" {{\n  node [shape=box, fontname=\"monospace\"];\n", escaped(f.name));
  for (const Value& p : f.parameters) {
    out += fmt::format("  {} [shape=ellipse, label=\"{} {}\\n{}\"];\n", id_of(*p.node()), numbering.name(p),
                       escaped(p.node()->name()), p.type());
  }
  for (Node* node : numbering.nodes()) {
    out += fmt::format("  {} [label=\"{}\"];\n", id_of(*node), label_of(*node, numbering));
    for (const Value& v : node->args()) {
      std::string label = v.node()->outputs() > 1 ? fmt::format(" [label=\"{}\"]", numbering.name(v)) : "";
      out += fmt::format("  {} -> {}{};\n", id_of(*v.node()), id_of(*node), label);
    }
  }
  for (std::size_t k = 0; k < f.results.size(); ++k) {
    out += fmt::format("  result{} [shape=ellipse, label=\"result {}\"];\n  {} -> result{};\n", k, k,
                       id_of(*f.results[k].node()), k);
  }
  return out + "}\n";
}

}  // namespace tenon
