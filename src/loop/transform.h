// Transformations of a nest, one per file. Each throws Error saying what forbids it. None changes a value, except that
// splitting, reordering, unrolling and vectorizing loops over reduction indices changes the order of a sum of floats,
// in a way that the loops alone determine.
#pragma once
#include <span>

#include "loop/nest.h"
#include "tensor/layout.h"

namespace tenon::loop {

/// One loop per index, in the order of the expression. A sum over points whose data names an output position becomes
/// a Scatter. `layouts`, if any, say how the operands lie; one that is not row-major is read at plain indices only.
Nest lower(const expr::Expr& e, std::span<const Layout> layouts = {});

/// Joins indices that every access walks as one (and drops those of extent 1), so that rows follow one another without
/// a break. Only for a nest fresh from `lower`. The first `rows` indices that vary stay as they are.
void collapse(Nest& nest, std::int32_t rows = 0);

/// The inverse for one index: `loop` as that many equal parts, each a value of a new index with the loop `outer`, which
/// stands just outside. Unlike the parts of a split, the two are indices of their own and may change places. Only for a
/// loop that no other step has transformed.
void divide(Nest& nest, const std::string& loop, Dim parts, const std::string& outer);

/// The nest as several side by side, in each of which the conditions on one parallel index alone are the same at all
/// points, so that no guard is left of a concatenation or of padding. The indices before `first` stay whole. Nests that
/// reduce, and those that would become more than `most`, stay as they are. Only for a nest without transformed loops.
std::vector<Nest> partition(const Nest& nest, std::size_t most, IndexId first = 0);
/// The first index that `partition` would divide; kNone where there is none.
IndexId first_cut(const Nest& nest, std::size_t most);

/// Of collapsed nests, which have the first `rows` indices in common: these are joined where every access of all nests
/// walks them as one. Returns how many are left.
std::int32_t join_rows(std::span<Nest> nests, std::int32_t rows);

/// The loops of the first `rows` indices become given ones, the last of which steps by `block` rows, with a loop over
/// these inside.
void block_rows(Nest& nest, std::int32_t rows, Dim block);

/// What is inside of the given loops, as a nest of its own: the indices that they run over have the extents of one
/// trip.
Nest one_block(Nest nest);

/// The values that one of several nests writes and reads, by number: what is written under a number is read under it.
struct Values {
  std::int32_t result = 0;
  std::vector<std::int32_t> operands;  ///< in the order of Nest::in
};

/// Nests that run one after another become stages of common given loops, made of the first `rows` loops of each: in
/// every trip, which is of `block` rows, all stages run in turn. Trips may run in any order and at once, so what one
/// stage writes others may read and write at the same row only. Only for nests without transformed loops.
void fuse(std::span<Nest> nests, std::span<const Values> values, std::int32_t rows, Dim block);

/// The inverse: the given loops become loops of each nest, which ends before the next one begins. `has_place[v]`:
/// value v has a place for all rows, and not for those of one trip only.
void fission(std::span<Nest> nests, std::span<const Values> values, std::span<const char> has_place);

/// `loop` becomes an outer loop of that name and an inner one of `factor` trips, called `inner`.
void split(Nest& nest, const std::string& loop, Dim factor, const std::string& inner);

struct TilePart {
  std::string loop;
  Dim trips = 1;      ///< of the inner part
  std::string inner;  ///< its name
  friend bool operator==(const TilePart&, const TilePart&) = default;
};
/// Splits several loops, and lets their inner parts follow one another in the order given, just inside of the loop
/// `inside`; where that is empty, of the innermost of the loops that are split. On Error the nest is as it was.
void tile(Nest& nest, const std::vector<TilePart>& parts, const std::string& inside = "");

/// Moves `loop` just inside of `after`, or to the outside (but for given loops) where `after` is empty.
void interchange(Nest& nest, const std::string& loop, const std::string& after);

/// Repeats the body in place of the loop. The loop joins the tile: only unrolled and vector loops may be inside.
void unroll(Nest& nest, const std::string& loop);

/// One vector lane per trip. The loop must be innermost, step 1, and its trips a power of two.
void vectorize(Nest& nest, const std::string& loop);

/// Whole vectors of the output are written past the caches: for outputs that are much larger and not read soon. Each
/// must begin at a multiple of its size from the output's first element.
void stream(Nest& nest);

/// Each trip of `loop` fetches into the cache what the next one reads, where this is several rows of cache lines. The
/// loop must be serial and outside of reductions and the tile.
void prefetch(Nest& nest, const std::string& loop);

/// Beside what it reads of an operand, the nest fetches into the cache what the next trip of the given loop reads
/// there; a later trip where one is little, so that memory has answered by then.
void fetch_ahead(Nest& nest, const std::string& loop, std::int32_t operand);

/// Copies `value`, which the body reads, at the start of each trip of loop `at`; inside, the copy is read. It lies
/// along the loops of `layout`, outermost first, the run along the last one followed by `padding` elements. These are
/// all the loops inside of `at` along which the value varies.
void pack(Nest& nest, NodeId value, const std::string& at, const std::vector<std::string>& layout, Dim padding);

/// Whether `root` computes `value` at every point, whatever conditions say.
bool is_unconditional(const Nest& nest, NodeId root, NodeId value);

/// Computes `value` once in each trip of loop `at`, for all loops inside: in a register where it varies along none of
/// them, else in a copy along those along which it does (`pack`). Where `at` is empty, once for all loops.
void hoist(Nest& nest, NodeId value, const std::string& at);
/// Throws Error saying what the value varies along, or needs, that a trip of the loop does not know when it starts.
void check_hoist(const Nest& nest, const Hoist& hoist);

/// Inside of loop `at` (of all loops where it is empty) reduced values never leave their registers, whatever further
/// steps do: one accumulator per point of the tile, and no loop that needs others inside of a reduction.
void promote(Nest& nest, const std::string& at);
/// Throws Error naming the loops that make it impossible.
void check_promoted(const Nest& nest, const std::string& at);

/// The nest that makes the copy: element-wise, with the loops down to `at` given.
Nest copy_of(const Nest& nest, const Pack& pack);

/// One instruction makes all trips: the innermost loop over a reduction index of dot_width() trips. When the nest is
/// whole, one factor lies along the vector loop with these trips side by side, and the other one along these trips.
void tensorize(Nest& nest, const std::string& loop);

/// How many products of the nest's body one instruction may add; 0: none does.
Dim dot_width(const Nest& nest);

/// Trips may run on several threads at once. The loop must be outermost and over a parallel index.
void parallelize(Nest& nest, const std::string& loop);

}  // namespace tenon::loop
