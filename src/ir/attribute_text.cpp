#include "ir/attribute_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "expr/text.h"
#include "ir/text.h"
#include "tensor/strings.h"

namespace tenon {
namespace {

constexpr std::size_t kMostDimensions = 16;
constexpr int kDeepestType = 8;
constexpr i64 kMostElementsInText = i64(1) << 40;

bool is_type_name(std::string_view word) {
  return word == name_of(DType::Str) || std::ranges::any_of(kAllDTypes, [&](DType t) { return name_of(t) == word; });
}

// --- Elements of arrays.

std::uint64_t bits_at(DType t, const void* data, i64 index) {
  std::uint64_t bits = 0;
  i64 size = bytes_of(t, 1);
  std::memcpy(&bits, static_cast<const std::byte*>(data) + index * size, static_cast<std::size_t>(size));
  return bits;
}

void set_bits(DType t, void* data, i64 index, std::uint64_t bits) {
  i64 size = bytes_of(t, 1);
  std::memcpy(static_cast<std::byte*>(data) + index * size, &bits, static_cast<std::size_t>(size));
}

// Of a NaN; none where the type has only one.
std::uint64_t sign_bit(DType t) {
  return is_float8(t) && float8_format(t).unsigned_zero ? 0 : std::uint64_t(1) << (bits_of(t) - 1);
}

// The bits of the NaN that is written without them (its sign aside).
std::uint64_t plain_nan(DType t) {
  std::uint64_t bits = 0;
  store_number(t, &bits, 0, std::numeric_limits<double>::quiet_NaN());
  return bits & ~sign_bit(t);
}

std::string nan_text(DType t, std::uint64_t bits) {
  const std::uint64_t sign = sign_bit(t);
  if ((bits & ~sign) == plain_nan(t)) return bits & sign ? "-nan" : "nan";
  return fmt::format("nan(0x{:x})", bits);
}

// Reads a number that is not NaN; false where the text is none or is out of range.
bool read_element(DType t, std::string_view text, void* data, i64 index) {
  if (!is_float(t)) {
    i64 value = 0;
    std::uint64_t large = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), large);
    const bool is_large = error == std::errc() && end == text.data() + text.size() && large >> 63;
    if (!is_large && !read_integer(text, value)) return false;
    const Number n = is_large ? Number::of_uint(large) : Number::of_int(value);
    store_number(t, data, index, n);
    return n.rounded_to(t) == n;
  }
  auto read = [&]<class T>(T value) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    store_number(t, data, index, static_cast<double>(value));
    const double held = load_number(t, data, index).f;
    const bool lost = std::isfinite(value) != std::isfinite(held) || std::isinf(value) != std::isinf(held);
    return error == std::errc() && end == text.data() + text.size() && !lost;
  };
  return t == DType::F32 ? read(float{}) : read(double{});  // f32 directly: rounding twice might differ
}

// The shortest digits that read back as this number of a type narrower than f32.
std::string half_text(DType t, double x) {
  for (int digits = 1; digits < 9; ++digits) {
    std::string text = fmt::format("{:.{}g}", x, digits);
    std::uint64_t bits = 0;
    if (read_element(t, text, &bits, 0) && load_number(t, &bits, 0).f == x) return text;
  }
  return fmt::format("{}", x);
}

void print_element(std::string& out, DType t, const void* data, i64 index) {
  Number n = load_number(t, data, index);
  if (t == DType::Str) {
    out += quoted_text(text_of(n.i));
    return;
  }
  auto to = std::back_inserter(out);
  if (t == DType::Bool) {
    out += n.truth() ? "true" : "false";
  } else if (n.integral) {
    out += integer_text(n);
  } else if (std::isnan(n.f)) {
    out += nan_text(t, bits_at(t, data, index));
  } else if (t == DType::F64) {
    fmt::format_to(to, "{}", n.f);
  } else if (t == DType::F32) {
    fmt::format_to(to, "{}", static_cast<float>(n.f));
  } else {
    out += half_text(t, n.f);
  }
}

// --- Printing.

std::string print(bool v) { return v ? "true" : "false"; }
std::string print(i64 v) { return fmt::format("{}", v); }
std::string print(double v) { return to_text(v); }
std::string print(const std::string& v) { return quoted_text(v); }
std::string print(DType v) { return std::string(name_of(v)); }
std::string print(const Ints& v) { return to_string(v); }
std::string print(const Shape& v) { return to_string(v); }
std::string print(const std::vector<double>& v) {
  std::string out = "[";
  for (std::size_t k = 0; k < v.size(); ++k) out += (k > 0 ? "," : "") + to_text(v[k]);
  return out + "]";
}
std::string print(const Array& v) {
  if (!v.defined()) return "undefined";
  std::string out = "dense " + to_string(v.type()) + " [";
  Array data = v.to_contiguous();
  for (i64 k = 0; k < data.count(); ++k) {
    if (k > 0) out += ',';
    print_element(out, data.dtype(), data.raw(), k);
  }
  return out + "]";
}
std::string print(const expr::Expr& v) {
  std::string out = "expr(";
  for (std::size_t k = 0; k < v.in.size(); ++k) out += (k > 0 ? ", " : "") + to_string(v.in[k]);
  return out + ") " + quoted_text(v.nodes.empty() ? "" : expr::to_text(v));
}

