#include "expr/formula.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/suggest.h"
#include "expr/build.h"
#include "expr/formula_ranges.h"
#include "expr/text.h"

namespace tenon::expr {

namespace {

/// In what a formula computes with elements of `t`: narrow types are widened when they are read.
DType computed_as(DType t) { return t == DType::Bool ? t : accumulate_type(t); }

/// A scalar, and the type that it counts as when it meets others.
struct Typed {
  Scalar value = 0;
  DType type = DType::F32;
  bool weak = false;  ///< an index: takes the type of the tensor beside it

  bool is_literal() const { return value.is_literal(); }
};

class Lowering {
 public:
  Lowering(const FormulaScope& scope, const SyntaxStatement& statement, StatementIndices indices, DType number_type)
      : scope_(scope), s_(statement), indices_(std::move(indices)), number_type_(number_type) {
    for (const FormulaIndex& i : indices_.list) tokens_.emplace_back(i.name, i.extent);
    open_ = !indices_.scoped;
  }

  FormulaStep run() {
    require_countable();
    Typed value = scalar(s_.value);
    const bool reduces = s_.reducer != Reducer::None && indices_.list.size() > indices_.parallel;
    const bool position = s_.reducer == Reducer::ArgMax || s_.reducer == Reducer::ArgMin;
    if (position && !reduces)
      fail_at(scope_.text, s_.from, s_.target_to, "no index is left to look through: each one is in the target");
    if (reduces) value = reduced(s_.value, s_.reducer, indices_.parallel, value);
    if (value.is_literal()) value = typed(s_.value, value, number_type_);
    std::vector<Type> in;
    for (std::size_t k : operands_) in.push_back(scope_.tensors[k].type);
    std::vector<OutDim> out;
    std::size_t next = 0;
    for (const auto& group : s_.dimensions) {
      std::vector<IndexId> joined;
      for (std::size_t k = 0; k < group.size(); ++k) joined.push_back(tokens_[next++].id());
      out.emplace_back(std::move(joined));
    }
    FormulaStep step{
        .name = s_.target, .text = std::string(scope_.text.substr(s_.from, s_.to - s_.from)), .operands = operands_};
    step.e = compute(in, out, cast(value.type, value.value));
    // What the text form refuses is refused here: more branches, terms or numbers than later work is made for.
    expect(parse(to_text(step.e), in) == step.e, "a formula reads back from its text form");
    step.indices = std::move(indices_.list);
    return step;
  }

 private:
  void require_countable() {
    Shape box;
    for (const FormulaIndex& i : indices_.list) {
      const bool moderate = !i.extent.is_constant() || i.extent <= kInf;
      if (!moderate)
        fail_at(scope_.text, s_.from, s_.to,
                fmt::format("{} takes {} values, at most {} are counted", i.name, i.extent, kInf));
      box.push_back(i.extent);
    }
    if (std::ranges::find(box, Dim(0)) == box.end()) check_shape(box);
  }

  Affine form(const Syntax& name) const {
    for (std::size_t k = 0; k < indices_.list.size(); ++k) {
      const FormulaIndex& i = indices_.list[k];
      if (i.name != name.name) continue;
      if (i.reduced && !open_)
        scope_.error(name, fmt::format("the index {} is bound inside of the reduction alone", i.name));
      return Affine::of(tokens_[k].id()) + i.low;
    }
    scope_.error(name, fmt::format("{} is no index of this statement", name.name));
  }
  Affine affine(const Syntax& s) const {
    return affine_of(scope_, s, [&](const Syntax& name) { return form(name); });
  }

