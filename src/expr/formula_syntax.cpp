// The parser of text formulas: recursive descent with a bounded depth over untrusted text.
#include "expr/formula_syntax.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "base/suggest.h"

namespace tenon::expr {

namespace {

constexpr std::size_t kLongestText = std::size_t(1) << 16, kLongestShown = 100;
constexpr int kDeepest = 100, kHighest = 200;
constexpr std::size_t kMostStatements = 64, kMostDimensions = 16;

constexpr std::array<std::string_view, 10> kWords{"where", "select", "in",   "and", "or",
                                                  "not",   "pad",    "size", "inf", "nan"};
constexpr std::array kReducers{Reducer::Sum, Reducer::Prod,   Reducer::Max,
                               Reducer::Min, Reducer::ArgMax, Reducer::ArgMin};

bool is_word_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
/// Columns: letters, not bytes of UTF-8.
std::size_t width_of(std::string_view s) {
  return static_cast<std::size_t>(std::count_if(s.begin(), s.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<SyntaxStatement> run() {
    require(text_.size() <= kLongestText, "formula: the text has {} characters, at most {} are read", text_.size(),
            kLongestText);
    std::vector<SyntaxStatement> list;
    do {
      if (at_end() && !list.empty()) break;  // after a last ';'
      if (list.size() == kMostStatements) error(fmt::format("at most {} statements", kMostStatements));
      list.push_back(statement());
    } while (accept(";"));
    if (!at_end()) error("an operator, ';' or the end");
    return list;
  }

 private:
  [[noreturn]] void error(std::string_view expected) {
    skip();
    std::size_t to = at_ + 1;
    if (at_ < text_.size() && is_word(text_[at_]))
      while (to < text_.size() && is_word(text_[to])) ++to;
    while (to < text_.size() && (text_[to] & 0xC0) == 0x80) ++to;
    const std::string found = at_ < text_.size() ? fmt::format("'{}'", text_.substr(at_, to - at_)) : "the end";
    fail_at(text_, at_, to, fmt::format("expected {}, found {}", expected, found));
  }

  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool at_end() {
    skip();
    return at_ == text_.size();
  }
  bool peek(std::string_view token) {
    skip();
    if (!text_.substr(at_).starts_with(token)) return false;
    const std::size_t after = at_ + token.size();
    return !is_word_start(token[0]) || after == text_.size() || !is_word(text_[after]);
  }
  bool accept(std::string_view token) {
    if (!peek(token)) return false;
    at_ += token.size();
    end_ = at_;
    return true;
  }
  void expect_token(std::string_view token) {
    if (!accept(token)) error(fmt::format("'{}'", token));
  }
  std::string_view peek_word() {
    skip();
    std::size_t to = at_;
    if (to < text_.size() && is_word_start(text_[to]))
      while (to < text_.size() && is_word(text_[to])) ++to;
    return text_.substr(at_, to - at_);
  }
  std::string name(std::string_view what) {
    const std::string_view word = peek_word();
    if (word.empty()) error(what);
    if (is_reserved(word))
      fail_at(text_, at_, at_ + word.size(), fmt::format("{} is a word of the language, no name", word));
    at_ += word.size();
    end_ = at_;
    return std::string(word);
  }
  Syntax index_name() {
    skip();
    Syntax s{.kind = Syntax::Kind::Name, .from = at_};
    s.name = name("the name of an index");
    s.to = end_;
    return s;
  }

  SyntaxStatement statement() {
    SyntaxStatement s;
    skip();
    s.from = at_;
    s.target = name("the name of the tensor to compute");
    if (accept("[")) s.dimensions = dimensions();
    s.target_to = end_;
    s.reducer = assignment();
    s.value = scalar();
    if (accept("where")) do
        s.ranges.push_back(range());
      while (accept(","));
    s.to = end_;
    return s;
  }

  std::vector<std::vector<Syntax>> dimensions() {
    std::vector<std::vector<Syntax>> list;
    while (!accept("]")) {
      if (!list.empty()) expect_token(",");
      if (list.size() == kMostDimensions) error(fmt::format("at most {} dimensions", kMostDimensions));
      auto& group = list.emplace_back();
      if (!accept("(")) {
        group.push_back(index_name());
        if (!peek(",") && !peek("]")) error("',' or ']': a dimension of the target is an index");
        continue;
      }
      do group.push_back(index_name());
      while (accept(","));
      expect_token(")");
    }
    return list;
  }

  Reducer assignment() {
    for (Reducer r : kReducers) {
      const std::string word = r == Reducer::Sum ? "+" : r == Reducer::Prod ? "*" : std::string(name_of(r));
      const std::size_t start = at_;
      if (accept(word) && at_ < text_.size() && text_[at_] == '=') {
        ++at_;
        return r;
      }
      at_ = start;
    }
    if (peek("==") || !accept("=")) error("=, +=, *=, max=, min=, argmax= or argmin=");
    return Reducer::None;
  }

  SyntaxRange range() {
    SyntaxRange r;
    skip();
    r.from = at_;
    r.index = index_name().name;
    if (!accept("in")) error("'in' and a range, as in 'where i in 0:10'");
    r.high = sum();
    if (accept(":")) {
      r.low = std::move(r.high);
      r.high = sum();
    }
    r.to = end_;
    return r;
  }

  /// A part that began at `from` and ends here.
  Syntax made(Syntax s, std::size_t from) {
    s.from = from;
    s.to = end_;
    for (const Syntax& part : s.parts) s.height = std::max(s.height, part.height + 1);
    if (s.height > kHighest)
      fail_at(text_, s.from, s.to, fmt::format("more than {} parts inside each other", kHighest));
    return s;
  }
  Syntax call(std::string_view function, std::vector<Syntax> parts, std::size_t from) {
    return made({.kind = Syntax::Kind::Call, .name = std::string(function), .parts = std::move(parts)}, from);
  }

  /// What `read` reads, one level deeper.
  template <class F>
  Syntax nested(F&& read) {
    if (++depth_ > kDeepest) fail_at(text_, at_, at_ + 1, fmt::format("more than {} levels of nesting", kDeepest));
    Syntax s = read();
    --depth_;
    return s;
  }

  Syntax scalar() {
    return nested([&] {
      skip();
      const std::size_t from = at_;
      Syntax s = conjunction();
      while (accept("or") || accept("||")) s = call("or", {std::move(s), conjunction()}, from);
      return s;
    });
  }
  Syntax conjunction() {
    skip();
    const std::size_t from = at_;
    Syntax s = negation();
    while (accept("and") || accept("&&")) s = call("and", {std::move(s), negation()}, from);
    return s;
  }
  Syntax negation() {
    skip();
    const std::size_t from = at_;
    if (!accept("not") && (peek("!=") || !accept("!"))) return comparison();
    return nested([&] { return call("not", {negation()}, from); });
  }
  Syntax comparison() {
    constexpr std::string_view symbols[] = {"==", "!=", "<=", ">=", "<", ">"};
    skip();
    const std::size_t from = at_;
    Syntax first = sum();
    Syntax chain{.kind = Syntax::Kind::Chain};
    for (bool more = true; more;) {
      more = false;
      for (std::string_view symbol : symbols) {
        if (!accept(symbol)) continue;
        chain.names.emplace_back(symbol);
        chain.parts.push_back(sum());
        more = true;
        break;
      }
    }
    if (chain.parts.empty()) return first;
    chain.parts.insert(chain.parts.begin(), std::move(first));
    return made(std::move(chain), from);
  }
  Syntax sum() {
    skip();
    const std::size_t from = at_;
    Syntax s = product();
    for (;;) {
      if (accept("+"))
        s = call("+", {std::move(s), product()}, from);
      else if (accept("-"))
        s = call("-", {std::move(s), product()}, from);
      else
        return s;
    }
  }
  Syntax product() {
    skip();
    const std::size_t from = at_;
    Syntax s = unary();
    for (;;) {
      if (accept("*"))
        s = call("*", {std::move(s), unary()}, from);
      else if (accept("/"))
        s = call("/", {std::move(s), unary()}, from);
      else
        return s;
    }
  }
  Syntax unary() {
    skip();
    const std::size_t from = at_;
    if (!accept("-")) return power();
    return nested([&] { return call("neg", {unary()}, from); });
  }
  Syntax power() {
    const std::size_t from = at_;
    Syntax s = atom();
    if (!accept("**")) return s;
    return nested([&] { return call("pow", {std::move(s), unary()}, from); });
  }

  Syntax atom() {
    skip();
    const std::size_t from = at_;
    if (accept("(")) {
      Syntax s = scalar();
      expect_token(")");
      return s;
    }
    if (accept("{")) {
      Syntax s{.kind = Syntax::Kind::Data, .parts = {scalar()}};
      expect_token("}");
      return made(std::move(s), from);
    }
    if (accept("?")) {
      Syntax s{.kind = Syntax::Kind::Unknown, .name = std::string(peek_word())};
      if (s.name.empty()) error("the name of an unknown extent");
      at_ += s.name.size();
      end_ = at_;
      return made(std::move(s), from);
    }
    const std::string_view word = peek_word();
    if (word.empty() || word == "inf" || word == "nan") return number();
    at_ += word.size();
    end_ = at_;
    if (reducer_named(word) && accept("[")) return reduction(word, from);
    if (accept("(")) return function(word, from);
    at_ = from;
    Syntax s{.kind = Syntax::Kind::Name, .name = name("a scalar")};
    if (accept("[")) {
      s.kind = Syntax::Kind::Access;
      s.parts = list("]");
      if (s.parts.size() > kMostDimensions)
        fail_at(text_, from, end_, fmt::format("more than {} dimensions", kMostDimensions));
    }
    return made(std::move(s), from);
  }

  std::vector<Syntax> list(std::string_view closing) {
    std::vector<Syntax> parts;
    while (!accept(closing)) {
      if (!parts.empty() && !accept(",")) error(fmt::format("',' or '{}'", closing));
      parts.push_back(scalar());
    }
    return parts;
  }

  Syntax reduction(std::string_view word, std::size_t from) {
    Syntax s{.kind = Syntax::Kind::Reduce, .name = std::string(word)};
    do s.names.push_back(index_name().name);
    while (accept(","));
    expect_token("]");
    expect_token("(");
    s.parts.push_back(scalar());
    expect_token(")");
    return made(std::move(s), from);
  }

  Syntax function(std::string_view word, std::size_t from) {
    const bool known = function_named(word) || dtype_named(word) || word == "where" || word == "select" ||
                       word == "pad" || word == "size";
    if (!known) {
      std::vector<std::string_view> names{"where", "pad", "size", "bit_and", "bit_or", "bit_xor"};
      for (Fn fn = Fn::Neg; fn < Fn::RandomBits; fn = static_cast<Fn>(static_cast<int>(fn) + 1))
        if (function_named(name_of(fn))) names.push_back(name_of(fn));
      fail_at(
          text_, from, from + word.size(),
          fmt::format(
              "there is no function {}{}{}", word, suggestion(word, names),
              word == "sum" || word == "prod" ? fmt::format("; a reduction names its indices: {}[k](…)", word) : ""));
    }
    Syntax s = call(word, list(")"), from);
    std::size_t least = 1, most = 1;
    if (auto fn = function_named(word)) least = most = static_cast<std::size_t>(arity_of(*fn));
    if (word == "where" || word == "select") least = most = 3;
    if (word == "pad") most = 2;
    if (word == "size") least = most = 2;
    if (s.parts.size() < least || s.parts.size() > most)
      fail_at(text_, s.from, s.to,
              fmt::format("{} takes {} argument{}, given {}", word,
                          least == most ? std::to_string(most) : fmt::format("{} or {}", least, most),
                          most == 1 ? "" : "s", s.parts.size()));
    return s;
  }

  Syntax number() {
    skip();
    const std::size_t from = at_;
    Syntax s;
    if (accept("inf"))
      s.number = kInfinity;
    else if (accept("nan"))
      s.number = std::nan("");
    else {
      const char* first = text_.data() + at_;
      const bool plain = at_ < text_.size() && (std::isdigit(static_cast<unsigned char>(*first)) || *first == '.');
      auto [end, status] = std::from_chars(first, text_.data() + text_.size(), s.number);
      if (!plain || status != std::errc()) error("a number, a tensor, an index, a function or '('");
      at_ = end_ = static_cast<std::size_t>(end - text_.data());
      if (at_ < text_.size() && is_word(text_[at_])) error("an operator between a number and a name");
    }
    return made(std::move(s), from);
  }

  std::string_view text_;
  std::size_t at_ = 0, end_ = 0;  ///< end_: behind the last token
  int depth_ = 0;
};

}  // namespace

void fail_at(std::string_view text, std::size_t from, std::size_t to, const std::string& message) {
  from = std::min(from, text.size());
  std::size_t begin = from == 0 ? std::string_view::npos : text.rfind('\n', from - 1);
  begin = begin == std::string_view::npos ? 0 : begin + 1;
  const std::size_t column = width_of(text.substr(begin, from - begin)) + 1;
  std::size_t end = std::min(text.find('\n', from), text.size());
  auto whole = [&](std::size_t k) {  // not in the middle of a letter
    while (k < end && (text[k] & 0xC0) == 0x80) ++k;
    return k;
  };
  if (from - begin > kLongestShown / 2) begin = whole(from - kLongestShown / 2);
  if (end - begin > kLongestShown) end = whole(begin + kLongestShown);
  to = std::clamp(to, from, std::max(from, end));
  const std::size_t before = width_of(text.substr(begin, from - begin)),
                    marked = width_of(text.substr(from, to - from));
  std::string line(text.substr(begin, end - begin));
  std::replace_if(line.begin(), line.end(), [](char c) { return c == '\t' || c == '\r'; }, ' ');
  fail("formula, column {}: {}\n  {}\n  {}{}", column, message, line, std::string(before, ' '),
       std::string(std::max<std::size_t>(marked, 1), '^'));
}

std::vector<SyntaxStatement> parse_statements(std::string_view text) { return Parser(text).run(); }

namespace {

/// Numbers and extents, by + - * /; `known` is set where an extent is among them.
bool is_made_of_extents(const Syntax& s, bool& known) {
  if (s.kind == Syntax::Kind::Number) return s.number == std::floor(s.number);
  if (s.kind == Syntax::Kind::Unknown || s.is_call("size")) return known = true;
  const bool sum = s.is_call("neg") || s.is_call("+") || s.is_call("-") || s.is_call("*") || s.is_call("/");
  return (sum || s.is_call("floor")) &&
         std::ranges::all_of(s.parts, [&](const Syntax& part) { return is_made_of_extents(part, known); });
}

}  // namespace

bool is_extent(const Syntax& s) {
  bool known = false;
  return (s.kind == Syntax::Kind::Unknown || s.is_call("size") || s.is_call("floor")) && is_made_of_extents(s, known) &&
         known;
}

std::optional<Fn> function_named(std::string_view name) {
  const bool bitwise = name.starts_with("bit_");
  Fn fn;
  if (!fn_from_name(bitwise ? name.substr(4) : name, fn)) return {};
  const bool logic = fn == Fn::And || fn == Fn::Or || fn == Fn::Xor;
  const bool symbol = (fn >= Fn::Add && fn <= Fn::Div) || is_comparison(fn) || fn == Fn::Not || fn == Fn::RandomBits;
  return logic == bitwise && !symbol ? std::optional(fn) : std::nullopt;
}
std::optional<DType> dtype_named(std::string_view name) {
  for (DType t : kAllDTypes)
    if (name_of(t) == name) return t;
  return {};
}
std::optional<Reducer> reducer_named(std::string_view name) {
  for (Reducer r : kReducers)
    if (name_of(r) == name) return r;
  return {};
}
bool is_reserved(std::string_view word) {
  return function_named(word) || dtype_named(word) || reducer_named(word) ||
         std::ranges::find(kWords, word) != kWords.end();
}

}  // namespace tenon::expr
