#include "schedule/contraction.h"

#include <algorithm>
#include <limits>
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
/// The part of the second cache that a block of the reduction takes for each row and column at most.
constexpr Dim kDepthsPerCache = 128;
/// The same where the factor is computed rather than read.
constexpr Dim kFewestTilesOfComputed = 3;
/// A copy of rows is of a part of them.
constexpr Dim kBlocksOfRows = 2;
/// More of the rows are not copied at once.
constexpr i64 kMostBytesOfRows = i64{4} << 20;
/// Blocks of a reduction are multiples of this, so that copies need no edges in them.
constexpr Dim kWholeSteps = 64;
/// Elements between the rows of a copy, so that they do not meet in the same sets of a cache.
constexpr Dim kPadding = 16;

/// Vectors at once, where models of two nests are compared.
constexpr Dim kCompared = 4;

using Remarks = std::vector<std::string>;

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

}  // namespace

std::uint64_t indices_of_conditions(std::span<const expr::Node> nodes) {
  std::uint64_t set = 0;
  for (const expr::Node& n : nodes)
    for (const expr::Cond& c : n.cond) set |= loop::indices_of(c.e.at);
  return set;
}

Dim stored_columns(const Nest& nest, IndexId columns) {
  for (const Access& a : nest.accesses)
    for (const loop::Digit& d : a.digits)
      if (d.index == columns && d.radix == 1 && d.limit != std::numeric_limits<Dim>::max()) return d.limit;
  return 0;
}

Dim dot_width(const Nest& nest, const Processor& processor) {
  const bool has = nest.accumulate == DType::F32 ? processor.bf16_dot : processor.int8_dot;
  if (!has || processor.vector_bits != 512 || !processor.triple.starts_with("x86_64")) return 0;
  return loop::dot_width(nest);
}

int registers_for_dots(const Nest& nest, const Processor& processor) {
  if (dot_width(nest, processor) == 0 || nest.accumulate != DType::I32) return 0;
  const loop::Node& body = nest.node(nest.body);
  const bool corrects = std::ranges::all_of(
      body.args, [&](NodeId cast) { return nest.node(nest.node(cast).args[0]).dtype == DType::I8; });
  constexpr int kCorrections = 4;
  return corrects ? kCorrections : 0;
}

namespace {

/// Fewer rows than this do not pay for bringing the other factor into the order of dot products.
constexpr Dim kFewestDotRows = 16;

/// The products of one instruction already lie side by side.
bool is_stored_for_dots(const Nest& nest, NodeId load, IndexId depth, Dim dot) {
  const Access* a = access_of(nest, load);
  return a && std::ranges::any_of(
                  a->digits, [&](const loop::Digit& d) { return d.index == depth && d.radix == 1 && d.limit == dot; });
}

/// The factors by what they vary along; false where that is not as in a product.
bool find_factors(const Nest& nest, const Product& p, Blocking& b) {
  const loop::Node& body = nest.node(nest.body);
  if (b.depth == kNone || nest.reducer != expr::Reducer::Sum || nest.scatter || body.kind != Kind::Apply ||
      body.fn != Fn::Mul)
    return false;
  const std::vector<std::uint64_t> uses = loop::dependences(nest);
  auto is_for = [&](NodeId id, IndexId mine, IndexId other) {
    const std::uint64_t set = uses[static_cast<std::size_t>(id)];
    return (mine == kNone || depends_on(set, mine)) && depends_on(set, b.depth) &&
           (other == kNone || !depends_on(set, other));
  };
  b.row_factor = body.args[0], b.column_factor = body.args[1];
  if (!is_for(b.row_factor, p.rows, p.columns)) std::swap(b.row_factor, b.column_factor);
  return is_for(b.row_factor, p.rows, p.columns) && is_for(b.column_factor, p.columns, p.rows);
}

/// Whether dot products are used, and what has to be copied for them.
void choose_dots(const Nest& nest, const Product& p, const Processor& processor, Blocking& b, Remarks& remarks) {
  const Dim dot = dot_width(nest, processor), lanes = processor.vector_bits / 32;
  if (dot == 0 && loop::dot_width(nest) > 0)
    remarks.push_back("no dot products: the processor has no instructions for them that are known here");
  if (dot == 0) return;
  if (p.lanes != lanes) return remarks.push_back(fmt::format("no dot products: fewer than {} columns", lanes));
  const NodeId row = nest.node(b.row_factor).args[0], column = nest.node(b.column_factor).args[0];
  const bool is_stored = is_stored_for_dots(nest, column, b.depth, dot);
  const bool is_row_major = step_along(*access_of(nest, row), b.depth) == 1;
  if (!is_stored && (p.rows == kNone || nest.extent[at(p.rows)] < kFewestDotRows))
    return remarks.push_back(fmt::format(
        "no dot products: bringing the columns into their order pays from {} rows on, or where they are constant",
        kFewestDotRows));
  if (!is_row_major && p.rows == kNone) return remarks.push_back("no dot products: the values of the row lie apart");
  b.dot = dot;
  b.row_factor = row, b.column_factor = column;
  b.copies_columns = !is_stored;
  b.copies_rows = !is_row_major;
}

}  // namespace

