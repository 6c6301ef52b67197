#include "op/shape/pieces.h"

namespace tenon {

namespace {

expr::Scalar read_from(const expr::Input& x, const std::vector<Pieces>& dimensions, std::vector<expr::At> at) {
  if (at.size() == dimensions.size()) return x(at);
  const Pieces& here = dimensions[at.size()];
  const auto with = [&](const expr::Affine& coordinate) {
    auto more = at;
    more.emplace_back(coordinate);
    return read_from(x, dimensions, std::move(more));
  };
  expr::Scalar result = with(here.else_at);
  for (std::size_t k = here.first.size(); k-- > 0;)
    result = expr::where(here.first[k].when, with(here.first[k].at), result);
  return result;
}

}  // namespace

expr::Scalar read_pieces(const expr::Input& x, const std::vector<Pieces>& dimensions) {
  return read_from(x, dimensions, {});
}

}  // namespace tenon
