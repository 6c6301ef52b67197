// One expression for many examples.
#pragma once
#include <span>

#include "expr/expr.h"

namespace tenon::expr {

/// `e` for `n` examples at once: the result, and those operands that `batched` marks, have a new first dimension of
/// that extent; the others are the same for all.
Expr for_examples(const Expr& e, std::span<const char> batched, Dim n);

}  // namespace tenon::expr