std::optional<Blocking> choose_blocking(const Nest& nest, const Product& p, const Processor& processor,
                                        Remarks& remarks) {
  Blocking b;
  b.depth = only_reduction(nest);
  if (!find_factors(nest, p, b)) {
    remarks.push_back(
        "no copies of factors: no sum over one index of a product of two factors, of rows and of columns");
    return {};
  }
  const bool may_split = nest.out == nest.accumulate, is_stored = stored_columns(nest, p.columns) > 0;
  const i64 panel = p.tile_columns * nest.extent[at(b.depth)] * bits_of(nest.accumulate) / 8;
  if (!may_split && !is_stored && panel > kMostBytesOfRows) {
    remarks.push_back(fmt::format("no copies of factors: a panel is {} bytes, and {} cannot hold sums of parts in {}",
                                  panel, tenon::name_of(nest.out), tenon::name_of(nest.accumulate)));
    return {};
  }
  choose_dots(nest, p, processor, b, remarks);
  if (p.rows == kNone && b.dot == 0) return {};
  const Dim m = p.rows == kNone ? 1 : nest.extent[at(p.rows)], n = nest.extent[at(p.columns)],
            k = nest.extent[at(b.depth)];
  const Dim row_tiles = (m + p.tile_rows - 1) / p.tile_rows, column_tiles = (n + p.tile_columns - 1) / p.tile_columns;
  const i64 width = bits_of(nest.node(b.column_factor).dtype) / 8;
  const i64 column_bytes = width * k * n, second = cache(processor, 1).bytes;
  const Dim fewest = columns_collide(nest, b, p, processor) ? kFewestTilesThatCollide : kFewestTiles;
  if (b.dot == 0) b.copies_columns = !is_stored && column_bytes > second && row_tiles >= fewest;
  // What has to be computed is computed once.
  const bool computes_rows = !access_of(nest, b.row_factor), computes_columns = !access_of(nest, b.column_factor);
  if (!is_stored && computes_columns && row_tiles >= kFewestTilesOfComputed) b.copies_columns = true;
  const bool must_copy_rows = b.copies_rows;
  b.copies_rows = must_copy_rows || (p.rows != kNone && computes_rows && column_tiles >= kFewestTilesOfComputed) ||
                  (p.rows != kNone && column_tiles >= 4 && rows_collide(nest, b.row_factor, p, b.depth, processor));
  if (is_stored)
    remarks.push_back("columns not copied: they are constant and stored in panels");
  else if (!b.copies_columns && column_bytes <= second)
    remarks.push_back(fmt::format("columns not copied: {} bytes of them stay in the second cache", column_bytes));
  else if (!b.copies_columns)
    remarks.push_back(
        fmt::format("columns not copied: {} tiles of rows read them, a copy pays from {} on", row_tiles, fewest));
  if (!b.copies_rows)
    remarks.push_back(column_tiles < 4 ? fmt::format("rows not copied: {} tiles of columns read them", column_tiles)
                                       : "rows not copied: those of a tile stay in the first cache side by side");
  if (!b.copies_columns && !b.copies_rows && !is_stored) return {};

  const Dim deepest = cache(processor, 1).bytes / kDepthsPerCache;
  if (!may_split && k * width > deepest)
    remarks.push_back(fmt::format("the reduction not in blocks: {} cannot hold sums in {}", tenon::name_of(nest.out),
                                  tenon::name_of(nest.accumulate)));
  if (may_split && (b.copies_columns || b.copies_rows) && k * width > deepest) {
    const Dim blocks = (k * width + deepest - 1) / deepest;
    b.steps = ((k + blocks - 1) / blocks + kWholeSteps - 1) / kWholeSteps * kWholeSteps;
  }
  const i64 tile_bytes = p.tile_rows * (b.steps > 0 ? b.steps : k) * width;
  if (tile_bytes > kMostBytesOfRows) {
    if (must_copy_rows) return {};
    b.copies_rows = false;
  }
  const Dim shares = std::max(1, processor.cores);
  const bool shares_columns = row_tiles < 2 * shares && b.steps == 0;
  if (must_copy_rows || computes_rows || (!shares_columns && row_tiles > 1)) {
    const Dim blocks = std::max<Dim>(shares, b.copies_rows ? kBlocksOfRows : 1);
    Dim tiles = (row_tiles + blocks - 1) / blocks;
    if (b.copies_rows) tiles = std::clamp<Dim>(kMostBytesOfRows / tile_bytes, 1, tiles);
    if (tiles < row_tiles) b.rows = tiles * p.tile_rows;
  }
  const bool has_home = b.rows > 0 || b.steps > 0;
  if (must_copy_rows && !has_home) return {};
  b.copies_rows = b.copies_rows && has_home;
  return b;
}

