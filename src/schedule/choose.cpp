#include <algorithm>
#include <bit>
#include <cmath>

#include "schedule/contraction.h"
#include "schedule/hoist.h"
#include "schedule/schedule.h"
#include "schedule/tile.h"

namespace tenon::schedule {

using loop::kNone;
using loop::Nest;

namespace {

constexpr double kMostInstructions = 160;  ///< of an unrolled body
constexpr Dim kMostRows = 16;              ///< vectors of a tile that is transposed
constexpr Dim kReadBytes = 2048;           ///< of a row at a time, where what is transposed is far
constexpr Dim kWrittenBytes = 128;         ///< likewise of a column
constexpr Dim kPageBytes = 4096;
constexpr Dim kStreams = 2;       ///< parts of an array that are read side by side, where it is far
constexpr Dim kMostAtOnce = 8;    ///< vectors of sums
constexpr Dim kEnoughChains = 4;  ///< independent sums that hide the latency of an addition

/// A point of the space of schedules.
struct Choice {
  IndexId vector = kNone;  ///< index along which lanes run
  Dim at_once = 1;         ///< vectors, or values, that the innermost loops do at most
  Dim columns = 0;         ///< of a contraction's tile; 0: as many as are best
  bool any_size = false;   ///< also where the code becomes too long
};

/// Builds a schedule step by step; `nest` is always the nest after the steps so far.
class Chooser {
 public:
  /// `whole`: not the inside of given loops, so it may be collapsed and shared among threads.
  Chooser(const Nest& nest, const Processor& processor, bool whole) : nest_(nest), cpu_(processor), whole_(whole) {
    if (whole_ && nest_.points() > 0) step({Step::Kind::Collapse, {}, 1, {}});
  }

  /// All choices that differ, the one that costs least first.
  std::vector<Candidate> all() const {
    std::vector<Candidate> list;
    const Model model(nest_, cpu_);
    for (const Choice& c : choices(model)) {
      Chooser one = *this;
      const double cycles = one.decide(c, model);
      if (one.rows_ != kNone && c.at_once < kMostAtOnce) continue;  // the tile says how many
      Candidate next{one.built(), one.at_once(), cycles, {}};
      next.remarks = std::move(one.remarks_);
      if (std::ranges::find(list, next.schedule, &Candidate::schedule) != list.end()) continue;
      if (c.any_size)
        next.declined = fmt::format("about {:.0f} instructions in one trip; at most {:.0f} are emitted",
                                    one.instructions(), kMostInstructions);
      list.push_back(std::move(next));
    }
    std::ranges::stable_sort(list, {}, [](const Candidate& c) { return std::pair(!c.declined.empty(), c.cycles); });
    for (Candidate& c : list)
      if (&c != &list[0] && c.declined.empty()) c.declined = compared(c.cycles, list[0].cycles);
    return list;
  }

  /// The first of all().
  Schedule best() {
    const Model model(nest_, cpu_);
    Choice least;
    double cycles = expr::kInfinity;
    for (const Choice& c : choices(model)) {
      if (c.any_size) continue;
      if (double k = decide(c, model); k < cycles) cycles = k, least = c;
    }
    decide(least, model);
    return built();
  }

 private:
  static std::size_t at(IndexId i) { return static_cast<std::size_t>(i); }
  Dim extent(IndexId i) const { return nest_.extent[at(i)]; }
  bool has_loop(IndexId i) const { return std::ranges::find(nest_.loops, i, &loop::Loop::index) != nest_.loops.end(); }
  /// How many vectors, or values, an index runs over.
  Dim pieces(IndexId i) const { return i == vector_ ? (extent(i) + lanes_ - 1) / lanes_ : extent(i); }

  void step(Step s) {
    take(nest_, s);
    steps_.push_back(std::move(s));
  }

  bool try_step(const Step& s) {
    try {
      step(s);
    } catch (const Error&) {  // it says why not; the schedule is as good without
      return false;
    }
    return true;
  }

  static std::string compared(double cycles, double least) {
    return cycles > least ? fmt::format("{:.2f} times the cycles", cycles / least) : "no fewer cycles";
  }

