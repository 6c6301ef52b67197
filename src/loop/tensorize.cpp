#include "loop/transform.h"

namespace tenon::loop {

namespace {

using expr::Kind;

/// The load under a cast, or nullptr.
const Access* cast_load(const Nest& nest, NodeId id) {
  const Node& cast = nest.node(id);
  if (cast.kind != Kind::Cast) return nullptr;
  const Node& load = nest.node(cast.args[0]);
  return load.kind == Kind::Load ? &nest.accesses[static_cast<std::size_t>(load.operand)] : nullptr;
}

}  // namespace

Dim dot_width(const Nest& nest) {
  const Node& body = nest.node(nest.body);
  if (nest.reducer != expr::Reducer::Sum || nest.scatter || body.kind != Kind::Apply || body.fn != expr::Fn::Mul)
    return 0;
  DType t[2];
  for (std::size_t k = 0; k < 2; ++k) {
    const Access* a = cast_load(nest, body.args[k]);
    if (!a || !a->data.empty() || a->offset.den != 1 || nest.node(body.args[k]).dtype != nest.accumulate) return 0;
    t[k] = nest.node(nest.node(body.args[k]).args[0]).dtype;
  }
  if (nest.accumulate == DType::F32) return t[0] == DType::BF16 && t[1] == DType::BF16 ? 2 : 0;
  const bool bytes = (t[0] == DType::I8 || t[0] == DType::U8) && (t[1] == DType::I8 || t[1] == DType::U8);
  return nest.accumulate == DType::I32 && bytes && (t[0] == DType::I8 || t[1] == DType::I8) ? 4 : 0;
}

void tensorize(Nest& nest, const std::string& loop) {
  const std::size_t k = nest.find(loop);
  Loop& l = nest.loops[k];
  require(l.kind == LoopKind::Serial, "tensorize {}: the loop is already {}", loop, name_of(l.kind));
  require(k + 1 == nest.loops.size(), "tensorize {}: loop {} is inside of it", loop, nest.loops.back().name);
  require(!nest.is_parallel(l.index), "tensorize {}: its trips are not added to one sum", loop);
  const Dim width = dot_width(nest);
  require(
      width > 0,
      "tensorize {}: no instruction adds such products; there are ones for sums in f32 of products of two bf16, and "
      "in i32 of products of i8 with i8 or u8",
      loop);
  require(l.trips == width && l.step == 1, "tensorize {}: {} trips of {}; the instruction makes {} of 1", loop, l.trips,
          l.step, width);
  l.kind = LoopKind::Dot;
}

}  // namespace tenon::loop