  static bool is_constant(const Syntax& s) {
    if (s.kind == Syntax::Kind::Number) return s.number == std::floor(s.number);
    const bool sum = s.is_call("neg") || s.is_call("+") || s.is_call("-") || s.is_call("*");
    return is_extent(s) || (sum && std::ranges::all_of(s.parts, [](const Syntax& part) { return is_constant(part); }));
  }
  /// A product or quotient of which one part is constant.
  static bool is_multiple(const Syntax& s, std::string_view sign) {
    return s.is_call(sign) && (is_constant(s.parts[1]) || (sign == "*" && is_constant(s.parts[0])));
  }
  /// Whether a part consists of indices and integers alone, at least one index among them, by + - *.
  bool is_index_form(const Syntax& s, bool& has_index) const {
    if (s.kind == Syntax::Kind::Name) return indices_.find(s.name) != nullptr && (has_index = true);
    if (s.kind == Syntax::Kind::Number) return s.number == std::floor(s.number);
    if (is_extent(s)) return true;
    if (!s.is_call("neg") && !s.is_call("+") && !s.is_call("-") && !is_multiple(s, "*")) return false;
    return std::ranges::all_of(s.parts, [&](const Syntax& part) { return is_index_form(part, has_index); });
  }
  bool is_index_form(const Syntax& s) const {
    bool has_index = false;
    return is_index_form(s, has_index) && has_index;
  }

  Typed typed(const Syntax& at, const Typed& x, DType type) const {
    if (!x.is_literal()) return {cast(computed_as(type), x.value), type};
    const double number = x.value.literal();
    if (type == DType::Bool) scope_.error(at, "a number meets bool; cast the bool, as in f32(x > 0)");
    if (!is_float(type) && (number != std::floor(number) || number < lowest_of(type) || number > highest_of(type)))
      scope_.error(at, fmt::format("the number {} is none of type {}; cast what it meets", number, type));
    return {x.value.typed(computed_as(type)), type};
  }

  /// The type in which two scalars meet.
  static DType common(const Typed& a, const Typed& b) {
    if (a.is_literal() || (a.weak && !b.is_literal() && b.type != DType::Bool)) return b.type;
    if (b.is_literal() || (b.weak && a.type != DType::Bool)) return a.type;
    return promote(a.type, b.type);
  }

  Typed scalar(const Syntax& s) {
    using enum Syntax::Kind;
    if (is_index_form(s)) return {expr::value(affine(s)), DType::I64, true};
    if (is_extent(s)) return {extent(s), DType::I64, true};
    switch (s.kind) {
      case Number: return {Scalar(s.number)};
      case Name: return load(s, {});
      case Access: return load(s, s.parts);
      case Data: scope_.error(s, "braces stand around positions inside of brackets, as in x[{ids[i]}]");
      case Reduce: return reduction(s);
      case Chain: return comparison(s);
      case Unknown:
      case Call: break;
    }
    if (s.name == "pad") return padded(s);
    if (s.name == "where" || s.name == "select") return where_of(s);
    if (s.name == "and" || s.name == "or" || s.name == "not") return logic(s);
    if (auto t = dtype_named(s.name)) return converted(s, *t);
    return function(s);
  }

  Scalar extent(const Syntax& s) const {
    const Dim d = extent_of(scope_, s);
    return d.is_constant() ? cast(DType::I64, Scalar(static_cast<double>(d.value()))) : expr::value(Affine(d));
  }

  Typed converted(const Syntax& s, DType t) {
    const Typed x = scalar(s.parts[0]);
    return {cast(computed_as(t), cast(t, x.value)), t};
  }

  static Fn fn_of(const std::string& name) {
    constexpr std::pair<std::string_view, Fn> symbols[] = {
        {"+", Fn::Add}, {"-", Fn::Sub}, {"*", Fn::Mul}, {"/", Fn::Div}};
    for (auto [symbol, fn] : symbols)
      if (symbol == name) return fn;
    return *function_named(name);
  }