  /// What is usual comes first: of equal cycles, the first is taken.
  std::vector<Choice> choices(const Model& m) const {
    if (nest_.points() == 0) return {{}};
    std::vector<IndexId> indices{m.vector_index()};
    // Where a factor is stored in panels, these are what vectors run over.
    for (IndexId i = 0; i < nest_.parallel; ++i)
      if (stored_columns(nest_, i) > 0) return {{i, kMostAtOnce}};
    for (IndexId i : m.vector_indices())
      if (i != indices[0]) indices.push_back(i);
    if (indices[0] != kNone) indices.push_back(kNone);
    std::vector<Choice> list;
    for (IndexId i : indices) {
      for (Dim at_once : {kMostAtOnce, Dim(4), Dim(2), Dim(1)}) list.push_back({i, at_once});
      list.push_back({i, 4, 0, true});
    }
    for (Dim columns = 1; columns <= kMostColumns; ++columns) list.push_back({indices[0], kMostAtOnce, columns});
    return list;
  }

  /// Settles everything but the steps; returns the cycles that the model predicts.
  double decide(const Choice& choice, const Model& model) {
    if (nest_.points() == 0) return name_ = "empty", 0;
    choice_ = choice;
    vector_ = choice.vector;
    rows_ = columns_ = along_ = kNone;
    lanes_ = 1;
    if (vector_ != kNone)
      lanes_ = std::min<Dim>(model.lanes, static_cast<Dim>(std::bit_ceil(static_cast<std::uint64_t>(extent(vector_)))));
    count_.assign(static_cast<std::size_t>(nest_.indices()), 1);
    weight_ = std::max(model.weight, 1.0);
    unroll_limit_ = std::max<Dim>(1, static_cast<Dim>(kMostInstructions / weight_));
    if (choice.any_size) unroll_limit_ = std::max<Dim>(unroll_limit_, choice.at_once);
    name_ = nest_.scatter ? scatter() : !nest_.reduces() ? elementwise(model) : reduction(model);
    const IndexId best = model.vector_index();
    if (vector_ == best) return rows_ == kNone ? model.cycles(vector_, at_once()) : contraction_cycles();
    // The model of accesses ranks vectors; tiles are not counted by it.
    const double ratio = model.cycles(vector_, at_once()) / model.cycles(best, kEnoughChains);
    return Chooser(*this).decide({best, kMostAtOnce}, model) * std::max(ratio, 1.0);
  }

  /// What one trip of the innermost loop does: vectors, or values.
  Dim at_once() const {
    Dim product = 1;
    for (Dim c : count_) product *= c;
    return product;
  }
  double instructions() const { return weight_ * static_cast<double>(at_once()); }

  double contraction_cycles() const {
    const Dim steps = nest_.points() / nest_.out_points(), n = columns_ == kNone ? 1 : pieces(columns_);
    const Dim one = extent(rows_) * (columns_ == kNone ? 1 : extent(columns_));
    const TileShape shape{count_[at(rows_)], columns_ == kNone ? 1 : count_[at(columns_)]};
    return tile_cycles(extent(rows_), n, steps, shape, cpu_) * static_cast<double>(nest_.out_points() / one);
  }

  Schedule built() {
    if (nest_.points() == 0) return {name_, {}};
    if (along_ != kNone && is_far())
      transposition_loops();
    else if (has_streams())
      stream_loops();
    else if (!blocked())
      loops();
    keep_functions();
    if (vector_ != kNone) name_ += fmt::format(", vectors of {} over {}", lanes_, nest_.names[at(vector_)]);
    return {name_, steps_};
  }

  std::string elementwise(const Model& m) {
    if (IndexId along = m.transposing(vector_); along != kNone) return transposed(along);
    if (const IndexId between = m.interleaving(vector_); between != kNone && choice_.at_once >= extent(between)) {
      count_[at(between)] = extent(between);
      return "elementwise, interleaved";
    }
    Dim room = std::min<Dim>({4, choice_.at_once, unroll_limit_});
    if (vector_ != kNone) room /= count_[at(vector_)] = std::min(pieces(vector_), room);
    for (IndexId i = nest_.parallel; i-- > 0 && room > 1;)
      if (i != vector_) room /= count_[at(i)] = std::min(extent(i), room);
    return "elementwise";
  }

