#include <fmt/format.h>

#include <iterator>

#include "tensor/array.h"
#include "tensor/strings.h"

namespace tenon {
namespace {

constexpr i64 kPrintedWhole = 1000;  // longer arrays are elided
constexpr i64 kEdge = 3;             // elements kept at each end of an elided axis

void print_number(std::string& out, const Array& a, i64 position) {
  Number n = a.at(position);
  auto to = std::back_inserter(out);
  if (a.dtype() == DType::Str) {
    out += '"' + text_of(n.i) + '"';
  } else if (a.dtype() == DType::Bool) {
    out += n.truth() ? "true" : "false";
  } else if (n.integral) {
    out += integer_text(n);
  } else if (a.dtype() == DType::F64) {
    fmt::format_to(to, "{}", n.f);
  } else if (a.dtype() == DType::F32) {
    fmt::format_to(to, "{}", static_cast<float>(n.f));
  } else {
    fmt::format_to(to, "{:.5g}", n.f);
  }
}

// Prints `axis` and the axes below it, beginning at row-major position `position`.
void print_axis(std::string& out, const Array& a, std::size_t axis, i64 position) {
  const Shape& shape = a.shape();
  if (axis == shape.size()) return print_number(out, a, position);
  i64 step = 1;
  for (std::size_t k = axis + 1; k < shape.size(); ++k) step *= shape[k];
  bool elided = a.count() > kPrintedWhole && shape[axis] > 2 * kEdge;
  bool innermost = axis + 1 == shape.size();
  out += '[';
  for (i64 i = 0; i < shape[axis]; ++i) {
    if (i > 0) out += innermost ? ", " : ",\n" + std::string(axis + 1, ' ');
    if (elided && i == kEdge) {
      out += "…";
      i = shape[axis] - kEdge - 1;
    } else {
      print_axis(out, a, axis + 1, position + i * step);
    }
  }
  out += ']';
}

}  // namespace

std::string to_string(const Array& a) {
  if (!a.defined()) return "undefined";
  if (!a.is_dense()) {
    std::string out = to_string(a.type()) + " {";
    for (const Array& part : a.parts()) out += (out.back() == '{' ? "" : "; ") + to_string(part);
    return out + "}";
  }
  if (a.count() == 0) return to_string(a.type()) + " (empty)";
  std::string out = to_string(a.type()) + " ";
  if (a.rank() > 1) out.back() = '\n';
  print_axis(out, a, 0, 0);
  return out;
}

}  // namespace tenon
