// The operators with what their reference pages say of them beside OpInfo.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "ir/op.h"

namespace tenon {

/// What must hold of attributes and operands, with an example of which it does not. An operator lists its constraints
/// in a member `constraints`, one in a line, and they are numbered in that order:
///
///   static constexpr std::string_view constraints = R"(
///     there are two operands | (f32[2,3])
///     the groups divide the channels of x | {groups=3} (f32[1,4,5,5], f32[2,4,3,3]))";
struct Constraint {
  std::string text;
  OpRef op;
  std::vector<Type> operands;
  /// What `infer` says of the example; empty where it is accepted, which it must not be.
  std::string refusal() const;
};

struct Catalogued {
  const OpInfo* info;
  std::string_view family;  ///< its folder: "conv"
  std::string_view constraint_lines;
  std::vector<Constraint> constraints() const;
};

/// In the order of ops.inc, from which it is generated.
std::span<const Catalogued> catalogue();

/// Where its values come from: "a formula", "smaller operators" or "a special form".
std::string_view meaning_of(const Op& op);
/// "225 operators: 126 formulas, 70 composites of smaller operators, 29 special forms".
std::string totals();
/// The page of an operator in Markdown, and the page that lists all of them.
std::string reference_page(const Catalogued& c);
std::string reference_index();
/// "softmax {axis=0} (f32[3,5])", with the attributes that are not as by default.
std::string brief_call(const Op& op, std::span<const Type> operands);
/// Its first sentence.
std::string brief(const OpInfo& info);
/// "integers" and the like: what an attribute holds.
std::string_view kind_of(const FieldRef& field);
/// Its text, or "none" for a function, an expression or a tensor that is not given.
std::string default_text(const FieldRef& field);

}  // namespace tenon