  /// Vectors along one index of values that lie along another.
  std::string transposed(IndexId along) {
    along_ = along;
    // Lines of a narrower output are written whole: vectors of two registers, half as many.
    const bool wider = bits_of(nest_.out) * lanes_ < cpu_.vector_bits && extent(vector_) >= 2 * lanes_ && lanes_ >= 16;
    if (wider) lanes_ *= 2;
    const Dim most = std::min<Dim>({lanes_, wider ? kMostRows / 2 : kMostRows,
                                    static_cast<Dim>(std::bit_ceil(static_cast<std::uint64_t>(extent(along))))});
    count_[at(along)] =
        std::min(extent(along),
                 std::clamp<Dim>(static_cast<Dim>(std::bit_floor(static_cast<std::uint64_t>(unroll_limit_))), 4, most));
    return fmt::format("transposition {}x{}", count_[at(along)], lanes_);
  }

  std::string scatter() {
    if (vector_ != kNone) count_[at(vector_)] = std::min<Dim>({pieces(vector_), choice_.at_once, 4});
    return "scatter";
  }

  /// A parallel index other than the vector's along which some vector of operands can be used again.
  IndexId reusing(const Model& m, IndexId other) const {
    IndexId best = kNone;
    for (IndexId i = 0; i < nest_.parallel; ++i) {
      if (i == vector_ || i == other || extent(i) < 2) continue;
      bool reuses = false, needed = false;
      for (const loop::Access* a : m.body()) {
        bool heavy = other == kNone ? vector_ == kNone || m.depends(*a, vector_) : m.depends(*a, other);
        (m.depends(*a, i) ? needed : reuses) |= m.depends(*a, i) || heavy;
      }
      if (reuses && needed && (best == kNone || extent(i) > extent(best))) best = i;
    }
    return best;
  }

  /// Vectors side by side that are reduced along columns: longer runs of rows where these come from memory.
  Dim reduced_columns() const {
    double bytes = 0;
    for (const Type& t : nest_.in) bytes += static_cast<double>(bytes_of(t.dtype, element_count(t.shape)));
    const bool far = cpu_.caches.size() > 1 && bytes > static_cast<double>(cpu_.caches[1].bytes);
    return far && pieces(vector_) >= 4 * kMostAtOnce && choice_.at_once == kMostAtOnce ? 2 * kMostAtOnce
                                                                                       : choice_.at_once;
  }

  /// Of few tiles, two threads should have as many each: they fit half of the rows, however many threads there are.
  Dim rows_of_share(Dim rows) const {
    constexpr Dim kFewTiles = 8, kRowsOfTile = 14;
    return whole_ && rows > 2 * kRowsOfTile && rows < kFewTiles * kRowsOfTile ? (rows + 1) / 2 : rows;
  }

  std::string reduction(const Model& m) {
    Dim steps = nest_.points() / std::max<Dim>(1, nest_.out_points());
    bool along_output = vector_ != kNone && nest_.is_parallel(vector_);
    IndexId rows = nest_.finds_position() ? kNone : reusing(m, kNone);
    if (rows != kNone && m.weight <= 4) {
      IndexId columns = along_output ? vector_ : reusing(m, rows);
      const int reserved = (m.guarded ? 2 : 0) + registers_for_dots(nest_, cpu_);
      const Dim stored = columns == vector_ && columns != kNone ? stored_columns(nest_, columns) / lanes_ : 0;
      TileShape t = choose_tile(rows_of_share(extent(rows)), columns == kNone ? 1 : pieces(columns), steps, cpu_,
                                reserved, stored > 0 ? stored : choice_.columns);
      count_[at(rows)] = t.rows;
      if (columns != kNone) count_[at(columns)] = t.columns;
      rows_ = rows;
      columns_ = columns;
      add_chains(t.rows * t.columns);
      Dim width = t.columns * (columns == vector_ ? lanes_ : 1);
      return fmt::format("contraction {}x{}", t.rows, width);
    }
    if (const IndexId along = m.transposing(vector_); along != kNone && !nest_.is_parallel(along)) {
      count_[at(along)] = std::min(extent(along), kMostRows);
      return fmt::format("reduction ({}) of rows transposed", expr::name_of(nest_.reducer));
    }
    Dim chains = 1;
    const Dim room = std::min(nest_.finds_position() ? std::min<Dim>(4, choice_.at_once)
                              : along_output         ? reduced_columns()
                                                     : choice_.at_once,
                              unroll_limit_);
    if (along_output) chains = count_[at(vector_)] = std::min(pieces(vector_), room);
    if (const Dim stored = along_output ? stored_columns(nest_, vector_) : 0; stored > 0)
      chains = count_[at(vector_)] = stored / lanes_;
    add_chains(chains);
    return fmt::format("reduction ({})", expr::name_of(nest_.reducer));
  }