  Typed function(const Syntax& s) {
    const Fn fn = fn_of(s.name);
    std::vector<Typed> args;
    for (const Syntax& part : s.parts) args.push_back(scalar(part));
    DType type = args.size() == 1 ? args[0].type : common(args[0], args[1]);
    const bool literal = std::ranges::all_of(args, [](const Typed& a) { return a.is_literal(); });
    const bool weak = std::ranges::all_of(args, [](const Typed& a) { return a.is_literal() || a.weak; });
    const bool real = (fn >= Fn::Exp && fn <= Fn::Sigmoid) || fn == Fn::Atan2;
    const bool bits = fn >= Fn::And && fn <= Fn::ShiftRight;
    const bool fraction = std::ranges::any_of(
        args, [](const Typed& a) { return a.is_literal() && a.value.literal() != std::floor(a.value.literal()); });
    if (weak && !literal && (real || fraction)) type = number_type_;
    if (literal && bits) scope_.error(s, fmt::format("{} of numbers alone", s.name));
    if (!literal) {
      if (real && !is_float(type))
        scope_.error(s, fmt::format("{} takes floats, given {}; cast it, as in {}(f32(…))", s.name, type, s.name));
      if (bits && !is_integer(type)) scope_.error(s, fmt::format("{} takes integers, given {}", s.name, type));
      if (type == DType::Bool)
        scope_.error(s, fmt::format("arithmetic with bool; cast it first, as in {}", cast_of_bool(s.parts, args)));
      for (std::size_t k = 0; k < args.size(); ++k) args[k] = typed(s.parts[k], args[k], type);
    }
    const Scalar value = args.size() == 1 ? apply(fn, args[0].value) : apply(fn, args[0].value, args[1].value);
    return {value, type, weak && !literal && type == DType::I64};
  }

  /// How the bool among these parts becomes a number.
  std::string cast_of_bool(const std::vector<Syntax>& parts, const std::vector<Typed>& values) const {
    std::size_t k = 0;
    while (k + 1 < parts.size() && (values[k].is_literal() || values[k].type != DType::Bool)) ++k;
    return fmt::format("{}({})", number_type_, scope_.part(parts[k]));
  }

  Typed reduction(const Syntax& s) {
    open_ = true;
    const Typed body = scalar(s.parts[0]);
    open_ = false;
    std::size_t first = indices_.list.size() - s.names.size();
    return reduced(s, *reducer_named(s.name), first, body);
  }
  Typed reduced(const Syntax& s, Reducer reducer, std::size_t first, Typed body) {
    if (body.is_literal()) body = typed(s, body, number_type_);
    const std::vector<Index> over(tokens_.begin() + static_cast<std::ptrdiff_t>(first), tokens_.end());
    const bool position = reducer == Reducer::ArgMax || reducer == Reducer::ArgMin;
    const bool adds = reducer == Reducer::Sum || reducer == Reducer::Prod;
    if (body.type == DType::Bool && adds) body = {cast(DType::I64, body.value), DType::I64};
    if (position) return {reduce(reducer, over, body.value), DType::I64};
    if (adds || is_float(body.type)) return {reduce(reducer, over, body.value), body.type};
    // The extreme of nothing is that of the narrow type.
    return {cast(computed_as(body.type), reduce(reducer, over, cast(body.type, body.value))), body.type};
  }

  // Accesses

  std::int32_t operand(const Syntax& access) {
    const auto number = static_cast<std::size_t>(&scope_.tensor(access) - scope_.tensors.data());
    auto it = std::ranges::find(operands_, number);
    if (it == operands_.end()) it = operands_.insert(it, number);
    return static_cast<std::int32_t>(it - operands_.begin());
  }

  At position(const Syntax& s) {
    const CoordSyntax c = coord_of(scope_, s, [&](const Syntax& name) { return form(name); });
    At at(c.at);
    if (c.data == nullptr) return at;
    const Typed data = scalar(*c.data);
    if (data.is_literal() || !tenon::is_position(data.type))
      scope_.error(*c.data, fmt::format("a position is an integer, given {}{}",
                                        data.is_literal() ? "a number" : name_of(data.type),
                                        data.type == DType::U64 ? ", which i64 may not hold; cast it" : ""));
    at.data = data.value;
    at.has_data = true;
    return at;
  }

  Typed load(const Syntax& access, const std::vector<Syntax>& parts, std::optional<double> fill = {}) {
    const Type& type = scope_.tensor(access).type;
    if (parts.size() != type.shape.size())
      scope_.error(access, fmt::format("{} is {}, of {} dimension{}, given {} positions", access.name, type,
                                       type.rank(), type.rank() == 1 ? "" : "s", parts.size()));
    const Input x(operand(access), type);
    std::vector<At> at;
    for (const Syntax& part : parts) at.push_back(position(part));
    if (!fill)
      for (std::size_t d = 0; d < at.size(); ++d) require_inside(parts[d], access, at[d], type.shape[d], d);
    const Scalar value = fill ? x.outside(*fill)(at) : x(at);
    return {cast(computed_as(type.dtype), value), type.dtype};
  }