namespace {

/// Builds the steps one by one; `nest` is always the nest after those so far.
class Blocks {
 public:
  Blocks(const Nest& nest, const Product& p, const Blocking& b) : nest_(nest), p_(p), b_(b) {}

  std::vector<Step> run() {
    split_rows();
    split_columns();
    split_depth();
    arrange();
    make_tile();
    copy();
    return std::move(steps_);
  }

 private:
  using Kind = Step::Kind;
  using Names = std::vector<std::string>;

  void step(Step s) {
    take(nest_, s);
    steps_.push_back(std::move(s));
  }
  const std::string& name(IndexId i) const { return nest_.names[at(i)]; }

  void split_rows() {
    if (p_.rows == kNone) return;
    std::string tiles = name(p_.rows);
    if (b_.rows > 0) {
      outer_rows_ = tiles;
      step({Kind::Split, tiles, b_.rows, tiles + ".b"});
      tiles += ".b";
    }
    if (p_.tile_rows >= nest_.extent[at(p_.rows)]) {
      row_tile_ = tiles;
      return;
    }
    row_tiles_ = tiles, row_tile_ = name(p_.rows) + ".u";
    step({Kind::Split, tiles, p_.tile_rows, row_tile_});
  }

  void split_columns() {
    const std::string columns = name(p_.columns);
    step({Kind::Split, columns, p_.tile_columns, columns + ".u"});
    column_tile_ = {columns + ".u"};
    if (p_.tile_columns == p_.lanes) return;
    step({Kind::Split, columns + ".u", p_.lanes, columns + ".v"});
    column_tile_.push_back(columns + ".v");
  }

  void split_depth() {
    depth_ = name(b_.depth);
    if (b_.steps > 0) {
      outer_depth_ = depth_;
      step({Kind::Split, depth_, b_.steps, depth_ + ".b"});
      depth_ += ".b";
    }
    if (b_.dot == 0) return;
    dot_ = name(b_.depth) + ".d";
    step({Kind::Split, depth_, b_.dot, dot_});
  }

  void arrange() {
    Names order;
    for (IndexId i = 0; i < nest_.parallel; ++i)
      if (i != p_.rows && i != p_.columns) order.push_back(name(i));
    for (const std::string& next : {outer_rows_, outer_depth_, name(p_.columns), row_tiles_, depth_, row_tile_})
      if (!next.empty()) order.push_back(next);
    order.insert(order.end(), column_tile_.begin(), column_tile_.end());
    if (!dot_.empty()) order.push_back(dot_);
    for (std::size_t k = 0; k < order.size(); ++k)
      if (nest_.loops[k].name != order[k]) step({Kind::Interchange, order[k], 1, k ? order[k - 1] : ""});
  }

  void make_tile() {
    if (!dot_.empty()) step({Kind::Tensorize, dot_});
    step({Kind::Vectorize, column_tile_.back()});
    if (column_tile_.size() > 1) step({Kind::Unroll, column_tile_[0]});
    if (!row_tile_.empty()) step({Kind::Unroll, row_tile_});
    const loop::Loop& first = nest_.loops[0];
    if (nest_.is_parallel(first.index) && first.kind == loop::LoopKind::Serial) step({Kind::Parallelize, first.name});
  }

