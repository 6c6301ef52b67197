// Text formulas as trees: what was written, before it is known what the names mean.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "expr/expr.h"

namespace tenon::expr {

/// Throws Error that says where in the text the mistake is: the message, the line, and a mark under its characters.
[[noreturn]] void fail_at(std::string_view text, std::size_t from, std::size_t to, const std::string& message);

/// A part of a formula. `from` and `to` are its characters in the text.
struct Syntax {
  enum class Kind : std::uint8_t {
    Number,   ///< `number`
    Name,     ///< an index, or a tensor without dimensions
    Access,   ///< name[parts]
    Unknown,  ///< ?name, an extent that the shapes leave open
    Data,     ///< {parts[0]}: an index that is read from data
    Call,     ///< name(parts), and operators by their symbols: "+", "and", "neg"
    Chain,    ///< parts[0] < parts[1] < …, by the symbols in `names`
    Reduce,   ///< name[names](parts[0])
  };
  Kind kind = Kind::Number;
  std::string name;
  double number = 0;
  std::vector<std::string> names;
  std::vector<Syntax> parts;
  std::size_t from = 0, to = 0;
  int height = 1;

  bool is_call(std::string_view function) const { return kind == Kind::Call && name == function; }
};

/// "p in 0:7"
struct SyntaxRange {
  std::string index;
  std::optional<Syntax> low;
  Syntax high;
  std::size_t from = 0, to = 0;
};

/// "C[i,j] += A[i,k]*B[k,j] where k in 0:3"
struct SyntaxStatement {
  std::string target;
  std::vector<std::vector<Syntax>> dimensions;  ///< names of indices; several are joined
  Reducer reducer = Reducer::None;              ///< of the assignment
  Syntax value;
  std::vector<SyntaxRange> ranges;
  std::size_t from = 0, to = 0, target_to = 0;
};

std::vector<SyntaxStatement> parse_statements(std::string_view text);

/// size(x,0), ?n, or floor((size(x,0) + 1)/2): an extent among positions and scalars.
bool is_extent(const Syntax& s);

/// Functions by name, of one or two arguments.
std::optional<Fn> function_named(std::string_view name);
std::optional<DType> dtype_named(std::string_view name);
std::optional<Reducer> reducer_named(std::string_view name);
/// Words of the language, which are no names of indices or tensors.
bool is_reserved(std::string_view word);

}  // namespace tenon::expr
