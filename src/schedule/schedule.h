// Which loops for which expression: a schedule is data.
#pragma once
#include <string>
#include <vector>

#include "loop/transform.h"
#include "machine/processor.h"

namespace tenon::schedule {

struct Step {
  enum class Kind : std::uint8_t {
    Collapse,
    Divide,
    Split,
    Tile,
    Interchange,
    Unroll,
    Vectorize,
    Parallelize,
    Pack,
    Hoist,
    Promote,
    Tensorize,
    Prefetch,
    Ahead,
    Stream
  };
  Kind kind = Kind::Collapse;
  std::string loop;      ///< the loop it works on; Tile: that the inner parts stand just inside of
  loop::Dim factor = 1;  ///< Split; Divide: parts; Ahead: the operand; Pack: elements between the runs
  std::string other;     ///< Split, Divide: name of the new loop; Interchange: the loop to stand just inside of
  loop::NodeId value = loop::kNone;        ///< Pack, Hoist: what is kept
  std::vector<std::string> layout = {};    ///< Pack: loops along which it lies
  std::vector<loop::TilePart> parts = {};  ///< Tile
  friend bool operator==(const Step&, const Step&) = default;
};
/// "split i by 14 into i, i.u"
std::string to_text(const Step& step);

struct Schedule {
  std::string name;  ///< one line for people: "contraction 13x32, vectors of 16 over j"
  std::vector<Step> steps;
  friend bool operator==(const Schedule&, const Schedule&) = default;
};
std::string to_text(const Schedule& schedule);

/// The nest after one step. Throws Error where the step is not possible.
void take(loop::Nest& nest, const Step& step);

/// The nest after each step. Throws Error where a step is not possible.
loop::Nest apply(loop::Nest nest, const Schedule& schedule);

/// A good schedule for a nest fresh from loop::lower, by a model of the processor: the same on every run and for every
/// number of threads.
Schedule choose(const loop::Nest& nest, const Processor& processor);

/// The same for a collapsed nest whose rows are given (loop::block_rows): one thread runs all inside of them.
Schedule choose_in_block(const loop::Nest& nest, const Processor& processor);

/// One schedule of those that a nest may have.
struct Candidate {
  Schedule schedule;
  loop::Dim at_once = 1;                  ///< vectors, or values, that the innermost loops do in one trip
  double cycles = 0;                      ///< of one core, by the model: to compare, not to predict times
  std::string declined;                   ///< why it is not taken; empty for the one that is
  std::vector<std::string> remarks = {};  ///< what else was possible for a product, and why it is not done
};
/// What `choose` chooses from: vectors along each index that may have them and none, each with several numbers of
/// vectors at once, or tiles. The first is the one it takes, the others stand by their cycles; those that the cycles do
/// not decline come last.
std::vector<Candidate> alternatives(const loop::Nest& nest, const Processor& processor);
std::vector<Candidate> alternatives_in_block(const loop::Nest& nest, const Processor& processor);

/// Operations on floats: one for each of arithmetic and each value that is reduced, and for a function those of its
/// polynomial. A value counts once for all points between which it does not vary.
double operations_of(const loop::Nest& nest);

/// Adds the step, and takes it, where it is possible. `nest` is the nest after the schedule so far.
bool add_if_possible(Schedule& schedule, loop::Nest& nest, const Step& step);
/// Adds the step Stream, and takes it, where it is possible. `nest` is the nest after the schedule so far.
void add_stream(Schedule& schedule, loop::Nest& nest);

/// For a nest that copies (loop::copy_of).
Schedule choose_copy(const loop::Nest& copy, const Processor& processor);

}  // namespace tenon::schedule
