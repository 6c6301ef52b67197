#include "onnx/export/widening.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace tenon::onnx {

namespace {

/// They give one of their operands' elements, or 0, so floats that hold the operands exactly will do.
constexpr std::string_view kChoosing[] = {"arg_max", "arg_min",  "global_max_pool", "gather",
                                          "max",     "max_pool", "maximum",         "min",
                                          "minimum", "relu",     "take_along_axis", "top_k"};
/// Of these the low bits of the result follow from the low bits of the operands, whatever their sign.
constexpr std::string_view kModular[] = {
    "add",    "cumsum",          "einsum",  "linear", "lookup",     "matmul",        "mul",  "neg",  "pad",
    "prod",   "square",          "sub",     "sum",    "sum_square", "tile",          "tril", "triu", "where",
    "gather", "take_along_axis", "one_hot", "equal",  "not_equal",  "depth_to_space"};

template <std::size_t kCount>
bool is_one_of(std::string_view op, const std::string_view (&list)[kCount]) {
  return std::ranges::find(list, op) != std::end(list);
}

/// Largest magnitude of a sum of products of integers of the type in a convolution, bias included; 0: none is known.
double largest_sum(const Node& n, DType t) {
  const bool convolution = n.op().name() == "conv" || n.op().name() == "conv_transpose";
  if (!convolution || !is_concrete(n.args()[1].shape())) return 0;
  const double most = std::max(highest_of(t), -lowest_of(t));
  return (static_cast<double>(element_count(n.args()[1].shape())) + 1) * most * most;
}

}  // namespace

std::vector<DType> wider_types(const Node& n, DType narrow) {
  const std::string_view op = n.op().name();
  if (is_float(narrow)) return bits_of(narrow) < 32 ? std::vector{DType::F32} : std::vector<DType>();
  if (narrow == DType::Str) return {};
  std::vector<DType> wide;
  const int bits = bits_of(narrow);
  if (bits < 32) wide.push_back(DType::I32);
  if (bits < 64 || (narrow == DType::U64 && is_one_of(op, kModular))) wide.push_back(DType::I64);
  const double sum = largest_sum(n, narrow);
  const bool choosing = is_one_of(op, kChoosing);
  if ((choosing && bits <= 16) || (sum > 0 && sum < 0x1p24)) wide.push_back(DType::F32);
  if ((choosing && bits == 32) || (sum > 0 && sum < 0x1p53)) wide.push_back(DType::F64);
  return wide;
}

}  // namespace tenon::onnx
