// Which indices a statement of a formula has, and how far they run.
#pragma once
#include <functional>

#include "expr/formula.h"
#include "expr/formula_syntax.h"

namespace tenon::expr {

/// A tensor that a statement may read.
struct NamedType {
  std::string name;
  Type type;
};

/// What a statement is understood in: the whole text, and the tensors so far.
struct FormulaScope {
  std::string_view text;
  const std::vector<NamedType>& tensors;

  [[noreturn]] void error(const Syntax& at, const std::string& message) const {
    fail_at(text, at.from, at.to, message);
  }
  const NamedType* find(std::string_view name) const;
  /// Throws Error with names that are alike.
  const NamedType& tensor(const Syntax& access) const;
  /// The unknown extent of that name in the tensors' shapes.
  Dim unknown(const Syntax& s) const;
  std::string part(const Syntax& s) const { return std::string(text.substr(s.from, s.to - s.from)); }
};

/// Numbers and sizes of tensors: what an extent is made of.
Dim extent_of(const FormulaScope& scope, const Syntax& s);

/// An integer form of indices; `index` says what a name stands for. Throws Error where it is not affine.
using IndexForm = std::function<Affine(const Syntax& name)>;
Affine affine_of(const FormulaScope& scope, const Syntax& s, const IndexForm& index);
/// A sum of which one part may be data: the form, and the part in braces.
struct CoordSyntax {
  Affine at;
  const Syntax* data = nullptr;
};
CoordSyntax coord_of(const FormulaScope& scope, const Syntax& s, const IndexForm& index);

/// The indices of a statement, those of the target first. `scoped`: reduced inside of a sum[k](…) alone.
struct StatementIndices {
  std::vector<FormulaIndex> list;
  std::size_t parallel = 0;
  bool scoped = false;
  const FormulaIndex* find(std::string_view name) const;
};
StatementIndices indices_of(const FormulaScope& scope, const SyntaxStatement& statement);

}  // namespace tenon::expr
