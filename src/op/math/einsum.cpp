#include "op/math/einsum.h"

#include <cctype>
#include <map>
#include <optional>

#include "op/math/elementwise.h"

namespace tenon {

namespace {

struct Equation {
  std::vector<std::string> operands;
  std::string result;
};

Equation parse_equation(std::string_view text) {
  Equation e;
  e.operands.emplace_back();
  std::string* letters = &e.operands.back();
  for (std::size_t k = 0; k < text.size(); ++k) {
    const char c = text[k];
    if (c == ' ') continue;
    if (std::isalpha(static_cast<unsigned char>(c))) {
      letters->push_back(c);
    } else if (c == ',' && letters != &e.result) {
      letters = &e.operands.emplace_back();
    } else if (c == '-' && letters != &e.result && text.substr(k, 2) == "->") {
      letters = &e.result;
      ++k;
    } else {
      fail("einsum: '{}' at position {} of \"{}\"; expected letters, commas between operands and one ->", c, k, text);
    }
  }
  require(letters == &e.result, "einsum: \"{}\" has no ->; name the dimensions of the result behind it", text);
  return e;
}

/// The extent of each letter. Throws Error where operands disagree.
std::map<char, Dim> extents_of(const Equation& e, std::string_view text, Operands in) {
  require(e.operands.size() == in.size(), "einsum: \"{}\" has {} operands, given {}", text, e.operands.size(),
          in.size());
  std::map<char, Dim> extents;
  for (std::size_t o = 0; o < in.size(); ++o) {
    const Shape& shape = in[o].type.shape;
    require(e.operands[o].size() == shape.size(), "einsum: \"{}\": operand {} has {} letters, but is {}", text, o,
            e.operands[o].size(), in[o].type);
    for (std::size_t d = 0; d < shape.size(); ++d) {
      const char c = e.operands[o][d];
      const Dim known = extents.try_emplace(c, shape[d]).first->second;
      require(known == shape[d], "einsum: \"{}\": letter {} is {} and, in dimension {} of operand {}, {}", text, c,
              known, d, o, shape[d]);
    }
  }
  return extents;
}

}  // namespace

Types Einsum::infer(Operands in) const {
  const Equation e = parse_equation(equation);
  const auto extents = extents_of(e, equation, in);
  const DType t = require_same_dtype(name, in);
  require_accepted(name, Accepts::Numbers, t);
  Type out{t, {}};
  for (std::size_t k = 0; k < e.result.size(); ++k) {
    const char c = e.result[k];
    require(extents.contains(c), "einsum: \"{}\": letter {} of the result is in no operand", equation, c);
    require(e.result.find(c, k + 1) == std::string::npos, "einsum: \"{}\": letter {} is twice in the result", equation,
            c);
    out.shape.push_back(extents.at(c));
  }
  return {out};
}

expr::Expr Einsum::define(std::span<const Type> in) const {
  const Equation e = parse_equation(equation);
  std::map<char, expr::Index> index;
  std::optional<expr::Scalar> product;
  const DType t = in[0].dtype, wide = accumulate_type(t);
  for (std::size_t o = 0; o < in.size(); ++o) {
    std::vector<expr::At> at;
    for (std::size_t d = 0; d < e.operands[o].size(); ++d) {
      const char c = e.operands[o][d];
      at.emplace_back(index.try_emplace(c, std::string(1, c), in[o].shape[d]).first->second);
    }
    const expr::Scalar x = expr::cast(wide, expr::Input(static_cast<std::int32_t>(o), in[o])(at));
    product = product ? *product * x : x;
  }
  std::vector<expr::OutDim> out;
  for (char c : e.result) out.emplace_back(index.at(c));
  std::vector<expr::Index> over;
  for (const auto& [c, i] : index)
    if (e.result.find(c) == std::string::npos) over.push_back(i);
  const expr::Scalar result = over.empty() ? *product : expr::sum(over, *product);
  return expr::compute({in.begin(), in.end()}, out, expr::cast(t, result));
}

std::vector<Case<Einsum>> Einsum::samples() {
  std::vector<Case<Einsum>> list;
  auto add = [&](std::string equation, DType t, const std::vector<Shape>& shapes) {
    std::vector<SampleInput> in;
    for (const Shape& s : shapes) in.push_back(sample_input({t, s}, {}));
    list.push_back({{std::move(equation)}, in});
  };
  add("ik,kj->ij", DType::F32, {{3, 5}, {5, 4}});
  add("bhid, bhjd -> bhij", DType::F32, {{2, 2, 3, 4}, {2, 2, 5, 4}});
  add("ii->i", DType::F32, {{4, 4}});
  add("ii->", DType::F32, {{4, 4}});
  add("ij->", DType::F32, {{3, 5}});
  add("ijk->kji", DType::F32, {{2, 3, 4}});
  add("i,j->ij", DType::F32, {{3}, {5}});
  add("ij,ij->i", DType::F32, {{3, 5}, {3, 5}});
  add("i,i->", DType::F32, {{7}, {7}});
  add("ij,jk,kl->il", DType::F32, {{2, 3}, {3, 4}, {4, 2}});
  add("ij,k->ij", DType::F32, {{2, 3}, {4}});
  add(",i->i", DType::F32, {{}, {3}});
  add("ijj,jk->ki", DType::F32, {{2, 3, 3}, {3, 4}});
  add("ik,kj->ij", DType::F32, {{3, 0}, {0, 4}});
  for (DType t : kAllDTypes)
    if (t != DType::F32 && t != DType::Bool) add("bik,kj->bij", t, {{2, 3, 5}, {5, 2}});
  return list;
}

}  // namespace tenon
