#include "ir/attribute.h"

#include "base/digest.h"
#include "base/hash.h"
#include "ir/graph.h"

namespace tenon {
namespace {

std::uint64_t bits_of_double(double x) { return std::bit_cast<std::uint64_t>(x); }

std::uint64_t hash_value(bool v) { return v; }
std::uint64_t hash_value(i64 v) { return static_cast<std::uint64_t>(v); }
std::uint64_t hash_value(double v) { return bits_of_double(v); }
std::uint64_t hash_value(const std::string& v) { return mix(0, v); }
std::uint64_t hash_value(DType v) { return static_cast<std::uint64_t>(v); }
std::uint64_t hash_value(const Ints& v) {
  std::uint64_t h = v.size();
  for (i64 x : v) h = mix(h, static_cast<std::uint64_t>(x));
  return h;
}
std::uint64_t hash_value(const Shape& v) {
  std::uint64_t h = v.size();
  for (Dim x : v) h = mix(h, x.hash());
  return h;
}
std::uint64_t hash_value(const std::vector<double>& v) {
  std::uint64_t h = v.size();
  for (double x : v) h = mix(h, bits_of_double(x));
  return h;
}
std::uint64_t hash_value(const Array& v) {
  if (!v.defined()) return 0;
  std::uint64_t h = mix(hash_value(v.shape()), hash_value(v.dtype()));
  if (v.count() == 0) return h;
  Array data = v.to_contiguous();
  return mix(h, digest_of({static_cast<const char*>(data.raw()), static_cast<std::size_t>(data.bytes())}).first);
}
std::uint64_t hash_value(const expr::Expr& v) { return v.nodes.empty() ? 0 : v.hash(); }

std::uint64_t hash_value(const FunctionPtr& v) { return v ? v->hash() : 0; }

bool equal_value(double a, double b) { return bits_of_double(a) == bits_of_double(b); }
bool equal_value(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) { return equal_value(x, y); });
}
bool equal_value(const Array& a, const Array& b) { return identical(a, b); }
bool equal_value(const FunctionPtr& a, const FunctionPtr& b) {
  return a == b || (a && b && structurally_equal(*a, *b));
}
template <class T>
bool equal_value(const T& a, const T& b) {
  return a == b;
}

}  // namespace

Attribute copy_of(const FieldRef& f) {
  return std::visit([](const auto* value) { return Attribute(*value); }, f);
}

std::uint64_t hash_of(const Fields& fields) {
  std::uint64_t h = fields.size();
  for (const Field& f : fields) {
    h = mix(mix(h, f.name), f.value.index());
    h = mix(h, std::visit([](const auto* value) { return hash_value(*value); }, f.value));
  }
  return h;
}

std::uint64_t hash_of(std::string_view name, const Fields& f) { return mix(mix(0, name), hash_of(f)); }

bool equal(const Fields& a, const Fields& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Field& x, const Field& y) {
    if (x.name != y.name || x.value.index() != y.value.index()) return false;
    return std::visit([&](const auto* value) { return equal_value(*value, *std::get<decltype(value)>(y.value)); },
                      x.value);
  });
}

}  // namespace tenon