  /// Unrolls a reduction loop where the tile alone has too few sums that do not wait for one another.
  void add_chains(Dim chains) {
    bool across = vector_ != kNone && !nest_.is_parallel(vector_);
    const Dim enough = std::min(kEnoughChains, choice_.at_once);
    if (chains >= enough) return;
    IndexId index = across ? vector_ : nest_.indices() - 1;
    if (nest_.is_parallel(index)) return;
    Dim room = std::min<Dim>(enough / chains, unroll_limit_);
    if (pieces(index) >= 2 * room || across) count_[at(index)] = std::clamp<Dim>(room, 1, pieces(index));
  }

  /// The steps of a product that runs in blocks; false where it does not.
  bool blocked() {
    const bool one_row =
        rows_ == kNone && vector_ != kNone && nest_.parallel == 1 && stored_columns(nest_, vector_) > 0;
    if (!whole_ || (!one_row && (rows_ == kNone || columns_ == kNone || columns_ != vector_))) return false;
    const Product product{rows_, vector_, one_row ? 1 : count_[at(rows_)], count_[at(vector_)] * lanes_, lanes_};
    const auto blocking = choose_blocking(nest_, product, cpu_, remarks_);
    if (!blocking) return false;
    for (const Step& s : blocked_steps(nest_, product, *blocking)) step(s);
    if (blocking->dot > 0) name_ += fmt::format(", dot products of {}", blocking->dot);
    if (blocking->rows > 0) name_ += fmt::format(", {} rows at a time", blocking->rows);
    if (blocking->steps > 0) name_ += fmt::format(", {} steps at a time", blocking->steps);
    if (blocking->copies_rows || blocking->copies_columns)
      name_ += fmt::format(", copies of {}{}{}", blocking->copies_rows ? "rows" : "",
                           blocking->copies_rows && blocking->copies_columns ? " and " : "",
                           blocking->copies_columns ? "columns" : "");
    return true;
  }

  /// Of an element-wise nest: values that several trips would compute again.
  void keep_functions() {
    if (nest_.reduces()) return;
    bool kept = false;
    for (const Step& s : hoists_of(nest_, cpu_)) kept |= try_step(s);
    if (kept) name_ += ", functions kept";
  }

  /// Splits each index into its outer loop, unrolled part and vector, and puts them in order.
  void loops() {
    std::vector<std::string> outer_parallel, outer_reduction, unrolled;
    for (IndexId i = 0; i < nest_.indices(); ++i) {
      if (!has_loop(i)) continue;
      std::string name = nest_.names[at(i)];
      bool whole = count_[at(i)] >= pieces(i);
      if (i == vector_) {
        if (!whole && count_[at(i)] > 1) {
          step({Step::Kind::Split, name, count_[at(i)] * lanes_, name + ".u"});
          step({Step::Kind::Split, name + ".u", lanes_, name + ".v"});
        } else {
          step({Step::Kind::Split, name, lanes_, name + ".v"});
        }
        if (whole && count_[at(i)] == 1) whole = false;  // one trip: an outer loop
      } else if (!whole && count_[at(i)] > 1) {
        step({Step::Kind::Split, name, count_[at(i)], name + ".u"});
      }
      bool is_unrolled = count_[at(i)] > 1;
      if (is_unrolled) unrolled.push_back(whole ? name : name + ".u");
      if (!(is_unrolled && whole)) (nest_.is_parallel(i) ? outer_parallel : outer_reduction).push_back(name);
    }
    arrange(outer_parallel, unrolled);
    conditions_first(outer_reduction);
    std::vector<std::string> order = outer_parallel;
    order.insert(order.end(), outer_reduction.begin(), outer_reduction.end());
    order.insert(order.end(), unrolled.begin(), unrolled.end());
    if (vector_ != kNone) order.push_back(nest_.names[at(vector_)] + ".v");
    for (std::size_t k = 0; k < order.size(); ++k)
      if (nest_.loops[k].name != order[k]) step({Step::Kind::Interchange, order[k], 1, k ? order[k - 1] : ""});
    if (vector_ != kNone) step({Step::Kind::Vectorize, order.back(), 1, {}});
    for (std::size_t k = unrolled.size(); k-- > 0;) step({Step::Kind::Unroll, unrolled[k], 1, {}});
    if (whole_ && !outer_parallel.empty()) step({Step::Kind::Parallelize, order[0], 1, {}});
  }