  void require_inside(const Syntax& s, const Syntax& access, const At& at, Dim size, std::size_t dimension) const {
    if (at.has_data) return;  // checked when the formula runs
    const Cond inside{{at.affine, kNone}, 0, size};
    if (implied(*current_pool(), inside, known_)) return;
    scope_.error(s, fmt::format("{} may leave dimension {} of {}, which has {} elements; write pad({}, 0) for zeros "
                                "outside, or where(…) around it",
                                scope_.part(s), dimension, access.name, size, scope_.part(access)));
  }

  Typed padded(const Syntax& s) {
    const Syntax& access = s.parts[0];
    if (access.kind != Syntax::Kind::Access) scope_.error(access, "pad takes an access, as in pad(x[i - 1], 0)");
    double fill = 0;
    if (s.parts.size() == 2) {
      const Typed number = scalar(s.parts[1]);
      if (!number.is_literal())
        scope_.error(s.parts[1], "what stands outside is a number; use where(…) for anything else");
      fill = number.value.literal();
    }
    return load(access, access.parts, fill);
  }

  // Conditions

  struct Condition {
    Conds forms;                 ///< of indices
    std::optional<Scalar> data;  ///< the rest, a bool
  };

  Typed where_of(const Syntax& s) {
    const Condition c = condition(s.parts[0]);
    const Conds before = known_;
    for (const Cond& f : c.forms) known_.push_back(f);
    Typed yes = scalar(s.parts[1]);
    known_ = before;
    if (!c.data && !c.forms.empty())
      for (const Cond& f : otherwise(*current_pool(), c.forms, before)) known_.push_back(f);
    Typed no = scalar(s.parts[2]);
    known_ = before;
    const bool literals = yes.is_literal() && no.is_literal();
    const DType type = literals ? number_type_ : common(yes, no);
    const bool weak = !literals && (yes.is_literal() || yes.weak) && (no.is_literal() || no.weak);
    const Scalar a = beside(s.parts[2], s.parts[1], yes, type), b = beside(s.parts[1], s.parts[2], no, type);
    const Scalar chosen = c.data ? where(*c.data, a, b) : a;
    return {c.forms.empty() ? chosen : where(Where{current_pool(), c.forms}, chosen, b), type, weak};
  }
  Scalar beside(const Syntax& other, const Syntax& s, const Typed& x, DType type) const {
    if (type == DType::Bool && x.is_literal())
      scope_.error(s,
                   fmt::format("a number beside bool; cast the bool, as in {}({})", number_type_, scope_.part(other)));
    return typed(s, x, type).value;
  }

  Condition condition(const Syntax& s) {
    if (s.is_call("and")) {
      Condition a = condition(s.parts[0]);
      const std::size_t outer = known_.size();
      for (const Cond& f : a.forms) known_.push_back(f);
      const Condition b = condition(s.parts[1]);
      known_.resize(outer);
      for (const Cond& f : b.forms) a.forms.push_back(f);
      if (b.data) a.data = a.data ? *a.data && *b.data : *b.data;
      return a;
    }
    Condition c;
    if (s.kind == Syntax::Kind::Chain && is_chain_of_forms(s)) {
      for (std::size_t k = 0; k < s.names.size(); ++k)
        c.forms.push_back(relation(s.names[k], side(s.parts[k]), side(s.parts[k + 1])));
      merge(c.forms);
      return c;
    }
    const Typed value = scalar(s);
    if (value.is_literal() || value.type != DType::Bool)
      scope_.error(s, fmt::format("a condition is a comparison, given {}",
                                  value.is_literal() ? "a number" : name_of(value.type)));
    c.data = value.value;
    return c;
  }

