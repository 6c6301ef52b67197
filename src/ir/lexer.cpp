#include "ir/lexer.h"

#include <algorithm>
#include <charconv>

namespace tenon {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '.'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// What is shown of a token in a message.
std::string shown(const Token& t) {
  constexpr std::size_t kLongest = 40;
  if (t.kind == Token::Kind::End) return "the end of the text";
  std::string_view text = t.text;
  bool cut = text.size() > kLongest;
  if (cut) {
    std::size_t end = kLongest;
    while (end > 0 && continues_character(text[end])) --end;
    text = text.substr(0, end);
  }
  return fmt::format("'{}{}'", text, cut ? "…" : "");
}

}  // namespace

Lexer::Lexer(std::string_view source) : source_(source) { advance(); }

Token Lexer::next() {
  Token t = token_;
  advance();
  return t;
}

bool Lexer::at(std::string_view text) const {
  return (token_.kind == Token::Kind::Symbol || token_.kind == Token::Kind::Word) && token_.text == text;
}

bool Lexer::accept(std::string_view text) {
  bool found = at(text);
  if (found) advance();
  return found;
}

void Lexer::expect(std::string_view text, std::string_view where) {
  if (!accept(text)) fail_expected(fmt::format("'{}' {}", text, where));
}

Token Lexer::expect(Token::Kind kind, std::string_view what) {
  if (token_.kind != kind) fail_expected(what);
  return next();
}

std::int64_t Lexer::integer(std::string_view what) {
  if (token_.kind != Token::Kind::Integer) fail_expected(what);
  std::int64_t value = 0;
  if (!read_integer(token_.text, value)) fail_at(token_.offset, fmt::format("{} does not fit 64 bits", shown(token_)));
  advance();
  return value;
}

Dim Lexer::extent() {
  std::size_t start = token_.offset, end = start;
  for (int depth = 0;
       end < source_.size() && (depth > 0 || std::string_view(",]})\n").find(source_[end]) == std::string_view::npos);
       ++end)
    depth += source_[end] == '(' ? 1 : source_[end] == ')' ? -1 : 0;
  try {
    Dim d = dim_from_string(source_.substr(start, end - start));
    at_ = end;
    advance();
    return d;
  } catch (const Error& e) {
    fail_at(start, e.what());
  }
}

bool Lexer::list_has_unknowns() const {
  std::string_view rest = source_.substr(token_.offset);
  return rest.substr(0, rest.find(']')).find('?') != std::string_view::npos;
}

std::string Lexer::string(std::string_view what) {
  if (token_.kind != Token::Kind::String) fail_expected(what);
  std::string text = unescape(token_);
  advance();
  return text;
}

void Lexer::fail_expected(std::string_view what) const {
  fail_at(token_.offset, fmt::format("expected {}, found {}", what, shown(token_)));
}

void Lexer::fail_at(std::size_t offset, std::string_view message) const {
  std::string_view before = source_.substr(0, offset);
  std::size_t line = static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1;
  std::size_t start = before.rfind('\n') + 1;  // 0 where there is none
  std::string_view in_line = before.substr(start);
  auto column = std::ranges::count_if(in_line, [](char c) { return !continues_character(c); }) + 1;
  fail("line {}, column {}: {}", line, column, message);
}

void Lexer::skip_space() {
  for (;;) {
    while (at_ < source_.size() && is_space(source_[at_])) ++at_;
    if (!source_.substr(at_).starts_with("//")) return;
    at_ = std::min(source_.find('\n', at_), source_.size());
  }
}

void Lexer::advance() {
  skip_space();
  token_ = {Token::Kind::End, {}, at_};
  if (at_ == source_.size()) return;
  std::size_t end = end_of_token();
  token_.text = source_.substr(at_, end - at_);
  at_ = end;
}

