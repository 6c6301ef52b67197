// One nest as an LLVM function of type runtime::KernelFn.
//
// Code is straight-line but for the loops: guards become masks of loads and selects of values. Each value is emitted
// once, in the outermost loop on whose counter it depends (in front of the next inner loop), and once per distinct
// point of the tile.
#pragma once
#include <functional>
#include <map>
#include <tuple>

#include "codegen/code.h"
#include "loop/nest.h"
#include "runtime/kernel.h"

namespace tenon::codegen {

using expr::Affine;
using expr::IndexId;
using expr::kNone;
using expr::NodeId;
using loop::Dim;

/// The function in which nests are emitted, and what is the same for all of its nests.
struct Frame {
  llvm::Function* function = nullptr;
  llvm::Value *begin = nullptr, *end = nullptr, *fault = nullptr;
  llvm::Value* faulted = nullptr;  ///< i32 in memory: whether an index was out of range
  llvm::Value* nothing = nullptr;  ///< memory that masked accesses may touch
  llvm::Value* scratch = nullptr;  ///< memory to work in, behind the buffers
  i64 scratch_bytes = 0;           ///< how much of it is used
};
/// A new function of type runtime::KernelFn, open for insertion behind the memory that it reserves.
Frame open_frame(Code& code, const std::string& symbol, bool exported, std::int32_t buffers);
/// Makes what the function has written past the caches visible to other threads.
void finish_streams(Code& code);
/// Returns whether an index was out of range.
void close_frame(Code& code, const Frame& frame);
/// Pointer `k` of the function's buffers.
llvm::Value* buffer_of(Code& code, const Frame& frame, std::size_t k);

/// How many values of an index are left for inner loops. Blocks of an index whose last one is shorter share their code:
/// then the number is known when the code runs.
struct Span {
  Dim most = 1;                ///< the number, or that of a whole block
  llvm::Value* now = nullptr;  ///< the number where it is not known before
  Dim whole = 1;               ///< then: how many all blocks have together
  bool is_known() const { return now == nullptr; }
};

/// Where a nest runs inside of given loops.
struct Place {
  std::vector<llvm::Value*> counters;  ///< of the given loops
  std::vector<Span> spans;             ///< what each of them leaves for the loops inside
  std::vector<llvm::Value*> buffers;   ///< output, then operands
  std::vector<char> temporary;         ///< by buffer: it holds only what one trip of the given loops writes
  std::vector<std::int32_t> numbers;   ///< of operands, as faults report them
};

class Kernel {
 public:
  Kernel(Code& code, const loop::Nest& nest, Frame& frame) : c_(code), n_(nest), f_(frame) {}
  /// The part [begin, end) of a nest without given loops. `buffers`: numbers of the function's buffers for the output,
  /// then the operands; `outputs`: how many buffers of the function are outputs.
  void emit(std::span<const std::int32_t> buffers, std::int32_t outputs);
  /// The inside of the given loops, once.
  void emit_inside(const Place& place);

 private:
  // ---- facts about the nest, before anything is emitted (kernel_facts.cpp)

  struct Fact {
    std::uint64_t deps = 0;       ///< indices, as bits
    std::uint64_t cond_deps = 0;  ///< of a guard's conditions
    bool may_fault = false;       ///< reads data that names a position
    bool masked = false;          ///< must not be evaluated where its guard does not hold
    bool cond_masked = false;
    double low = 0, high = -1;  ///< of an i64 node; low > high: unknown
    DType rep = DType::F32;     ///< i32 for i64 nodes whose values fit
  };
  void find_facts();
  void find_range(std::size_t node);
  bool certainly_inside(const loop::Access& a) const;
  /// Smallest and largest numerator over the box.
  std::pair<double, double> range_of(const Affine& a) const;
  const Fact& fact(NodeId id) const { return facts_[static_cast<std::size_t>(id)]; }

  // ---- loops (kernel_loops.cpp)

