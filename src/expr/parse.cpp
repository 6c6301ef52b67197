// The parser of expressions: recursive descent with a bounded depth over untrusted text.
#include <algorithm>
#include <bit>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>

#include "expr/pool.h"
#include "expr/text.h"

namespace tenon::expr {

namespace {

constexpr std::size_t kLongestText = std::size_t(1) << 20;
constexpr int kDeepest = 200;
constexpr std::size_t kMostIndices = 64;
constexpr int kMostTerms = 32, kHighest = 400;
constexpr i64 kTrials = i64(1) << 22;
constexpr i64 kLargestDen = i64(1) << 20;

class Parser {
 public:
  Parser(std::string_view text, const std::vector<Type>& in) : text_(text) {
    o_.pool = std::make_shared<Pool>();
    o_.in = in;
  }

  Expr run() {
    require(text_.size() <= kLongestText, "the expression has {} characters, at most {} are read", text_.size(),
            kLongestText);
    domain();
    reducer();
    o_.body = root();
    DType body = pool()[o_.body].dtype;
    bool position = o_.reducer == Reducer::ArgMax || o_.reducer == Reducer::ArgMin;
    if (o_.reducer != Reducer::None && body != o_.accumulate)
      error(fmt::format("a body of type {}", o_.accumulate), fmt::format("type {}", body));
    acc_ = pool().acc(position ? DType::I64 : body);
    o_.post = acc_;
    if (accept("->")) {
      let_.clear();
      in_post_ = true;
      o_.post = root();
    }
    skip();
    if (at_ != text_.size()) error("the end of the expression");
    check_size();
    check_bounds(pool(), o_.body, o_.in, kTrials);
    check_bounds(pool(), o_.post, o_.in, kTrials);
    Expr e = close(std::move(o_));
    if (is_concrete(e.type().shape)) element_count(e.type().shape);
    return e;
  }

 private:
  Pool& pool() { return *o_.pool; }

  /// What comes after works recursively, and computes forms in 64 bits.
  void check_size() {
    Shape all;
    for (IndexId i : o_.parallel()) all.push_back(pool().extent(i));
    for (IndexId i : o_.red) all.push_back(pool().extent(i));
    if (is_concrete(all)) element_count(all);
    std::vector<int> height(pool().size(), 1);
    for (std::size_t k = 0; k < pool().size(); ++k) {
      const Node& n = pool()[static_cast<NodeId>(k)];
      auto under = [&](NodeId child) {
        if (child != kNone) height[k] = std::max(height[k], height[static_cast<std::size_t>(child)] + 1);
      };
      for (NodeId a : n.args) under(a);
      for (const Coord& c : n.at) under(c.data), check_form(c.at);
      for (const Cond& c : n.cond) under(c.e.data), check_form(c.e.at);
      require(height[k] <= kHighest, "expression: more than {} scalars inside each other", kHighest);
    }
  }

  void check_form(const Affine& a) {
    auto size = [](Dim d) { return d.is_constant() ? std::abs(static_cast<double>(d.value())) : 1.0; };
    double reach = size(a.offset);
    for (const Term& t : a.terms) reach += size(t.coef) * size(pool().extent(t.index));
    require(reach < 0x1p62, "expression: an index form reaches beyond 64 bits");
  }

