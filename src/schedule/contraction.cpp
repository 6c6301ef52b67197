#include "schedule/contraction.h"

#include <algorithm>
#include <numeric>

namespace tenon::schedule {

namespace {

using expr::Fn;
using expr::Kind;
using loop::Access;
using loop::kNone;
using loop::Nest;
using loop::NodeId;

/// Fewer tiles of rows than this do not pay for a copy of the columns' factor.
constexpr Dim kFewestTiles = 64, kFewestTilesThatCollide = 16;
/// Steps of the reduction in one block at most: the sums of a tile are then written and read again.
constexpr Dim kMostBytesDeep = 8192;
/// A copy of rows is of a part of them.
constexpr Dim kBlocksOfRows = 2;
/// Elements between the rows of a copy, so that they do not meet in the same sets of a cache.
constexpr Dim kPadding = 16;

std::size_t at(IndexId i) { return static_cast<std::size_t>(i); }

bool depends_on(std::uint64_t set, IndexId i) { return set >> i & 1; }

/// The only reduction index, or kNone.
IndexId only_reduction(const Nest& nest) { return nest.indices() - nest.parallel == 1 ? nest.parallel : kNone; }

const Access* access_of(const Nest& nest, NodeId id) {
  const loop::Node& n = nest.node(id);
  return n.kind == Kind::Load ? &nest.accesses[static_cast<std::size_t>(n.operand)] : nullptr;
}

Dim step_along(const Access& a, IndexId i) { return loop::step_of(a.offset, a.digits, {.name = {}, .index = i}); }

/// How many of `rows` runs that begin `pitch` bytes apart fall into the same set of the first cache.
Dim rows_per_set(Dim rows, Dim pitch, const CacheLevel& cache) {
  const Dim way = cache.bytes / std::max(cache.ways, 1);
  const Dim places = std::max<Dim>(1, way / std::max<Dim>(std::gcd(pitch, way), cache.line));
  return (rows + places - 1) / places;
}

CacheLevel cache(const Processor& p, std::size_t level) {
  constexpr CacheLevel kUsual[] = {{i64{1} << 15, 8, 64, false}, {i64{1} << 20, 16, 64, false}};
  return level < p.caches.size() ? p.caches[level] : kUsual[level];
}

/// Rows that are far apart, so that a tile of them does not stay in the first cache.
bool rows_collide(const Nest& nest, NodeId factor, const Product& p, IndexId depth, const Processor& processor) {
  const Access* a = access_of(nest, factor);
  if (!a || step_along(*a, depth) != 1 || a->offset.den != 1) return false;
  const i64 pitch = bytes_of(nest.node(factor).dtype, std::abs(step_along(*a, p.rows)));
  const CacheLevel first = cache(processor, 0);
  return 10 * rows_per_set(p.tile_rows, pitch, first) > 6 * first.ways;
}

/// Steps of the reduction that are so far apart that a panel of columns does not stay in the second cache.
bool columns_collide(const Nest& nest, const Blocking& b, const Product& p, const Processor& processor) {
  const Access* a = access_of(nest, b.column_factor);
  if (!a || a->offset.den != 1) return true;
  const i64 width = bits_of(nest.node(b.column_factor).dtype) / 8;
  const CacheLevel second = cache(processor, 1);
  const Dim lines = std::max<Dim>(1, p.tile_columns * width / second.line);
  return lines * rows_per_set(nest.extent[at(b.depth)], width * std::abs(step_along(*a, b.depth)), second) >
         second.ways;
}

std::string name_of(const Nest& nest, IndexId i) { return nest.names[at(i)]; }

}  // namespace

Dim stored_columns(const Nest& nest, IndexId columns) {
  for (const Access& a : nest.accesses)
    for (const loop::Digit& d : a.digits)
      if (d.index == columns && d.radix == 1) return d.limit;
  return 0;
}

std::optional<Blocking> choose_blocking(const Nest& nest, const Product& p, const Processor& processor) {
  Blocking b;
  b.depth = only_reduction(nest);
  const loop::Node& body = nest.node(nest.body);
  if (b.depth == kNone || nest.reducer != expr::Reducer::Sum || nest.scatter || body.kind != Kind::Apply ||
      body.fn != Fn::Mul)
    return {};
  const std::vector<std::uint64_t> uses = loop::dependences(nest);
  b.row_factor = body.args[0], b.column_factor = body.args[1];
  auto is_for = [&](NodeId id, IndexId mine, IndexId other) {
    const std::uint64_t set = uses[static_cast<std::size_t>(id)];
    return depends_on(set, mine) && depends_on(set, b.depth) && !depends_on(set, other);
  };
  if (!is_for(b.row_factor, p.rows, p.columns)) std::swap(b.row_factor, b.column_factor);
  if (!is_for(b.row_factor, p.rows, p.columns) || !is_for(b.column_factor, p.columns, p.rows)) return {};

  const Dim m = nest.extent[at(p.rows)], n = nest.extent[at(p.columns)], k = nest.extent[at(b.depth)];
  const Dim row_tiles = (m + p.tile_rows - 1) / p.tile_rows, column_tiles = (n + p.tile_columns - 1) / p.tile_columns;
  const bool is_stored = stored_columns(nest, p.columns) > 0;
  const i64 width = bits_of(nest.node(b.column_factor).dtype) / 8;
  b.copies_columns = !is_stored && width * k * n > cache(processor, 1).bytes &&
                     row_tiles >= (columns_collide(nest, b, p, processor) ? kFewestTilesThatCollide : kFewestTiles);
  b.copies_rows = column_tiles >= 4 && rows_collide(nest, b.row_factor, p, b.depth, processor);
  if (!b.copies_columns && !b.copies_rows && !is_stored) return {};

  const bool may_split = nest.out == nest.accumulate;
  if (may_split && (b.copies_columns || b.copies_rows) && k * width > kMostBytesDeep) {
    const Dim blocks = (k * width + kMostBytesDeep - 1) / kMostBytesDeep;
    b.steps = ((k + blocks - 1) / blocks + kPadding - 1) / kPadding * kPadding;
  }
  const Dim shares = std::max(1, processor.cores);
  b.shares_columns = row_tiles < 2 * shares && b.steps == 0;
  if (!b.shares_columns && row_tiles > 1) {
    const Dim blocks = std::max<Dim>(shares, b.copies_rows ? kBlocksOfRows : 1);
    const Dim tiles = (row_tiles + blocks - 1) / blocks;
    if (tiles < row_tiles) b.rows = tiles * p.tile_rows;
  }
  b.copies_rows = b.copies_rows && (b.rows > 0 || b.steps > 0);
  return b;
}

std::vector<Step> blocked_steps(const Nest& nest, const Product& p, const Blocking& b) {
  using Kind = Step::Kind;
  std::vector<Step> steps;
  Nest trial = nest;
  auto step = [&](Step s) {
    take(trial, s);
    steps.push_back(std::move(s));
  };
  const std::string rows = name_of(nest, p.rows), columns = name_of(nest, p.columns), depth = name_of(nest, b.depth);
  std::string row_tiles = rows, row_tile = rows + ".u", column_tile = columns + ".u", k = depth;
  if (b.rows > 0) step({Kind::Split, rows, b.rows, row_tiles = rows + ".b"});
  const bool one_tile = p.tile_rows >= nest.extent[at(p.rows)];
  if (one_tile)
    row_tile = rows;
  else
    step({Kind::Split, row_tiles, p.tile_rows, row_tile});
  step({Kind::Split, columns, p.tile_columns, column_tile});
  const bool several = p.tile_columns > p.lanes;
  if (several) step({Kind::Split, column_tile, p.lanes, columns + ".v"});
  if (b.steps > 0) step({Kind::Split, depth, b.steps, k = depth + ".b"});

  std::vector<std::string> order;
  if (b.rows > 0) order.push_back(rows);
  for (IndexId i = 0; i < nest.parallel; ++i)
    if (i != p.rows && i != p.columns) order.insert(order.end() - (b.rows > 0 ? 1 : 0), name_of(nest, i));
  if (b.steps > 0) order.push_back(depth);
  order.push_back(columns);
  if (!one_tile) order.push_back(row_tiles);
  order.push_back(k);
  order.push_back(row_tile);
  order.push_back(column_tile);
  if (several) order.push_back(columns + ".v");
  for (std::size_t l = 0; l < order.size(); ++l)
    if (trial.loops[l].name != order[l]) step({Kind::Interchange, order[l], 1, l ? order[l - 1] : ""});
  step({Kind::Vectorize, order.back()});
  if (several) step({Kind::Unroll, column_tile});
  step({Kind::Unroll, row_tile});
  if (trial.is_parallel(trial.loops[0].index) && trial.loops[0].kind == loop::LoopKind::Serial)
    step({Kind::Parallelize, order[0]});
  std::vector<std::string> along_columns{k, column_tile}, along_rows{row_tiles, row_tile, k};
  if (several) along_columns.push_back(columns + ".v");
  if (one_tile) along_rows.erase(along_rows.begin());
  if (b.copies_rows) step({Kind::Pack, b.steps > 0 ? depth : rows, kPadding, {}, b.row_factor, along_rows});
  if (b.copies_columns) step({Kind::Pack, columns, 0, {}, b.column_factor, along_columns});
  return steps;
}

namespace {

/// The index that a dimension of the operand is read at; kNone where that is not one index by itself.
IndexId plain_index(const expr::Coord& c) {
  const bool plain =
      c.data == kNone && c.at.den == 1 && c.at.offset == 0 && c.at.terms.size() == 1 && c.at.terms[0].coef == 1;
  return plain ? c.at.terms[0].index : kNone;
}

/// In panels of the columns of a tile; row-major where that does not pay.
Layout layout_of(const expr::Expr& e, std::int32_t operand, const Processor& processor) {
  const expr::Node* load = nullptr;
  for (const expr::Node& n : e.nodes) {
    if (n.kind != Kind::Load || n.operand != operand) continue;
    if (load) return {};
    load = &n;
  }
  if (!load || load->at.size() != 2 || e.domain.indices() - e.domain.parallel != 1) return {};
  const IndexId first = plain_index(load->at[0]), second = plain_index(load->at[1]);
  if (first == kNone || second == kNone || first == second) return {};
  const bool is_transposed = first < e.domain.parallel;
  const IndexId columns = is_transposed ? first : second, depth = is_transposed ? second : first;
  if (columns >= e.domain.parallel || depth < e.domain.parallel) return {};
  Dim rows = 1;
  for (IndexId i = 0; i < e.domain.parallel; ++i)
    if (i != columns) rows *= Dim(e.domain.extent[at(i)]);
  const Dim lanes = processor.vector_bits / std::max(32, bits_of(e.accumulate));
  const Dim vectors = (Dim(e.domain.extent[at(columns)]) + lanes - 1) / lanes;
  if (vectors < 2 || (rows == 1 && is_transposed)) return {};
  constexpr Dim kVectorsOfOneRow = 8;
  const Dim together = rows == 1 ? std::min(vectors, kVectorsOfOneRow)
                                 : choose_tile(rows, vectors, Dim(e.domain.extent[at(depth)]), processor, 0).columns;
  const std::int32_t d = is_transposed ? 0 : 1;
  return {{{d, together * lanes}, {1 - d, 1}, {d, 1}}};
}

}  // namespace

std::vector<Layout> constant_layouts(const expr::Expr& e, const std::vector<char>& is_constant,
                                     const Processor& processor) {
  std::vector<Layout> layouts(e.in.size());
  if (e.reducer != expr::Reducer::Sum) return layouts;
  for (std::size_t k = 0; k < e.in.size(); ++k) {
    if (!is_constant[k]) continue;
    Layout layout = layout_of(e, static_cast<std::int32_t>(k), processor);
    if (layout.is_row_major()) continue;
    std::vector<Layout> trial(e.in.size());
    trial[k] = layout;
    // Only where vectors run along the columns, and tiles take a panel each.
    const Schedule schedule = choose(loop::lower(e, trial), processor);
    try {
      apply(loop::lower(e, trial), schedule);
    } catch (const Error&) {
      continue;
    }
    layouts[k] = std::move(layout);
    break;
  }
  return layouts;
}

}  // namespace tenon::schedule