  /// A combination of the counters of the unrolled loops.
  struct Point {
    std::vector<Dim> base;     ///< per index, what the counters add
    std::vector<Dim> counter;  ///< per unrolled loop
    std::size_t number = 0;    ///< row-major over all unrolled loops
    unsigned active = 1;       ///< lanes that exist
  };
  struct Reduced {
    llvm::Value *value = nullptr, *position = nullptr;
  };
  using Tile = std::vector<Reduced>;  ///< by number of point; unused ones are null

  void prepare();
  void place_copies();
  template <class Body>
  void whole_range(const Body& body_of_range);
  void given_loop(std::size_t level);
  void loops(std::size_t level);
  void parallel_loop(std::size_t level);
  void tile_level(std::size_t level);
  Tile reduction_loops(std::size_t level, Tile tile);
  template <class Body>
  Tile trips(std::size_t level, Tile tile, const Body& body);
  std::vector<Point> points() const;
  Tile counted_trips(std::size_t level, llvm::Value* count, Tile tile, const std::function<Span(llvm::Value*)>& inner,
                     const std::function<Tile(Tile)>& body);
  Tile trips_of_block(std::size_t level, Tile tile, const std::function<Tile(Tile)>& body);
  Tile where(llvm::Value* condition, Tile tile, const std::function<Tile(Tile)>& body);
  Span span_of_trip(std::size_t level, llvm::Value* counter);
  bool is_block(std::size_t level) const;
  void make_copies(std::size_t level);
  llvm::Value* at_end_of_blocks(bool last);
  template <class Body>
  void in_scope(std::size_t level, llvm::Value* counter, const Span& inner, const Body& body);
  void enter(llvm::BasicBlock* inner);
  llvm::BasicBlock* block(const char* name);
  Span& span(IndexId i) { return spans_[static_cast<std::size_t>(i)]; }
  const Span& span(IndexId i) const { return spans_[static_cast<std::size_t>(i)]; }

  // ---- reduced values (kernel_reduce.cpp)

  Tile identities(const std::vector<Point>& points);
  Tile with_earlier_blocks(const std::vector<Point>& points, Tile tile);
  void prefetch_output(const std::vector<Point>& points);
  Reduced updated(const Reduced& old, const Point& p);
  Reduced merged(const Reduced& x, const Reduced& y);
  Reduced later(const Reduced& x, const Reduced& y);
  llvm::Value* extreme_number(llvm::Value* x, llvm::Value* y);
  bool find_order() const;
  Reduced across_lanes(Reduced x);
  void finish(const std::vector<Point>& points, const Tile& tile);
  void write_results(const std::vector<Point>& points, const Tile& tile);
  llvm::Value* fused_sum(llvm::Value* sum, const Point& p);
  llvm::Value* partial(const Point& p, llvm::Value* now, llvm::Value* old);

  // ---- instructions for dot products (kernel_dot.cpp)

  void find_dot();
  unsigned dot_present() const;
  llvm::Value* dot_lanes(const Point& p);
  llvm::Value* dot_row(const Point& p);
  llvm::Value* dot_product(llvm::Value* sum, llvm::Value* row, llvm::Value* lanes);
  std::size_t correction_of(const Point& p) const;
  void add_corrections(Tile& tile, const std::vector<Point>& all) const;
  Tile dot_sums(Tile tile);
  void take_corrections(Tile& tile, const std::vector<Point>& all);
  const loop::Access& access_of(NodeId load) const {
    return n_.accesses[static_cast<std::size_t>(n_.node(load).operand)];
  }

  // ---- values (kernel_values.cpp)

  struct Val {
    llvm::Value* v = nullptr;
    llvm::Value* second = nullptr;  ///< of a data coordinate: whether it is in range
  };
  /// Where a value is needed. `id` names the chain of guards.
  struct Mask {
    llvm::Value* v = nullptr;  ///< null: everywhere
    std::uint64_t deps = 0;
    int id = 0;
  };
  enum class Tag : std::uint8_t { Node, Condition, Inside, Outside, Form, Coordinate };
  using Key = std::tuple<Tag, std::int32_t, int, std::size_t>;