// Sets the kind of the token that starts at at_.
std::size_t Lexer::end_of_token() {
  std::string_view rest = source_.substr(at_);
  char c = rest[0], d = rest.size() > 1 ? rest[1] : '\0';
  if (is_letter(c) || (c == '-' && (rest.substr(1).starts_with("inf") || rest.substr(1).starts_with("nan")))) {
    token_.kind = c == '-' ? Token::Kind::Real : Token::Kind::Word;
    std::size_t end = at_ + 1;
    while (end < source_.size() && is_word(source_[end])) ++end;
    if (c == '-' && end != at_ + 4) fail_at(at_, "expected a number after '-'");
    return end;
  }
  if (is_digit(c) || (c == '-' && is_digit(d))) return end_of_number(at_);
  if (c == '%') {
    token_.kind = Token::Kind::Value;
    std::size_t end = at_ + 1;
    while (end < source_.size() && is_digit(source_[end])) ++end;
    if (end == at_ + 1) fail_at(at_, "expected a number after '%'");
    return end;
  }
  if (c == '"') return end_of_string(at_);
  token_.kind = Token::Kind::Symbol;
  if (c == '-' && d == '>') return at_ + 2;
  if (std::string_view("()[]{}<>,:;=@|+-*/?").find(c) != std::string_view::npos) return at_ + 1;
  std::size_t length = 1;
  while (length < rest.size() && continues_character(rest[length])) ++length;
  if (is_control(c)) fail_at(at_, fmt::format("unexpected control character 0x{:02x}", static_cast<unsigned char>(c)));
  fail_at(at_, fmt::format("unexpected character '{}'", rest.substr(0, length)));
}

std::size_t Lexer::end_of_number(std::size_t at) {
  token_.kind = Token::Kind::Integer;
  std::size_t end = at + (source_[at] == '-');
  auto here = [&](std::size_t k) { return k < source_.size() ? source_[k] : '\0'; };
  if (end == at && here(end) == '0' && here(end + 1) == 'x' && is_hex(here(end + 2))) {
    for (end += 2; is_hex(here(end));) ++end;
  } else {
    while (is_digit(here(end))) ++end;
    if (here(end) == '.') {
      token_.kind = Token::Kind::Real;
      for (++end; is_digit(here(end));) ++end;
    }
    if (here(end) == 'e' || here(end) == 'E') {
      token_.kind = Token::Kind::Real;
      end += here(end + 1) == '-' || here(end + 1) == '+' ? 2 : 1;
      if (!is_digit(here(end))) fail_at(at, fmt::format("'{}' has no exponent", source_.substr(at, end - at)));
      while (is_digit(here(end))) ++end;
    }
  }
  if (is_word(here(end))) fail_at(at, fmt::format("'{}' is not a number", source_.substr(at, end + 1 - at)));
  return end;
}

std::size_t Lexer::end_of_string(std::size_t at) {
  token_.kind = Token::Kind::String;
  for (std::size_t end = at + 1; end < source_.size() && source_[end] != '\n'; ++end) {
    if (source_[end] == '"') return end + 1;
    if (source_[end] == '\\') ++end;
  }
  fail_at(at, "this string does not end on its line");
}

std::string Lexer::unescape(const Token& t) const {
  std::string out;
  std::string_view body = t.text.substr(1, t.text.size() - 2);
  for (std::size_t k = 0; k < body.size(); ++k) {
    if (is_control(body[k]) && body[k] != '\t') fail_at(t.offset + 1 + k, "a string has no bare control characters");
    if (body[k] != '\\') {
      out += body[k];
      continue;
    }
    std::size_t start = t.offset + 1 + k;
    switch (body[++k]) {  // a string does not end in a lone backslash
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case 'r': out += '\r'; break;
      case '"': out += '"'; break;
      case '\\': out += '\\'; break;
      case 'x': {
        unsigned code = 0;
        std::string_view digits = body.substr(k + 1, 2);
        if (digits.size() != 2 || !is_hex(digits[0]) || !is_hex(digits[1])) {
          fail_at(start, "expected two hexadecimal digits after \\x");
        }
        std::from_chars(digits.data(), digits.data() + 2, code, 16);
        out += static_cast<char>(code);
        k += 2;
        break;
      }
      default: fail_at(start, "unknown escape; known are \\n \\t \\r \\\" \\\\ and \\x with two hexadecimal digits");
    }
  }
  return out;
}

std::string quoted_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    switch (c) {
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      default:
        if (is_control(c)) {
          out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

bool read_integer(std::string_view text, std::int64_t& value) {
  bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace tenon
