#include "runtime/special/special.h"

#include <fmt/ranges.h>

#include "runtime/special/table.h"

namespace tenon::runtime {

namespace {

std::string text_of(bool v) { return v ? "true" : "false"; }
std::string text_of(const std::string& v) { return v; }
std::string text_of(DType v) { return std::string(name_of(v)); }
std::string text_of(const Ints& v) { return tenon::to_string(v); }
template <class T>
std::string text_of(const T& v) {
  return fmt::format("{}", v);
}

}  // namespace

std::string to_string(const Parameters& parameters) {
  std::string s;
  for (const auto& [name, value] : parameters)
    s += fmt::format("{}{}={}", s.empty() ? "" : ", ", name,
                     std::visit([](const auto& v) { return text_of(v); }, value));
  return "{" + s + "}";
}

void SpecialCall::expect(bool ok) const {
  require(ok, "{}: the program calls the kernel with types that it does not take", kernel);
}

void SpecialCall::expect_operands(std::size_t ins, std::size_t outs) const {
  expect(in.size() == ins && out.size() == outs);
}

SpecialMaker find_special(std::string_view name) {
  for (const SpecialEntry& e : kSpecialTable)
    if (e.name == name) return e.make;
  return nullptr;
}

}  // namespace tenon::runtime
