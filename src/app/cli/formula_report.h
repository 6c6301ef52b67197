// What tenon formula has to say: a formula and its gradients as statements, with their roles and costs.
#pragma once
#include <string>
#include <vector>

#include "expr/analyse.h"
#include "expr/formula.h"
#include "ir/graph.h"

namespace tenon::app {

struct NamedTensor {
  std::string name;
  Type type;
};

/// "A=64x32,ids=i64[5],s=[]", of --shapes: types by name; without one, elements have the type that --dtype names.
/// Throws Error that begins with the option's name.
std::vector<NamedTensor> parse_shapes(const std::string& text, const std::string& dtype);

/// Indices of a contraction by role, with the product of their extents.
struct RoleReport {
  std::string role;  ///< "batch", "M", "N", "K"
  i64 extent = 1;
  std::vector<std::string> indices;
};

struct StatementReport {
  /// What `text` is: a statement that tenon formula reads again, the text form of an expression that the language has
  /// no words for, or an operator's name and operands.
  enum class Form : std::uint8_t { Formula, Expression, Operator };
  std::string name, text, expression;
  Form form = Form::Formula;
  std::vector<std::string> operands;  ///< of the expression x0, x1, …
  Type type;
  std::vector<expr::FormulaIndex> indices;
  std::string reducer;  ///< empty: nothing is reduced
  std::string kind;     ///< "GEMM", "scatter", "map", …
  std::string note;     ///< why it is no contraction
  std::vector<RoleReport> roles;
  expr::Cost box, holding;  ///< of all points, and of those where conditions hold
  double steps = 0;         ///< of the interpreter: nodes of the expression at each point
};

struct GradientReport {
  std::string operand;
  bool zero = false;                        ///< everywhere
  std::vector<StatementReport> statements;  ///< those that earlier gradients do not have
};

struct FormulaReport {
  std::vector<NamedTensor> operands;
  std::vector<StatementReport> statements;
  std::vector<GradientReport> gradients;
  Function function;               ///< of the operands; with gradients, of the operands and d(result)
  std::vector<double> index_ends;  ///< by operand: integers in it are positions below this; 0: they are none
};

/// Throws Error that names a tensor without shape, or a shape without tensor.
FormulaReport report_formula(const std::string& text, const std::vector<NamedTensor>& shapes, bool with_gradients);

/// Floats in -1 to 1, integers that are valid positions.
std::vector<Array> random_operands(const FormulaReport& r, std::uint64_t seed);

}  // namespace tenon::app