  llvm::Value* eval(NodeId id, const Mask& mask, const Point& p);
  llvm::Value* compute(NodeId id, const Mask& mask, const Point& p);
  llvm::Value* guarded(NodeId id, const Mask& mask, const Point& p);
  llvm::Value* selected(NodeId id, const Mask& mask, const Point& p);
  llvm::Value* applied(NodeId id, const Mask& mask, const Point& p);
  llvm::Value* index_value(const expr::Coord& at, DType rep, const Mask& mask, const Point& p);
  llvm::Value* holds(const expr::Conds& conds, const Mask& mask, const Point& p);
  llvm::Value* holds(const expr::Cond& cond, const Mask& mask, const Point& p);
  llvm::Value* holds_on_form(const expr::Cond& cond, const Point& p);
  Mask narrowed(const Mask& mask, NodeId guard, llvm::Value* condition, std::uint64_t deps, bool inside,
                const Point& p);
  /// The value cached under `tag`, `id` and `mask`, emitted in its outermost possible scope.
  template <class Emit>
  Val cached(Tag tag, std::int32_t id, const Mask& mask, std::uint64_t deps, const Point& p, const Emit& emit);

  // ---- scatter (kernel_scatter.cpp)

  llvm::Value* target_offset(llvm::Value* number);
  void scatter_zero();
  std::pair<llvm::Value*, llvm::Value*> scatter_position(const Mask& mask, const Point& p);
  void scatter_update(const Point& p);

  // ---- memory and addresses (kernel_memory.cpp)

  llvm::Value* load(NodeId id, const Mask& mask, const Point& p);
  llvm::Value* load_scalar(DType t, llvm::Value* address, llvm::Value* condition);
  llvm::Value* load_run(DType t, llvm::Value* address, llvm::Value* condition, const Point& p);
  llvm::Value* load_reversed(DType t, llvm::Value* address, llvm::Value* condition, const Point& p);
  llvm::Value* load_gather(DType t, llvm::Value* addresses, llvm::Value* condition, const Point& p);
  llvm::Value* load_output(const Point& p);
  void store(llvm::Value* v, const Point& p);

  // ---- lanes with other points in between (kernel_interleave.cpp)

  std::optional<std::size_t> interleaving_loop() const;
  llvm::Value* by_turns(llvm::Value* x, llvm::Value* y);
  void store_thirds(llvm::ArrayRef<llvm::Value*> parts, const Point& first);
  void store_run(llvm::ArrayRef<llvm::Value*> values, const Point& first);
  void store_interleaved(llvm::ArrayRef<llvm::Value*> values, llvm::ArrayRef<const Point*> points, std::size_t along);

  // ---- lanes that lie apart (kernel_transpose.cpp)

  std::optional<std::size_t> transposing_loop(const loop::Access& a) const;
  void interleave(std::span<llvm::Value* const> x, std::span<llvm::Value* const> y, unsigned most, Values& into);
  Values transposed(std::int32_t operand, const Affine& offset, std::size_t along, Point p);
  llvm::Value* load_transposed(DType t, std::int32_t access, std::size_t along, const Point& p);
  llvm::Value* load_part(DType t, llvm::Value* at, Dim step, Dim k, llvm::Value* mask, const Point& p);
  llvm::Value* load_strided(DType t, llvm::Value* at, Dim step, llvm::Value* condition, const Point& p);

  // ---- stores past the caches (kernel_stream.cpp)

  void prepare_stream();
  Dim streamed_elements() const;
  std::size_t joined(llvm::ArrayRef<const Point*> points, std::size_t first);
  llvm::Value* concatenated(llvm::Value* x, llvm::Value* y);
  void store_all(llvm::ArrayRef<llvm::Value*> values, llvm::ArrayRef<const Point*> points);

  /// What the next trip of a loop reads (kernel_prefetch.cpp).
  void fetch_rows(const loop::Prefetch& p);
  void fetch_places();

  // ---- addresses (kernel_memory.cpp)