  /// Where a factor is stored so, conditions are tested outside of the other loops of a reduction.
  void conditions_first(std::vector<std::string>& loops) const {
    const bool is_stored = std::ranges::any_of(nest_.accesses, [](const loop::Access& a) { return !a.digits.empty(); });
    if (!is_stored) return;
    const std::uint64_t conditional = indices_of_conditions(nest_.nodes);
    std::ranges::stable_partition(
        loops, [&](const std::string& name) { return conditional >> nest_.loops[nest_.find(name)].index & 1; });
  }

  /// What is transposed does not stay in the second cache, and its rows are long.
  bool is_far() const {
    const i64 second = cpu_.caches.size() > 1 ? cpu_.caches[1].bytes : i64{1} << 19;
    return whole_ && bytes_of(nest_.out, nest_.out_points()) > 2 * second &&
           bytes_of(nest_.out, extent(along_)) >= kReadBytes / 2;
  }

  /// Lines above one another in what is transposed, or what is made of it, compete for a few places in the caches.
  bool collides() const {
    bool same_place = false;
    const auto note = [&](DType t, Dim pitch) { same_place |= pitch > 0 && bytes_of(t, pitch) % kPageBytes == 0; };
    note(nest_.out, nest_.out_offset.coef(along_));
    for (const loop::Access& a : nest_.accesses)
      note(nest_.in[static_cast<std::size_t>(a.operand)].dtype, a.offset.coef(vector_));
    return same_place;
  }

  /// Blocks of long rows of the operand, whose columns are written as short runs of the output: both are slow to reach
  /// by single cache lines.
  void transposition_loops() {
    const std::string column = nest_.names[at(vector_)], row = nest_.names[at(along_)];
    const bool close = collides();
    const Dim run = std::min<Dim>(kReadBytes * 8 / bits_of(nest_.out), 32 * count_[at(along_)]);
    const Dim width = (close ? std::max<Dim>(kWrittenBytes * 8 / bits_of(nest_.out) / lanes_, 1) : 1) * lanes_;
    std::vector<std::string> order;
    for (IndexId i = 0; i < nest_.parallel; ++i)
      if (i != vector_ && i != along_) order.push_back(nest_.names[at(i)]);
    order.insert(order.end(), {column, row});
    const bool blocked = close && extent(along_) > run;
    if (blocked) step({Step::Kind::Split, row, run, row + ".t"}), order.push_back(row + ".t");
    if (width > lanes_ && extent(vector_) > width)
      step({Step::Kind::Split, column, width, column + ".t"}), order.push_back(column + ".t");
    step({Step::Kind::Split, blocked ? row + ".t" : row, count_[at(along_)], row + ".u"});
    step({Step::Kind::Split, order.back() == column + ".t" ? column + ".t" : column, lanes_, column + ".v"});
    order.insert(order.end(), {row + ".u", column + ".v"});
    for (std::size_t k = 0; k < order.size(); ++k)
      if (nest_.loops[k].name != order[k]) step({Step::Kind::Interchange, order[k], 1, k ? order[k - 1] : ""});
    step({Step::Kind::Vectorize, column + ".v", 1, {}});
    step({Step::Kind::Unroll, row + ".u", 1, {}});
    step({Step::Kind::Parallelize, order[0], 1, {}});
    if (blocked) try_step({Step::Kind::Prefetch, row, 1, {}});
  }