// Continues the lines of the text that it stands in.
std::string print(const FunctionPtr& v) {
  if (!v) return "none";
  std::string text = to_text(*v), out;
  text.pop_back();
  for (char c : text) out += c == '\n' ? "\n  " : std::string(1, c);
  return out;
}

// --- Parsing.

// After `nan`: the rest of `(0x…)`, checked to be a NaN of type t.
std::uint64_t parse_nan_bits(Lexer& lexer, DType t) {
  lexer.expect("(", "after nan");
  Token token = lexer.expect(Token::Kind::Integer, "the bits of a NaN");
  std::uint64_t bits = 0;
  std::string_view digits = token.text.substr(token.text.starts_with("0x") ? 2 : 0);
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits, 16);
  bool fits = token.text.starts_with("0x") && error == std::errc() && end == digits.data() + digits.size() &&
              (bits_of(t) == 64 || bits >> bits_of(t) == 0);
  if (!fits || !std::isnan(load_number(t, &bits, 0).f)) {
    lexer.fail_at(token.offset, fmt::format("'{}' are not the bits of a NaN of type {}", token.text, name_of(t)));
  }
  lexer.expect(")", "after the bits of a NaN");
  return bits;
}

// A number of type t into data[index].
void parse_element(Lexer& lexer, DType t, void* data, i64 index) {
  Token token = lexer.peek();
  if (t == DType::Str)
    return store_number(t, data, index, Number::of_int(intern_text(lexer.string("a text in quotes"))));
  if (is_float(t) && (token.text == "nan" || token.text == "-nan")) {
    lexer.next();
    const std::uint64_t sign = token.text == "-nan" ? sign_bit(t) : 0;
    bool plain = sign != 0 || !lexer.at("(");
    return set_bits(t, data, index, plain ? plain_nan(t) | sign : parse_nan_bits(lexer, t));
  }
  if (t == DType::Bool && (token.text == "true" || token.text == "false")) {
    lexer.next();
    return store_number(t, data, index, Number::of_int(token.text == "true"));
  }
  bool number = token.kind == Token::Kind::Integer || token.kind == Token::Kind::Real || token.text == "inf";
  if (!number) lexer.fail_expected(fmt::format("an element of type {}", name_of(t)));
  lexer.next();
  if (!read_element(t, token.text, data, index)) {
    lexer.fail_at(token.offset, fmt::format("'{}' is not a value of type {}", token.text, name_of(t)));
  }
}

double parse_real(Lexer& lexer) {
  double value = 0;
  parse_element(lexer, DType::F64, &value, 0);
  return value;
}

Array parse_dense(Lexer& lexer) {
  std::size_t start = lexer.offset();
  Type type = parse_type(lexer);
  i64 count = element_count(type.shape);
  if (count > static_cast<i64>(lexer.left())) {
    lexer.fail_at(start, fmt::format("{} has {} elements, more than the rest of the text can hold", type, count));
  }
  lexer.expect("[", "before the elements of an array");
  Array array(type);
  for (i64 k = 0; k < count; ++k) {
    if (k > 0 && !lexer.accept(",")) lexer.fail_expected(fmt::format("',' after element {} of {}", k - 1, type));
    parse_element(lexer, type.dtype, array.raw(), k);
  }
  lexer.expect("]", fmt::format("after the {} elements of {}", count, type));
  return array;
}

expr::Expr parse_expression(Lexer& lexer) {
  std::vector<Type> in;
  lexer.expect("(", "before the operand types of an expression");
  while (!lexer.at(")")) {
    if (!in.empty()) lexer.expect(",", "or ')' after an operand type");
    in.push_back(parse_type(lexer));
  }
  lexer.next();
  std::size_t start = lexer.offset();
  std::string text = lexer.string("the text of an expression, in quotes");
  if (text.empty()) return {};
  try {
    return expr::parse(text, in);
  } catch (const Error& e) {
    lexer.fail_at(start, fmt::format("in this expression: {}", e.what()));
  }
}

Attribute parse_extents(Lexer& lexer) {
  Shape extents;
  while (!lexer.at("]")) {
    if (!extents.empty()) lexer.expect(",", "or ']' in a list");
    extents.push_back(lexer.extent());
  }
  lexer.next();
  return extents;
}

// Integers, or numbers as soon as one of them is real, or extents where one is unknown.
Attribute parse_list(Lexer& lexer) {
  if (lexer.list_has_unknowns()) return parse_extents(lexer);
  Ints integers;
  std::vector<double> reals;
  bool all_integers = true;
  while (!lexer.at("]")) {
    if (!reals.empty()) lexer.expect(",", "or ']' in a list");
    all_integers = all_integers && lexer.peek().kind == Token::Kind::Integer;
    if (all_integers) {
      integers.push_back(lexer.integer("a number"));
      reals.push_back(static_cast<double>(integers.back()));
    } else {
      reals.push_back(parse_real(lexer));
    }
  }
  lexer.next();
  return all_integers ? Attribute(std::move(integers)) : Attribute(std::move(reals));
}

}  // namespace