  /// Element addresses: one, or one per lane.
  llvm::Value* address(std::int32_t buffer, const Affine& offset, const loop::Digits& digits, const Point& p);
  llvm::Value* address_of_output(const Point& p) { return address(-1, n_.out_offset, n_.out_digits, p); }
  llvm::Value* chain(std::int32_t buffer, int form, std::size_t level);
  /// Numerator of an affine form as an integer; a vector where it depends on the lane.
  llvm::Value* form(const Affine& a, bool narrow, const Point& p);
  llvm::Value* form_chain(int form, std::size_t level);
  llvm::Value* quotient(llvm::Value* numerator, Dim den);
  Val data_coordinate(const loop::DataTerm& d, std::int32_t access, const Mask& mask, const Point& p);
  void report(llvm::Value* bad, llvm::Value* coordinate, const loop::DataTerm& d, std::int32_t operand);
  llvm::Value* lane_condition(llvm::Value* condition, const Point& p);
  llvm::Constant* active_lanes(const Point& p) const;
  llvm::Constant* lane_numbers(llvm::Type* word, Dim step) const;
  /// What the counters of the tile add.
  Dim constant_part(int form, const Point& p) const;
  /// The number of a form, by how much it grows with each loop.
  int intern(const Affine& a, const loop::Digits& digits = {});
  Dim growth(int form, std::size_t level) const { return form_steps_[static_cast<std::size_t>(form)][level]; }
  Dim lane_step(const Affine& a, const loop::Digits& digits) const;
  DType buffer_type(std::int32_t buffer) const {
    return buffer < 0 ? n_.out : n_.in[static_cast<std::size_t>(buffer)].dtype;
  }

  // ---- scopes

  /// A loop's body; the first is the function's. `leave` is the branch that enters the next inner scope.
  struct Scope {
    llvm::Instruction* leave = nullptr;
    llvm::Value* counter = nullptr;
    Span around;  ///< of the loop's index, of which this trip runs a part
    std::map<Key, Val> values;
    std::map<std::pair<std::int32_t, int>, llvm::Value*> chains;
    std::map<std::pair<std::int32_t, std::size_t>, Values> transposed;  ///< by access and point of the tile
  };
  std::size_t level_of(std::uint64_t deps) const;
  bool varies(std::uint64_t deps) const { return lane_index_ != kNone && (deps >> lane_index_ & 1); }
  std::size_t point_key(std::uint64_t deps, const Point& p) const;
  /// Runs `emit` with the insertion point in the scope of that level.
  template <class Emit>
  auto at_level(std::size_t level, const Emit& emit);

  Code& c_;
  const loop::Nest& n_;
  Frame& f_;
  Place place_;
  std::vector<Fact> facts_;
  std::vector<loop::Loop> outer_, unrolled_;
  bool positions_rise_ = false;           ///< each accumulator sees its points in the order of their positions
  std::vector<std::size_t> unrolled_at_;  ///< places of the unrolled loops in the nest
  std::size_t parallel_levels_ = 0;       ///< loops outside of the reductions that are held in registers
  unsigned lanes_ = 0;                    ///< 0: no vector loop
  IndexId lane_index_ = kNone;            ///< the vector loop's index while lanes matter
  struct {
    unsigned width = 0;                 ///< products that one instruction adds; 0: there is none
    NodeId lanes = kNone, row = kNone;  ///< loads: of the factor along the lanes, of the one that they share
    bool corrects = false;              ///< both are signed
  } dot_;
  std::vector<Span> spans_;  ///< values of each index that are left for the inner loops
  std::vector<Scope> scopes_;
  std::size_t level_ = 0;           ///< of the insertion point
  llvm::Value* aligned_ = nullptr;  ///< where the nest streams: whether the output begins at a whole vector
  std::vector<llvm::Value*> acc_;   ///< by point: what Acc is in post
  std::map<std::vector<Dim>, int> forms_;
  std::vector<std::vector<Dim>> form_steps_;  ///< per form, by loop of the nest
  std::map<std::tuple<int, NodeId, bool>, int> mask_ids_;
};

}  // namespace tenon::codegen
