#include "ir/lexer.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace tenon {
namespace {

std::vector<std::string> texts(std::string_view source) {
  Lexer lexer(source);
  std::vector<std::string> out;
  while (lexer.peek().kind != Token::Kind::End) out.emplace_back(lexer.next().text);
  return out;
}

std::string error_of(const std::function<void()>& f) {
  try {
    f();
    return "";
  } catch (const Error& e) {
    return e.what();
  }
}

TEST(Lexer, SplitsTokens) {
  EXPECT_EQ(texts("%12=op.x(a,-3)->{k = 1.5e-3} // rest\n \"s\" 0x1F -inf nan"),
            (std::vector<std::string>{"%12", "=", "op.x", "(", "a", ",", "-3", ")", "->", "{", "k", "=", "1.5e-3", "}",
                                      "\"s\"", "0x1F", "-inf", "nan"}));
  EXPECT_EQ(texts(" // only a comment"), std::vector<std::string>{});
}

TEST(Lexer, KnowsKinds) {
  Lexer lexer("a %1 1 1.0 1e5 -2 \"\" + -nan");
  for (Token::Kind kind : {Token::Kind::Word, Token::Kind::Value, Token::Kind::Integer, Token::Kind::Real,
                           Token::Kind::Real, Token::Kind::Integer, Token::Kind::String, Token::Kind::Symbol,
                           Token::Kind::Real, Token::Kind::End, Token::Kind::End}) {
    EXPECT_EQ(lexer.next().kind, kind);
  }
}

TEST(Lexer, SaysWhereInCharacters) {
  EXPECT_EQ(error_of([] {
              Lexer lexer("\n\"äö\" x");
              lexer.next();
              lexer.expect("y", "here");
            }),
            "line 2, column 6: expected 'y' here, found 'x'");
  EXPECT_EQ(error_of([] { Lexer("").expect("func", "first"); }),
            "line 1, column 1: expected 'func' first, found the end of the text");
}

TEST(Lexer, RefusesWhatIsNoToken) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a\n  &", "line 2, column 3: unexpected character '&'"},
      {"ä", "line 1, column 1: unexpected character 'ä'"},
      {std::string_view("\0", 1), "line 1, column 1: unexpected control character 0x00"},
      {"12ab", "line 1, column 1: '12a' is not a number"},
      {"1.2.3", "line 1, column 1: '1.2.' is not a number"},
      {"1e+", "line 1, column 1: '1e+' has no exponent"},
      {"0x", "line 1, column 1: '0x' is not a number"},
      {"-infinite", "line 1, column 1: expected a number after '-'"},
      {"%x", "line 1, column 1: expected a number after '%'"},
      {"\"abc\n\"", "line 1, column 1: this string does not end on its line"},
      {"\"abc\\\"", "line 1, column 1: this string does not end on its line"},
  };
  for (auto [source, message] : cases) EXPECT_EQ(error_of([&] { texts(source); }), message);
}

TEST(Lexer, StringsComeBack) {
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  for (const std::string& s : {std::string(), every, std::string("ä \"quoted\" \\ \n")}) {
    std::string text = quoted_text(s);
    Lexer lexer(text);
    EXPECT_EQ(lexer.string("a string"), s);
    EXPECT_EQ(text.find('\n'), std::string::npos);
  }
}

TEST(Lexer, RefusesBadEscapes) {
  auto read = [](std::string_view source) {
    return error_of([&] {
      Lexer lexer(source);
      lexer.string("a string");
    });
  };
  EXPECT_EQ(read(R"("ab\q")"),
            R"(line 1, column 4: unknown escape; known are \n \t \r \" \\ and \x with two hexadecimal digits)");
  EXPECT_EQ(read(R"("\x1")"), R"(line 1, column 2: expected two hexadecimal digits after \x)");
  EXPECT_EQ(read("\"a\x01\""), "line 1, column 3: a string has no bare control characters");
  EXPECT_EQ(read("7"), "line 1, column 1: expected a string, found '7'");
}

TEST(Lexer, IntegersAreBounded) {
  auto read = [](std::string_view source) { return Lexer(source).integer("a number"); };
  EXPECT_EQ(read("9223372036854775807"), 9223372036854775807);
  EXPECT_EQ(read("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(read("0xff"), 255);
  EXPECT_EQ(error_of([&] { read("9223372036854775808"); }),
            "line 1, column 1: '9223372036854775808' does not fit 64 bits");
}

}  // namespace
}  // namespace tenon