  void copy() {
    Names along_rows, along_columns{depth_};
    for (const std::string& next : {row_tiles_, row_tile_, depth_, dot_})
      if (!next.empty()) along_rows.push_back(next);
    along_columns.insert(along_columns.end(), column_tile_.begin(), column_tile_.end());
    if (!dot_.empty()) along_columns.push_back(dot_);
    if (b_.copies_rows)
      step({Kind::Pack, outer_depth_.empty() ? outer_rows_ : outer_depth_, kPadding, {}, b_.row_factor, along_rows});
    if (b_.copies_columns) step({Kind::Pack, name(p_.columns), 0, {}, b_.column_factor, along_columns});
  }

  Nest nest_;
  const Product& p_;
  const Blocking& b_;
  std::vector<Step> steps_;
  std::string outer_rows_, row_tiles_, row_tile_, outer_depth_, depth_, dot_;
  Names column_tile_;
};

}  // namespace

std::vector<Step> blocked_steps(const Nest& nest, const Product& p, const Blocking& b) {
  return Blocks(nest, p, b).run();
}

namespace {

/// The index that a dimension of the operand is read at; kNone where that is not one index by itself.
IndexId plain_index(const expr::Coord& c) {
  const bool plain =
      c.data == kNone && c.at.den == 1 && c.at.offset == 0 && c.at.terms.size() == 1 && c.at.terms[0].coef == 1;
  return plain ? c.at.terms[0].index : kNone;
}

/// The product that the body is, if conditions hold; null: none.
const expr::Node* product_of(const expr::Expr& e) {
  const expr::Node* body = &e.node(e.body);
  if (body->kind == Kind::Guard) body = &e.node(body->args[0]);
  return body->kind == Kind::Apply && body->fn == Fn::Mul ? body : nullptr;
}

/// The body is a product of which the load, widened or as it is, is one factor.
bool is_factor(const expr::Expr& e, const expr::Node& load) {
  const expr::Node* product = product_of(e);
  return product && std::ranges::any_of(product->args, [&](NodeId id) {
           const expr::Node& n = e.node(id);
           return &n == &load || (n.kind == Kind::Cast && &e.node(n.args[0]) == &load);
         });
}

/// The only load of the operand; null where there is none, or several.
const expr::Node* only_load(const expr::Expr& e, std::int32_t operand) {
  const expr::Node* load = nullptr;
  for (const expr::Node& n : e.nodes) {
    if (n.kind != Kind::Load || n.operand != operand) continue;
    if (load) return nullptr;
    load = &n;
  }
  return load;
}

/// The only load of a convolution's weights: of a filter, then of reduction indices.
bool is_of_filters(const expr::Expr& e, const expr::Node& load) {
  const std::int32_t parallel = e.domain.parallel;
  if (load.at.size() < 3 || load.at.size() != static_cast<std::size_t>(e.domain.indices() - parallel) + 1) return false;
  const IndexId filters = plain_index(load.at[0]);
  return filters != kNone && filters < parallel &&
         std::ranges::all_of(
             load.at.begin() + 1, load.at.end(),
             [&](const expr::Coord& c) {
               const IndexId i = plain_index(c);
               return i != kNone && i >= parallel;
             });
}

/// How many filters a tile takes; 0: there are too few for panels.
Dim filters_of_tile(const expr::Expr& e, IndexId filters, const Processor& processor) {
  const Dim lanes = processor.vector_bits / std::max(32, bits_of(e.accumulate));
  const Dim vectors = (Dim(e.domain.extent[at(filters)]) + lanes - 1) / lanes;
  Dim rows = 1, steps = 1;
  for (IndexId i = 0; i < e.domain.parallel; ++i)
    if (i != filters) rows = std::max(rows, Dim(e.domain.extent[at(i)]));
  for (IndexId i = e.domain.parallel; i < e.domain.indices(); ++i) steps *= Dim(e.domain.extent[at(i)]);
  constexpr int kReserved = 2;
  return vectors < 2 || rows == 1 ? 0 : choose_tile(rows, vectors, steps, processor, kReserved).columns * lanes;
}

/// The weights of a convolution in the order in which loops run where conditions are tested first; in panels of
/// `together` filters, 0: each filter by itself.
Layout layout_of_filters(const expr::Expr& e, const expr::Node& load, Dim together) {
  Layout layout{{{0, std::max<Dim>(together, 1)}}};
  const std::uint64_t conditional = indices_of_conditions(e.nodes);
  for (const bool first : {true, false})
    for (std::size_t d = 1; d < load.at.size(); ++d)
      if (depends_on(conditional, plain_index(load.at[d])) == first)
        layout.digits.push_back({static_cast<std::int32_t>(d), 1});
  if (together > 0) layout.digits.push_back({0, 1});
  return layout;
}

/// In panels of the columns of a tile; row-major where that does not pay.
Layout layout_of(const expr::Expr& e, const expr::Node& load, const Processor& processor) {
  if (load.at.size() != 2 || e.domain.indices() - e.domain.parallel != 1) return {};
  const IndexId first = plain_index(load.at[0]), second = plain_index(load.at[1]);
  if (first == kNone || second == kNone || first == second) return {};
  const bool is_transposed = first < e.domain.parallel;
  const IndexId columns = is_transposed ? first : second, depth = is_transposed ? second : first;
  if (columns >= e.domain.parallel || depth < e.domain.parallel) return {};
  Dim rows = 1;
  for (IndexId i = 0; i < e.domain.parallel; ++i)
    if (i != columns) rows *= Dim(e.domain.extent[at(i)]);
  const Dim lanes = processor.vector_bits / std::max(32, bits_of(e.accumulate));
  const Dim vectors = (Dim(e.domain.extent[at(columns)]) + lanes - 1) / lanes;
  const Nest nest = loop::lower(e);
  const Dim dot = dot_width(nest, processor);
  if (vectors < 2 || (rows == 1 && is_transposed && dot == 0)) return {};
  constexpr Dim kVectorsOfOneRow = 8;
  const Dim together = rows == 1 ? std::min(vectors, kVectorsOfOneRow)
                                 : choose_tile(rows, vectors, Dim(e.domain.extent[at(depth)]), processor,
                                               registers_for_dots(nest, processor))
                                       .columns;
  const std::int32_t d = is_transposed ? 0 : 1;
  if (dot > 0) return {{{d, together * lanes}, {1 - d, dot}, {d, 1}, {1 - d, 1}}};
  return {{{d, together * lanes}, {1 - d, 1}, {d, 1}}};
}

}  // namespace

