#include "onnx/export/types.h"

#include <fmt/format.h>
#include <onnx/defs/schema.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "onnx/tensors.h"

namespace tenon::onnx {

namespace {

namespace schemas = ::onnx;

constexpr i64 kLatestSchema = 17;

struct TypeName {
  DType dtype;
  std::string_view text;
};
constexpr TypeName kTypeNames[] = {
    {DType::F64, "tensor(double)"},    {DType::F32, "tensor(float)"},  {DType::F16, "tensor(float16)"},
    {DType::BF16, "tensor(bfloat16)"}, {DType::I64, "tensor(int64)"},  {DType::I32, "tensor(int32)"},
    {DType::I16, "tensor(int16)"},     {DType::I8, "tensor(int8)"},    {DType::U64, "tensor(uint64)"},
    {DType::U32, "tensor(uint32)"},    {DType::U16, "tensor(uint16)"}, {DType::U8, "tensor(uint8)"},
    {DType::Bool, "tensor(bool)"},     {DType::Str, "tensor(string)"}};

/// Floats of 8 bits came with opset 19, integers of 4 bits with 21; few operators take them. Those that do so from 19
/// and from 21 on:
constexpr std::string_view kTakesFloat8[] = {"Cast",           "DequantizeLinear", "Identity",
                                             "QuantizeLinear", "Reshape",          "Shape"};
constexpr std::string_view kTakesNarrow[] = {"Cast",    "DequantizeLinear", "Flatten",  "Identity",
                                             "Pad",     "QuantizeLinear",   "Reshape",  "Shape",
                                             "Squeeze", "Transpose",        "Unsqueeze"};
bool is_narrow(DType t) { return is_float8(t) || value_bits_of(t) == 4; }
bool takes_narrow(std::string_view op, i64 opset, DType t) {
  if (opset >= 21) return std::ranges::find(kTakesNarrow, op) != std::end(kTakesNarrow);
  return opset >= 19 && is_float8(t) && std::ranges::find(kTakesFloat8, op) != std::end(kTakesFloat8);
}

/// Operators that came after kLatestSchema: one type variable, of the first operand and the result.
struct LaterOperator {
  std::string_view op, types;
};
constexpr LaterOperator kLaterOperators[] = {{"BitwiseAnd", "i64 i32 i16 i8 u64 u32 u16 u8"},
                                             {"BitwiseNot", "i64 i32 i16 i8 u64 u32 u16 u8"},
                                             {"BitwiseOr", "i64 i32 i16 i8 u64 u32 u16 u8"},
                                             {"BitwiseXor", "i64 i32 i16 i8 u64 u32 u16 u8"},
                                             {"Gelu", "f64 f32 f16 bf16"},
                                             {"Mish", "f64 f32 f16"}};

/// Types that ONNX allows and the CPU kernels of ONNX Runtime lack, as tools/onnx_runtime_types finds them; only those
/// which a wider type can stand for, and without bf16 (kTakesBf16).
struct Lacking {
  std::string_view op, types;
};
constexpr Lacking kLacking[] = {{"ArgMax", "i16 u64 u32 u16"},
                                {"ArgMin", "i16 u64 u32 u16"},
                                {"Clip", "i16 u16"},
                                {"CumSum", "u64 u32"},
                                {"Einsum", "i16 i8 u64 u32 u16 u8"},
                                {"Gemm", "i64 i32 u64 u32"},
                                {"Max", "i16 u16"},
                                {"Min", "i16 u16"},
                                {"Pad", "i16 u16"},
                                {"ReduceL1", "u64 u32"},
                                {"ReduceL2", "u64 u32"},
                                {"ReduceLogSum", "u64 u32"},
                                {"ReduceLogSumExp", "u64 u32"},
                                {"ReduceMax", "u64 u32"},
                                {"ReduceMean", "u64 u32"},
                                {"ReduceMin", "u64 u32"},
                                {"ReduceProd", "u64 u32"},
                                {"ReduceSum", "u64 u32"},
                                {"ReduceSumSquare", "u64 u32"},
                                {"Relu", "i64 i16"},
                                {"TopK", "u64 u32 u16"},
                                {"Trilu", "i16 i8 u64 u32 u16 u8"},
                                {"Unique", "i32 i16 u32 u16 u8 bool"},
                                {"Where", "i16 u64 u16 bool"}};
constexpr std::string_view kTakesBf16[] = {"Cast",    "Concat", "Gather", "GatherElements", "GatherND",  "Identity",
                                           "Reshape", "Shape",  "Slice",  "Squeeze",        "Transpose", "Unsqueeze"};

/// A word of a list separated by blanks.
bool lists(std::string_view list, DType t) {
  const std::string_view word = name_of(t);
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(' ', at), list.size());
    if (list.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

bool lacks_kernel(std::string_view op, DType t) {
  if (t == DType::BF16) return std::ranges::find(kTakesBf16, op) == std::end(kTakesBf16);
  return std::ranges::any_of(kLacking, [&](const Lacking& l) { return l.op == op && lists(l.types, t); });
}

/// The operand whose type chooses the kernel.
std::size_t deciding_operand(std::string_view op) { return op == "Where" ? 1 : op == "OneHot" ? 2 : 0; }

bool allows(const schemas::OpSchema::FormalParameter& p, DType t) {
  const std::string_view text = std::ranges::find(kTypeNames, t, &TypeName::dtype)->text;
  return std::ranges::any_of(p.GetTypes(), [&](const std::string* type) { return *type == text; });
}

std::optional<DType> only_type(const schemas::OpSchema::FormalParameter& p) {
  if (p.GetTypes().size() != 1) return {};
  const auto found = std::ranges::find(kTypeNames, **p.GetTypes().begin(), &TypeName::text);
  return found == std::end(kTypeNames) ? std::nullopt : std::optional(found->dtype);
}

/// The last formal parameter may stand for many.
const schemas::OpSchema::FormalParameter* formal(const std::vector<schemas::OpSchema::FormalParameter>& list,
                                                 std::size_t k) {
  if (k < list.size()) return &list[k];
  if (list.empty() || list.back().GetOption() != schemas::OpSchema::Variadic) return nullptr;
  return &list.back();
}

class Reader {
 public:
  Reader(const schemas::OpSchema& schema, i64 opset) : schema_(schema), opset_(opset) {}

  /// Operands that only later opsets have are left out.
  void operand(std::size_t k, DType t, NodeTypes& types) {
    const auto* p = formal(schema_.inputs(), k);
    if (p == nullptr) return;
    const bool taken = is_narrow(t) ? takes_narrow(schema_.Name(), opset_, t) : allows(*p, t);
    if (!taken && !types.refused) types.refused = t;
    if (!p->GetIsHomogeneous()) return;
    const auto [bound, added] = variables_.try_emplace(p->GetTypeStr(), t);
    if (added || bound->second == t || types.refused) return;
    types.refused = bits_of(bound->second) < bits_of(t) ? bound->second : t;
  }
  std::optional<DType> result(std::size_t k) const {
    const auto* p = formal(schema_.outputs(), k);
    if (p == nullptr) return {};
    if (const auto bound = variables_.find(p->GetTypeStr()); bound != variables_.end()) return bound->second;
    return only_type(*p);
  }

 private:
  const schemas::OpSchema& schema_;
  i64 opset_;
  std::map<std::string, DType> variables_;
};

std::optional<DType> type_of_cast(const pb::NodeProto& node) {
  for (const pb::AttributeProto& a : node.attribute())
    if (a.name() == "to") return dtype_of_onnx(static_cast<std::int32_t>(a.i()));
  return {};
}

NodeTypes of_later_operator(const pb::NodeProto& node, std::span<const std::optional<DType>> operands) {
  const auto later = std::ranges::find(kLaterOperators, node.op_type(), &LaterOperator::op);
  require(later != std::end(kLaterOperators), "element types of ONNX's {} are not known", node.op_type());
  NodeTypes types;
  types.results.assign(static_cast<std::size_t>(node.output_size()), operands[0]);
  for (const std::optional<DType>& t : operands)
    if (t && !lists(later->types, *t)) types.refused = t;
  return types;
}

}  // namespace

NodeTypes types_of_node(const pb::NodeProto& node, i64 opset, std::span<const std::optional<DType>> operands) {
  const int version = static_cast<int>(std::min(opset, kLatestSchema));
  const schemas::OpSchema* schema = schemas::OpSchemaRegistry::Schema(node.op_type(), version, "");
  NodeTypes types;
  if (schema == nullptr) {
    types = of_later_operator(node, operands);
  } else {
    Reader reader(*schema, opset);
    for (std::size_t k = 0; k < operands.size(); ++k)
      if (operands[k]) reader.operand(k, *operands[k], types);
    for (int k = 0; k < node.output_size(); ++k) types.results.push_back(reader.result(static_cast<std::size_t>(k)));
    if (node.op_type() == "Cast") types.results[0] = type_of_cast(node);
  }
  const std::size_t deciding = deciding_operand(node.op_type());
  if (deciding < operands.size() && operands[deciding] && lacks_kernel(node.op_type(), *operands[deciding]))
    types.unusual = operands[deciding];
  return types;
}

}  // namespace tenon::onnx
