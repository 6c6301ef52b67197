#include "expr/examples.h"

#include "expr/pool.h"

namespace tenon::expr {

Expr for_examples(const Expr& e, std::span<const char> batched, Dim n) {
  expect(batched.size() == e.in.size(), "a mark for each operand");
  Open o = open(e);
  Pool& pool = o.p();
  const IndexId example = pool.fresh("b", n);
  auto with_example = [&](NodeId rebuilt, NodeId) {
    Node load = pool[rebuilt];
    if (load.kind != Kind::Load || !batched[static_cast<std::size_t>(load.operand)]) return rebuilt;
    load.at.insert(load.at.begin(), Coord{Affine::of(example)});
    return pool.load(load.operand, load.dtype, load.at);
  };
  o.body = rewrite(pool, o.body, with_example);
  o.post = rewrite(pool, o.post, with_example);
  o.out.insert(o.out.begin(), {example});
  for (std::size_t k = 0; k < o.in.size(); ++k)
    if (batched[k]) o.in[k].shape.insert(o.in[k].shape.begin(), n);
  return close(std::move(o));
}

}  // namespace tenon::expr