std::string to_text(double x) {
  if (std::isnan(x)) return nan_text(DType::F64, std::bit_cast<std::uint64_t>(x));
  std::string text = fmt::format("{}", x);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string to_text(const FieldRef& f) {
  return std::visit([](const auto* value) { return print(*value); }, f);
}

std::string to_text(const Fields& fields) {
  std::string out;
  for (const Field& f : fields) {
    out += (out.empty() ? "{" : ", ") + std::string(f.name) + "=" + to_text(f.value);
  }
  return out.empty() ? out : out + "}";
}

namespace {

Type parse_type(Lexer& lexer, int depth);

/// After the word "sequence", "optional" or "rows".
Type parse_composite(Lexer& lexer, std::string_view form, int depth) {
  lexer.expect("(", fmt::format("after {}", form));
  const std::size_t at = lexer.offset();
  if (depth == kDeepestType) lexer.fail_at(at, "types inside of types go no deeper");
  Type element = parse_type(lexer, depth + 1);
  Type type;
  if (form == "rows") {
    lexer.expect(",", "before the number of stored rows");
    if (!element.is_dense() || element.shape.empty())
      lexer.fail_at(at, "expected a tensor with at least one dimension");
    type = row_sparse(element.dtype, element.shape, lexer.extent());
  } else {
    type = form == "sequence" ? sequence_of(std::move(element)) : optional_of(std::move(element));
  }
  lexer.expect(")", fmt::format("after the type in {}", form));
  return type;
}

Type parse_type(Lexer& lexer, int depth) {
  for (std::string_view form : {"sequence", "optional", "rows"})
    if (lexer.accept(form)) return parse_composite(lexer, form, depth);
  if (lexer.accept("token")) return token_type();
  Token name = lexer.expect(Token::Kind::Word, "a type such as f32[2,3]");
  Type type;
  try {
    type.dtype = dtype_from_name(name.text);
  } catch (const Error& e) {
    lexer.fail_at(name.offset, e.what());
  }
  lexer.expect("[", "before the extents of a type");
  i64 count = 1;
  while (!lexer.at("]")) {
    if (!type.shape.empty()) lexer.expect(",", "or ']' after an extent");
    std::size_t at = lexer.offset();
    if (type.shape.size() == kMostDimensions) lexer.fail_at(at, "a type has at most 16 dimensions");
    Dim dim = lexer.extent();
    type.shape.push_back(dim);
    i64 extent = least_value(dim).value_or(0);
    if (extent < 0)
      lexer.fail_at(at, fmt::format("the extent {} {} negative", dim, dim.is_constant() ? "is" : "may be"));
    if (extent > kMostElementsInText || __builtin_mul_overflow(count, std::max<i64>(extent, 1), &count) ||
        count > kMostElementsInText) {
      lexer.fail_at(name.offset, fmt::format("this type has more than {} elements", kMostElementsInText));
    }
  }
  lexer.next();
  return type;
}

}  // namespace

Type parse_type(Lexer& lexer) { return parse_type(lexer, 0); }

Attribute parse_attribute(Lexer& lexer) {
  const Token token = lexer.peek();
  switch (token.kind) {
    case Token::Kind::Integer: return lexer.integer("a number");
    case Token::Kind::Real: return parse_real(lexer);
    case Token::Kind::String: return lexer.string("a string");
    case Token::Kind::Symbol:
      if (lexer.accept("[")) return parse_list(lexer);
      break;
    case Token::Kind::Word:
      if (token.text == "inf" || token.text == "nan") return parse_real(lexer);
      if (lexer.accept("dense")) return parse_dense(lexer);
      if (lexer.accept("expr")) return parse_expression(lexer);
      if (lexer.at("func")) return FunctionPtr(std::make_shared<const Function>(parse_function(lexer)));
      if (lexer.accept("none")) return FunctionPtr();
      if (token.text == "true" || token.text == "false") return lexer.next().text == "true";
      if (is_type_name(token.text)) return dtype_from_name(lexer.next().text);
      break;
    default: break;
  }
  lexer.fail_expected(
      "a value: a number, true, false, a string, an element type, [numbers], dense f32[2] [1,2], "
      "func @f(…) or expr(types) \"…\"");
}

AttributeMap parse_attributes(Lexer& lexer) {
  AttributeMap map;
  if (!lexer.accept("{")) return map;
  while (!lexer.at("}")) {
    if (!map.empty()) lexer.expect(",", "or '}' after an attribute");
    Token name = lexer.expect(Token::Kind::Word, "the name of an attribute");
    lexer.expect("=", fmt::format("after attribute {}", name.text));
    Attribute value = parse_attribute(lexer);
    if (!map.emplace(std::string(name.text), std::move(value)).second) {
      lexer.fail_at(name.offset, fmt::format("attribute {} is given twice", name.text));
    }
  }
  lexer.next();
  return map;
}

}  // namespace tenon