  /// Comparisons of positions: of indices, with data in braces, or of integer data with an index.
  bool is_chain_of_forms(const Syntax& s) const {
    bool forms = true;
    for (std::size_t k = 0; k < s.names.size(); ++k) {
      const bool a = is_position(s.parts[k]), b = is_position(s.parts[k + 1]);
      const bool index = is_index_part(s.parts[k]) || is_index_part(s.parts[k + 1]);
      forms &= s.names[k] != "!=" && index &&
               ((a && b) || (a && is_integer_data(s.parts[k + 1])) || (b && is_integer_data(s.parts[k])));
    }
    return forms;
  }
  /// Built of indices, integers and braces by + - * /.
  bool is_position(const Syntax& s) const {
    if (s.kind == Syntax::Kind::Data) return true;
    if (s.kind == Syntax::Kind::Name) return indices_.find(s.name) != nullptr;
    if (s.kind == Syntax::Kind::Number) return s.number == std::floor(s.number);
    if (is_extent(s)) return true;
    const bool form =
        s.is_call("neg") || s.is_call("+") || s.is_call("-") || is_multiple(s, "*") || is_multiple(s, "/");
    return form && std::ranges::all_of(s.parts, [&](const Syntax& part) { return is_position(part); });
  }
  /// Whether an index or data in braces occurs outside of accesses.
  bool is_index_part(const Syntax& s) const {
    if (s.kind == Syntax::Kind::Data) return true;
    if (s.kind == Syntax::Kind::Access) return false;
    if (s.kind == Syntax::Kind::Name) return indices_.find(s.name) != nullptr;
    return std::ranges::any_of(s.parts, [&](const Syntax& part) { return is_index_part(part); });
  }
  bool is_integer_data(const Syntax& s) const {
    if (s.kind != Syntax::Kind::Access && s.kind != Syntax::Kind::Name) return false;
    const NamedType* t = scope_.find(s.name);
    return t != nullptr && is_integer(t->type.dtype);
  }

  At side(const Syntax& s) {
    if (!is_integer_data(s)) return position(s);
    return At(scalar(s).value);
  }

  static bool is_constant(const At& x) { return !x.has_data && x.affine.is_constant() && x.affine.den == 1; }

  /// A constant side is the bound of the other; data keeps the factor 1.
  Cond relation(std::string_view sign, const At& a, const At& b) const {
    if (a.has_data && b.has_data)
      fail_at(scope_.text, s_.from, s_.to,
              "a condition on positions has data on one side; compare two data without braces");
    const bool turned = b.has_data || (is_constant(a) && !is_constant(b));
    const At &left = turned ? b : a, &right = turned ? a : b;
    if (turned && sign != "==") sign = sign == "<" ? ">" : sign == ">" ? "<" : sign == "<=" ? ">=" : "<=";
    Cond c{{left.affine, left.has_data ? left.data.id() : kNone}, -kInf, kInf};
    Dim bound = 0;
    if (is_constant(right))
      bound = right.affine.offset;
    else
      c.e.at = c.e.at - right.affine;
    if (sign == "==" || sign == ">=") c.lo = bound;
    if (sign == ">") c.lo = bound + 1;
    if (sign == "==" || sign == "<=") c.hi = bound + 1;
    if (sign == "<") c.hi = bound;
    return c;
  }

  /// 0 <= i - 1 < 5 is one condition.
  static void merge(Conds& conds) {
    if (conds.size() != 2 || conds[0].e != conds[1].e) return;
    Cond joined = conds[0];
    if (joined.lo == -kInf && conds[1].hi == kInf)
      joined.lo = conds[1].lo;
    else if (joined.hi == kInf && conds[1].lo == -kInf)
      joined.hi = conds[1].hi;
    else
      return;
    conds = {joined};
  }

  Typed comparison(const Syntax& s) {
    constexpr std::pair<std::string_view, Fn> symbols[] = {{"==", Fn::Eq}, {"!=", Fn::Ne}, {"<=", Fn::Le},
                                                           {">=", Fn::Ge}, {"<", Fn::Lt},  {">", Fn::Gt}};
    std::vector<Typed> sides;
    for (const Syntax& part : s.parts) sides.push_back(scalar(part));
    std::optional<Scalar> all;
    for (std::size_t k = 0; k < s.names.size(); ++k) {
      const Typed &a = sides[k], &b = sides[k + 1];
      const DType type = a.is_literal() && b.is_literal() ? number_type_ : common(a, b);
      const Scalar x = beside(s.parts[k + 1], s.parts[k], a, type), y = beside(s.parts[k], s.parts[k + 1], b, type);
      for (auto [symbol, fn] : symbols)
        if (symbol == s.names[k]) all = all ? *all && apply(fn, x, y) : apply(fn, x, y);
    }
    return {*all, DType::Bool};
  }

