// Sequences and optionals.
#include "onnx/export/writer.h"
#include "onnx/tensors.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Names = std::vector<std::string>;

GraphWriter::Attributed node_of(GraphWriter& g, const Node& n, const char* op) {
  Names in;
  for (const Value& v : n.args()) in.push_back(g.name_of(v));
  return g.add(op, in);
}
template <const char* kOp>
Names plain(GraphWriter& g, const Node& n) {
  return {node_of(g, n, kOp).out()};
}
template <const char* kOp>
Names plain_since_15(GraphWriter& g, const Node& n) {
  require(g.opset() >= 15, "optionals need opset 15");
  return {node_of(g, n, kOp).out()};
}
constexpr char kAt[] = "SequenceAt", kErase[] = "SequenceErase", kInsert[] = "SequenceInsert",
               kLength[] = "SequenceLength", kHas[] = "OptionalHasElement", kGet[] = "OptionalGetElement";

Names sequence_written(GraphWriter& g, const Node& n) {
  if (!n.args().empty()) return {node_of(g, n, "SequenceConstruct").out()};
  return {g.add("SequenceEmpty", {}).set("dtype", i64{onnx_of_dtype(get_if<SequenceOf>(n.op())->dtype)}).out()};
}
Names sequence_concatenate_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<SequenceConcatenate>(n.op());
  return {node_of(g, n, "ConcatFromSequence").set("axis", op.axis).set("new_axis", i64{op.stack}).out()};
}
Names split_to_sequence_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<SplitToSequence>(n.op());
  return {node_of(g, n, "SplitToSequence").set("axis", op.axis).set("keepdims", i64{op.keep_dims}).out()};
}

constexpr Writer kWriters[] = {{"optional_has_value", plain_since_15<kHas>},
                               {"optional_value", plain_since_15<kGet>},
                               {"sequence", sequence_written},
                               {"sequence_at", plain<kAt>},
                               {"sequence_concatenate", sequence_concatenate_of},
                               {"sequence_erase", plain<kErase>},
                               {"sequence_insert", plain<kInsert>},
                               {"sequence_length", plain<kLength>},
                               {"split_to_sequence", split_to_sequence_of}};

}  // namespace

std::span<const Writer> sequence_writers() { return kWriters; }

}  // namespace tenon::onnx
