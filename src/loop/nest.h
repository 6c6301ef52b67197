// Loops as data: one expression as a nest of loops over flat memory.
//
//   parallel i.0 < 10 by 13
//     serial j.0 < 4 by 32
//       sum = 0 (f32, 26 accumulators of 16)
//       serial k < 784
//         unrolled i.1 < 13
//           unrolled j.1 < 2 by 16
//             vector j.2 < 16
//               sum += a[784*i + k] * b[128*k + j]
//       c[128*i + j] = sum
//
// An index is the sum of step * counter over its loops, outer loops having larger steps. A loop whose inner loops do
// not fit a whole number of times ends with a shorter trip: its inner loops then stop where the index ends.
// The innermost unrolled and vector loops form the tile, with a loop of kind Dot inside of all if one instruction makes
// its trips: products of narrow factors, added to one accumulator. The reduced values of a tile are held in registers
// from behind the innermost loop over a parallel index that is not of the tile. Reduction loops further outside are
// blocks: between their trips the reduced values lie in the output. What several trips read may be packed: copied, at
// the start of each trip of a loop, into memory of the kernel's own. Where several nests run in turn for the same rows,
// the outermost loops are given: the code around runs them.
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "expr/expr.h"

namespace tenon::loop {

using expr::Affine;
using Dim = i64;
using expr::IndexId;
using expr::kNone;
using expr::Node;
using expr::NodeId;

enum class LoopKind : std::uint8_t { Serial, Parallel, Unrolled, Vector, Given, Dot };
std::string_view name_of(LoopKind kind);

struct Loop {
  std::string name;
  IndexId index = 0;        ///< the index that it advances
  Dim trips = 1, step = 1;  ///< per trip the index grows by `step`
  LoopKind kind = LoopKind::Serial;
  friend bool operator==(const Loop&, const Loop&) = default;
};

/// Unrolled, Vector or Dot.
bool is_of_tile(const Loop& l);

/// A coordinate of an access that depends on data: at + value(node), checked to be in [0, extent) when run.
struct DataTerm {
  NodeId value = kNone;
  Affine at;
  Dim stride = 1, extent = 1;
  std::int32_t dimension = 0;
};

/// A term of an address that depends on a digit of an index: stride * (index / radix mod limit / radix). Loops over the
/// index step by multiples of the radix, or make trips inside of one.
struct Digit {
  IndexId index = 0;
  Dim radix = 1, limit = 1, stride = 1;
  friend bool operator==(const Digit&, const Digit&) = default;
};
using Digits = SmallVector<Digit, 4>;

/// An element of an operand: offset + digits + sum of stride * value over the data terms, in elements.
struct Access {
  std::int32_t operand = 0;
  Affine offset;  ///< includes stride * at of the data terms
  SmallVector<DataTerm, 1> data;
  Digits digits;
};

/// Values that are copied at the start of each trip of a loop, for the loops inside of it.
struct Pack {
  std::string at;            ///< the loop; empty: all loops
  NodeId value = kNone;      ///< what is copied
  std::int32_t operand = 0;  ///< by which accesses read the copy
  std::vector<Loop> loops;   ///< that the copy is made by, outermost first
  Digits digits;             ///< where a value lies
  Dim elements = 0;
};

/// The sum over points where indices equal positions read from data, as one addition per point to the output element
/// at these positions. The targets have no loops but for the zeros that the output starts with.
struct Scatter {
  struct Position {
    IndexId target = 0;
    Affine at;  ///< the position is at + value(index)
    NodeId index = kNone;
  };
  SmallVector<Position, 2> positions;
  NodeId update = kNone;
  expr::Conds cond;  ///< further conditions of an update

