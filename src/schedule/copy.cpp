// The schedule of a copy that a kernel makes of an operand: it lies along loops whose order is given.
#include <algorithm>
#include <bit>

#include "schedule/model.h"
#include "schedule/schedule.h"

namespace tenon::schedule {

namespace {

using loop::Access;
using loop::Loop;
using loop::Nest;

constexpr Dim kVectors = 4;    ///< copied at once
constexpr Dim kNarrowest = 4;  ///< lanes that pay

class Copy {
 public:
  Copy(const Nest& nest, const Processor& processor) : nest_(nest), cpu_(processor), model_(nest, processor) {}

  Schedule run() {
    const Loop last = nest_.loops.back();
    const Dim lanes =
        std::min<Dim>(cpu_.lanes(nest_.out), static_cast<Dim>(std::bit_floor(static_cast<std::uint64_t>(last.trips))));
    if (last.step == 1 && (last.trips == 2 || last.trips == 4))
      if (const std::string along = unit_loop(last); !along.empty()) return interleaving(along, last.name);
    order_by_reach();
    if (last.step != 1 || lanes < kNarrowest) return std::move(schedule_);
    std::string vectors = last.name;
    if (const std::string along = transposing(last); !along.empty()) {
      schedule_.name = "transposing copy";
      const std::string rows = part_of(along, cpu_.lanes(nest_.out));
      vectors = part_of(last.name, lanes);
      if (rows != vectors) move_in_front_of(rows, vectors);
      unroll(rows, vectors);
      return std::move(schedule_);
    }
    if (last.trips >= kVectors * lanes && last.trips != lanes) {
      const std::string several = part_of(last.name, kVectors * lanes);
      vectors = part_of(several, lanes);
      unroll(several, vectors);
    } else {
      vectors = part_of(last.name, lanes);
      step({Step::Kind::Vectorize, vectors});
      const Loop& before = nest_.loops[nest_.loops.size() - 2];
      if (nest_.loops.size() - 2 >= nest_.given() && before.trips <= kVectors && before.index == last.index)
        step({Step::Kind::Unroll, before.name});
    }
    return std::move(schedule_);
  }

 private:
  /// Vectors along the source, of which those of the few innermost trips are stored by turns.
  Schedule interleaving(const std::string& along, const std::string& turns) {
    schedule_.name = "interleaving copy";
    const Dim trips = loop_called(along).trips;
    const Dim lanes =
        std::min<Dim>(cpu_.lanes(nest_.out), static_cast<Dim>(std::bit_floor(static_cast<std::uint64_t>(trips))));
    const std::string vectors = part_of(along, lanes);
    step({Step::Kind::Interchange, vectors, 1, turns});
    step({Step::Kind::Vectorize, vectors});
    step({Step::Kind::Unroll, turns});
    return std::move(schedule_);
  }

  /// Single values of its index, enough of them, and no other loop over it inside, which would have to stay there.
  bool may_be_lanes(std::size_t k) const {
    const Loop& l = nest_.loops[k];
    return l.step == 1 && l.trips >= kNarrowest &&
           std::find_if(nest_.loops.begin() + static_cast<std::ptrdiff_t>(k) + 1, nest_.loops.end(),
                        [&](const Loop& inner) { return inner.index == l.index; }) == nest_.loops.end();
  }

  /// The loop, other than the last one, along which every source lies and that has enough trips; empty: there is none.
  std::string unit_loop(const Loop& last) const {
    for (std::size_t k = nest_.given(); k < nest_.loops.size(); ++k) {
      const Loop& l = nest_.loops[k];
      if (l.index == last.index || !may_be_lanes(k)) continue;
      if (std::ranges::all_of(model_.body(), [&](const Access* a) {
            return loop::step_of(a->offset, a->digits, l) == 1 && a->data.empty() && a->offset.den == 1;
          }))
        return l.name;
    }
    return {};
  }

  void step(Step s) {
    take(nest_, s);
    schedule_.steps.push_back(std::move(s));
  }

  const Loop& loop_called(const std::string& name) const { return nest_.loops[nest_.find(name)]; }

  /// The loop itself, or `count` trips of it as a loop of its own.
  std::string part_of(const std::string& name, Dim count) {
    if (loop_called(name).trips <= count) return name;
    step({Step::Kind::Split, name, count, name + ".c"});
    return name + ".c";
  }

  void move_in_front_of(const std::string& name, const std::string& vectors) {
    const std::size_t place = nest_.find(vectors);
    if (place > 0 && nest_.loops[place - 1].name != name)
      step({Step::Kind::Interchange, name, 1, nest_.loops[place - 1].name});
  }

  void unroll(const std::string& rows, const std::string& vectors) {
    step({Step::Kind::Vectorize, vectors});
    step({Step::Kind::Unroll, rows});
  }

  /// Loops that reach far through the source outermost, but the last one.
  void order_by_reach() {
    auto reach = [&](const Loop& l) {
      Dim most = 0;
      for (const Access* a : model_.body()) most = std::max(most, std::abs(loop::step_of(a->offset, a->digits, l)));
      return most;
    };
    const std::size_t first = nest_.given();
    for (std::size_t k = first + 1; k + 1 < nest_.loops.size(); ++k)
      for (std::size_t to = k; to > first; --to) {
        const Loop &moved = nest_.loops[to], &passed = nest_.loops[to - 1];
        if (moved.index == passed.index || reach(moved) <= reach(passed)) break;
        step({Step::Kind::Interchange, moved.name, 1, to - 1 == first ? "" : nest_.loops[to - 2].name});
      }
  }

  /// The loop along which the source lies, where this is not the one along which the copy does.
  std::string transposing(const Loop& last) const {
    for (const Access* a : model_.body()) {
      const Dim step = loop::step_of(a->offset, a->digits, last);
      if (step == 0 || step == 1) continue;
      for (std::size_t k = nest_.given(); k < nest_.loops.size(); ++k) {
        const Loop& l = nest_.loops[k];
        if (l.index != last.index && may_be_lanes(k) && a->offset.coef(l.index) == 1) return l.name;
      }
    }
    return {};
  }

  Nest nest_;
  const Processor& cpu_;
  Model model_;
  Schedule schedule_{"copy", {}};
};

}  // namespace

Schedule choose_copy(const Nest& nest, const Processor& processor) { return Copy(nest, processor).run(); }

}  // namespace tenon::schedule