  Typed logic(const Syntax& s) {
    std::vector<Scalar> args;
    for (const Syntax& part : s.parts) {
      const Typed x = scalar(part);
      if (x.is_literal() || x.type != DType::Bool)
        scope_.error(part, fmt::format("'{}' takes conditions, given {}", s.name,
                                       x.is_literal() ? "a number" : name_of(x.type)));
      args.push_back(x.value);
    }
    return {s.name == "not" ? !args[0] : s.name == "and" ? args[0] && args[1] : args[0] || args[1], DType::Bool};
  }

  const FormulaScope& scope_;
  const SyntaxStatement& s_;
  StatementIndices indices_;
  DType number_type_;  ///< of numbers that meet no tensor
  std::shared_ptr<Pool> pool_ = current_pool();
  std::vector<Index> tokens_;
  std::vector<std::size_t> operands_;
  Conds known_;
  bool open_ = true;  ///< reduced indices may be used
};

/// The type of numbers that meet no tensor: that of the operands which are floats.
DType number_type(const std::vector<Type>& operands) {
  std::optional<DType> t;
  for (const Type& o : operands)
    if (is_float(o.dtype)) t = t ? promote(*t, o.dtype) : o.dtype;
  return t.value_or(DType::F32);
}

void require_new(const FormulaScope& scope, const SyntaxStatement& s) {
  if (scope.find(s.target))
    fail_at(scope.text, s.from, s.from + s.target.size(),
            fmt::format("{} is there already; a statement computes a new tensor", s.target));
}

/// Every step but the last is read by a later one.
void require_read(std::string_view text, const TextFormula& f, const std::vector<SyntaxStatement>& statements) {
  for (std::size_t k = 0; k + 1 < f.steps.size(); ++k) {
    const bool read = std::ranges::any_of(f.steps, [&](const FormulaStep& s) {
      return std::ranges::find(s.operands, f.operands.size() + k) != s.operands.end();
    });
    if (!read)
      fail_at(text, statements[k].from, statements[k].target_to,
              fmt::format("{} is computed, but never read", f.steps[k].name));
  }
}

}  // namespace

TextFormula parse_formula(std::string_view formula, const std::vector<Type>& operands) {
  const std::vector<SyntaxStatement> statements = parse_statements(formula);
  TextFormula f{.operands = operands_of(formula)};
  require(operands.size() == f.operands.size(), "formula: it reads {} tensor{}{}{}, given {}", f.operands.size(),
          f.operands.size() == 1 ? "" : "s", f.operands.empty() ? "" : ": ", listed(f.operands), operands.size());
  std::vector<NamedType> tensors;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    require(operands[k].is_dense() && operands[k].dtype != DType::Str,
            "formula: {} is {}; expected a tensor of numbers", f.operands[k], operands[k]);
    check_shape(operands[k].shape);
    for (const Dim d : operands[k].shape)
      require(!d.is_constant() || d <= kInf, "formula: {} is {}; extents of at most {} are counted", f.operands[k],
              operands[k], kInf);
    tensors.push_back({f.operands[k], operands[k]});
  }
  for (const SyntaxStatement& s : statements) {
    const FormulaScope scope{formula, tensors};
    try {
      require_new(scope, s);
      f.steps.push_back(Lowering(scope, s, indices_of(scope, s), number_type(operands)).run());
    } catch (const Error& e) {
      if (std::string_view(e.what()).starts_with("formula, column")) throw;
      fail_at(formula, s.from, s.to, e.what());
    }
    tensors.push_back({s.target, f.steps.back().e.type()});
  }
  require_read(formula, f, statements);
  return f;
}

}  // namespace tenon::expr
