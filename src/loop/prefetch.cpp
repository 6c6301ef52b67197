#include <bit>

#include "loop/transform.h"

namespace tenon::loop {

namespace {

constexpr Dim kLineBytes = 64;
constexpr Dim kMostRows = 128;  ///< that caches hold side by side, wherever they lie
/// What memory has sent before it answers, with some to spare: blocks that are smaller are fetched several ahead.
constexpr Dim kBytesAhead = 1 << 14;

/// How far the index goes in one trip of loop number k.
Dim inside(const Nest& nest, IndexId index, std::size_t k) {
  for (std::size_t o = k + 1; o-- > 0;)
    if (nest.loops[o].index == index) return nest.loops[o].step;
  return nest.extent[static_cast<std::size_t>(index)];
}

/// Rows of whole lines that one trip of loop number k reads; nothing where the access has another form.
std::optional<Prefetch> rows_of_lines(const Nest& nest, std::size_t number, std::size_t k) {
  const Access& a = nest.accesses[number];
  const DType t = nest.in[static_cast<std::size_t>(a.operand)].dtype;
  const auto* unit = std::ranges::find_if(a.offset.terms, [](const expr::Term& term) { return term.coef == 1; });
  const bool moves = a.data.empty() && a.digits.empty() && a.offset.den == 1 && a.offset.coef(nest.loops[k].index) != 0;
  if (!moves || unit == a.offset.terms.end()) return {};
  const IndexId run = unit->index;
  Prefetch p{static_cast<std::int32_t>(number), nest.loops[k].name, kLineBytes * 8 / bits_of(t), 0, 1, 0};
  p.lines = inside(nest, run, k) / p.line;
  for (const expr::Term& term : a.offset.terms) {
    if (term.index == run || inside(nest, term.index, k) == 1) continue;
    if (p.pitch != 0) return {};
    p.rows = inside(nest, term.index, k);
    p.pitch = term.coef;
  }
  const bool even = p.lines > 0 && p.lines * p.line == inside(nest, run, k) &&
                    std::has_single_bit(static_cast<std::uint64_t>(p.lines));
  return even && p.rows > 1 && p.rows <= kMostRows ? std::optional(p) : std::nullopt;
}

}  // namespace

void prefetch(Nest& nest, const std::string& loop) {
  const std::size_t k = nest.find(loop);
  require(k < std::min(nest.tile(), nest.first_reduction()) && nest.loops[k].kind == LoopKind::Serial,
          "prefetch {}: only for a serial loop outside of reductions and the tile is something fetched ahead", loop);
  std::vector<Prefetch> found;
  for (std::size_t a = 0; a < nest.accesses.size(); ++a)
    if (auto p = rows_of_lines(nest, a, k)) found.push_back(*p);
  require(!found.empty(),
          "prefetch {}: no access reads several rows of whole cache lines, a power of two of them, in one trip", loop);
  nest.prefetches.insert(nest.prefetches.end(), found.begin(), found.end());
}

void fetch_ahead(Nest& nest, const std::string& loop, std::int32_t operand) {
  const std::size_t k = nest.find(loop);
  require(nest.loops[k].kind == LoopKind::Given, "fetch operand {} ahead of {}: the loop is {}, and must be given",
          operand, loop, name_of(nest.loops[k].kind));
  const Loop* lanes = nest.vector_loop();
  std::vector<Ahead> found;
  for (std::size_t a = 0; a < nest.accesses.size(); ++a) {
    const Access& access = nest.accesses[a];
    const bool runs = access.data.empty() && access.offset.den == 1 && lanes && access.offset.coef(lanes->index) == 1;
    const Dim elements = access.offset.coef(nest.loops[k].index).value() * nest.loops[k].step;
    if (access.operand != operand || !runs || elements == 0) continue;
    const Dim bytes = bytes_of(nest.in[static_cast<std::size_t>(operand)].dtype, std::abs(elements));
    found.push_back({static_cast<std::int32_t>(a), elements * std::max<Dim>(kBytesAhead / std::max<Dim>(bytes, 1), 1)});
  }
  require(!found.empty(), "fetch operand {} ahead of {}: no vectors of it move with the loop", operand, loop);
  nest.ahead.insert(nest.ahead.end(), found.begin(), found.end());
}

}  // namespace tenon::loop
