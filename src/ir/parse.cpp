// Text to functions.
#include <unordered_map>

#include "base/suggest.h"
#include "ir/attribute_text.h"
#include "ir/text.h"

namespace tenon {
namespace {

std::string similar_operators(std::string_view name) {
  std::vector<std::string_view> known;
  for (const OpInfo* info : all_ops()) known.push_back(info->name);
  return suggestion(name, known);
}

std::string text_of(const Types& types) {
  std::string out;
  for (const Type& t : types) out += (out.empty() ? "" : ", ") + to_string(t);
  return out;
}

class FunctionParser {
 public:
  explicit FunctionParser(Lexer& lexer) : lexer_(lexer) {}

  Function parse() {
    Function f;
    lexer_.expect("func", "at the start of a function");
    lexer_.expect("@", "before the name of the function");
    f.name = lexer_.peek().kind == Token::Kind::String ? lexer_.string("a name")
                                                       : lexer_.expect(Token::Kind::Word, "a name").text;
    parse_parameters(f);
    lexer_.expect("->", "after the parameters");
    std::vector<Type> types = parse_result_types();
    lexer_.expect("{", "before the body");
    while (lexer_.peek().kind == Token::Kind::Value) parse_statement();
    parse_return(f, types);
    lexer_.expect("}", "after the return");
    return f;
  }

 private:
  void parse_parameters(Function& f) {
    lexer_.expect("(", "before the parameters");
    while (!lexer_.at(")")) {
      if (!f.parameters.empty()) lexer_.expect(",", "or ')' after a parameter");
      Token number = lexer_.expect(Token::Kind::Value, "a parameter such as %0: f32[2,3]");
      lexer_.expect(":", "after the number of a parameter");
      Type type = parse_type(lexer_);
      std::string name = lexer_.peek().kind == Token::Kind::String ? lexer_.string("a name") : "";
      f.parameters.emplace_back(Node::parameter(std::move(type), std::move(name)), 0);
      define(number, f.parameters.back());
    }
    lexer_.next();
  }

  std::vector<Type> parse_result_types() {
    std::vector<Type> types;
    lexer_.expect("(", "before the types of the results");
    while (!lexer_.at(")")) {
      if (!types.empty()) lexer_.expect(",", "or ')' after a result's type");
      types.push_back(parse_type(lexer_));
    }
    lexer_.next();
    return types;
  }

  // %4, %5 = op(%1, %2) {…} : f32[2], i64[2]
  void parse_statement() {
    std::vector<Token> numbers{lexer_.next()};
    while (lexer_.accept(",")) numbers.push_back(lexer_.expect(Token::Kind::Value, "the number of a further output"));
    lexer_.expect("=", "after the outputs");
    Token name = lexer_.expect(Token::Kind::Word, "an operator");
    const OpInfo* info = find_op(name.text);
    if (info == nullptr) {
      lexer_.fail_at(name.offset, fmt::format("unknown operator '{}'{}", name.text, similar_operators(name.text)));
    }
    SmallVector<Value, 3> args = parse_operands(name.text);
    AttributeMap attributes = parse_attributes(lexer_);
    lexer_.expect(":", "and the types of the outputs");
    std::size_t types_at = lexer_.offset();
    Types types{parse_type(lexer_)};
    while (lexer_.accept(",")) types.push_back(parse_type(lexer_));
    NodeRef node = make_node(name, *info, attributes, std::move(args));
    if (node->types() != types) {
      lexer_.fail_at(types_at, fmt::format("the text says {}, but {} of these operands gives {}", text_of(types),
                                           name.text, text_of(node->types())));
    }
    if (numbers.size() != node->outputs()) {
      lexer_.fail_at(numbers[0].offset,
                     fmt::format("{} has {} outputs, {} are named", name.text, node->outputs(), numbers.size()));
    }
    for (std::size_t k = 0; k < numbers.size(); ++k) define(numbers[k], Value(node, static_cast<std::int32_t>(k)));
  }

  SmallVector<Value, 3> parse_operands(std::string_view op) {
    SmallVector<Value, 3> args;
    if (!lexer_.accept("(")) return args;
    while (!lexer_.at(")")) {
      if (!args.empty()) lexer_.expect(",", fmt::format("or ')' after an operand of {}", op));
      args.push_back(parse_value(fmt::format("an operand of {}", op)));
    }
    lexer_.next();
    return args;
  }

  NodeRef make_node(const Token& name, const OpInfo& info, const AttributeMap& attributes, SmallVector<Value, 3> args) {
    try {
      return Node::make(info.make(attributes), std::move(args));
    } catch (const Error& e) {
      lexer_.fail_at(name.offset, e.what());
    }
  }

  void parse_return(Function& f, const std::vector<Type>& types) {
    lexer_.expect("return", "or a statement such as %2 = add(%0, %1) : f32[3]");
    std::size_t start = lexer_.offset();
    while (!lexer_.at("}")) {
      if (!f.results.empty()) lexer_.expect(",", "or '}' after a result");
      start = f.results.empty() ? lexer_.offset() : start;
      f.results.push_back(parse_value("a result"));
    }
    if (f.result_types() == types) return;
    auto as_types = [](const std::vector<Type>& v) { return text_of(Types(v.begin(), v.end())); };
    lexer_.fail_at(start, fmt::format("the function is declared to give ({}), but returns ({})", as_types(types),
                                      as_types(f.result_types())));
  }

  i64 number_of(const Token& token) {
    i64 number = 0;
    if (!read_integer(token.text.substr(1), number)) lexer_.fail_at(token.offset, "this number does not fit 64 bits");
    return number;
  }

  void define(const Token& token, Value value) {
    if (!values_.emplace(number_of(token), std::move(value)).second) {
      lexer_.fail_at(token.offset, fmt::format("{} is defined twice", token.text));
    }
  }

  Value parse_value(std::string_view what) {
    Token token = lexer_.expect(Token::Kind::Value, what);
    auto found = values_.find(number_of(token));
    if (found == values_.end())
      lexer_.fail_at(token.offset, fmt::format("{} is used before it is defined", token.text));
    return found->second;
  }

  Lexer& lexer_;
  std::unordered_map<i64, Value> values_;
};

}  // namespace

Function parse_function(Lexer& lexer) {
  static thread_local int depth = 0;
  constexpr int kDeepest = 16;
  if (depth == kDeepest)
    lexer.fail_at(lexer.offset(), fmt::format("functions inside of functions go {} deep at most", kDeepest));
  struct Level {
    Level() { ++depth; }
    ~Level() { --depth; }
  } level;
  return FunctionParser(lexer).parse();
}

Function parse_function(std::string_view text) {
  Lexer lexer(text);
  Function f = parse_function(lexer);
  if (lexer.peek().kind != Token::Kind::End) lexer.fail_expected("the end of the text after the function");
  return f;
}

}  // namespace tenon