  [[noreturn]] void error(std::string_view expected, std::string found = {}) {
    if (found.empty()) found = at_ < text_.size() ? fmt::format("'{}'", text_.substr(at_, 12)) : "the end";
    fail("expression, column {}: expected {}, found {}", at_ + 1, expected, found);
  }

  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool peek(std::string_view token) {
    skip();
    return text_.substr(at_).starts_with(token);
  }
  bool accept(std::string_view token) {
    if (!peek(token)) return false;
    at_ += token.size();
    return true;
  }
  void expect_token(std::string_view token) {
    if (!accept(token)) error(fmt::format("'{}'", token));
  }
  /// Letters, digits and underscores; empty where there is no name. Does not advance.
  std::string_view peek_word() {
    skip();
    std::size_t end = at_;
    while (end < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[end])) || text_[end] == '_')) ++end;
    bool name = end > at_ && !std::isdigit(static_cast<unsigned char>(text_[at_]));
    return name ? text_.substr(at_, end - at_) : std::string_view();
  }
  bool accept_word(std::string_view word) {
    if (peek_word() != word) return false;
    at_ += word.size();
    return true;
  }

  i64 integer(i64 most = kInf) {
    skip();
    i64 value = 0;
    auto [end, status] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (status != std::errc() || value > most || value < -most) error("an integer of moderate size");
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  DType dtype() {
    std::string_view word = peek_word();
    for (DType t : kAllDTypes)
      if (name_of(t) == word) {
        at_ += word.size();
        return t;
      }
    error("an element type such as f32");
  }

  IndexId declare_index() {
    std::string name(peek_word());
    if (name.empty()) error("the name of an index");
    if (index_.count(name)) error("a new name", "the known index '" + name + "'");
    if (index_.size() == kMostIndices) error(fmt::format("at most {} indices", kMostIndices));
    at_ += name.size();
    expect_token(":");
    Dim extent = constant_form();
    if (extent.is_constant() && extent < 0) error("an extent of at least 0");
    return index_[name] = pool().fresh(name, extent);
  }

  void domain() {
    expect_token("[");
    while (!peek("|") && !peek("]")) {
      if (!o_.out.empty()) expect_token(",");
      auto& group = o_.out.emplace_back();
      if (!accept("(")) {
        group.push_back(declare_index());
        continue;
      }
      while (!accept(")")) {
        if (!group.empty()) expect_token(",");
        group.push_back(declare_index());
      }
    }
    if (accept("|")) do
        o_.red.push_back(declare_index());
      while (accept(","));
    expect_token("]");
  }

  void reducer() {
    constexpr Reducer all[] = {Reducer::Sum, Reducer::Prod,   Reducer::Max,
                               Reducer::Min, Reducer::ArgMax, Reducer::ArgMin};
    std::size_t start = at_;
    for (Reducer r : all) {
      if (!accept_word(name_of(r))) continue;
      if (peek("(")) {  // the function max(a, b) as body
        at_ = start;
        return;
      }
      o_.reducer = r;
      o_.accumulate = dtype();
      expect_token(":");
      return;
    }
    if (!o_.red.empty()) error("a reducer for the indices after '|'");
  }

  NodeId root() {
    while (accept_word("let")) {
      std::string name(peek_word());
      if (name.empty()) error("a name");
      at_ += name.size();
      expect_token("=");
      NodeId value = scalar();
      expect_token(";");
      let_[name] = value;
    }
    return scalar();
  }

  /// A product of numbers, unknowns and at most one index.
  Affine term() {
    Dim coef = 1;
    IndexId index = kNone;
    do {
      skip();
      if (auto unknown = read_unknown(text_, at_)) {
        coef *= *unknown;
        continue;
      }
      std::string_view word = peek_word();
      if (word.empty()) {
        coef *= integer();
        continue;
      }
      auto it = index_.find(std::string(word));
      if (it == index_.end()) error("the name of an index");
      if (index != kNone) error("one index in a product");
      at_ += word.size();
      index = it->second;
    } while (accept("*"));
    return index == kNone ? Affine(coef) : Affine::of(index, coef);
  }

  Dim constant_form() {
    std::size_t start = at_;
    Affine a = linear();
    if (a.is_constant()) return a.offset;
    at_ = start;
    error("a number or an unknown such as ?n");
  }

  Affine linear() {
    Affine a;
    bool minus = accept("-");
    for (int terms = 0;; ++terms) {
      if (terms == kMostTerms) error(fmt::format("at most {} terms", kMostTerms));
      Affine t = term();
      a = minus ? a - t : a + t;
      if (accept("+"))
        minus = false;
      else if (peek("-") && !peek("->"))
        accept("-"), minus = true;
      else
        return a;
    }
  }

  Affine affine() {
    if (!accept("(")) return linear();
    Affine a = linear();
    expect_token(")");
    expect_token("/");
    i64 den = integer(kLargestDen);
    if (den <= 0) error("a positive divisor");
    return exact_div(a, den);
  }

  Coord coord() {
    if (!accept("{")) return {affine(), kNone};
    NodeId data = scalar();
    if (!is_position(pool()[data].dtype)) error("an index of an integer type that i64 holds");
    expect_token("}");
    return {accept("+") ? affine() : Affine(0), data};
  }

  Dim bound(const Coord& c) {
    if (c.data != kNone || !c.at.is_constant() || c.at.den != 1) error("a constant bound");
    return c.at.offset;
  }

  Cond cond() {
    if (accept_word("exact")) return {coord(), -kInf, kInf};
    Cond c{coord(), -kInf, kInf};
    if (accept("==")) {
      c.lo = constant_form();
      c.hi = c.lo + 1;
      return c;
    }
    if (accept("<=")) {
      c.lo = bound(c.e);
      c.e = coord();
      if (!peek("<")) return c;
    }
    expect_token("<");
    c.hi = constant_form();
    return c;
  }

  NodeId guard() {
    Conds conds;
    do conds.push_back(cond());
    while (accept(","));
    expect_token(";");
    NodeId yes = scalar();
    expect_token(";");
    NodeId no = scalar();
    expect_token(")");
    return pool().guard(std::move(conds), yes, no);
  }

  NodeId load(std::string_view word) {
    std::size_t operand = 0;
    auto [end, status] = std::from_chars(word.data() + 1, word.data() + word.size(), operand);
    if (status != std::errc() || end != word.data() + word.size() || operand >= o_.in.size())
      error(fmt::format("an operand x0 to x{}", o_.in.empty() ? 0 : o_.in.size() - 1), fmt::format("'{}'", word));
    at_ += word.size();
    expect_token("[");
    SmallVector<Coord, 3> at;
    while (!accept("]")) {
      if (!at.empty()) expect_token(",");
      at.push_back(coord());
    }
    const Type& type = o_.in[operand];
    if (at.size() != type.shape.size())
      error(fmt::format("{} indices of operand {}", type.shape.size(), operand), std::to_string(at.size()));
    return pool().load(static_cast<std::int32_t>(operand), type.dtype, std::move(at));
  }

  NodeId literal() {
    skip();
    const char* first = text_.data() + at_;
    const char* last = text_.data() + text_.size();
    if (peek("nan(")) return nan_of_bits();
    i64 whole = 0;
    std::uint64_t large = 0;
    double real = 0;
    auto as_int = std::from_chars(first, last, whole);
    if (as_int.ec != std::errc()) as_int = std::from_chars(first, last, large);
    auto as_real = std::from_chars(first, last, real);
    bool integral = as_int.ec == std::errc() && as_int.ptr != last && *as_int.ptr == ':';
    if (!integral && as_real.ec != std::errc()) error("a number, an operand, a function or '('");
    at_ = static_cast<std::size_t>((integral ? as_int.ptr : as_real.ptr) - text_.data());
    expect_token(":");
    DType t = dtype();
    if (is_float(t)) return pool().constant(Number(real), t);
    if (!integral) error(fmt::format("an integer for type {}", t));
    if (large != 0 && t != DType::U64) error(fmt::format("a number that {} holds", t));
    return pool().constant(large != 0 ? Number::of_uint(large) : Number::of_int(whole), t);
  }

  NodeId nan_of_bits() {
    accept("nan(");
    if (!accept("0x")) error("the bits of a NaN, as in nan(0x7ff8000000000001)");
    std::uint64_t bits = 0;
    auto [end, status] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), bits, 16);
    double v = std::bit_cast<double>(bits);
    if (status != std::errc() || !std::isnan(v)) error("the bits of a NaN");
    at_ = static_cast<std::size_t>(end - text_.data());
    expect_token(")");
    expect_token(":");
    DType t = dtype();
    if (!is_float(t)) error("a float type");
    return pool().constant(Number(v), t);
  }

  NodeId call(std::string_view word) {
    at_ += word.size();
    expect_token("(");
    if (word == "guard") return guard();
    if (word == "index") {
      Node n{.kind = Kind::Value, .dtype = DType::I64};
      n.at.push_back(coord());
      expect_token(")");
      return pool().intern(std::move(n));
    }
    SmallVector<NodeId, 3> args;
    do args.push_back(scalar());
    while (accept(","));
    expect_token(")");
    return apply(word, std::move(args));
  }

  NodeId apply(std::string_view word, SmallVector<NodeId, 3> args) {
    for (DType t : kAllDTypes)
      if (name_of(t) == word && args.size() == 1) return pool().cast(t, args[0]);
    if (word == "select" && args.size() == 3) return pool().select(args[0], args[1], args[2]);
    Fn fn;
    if (!fn_from_name(word, fn)) error("a function", fmt::format("'{}'", word));
    if (static_cast<int>(args.size()) != arity_of(fn)) error(fmt::format("{} arguments of {}", arity_of(fn), word));
    check_types(fn, args);
    return pool().apply(fn, std::move(args));
  }

  void check_types(Fn fn, const SmallVector<NodeId, 3>& args) {
    DType t = pool()[args[0]].dtype;
    bool bitwise = fn >= Fn::And && fn <= Fn::ShiftRight;
    bool real = (fn >= Fn::Exp && fn <= Fn::Sigmoid) || fn == Fn::Atan2;
    bool words = fn == Fn::RandomBits;
    if (bitwise && is_float(t)) error(fmt::format("integers or bool for {}", name_of(fn)));
    if (real && !is_float(t)) error(fmt::format("floats for {}", name_of(fn)));
    if (words && (t != DType::I32 || pool()[args[1]].dtype != DType::I32 || pool()[args[2]].dtype != DType::I64))
      error("i32, i32 and i64 for random_bits");
  }

  NodeId atom() {
    if (accept("(")) {
      NodeId v = scalar();
      expect_token(")");
      return v;
    }
    std::string_view word = peek_word();
    if (word.empty() || word == "inf" || word == "nan") return literal();
    if (auto it = let_.find(word); it != let_.end()) return at_ += word.size(), it->second;
    if (word == "acc") {
      if (!in_post_) error("no 'acc' before '->'");
      at_ += word.size();
      return acc_;
    }
    std::size_t after = at_ + word.size();
    if (word[0] == 'x' && after < text_.size() && text_[after] == '[') return load(word);
    return call(word);
  }

  NodeId binary(Fn fn, NodeId a, NodeId b) {
    SmallVector<NodeId, 3> args{a, b};
    return pool().apply(fn, std::move(args));
  }

  NodeId product() {
    NodeId v = atom();
    for (;;) {
      if (accept("*"))
        v = binary(Fn::Mul, v, atom());
      else if (accept("/"))
        v = binary(Fn::Div, v, atom());
      else
        return v;
    }
  }

  NodeId sum() {
    NodeId v = product();
    for (;;) {
      if (accept("+"))
        v = binary(Fn::Add, v, product());
      else if (peek("-") && !peek("->"))
        accept("-"), v = binary(Fn::Sub, v, product());
      else
        return v;
    }
  }

  NodeId scalar() {
    if (++depth_ > kDeepest) error(fmt::format("at most {} levels of nesting", kDeepest));
    constexpr std::pair<std::string_view, Fn> comparisons[] = {{"==", Fn::Eq}, {"!=", Fn::Ne}, {"<=", Fn::Le},
                                                               {">=", Fn::Ge}, {"<", Fn::Lt},  {">", Fn::Gt}};
    NodeId v = sum();
    for (auto [symbol, fn] : comparisons) {
      if (!accept(symbol)) continue;
      v = binary(fn, v, sum());
      break;
    }
    --depth_;
    return v;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Open o_;
  std::map<std::string, IndexId> index_;
  std::map<std::string, NodeId, std::less<>> let_;
  NodeId acc_ = kNone;
  bool in_post_ = false;
  int depth_ = 0;
};

}  // namespace

Expr parse(std::string_view text, const std::vector<Type>& in) { return Parser(text, in).run(); }

}  // namespace tenon::expr
