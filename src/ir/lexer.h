// Words, numbers and signs of a text, with their place in it.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.h"
#include "tensor/dim.h"

namespace tenon {

struct Token {
  enum class Kind : std::uint8_t {
    End,
    Word,     ///< letter or _, then letters, digits, _ and dots
    Value,    ///< %12
    Integer,  ///< -3, 0x1f
    Real,     ///< 1.5, -2e-3, and -inf, -nan (but inf and nan are words)
    String,   ///< "…" with the quotes; see Lexer::unescape
    Symbol,   ///< one of ( ) [ ] { } < > , : ; = @ | + * / ? or ->
  };
  Kind kind = Kind::End;
  std::string_view text;
  std::size_t offset = 0;
};

/// Reads tokens; skips space and comments (// to the end of the line). Keeps one token of look-ahead.
/// All errors are of the form "line 3, column 9: …"; columns count characters of UTF-8.
class Lexer {
 public:
  /// `source` must outlive the lexer and its tokens.
  explicit Lexer(std::string_view source);

  const Token& peek() const { return token_; }
  Token next();

  bool at(std::string_view text) const;                        ///< the next token is this symbol or word
  bool accept(std::string_view text);                          ///< takes it if so
  void expect(std::string_view text, std::string_view where);  ///< "expected ')' <where>, found …"
  Token expect(Token::Kind kind, std::string_view what);       ///< "expected <what>, found …"

  std::int64_t integer(std::string_view what);  ///< the next token as a 64-bit integer
  Dim extent();                                 ///< up to the next comma or closing bracket, as dim_from_string
  bool list_has_unknowns() const;               ///< '?' stands in front of the next ']'
  std::string string(std::string_view what);    ///< the next token as a string, unescaped

  [[noreturn]] void fail_expected(std::string_view what) const;  ///< at the next token
  [[noreturn]] void fail_at(std::size_t offset, std::string_view message) const;
  std::size_t offset() const { return token_.offset; }
  /// Characters from the next token to the end.
  std::size_t left() const { return source_.size() - token_.offset; }

 private:
  void advance();
  void skip_space();
  std::size_t end_of_token();
  std::size_t end_of_number(std::size_t at);
  std::size_t end_of_string(std::size_t at);
  std::string unescape(const Token& t) const;

  std::string_view source_;
  std::size_t at_ = 0;
  Token token_;
};

/// The text in quotes, with escapes for quotes, backslashes and control characters.
std::string quoted_text(std::string_view text);

/// The whole text as a 64-bit integer (decimal, or hexadecimal after 0x); false where it is none or too large.
bool read_integer(std::string_view text, std::int64_t& value);

}  // namespace tenon