  bool aims_at(IndexId i) const {
    return std::any_of(positions.begin(), positions.end(), [i](const Position& p) { return p.target == i; });
  }
};

/// Rows of cache lines that an access reads in one trip of a loop; the next trip's are fetched while one runs.
struct Prefetch {
  std::int32_t access = 0;
  std::string loop;
  Dim line = 1, lines = 1;  ///< elements of a line; lines of a row, a power of two
  Dim rows = 1, pitch = 0;  ///< pitch: elements from one row to the next
  friend bool operator==(const Prefetch&, const Prefetch&) = default;
};

/// Beside what an access reads, the place `elements` further on is fetched into the cache.
struct Ahead {
  std::int32_t access = 0;
  Dim elements = 0;
  friend bool operator==(const Ahead&, const Ahead&) = default;
};

/// A value that is computed once in each trip of a loop, for all loops inside, whatever conditions say there.
struct Hoist {
  NodeId value = kNone;
  std::string at;  ///< the loop; empty: outside of all but the given ones
  friend bool operator==(const Hoist&, const Hoist&) = default;
};

/// What is computed (the expression with flat accesses) and by which loops.
struct Nest {
  std::vector<Type> in;
  DType out = DType::F32;
  std::vector<std::string> names;  ///< of indices
  std::vector<Dim> extent;         ///< of indices: parallel ones first
  std::int32_t parallel = 0;
  std::vector<Node> nodes;  ///< Load: `operand` is the number of an access, `at` is empty
  std::vector<Access> accesses;
  NodeId body = kNone, post = kNone;
  expr::Reducer reducer = expr::Reducer::None;
  DType accumulate = DType::F32;
  Affine out_offset;        ///< where the output element lies
  Affine position;          ///< row-major position over the reduction indices
  Digits out_digits;        ///< further terms of out_offset
  std::vector<Loop> loops;  ///< outermost first
  std::vector<Pack> packs;
  std::optional<Scatter> scatter;
  std::vector<Prefetch> prefetches;
  std::vector<Ahead> ahead;
  std::vector<Hoist> hoists;
  std::optional<std::string> promoted;  ///< the loop inside of which reduced values never leave registers, as Hoist::at
  bool streams = false;  ///< whole vectors of the output are written past the caches, where it begins at one

  const Node& node(NodeId id) const { return nodes[static_cast<std::size_t>(id)]; }
  bool is_parallel(IndexId i) const { return i < parallel; }
  IndexId indices() const { return static_cast<IndexId>(extent.size()); }
  bool reduces() const { return reducer != expr::Reducer::None; }
  bool finds_position() const { return reducer == expr::Reducer::ArgMax || reducer == expr::Reducer::ArgMin; }
  /// Position of the loop of that name; throws Error that lists the loops.
  std::size_t find(const std::string& loop) const;
  /// Position of the first loop inside of the one of that name; of the first that is not given where the name is empty.
  std::size_t inside_of(const std::string& loop) const;
  /// First loop of the tile.
  std::size_t tile() const;
  /// First of the loops inside of which reduced values are held in registers; tile() where nothing is reduced.
  std::size_t first_reduction() const;
  /// Reduction loops outside of that.
  bool reduces_in_blocks() const;
  /// How many loops are of kind Given: the outermost ones.
  std::size_t given() const;
  /// The loop of kind Vector, or nullptr.
  const Loop* vector_loop() const;
  /// The loop of kind Dot, or nullptr.
  const Loop* dot_loop() const;
  Dim points() const;      ///< product of all extents
  Dim out_points() const;  ///< product of the parallel extents
};

/// Those by which the value is computed, without those of positions and conditions that are read from data.
std::vector<const Access*> accesses_of(const Nest& nest, NodeId value);

/// The set of indices (bit i: index i) that each node depends on, also through data. Acc depends on every parallel
/// index.
std::vector<std::uint64_t> dependences(const Nest& nest);
std::uint64_t indices_of(const Affine& a);
std::uint64_t indices_of(const Digits& digits);

/// By how many elements an address grows from one trip of the loop to the next.
Dim step_of(const Affine& offset, const Digits& digits, const Loop& l);

/// Every affine form of the nest, for rewriting.
std::vector<Affine*> forms(Nest& nest);

/// Throws Error saying which loop is out of place, where the loops are not of the form described above.
void check(const Nest& nest);

/// "7*i + j + 1"
std::string to_text(const Nest& nest, const Affine& form);
/// A node as a formula: "exp(in0[7*i + j])"
std::string formula_of(const Nest& nest, NodeId value);

/// The nest as indented text.
std::string to_text(const Nest& nest);

}  // namespace tenon::loop