  /// One array from memory, element by element: the processor fetches ahead in more pages where parts of it are read
  /// side by side.
  bool has_streams() const {
    const i64 last = cpu_.caches.empty() ? i64{1} << 25 : cpu_.caches.back().bytes;
    const bool one_array = !nest_.reduces() && !nest_.scatter && nest_.parallel == 1 && vector_ == 0 &&
                           nest_.accesses.size() == 1 && nest_.accesses[0].offset.coef(0) == 1 &&
                           nest_.accesses[0].digits.empty() && nest_.out_digits.empty();
    if (!whole_ || !one_array) return false;
    const i64 bytes = bytes_of(nest_.out, nest_.out_points()) + bytes_of(nest_.in[0].dtype, nest_.out_points());
    return bytes > last && extent(0) % (kStreams * lanes_ * count_[0]) == 0;
  }

  void stream_loops() {
    const std::string whole = nest_.names[0];
    step({Step::Kind::Divide, whole, kStreams, whole + ".p"});
    count_.insert(count_.begin(), kStreams);
    vector_ = 1;
    loops();
    name_ += fmt::format(", {} streams", kStreams);
  }

  /// Rows innermost where the other operand is too large to be read again for each block of rows; and enough trips
  /// outside to share among threads.
  void arrange(std::vector<std::string>& outer, std::vector<std::string>& unrolled) {
    auto trips = [&](const std::string& name) { return nest_.loops[nest_.find(name)].trips; };
    constexpr Dim kEnoughTrips = 8;
    if (rows_ != kNone && columns_ != kNone) {
      auto row = std::find(outer.begin(), outer.end(), nest_.names[at(rows_)]);
      auto column = std::find(outer.begin(), outer.end(), nest_.names[at(columns_)]);
      Dim steps = nest_.points() / nest_.out_points();
      i64 panel = bytes_of(nest_.accumulate, steps * extent(columns_));
      i64 second_level = cpu_.caches.size() > 1 ? cpu_.caches[1].bytes : i64{1} << 19;
      if (row != outer.end() && column != outer.end() && panel > second_level / 2 && trips(*column) >= 4 &&
          row < column)
        std::iter_swap(row, column);
      auto u = std::find_if(unrolled.begin(), unrolled.end(), [&](const std::string& s) {
        return s == nest_.names[at(rows_)] || s == nest_.names[at(rows_)] + ".u";
      });
      if (u != unrolled.end()) std::rotate(unrolled.begin(), u, u + 1);
    }
    if (!whole_ || outer.empty() || trips(outer[0]) >= kEnoughTrips) return;
    auto most = std::max_element(outer.begin(), outer.end(), [&](auto& x, auto& y) { return trips(x) < trips(y); });
    if (trips(*most) >= 4 * trips(outer[0])) std::rotate(outer.begin(), most, most + 1);
  }

  Nest nest_;
  const Processor& cpu_;
  bool whole_;
  std::vector<std::string> remarks_;
  std::vector<Step> steps_;
  Choice choice_;
  std::string name_;
  double weight_ = 1;  ///< instructions of the body at one point
  IndexId vector_ = kNone, rows_ = kNone, columns_ = kNone, along_ = kNone;
  Dim lanes_ = 1, unroll_limit_ = 1;
  std::vector<Dim> count_;  ///< per index: unrolled values, or vectors
};

}  // namespace

Schedule choose(const Nest& nest, const Processor& processor) { return Chooser(nest, processor, true).best(); }

Schedule choose_in_block(const Nest& nest, const Processor& processor) {
  return Chooser(loop::one_block(nest), processor, false).best();
}

std::vector<Candidate> alternatives(const Nest& nest, const Processor& processor) {
  return Chooser(nest, processor, true).all();
}

std::vector<Candidate> alternatives_in_block(const Nest& nest, const Processor& processor) {
  return Chooser(loop::one_block(nest), processor, false).all();
}

}  // namespace tenon::schedule
