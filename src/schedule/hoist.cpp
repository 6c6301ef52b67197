#include "schedule/hoist.h"

#include <set>

#include "schedule/model.h"

namespace tenon::schedule {

namespace {

using loop::Nest;
using loop::NodeId;

constexpr double kLeastInstructions = 8;  ///< of a value, where reading it instead is clearly less
constexpr Dim kLeastTrips = 16;           ///< that would compute it again

class Hoists {
 public:
  Hoists(const Nest& nest, const Processor& processor)
      : nest_(nest),
        deps_(loop::dependences(nest)),
        most_bytes_(processor.caches.empty() ? 1 << 14 : processor.caches[0].bytes / 2) {}

  std::vector<Step> run() {
    visit(nest_.body);
    return std::move(steps_);
  }

 private:
  bool varies(NodeId id, const loop::Loop& l) const { return deps_[static_cast<std::size_t>(id)] >> l.index & 1; }

  /// From the whole down, so that what is kept is as much as possible.
  void visit(NodeId id) {
    const expr::Node& n = nest_.node(id);
    if (n.kind != expr::Kind::Apply && n.kind != expr::Kind::Cast) return;
    if (!seen_.insert(id).second || keep(id)) return;
    for (NodeId a : n.args) visit(a);
  }

  bool keep(NodeId id) {
    std::size_t repeating = nest_.given();
    while (repeating < nest_.tile() && (varies(id, nest_.loops[repeating]) || nest_.loops[repeating].trips == 1))
      ++repeating;
    if (repeating >= nest_.tile() || nest_.loops[repeating].trips < kLeastTrips) return false;
    Dim elements = 1;
    bool inside = false;
    for (std::size_t k = repeating + 1; k < nest_.loops.size(); ++k)
      if (varies(id, nest_.loops[k])) elements *= nest_.loops[k].trips, inside = true;
    if (!inside || bytes_of(nest_.node(id).dtype, elements) > most_bytes_) return false;
    if (instructions_of(nest_, id) < kLeastInstructions) return false;
    Step step{Step::Kind::Hoist, repeating == nest_.given() ? "" : nest_.loops[repeating - 1].name};
    step.value = id;
    steps_.push_back(std::move(step));
    return true;
  }

  const Nest& nest_;
  const std::vector<std::uint64_t> deps_;
  const i64 most_bytes_;
  std::set<NodeId> seen_;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> hoists_of(const Nest& nest, const Processor& processor) { return Hoists(nest, processor).run(); }

}  // namespace tenon::schedule