namespace {

/// Fewer cycles than with all operands as they are, by what cannot be told apart from noise.
bool pays(const expr::Expr& e, const std::vector<Layout>& layouts, const Processor& processor) {
  constexpr double kLeast = 1.1;
  Nest as_it_is = loop::lower(e), stored = loop::lower(e, layouts);
  loop::collapse(as_it_is);
  loop::collapse(stored);
  const Model before(as_it_is, processor), after(stored, processor);
  const auto least = [](const Model& m) { return m.cycles(m.vector_index(), kCompared); };
  return kLeast * least(after) < least(before);
}

/// Whether a schedule is found that heeds the layouts.
bool can_be_scheduled(const expr::Expr& e, const std::vector<Layout>& layouts, const Processor& processor) {
  const Nest nest = loop::lower(e, layouts);
  try {
    apply(nest, choose(nest, processor));
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Of the operand that is constant, the others being as they are. Filters lie in panels of those of a tile where rows
/// of the output are short; else as conditions are tested, if there are any.
std::vector<Layout> layouts_with(const expr::Expr& e, std::size_t operand, const Processor& processor) {
  std::vector<Layout> layouts(e.in.size());
  const expr::Node* load = only_load(e, static_cast<std::int32_t>(operand));
  if (!load || !is_factor(e, *load)) return layouts;
  if (!is_of_filters(e, *load)) {
    layouts[operand] = layout_of(e, *load, processor);
    return layouts;
  }
  if (const Dim together = filters_of_tile(e, plain_index(load->at[0]), processor); together > 0) {
    layouts[operand] = layout_of_filters(e, *load, together);
    if (pays(e, layouts, processor)) return layouts;
  }
  layouts[operand] = indices_of_conditions(e.nodes) ? layout_of_filters(e, *load, 0) : Layout();
  return layouts;
}

}  // namespace

std::vector<Layout> constant_layouts(const expr::Expr& e, const std::vector<char>& is_constant,
                                     const Processor& processor) {
  if (e.reducer == expr::Reducer::Sum)
    for (std::size_t k = 0; k < e.in.size(); ++k) {
      if (!is_constant[k]) continue;
      std::vector<Layout> layouts = layouts_with(e, k, processor);
      // Only where vectors run along the columns, and tiles take a panel each.
      if (!layouts[k].is_row_major() && can_be_scheduled(e, layouts, processor)) return layouts;
    }
  return std::vector<Layout>(e.in.size());
}

}  // namespace tenon::schedule
