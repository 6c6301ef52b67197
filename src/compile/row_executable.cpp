#include "compile/row_executable.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <mutex>

#include "tensor/index_error.h"

namespace tenon {

namespace {

using Sizes = std::array<i64, 4>;

/// Elements of a row, as far as they are known.
i64 width_of(const Type& t) {
  i64 width = 1;
  for (std::size_t d = 1; d < t.shape.size(); ++d)
    if (t.shape[d].is_constant()) width = std::min(width * std::max<i64>(t.shape[d], 1), i64{1} << 20);
  return width;
}

/// A large part is some ten thousand elements, so that it keeps all threads busy and its start costs little.
Sizes sizes_for(const Function& f, const RowParts& parts) {
  i64 width = 0;
  for (const std::size_t k : parts.rows) width += width_of(f.parameters[k].type());
  for (const RowPhase& phase : parts.phases)
    for (const std::size_t k : phase.results) width += width_of(f.results[k].type());
  if (width < 8) return {65536, 2048, 64, 1};
  if (width < 128) return {4096, 256, 16, 1};
  return {256, 32, 8, 1};
}

class ByRows final : public Executable {
 public:
  ByRows(Function f, RowParts parts, std::string cause)
      : f_(std::move(f)), parts_(std::move(parts)), cause_(std::move(cause)), sizes_(sizes_for(f_, parts_)) {}

  std::vector<Array> run(std::span<const Array> inputs) const override {
    const DimValues values = values_of_unknowns(f_, inputs);
    const i64 rows = std::ranges::find(values, parts_.extent, &DimValues::value_type::first)->second;
    if (rows == 0) return of("none", f_, 0).run(inputs);
    try {
      return run_parts(inputs, values, rows);
    } catch (const IndexError&) {  // it counts from the part's first row
      executable(with_values(f_, values), "an error")->run(inputs);
      throw;
    }
  }

  std::size_t programs() const override {
    const std::scoped_lock lock(mutex_);
    std::size_t sum = 0;
    for (const auto& [key, e] : known_) sum += e->programs();
    return sum;
  }

 private:
  /// `g` for so many rows.
  const Executable& of(const std::string& role, const Function& g, i64 rows) const {
    const std::scoped_lock lock(mutex_);
    auto& known = known_[{role, rows}];
    if (!known) known = executable(with_values(g, {{parts_.extent, rows}}), cause_);
    return *known;
  }

  /// What has been computed so far.
  struct Progress {
    std::vector<Array> rows,
        fixed;  ///< rows: of operands, and what phases have kept; fixed: the ends of loops come last
    std::vector<Array> results;
  };

  std::vector<Array> run_parts(std::span<const Array> inputs, const DimValues& values, i64 rows) const {
    Progress now{.results = std::vector<Array>(f_.results.size())};
    for (const std::size_t k : parts_.rows) now.rows.push_back(inputs[k]);
    for (const std::size_t k : parts_.fixed) now.fixed.push_back(inputs[k]);
    for (std::size_t p = 0; p < parts_.phases.size(); ++p) run_phase(p, values, rows, now);
    if (parts_.others.empty()) return now.results;
    std::vector<Array> others = of("last", parts_.last, 1).run(now.fixed);
    for (std::size_t k = 0; k < others.size(); ++k) now.results[parts_.others[k]] = std::move(others[k]);
    return now.results;
  }

  void run_phase(std::size_t p, const DimValues& values, i64 rows, Progress& now) const {
    const RowPhase& phase = parts_.phases[p];
    std::vector<Array> made, states;
    for (const Type& t : phase.kept) made.emplace_back(with_values(t, values));
    for (const std::size_t k : phase.results) made.emplace_back(with_values(f_.results[k].type(), values));
    if (phase.states > 0) states = of(phase.first.name, phase.first, 1).run(now.fixed);
    for (i64 done = 0, size = 0; done < rows; done += size) {
      size = *std::ranges::find_if(sizes_, [&](i64 s) { return s <= rows - done; });
      const i64 begin = phase.reverse ? rows - done - size : done;
      std::vector<Array> args;
      for (const Array& a : now.rows) args.push_back(a.sliced(0, begin, begin + size));
      args.insert(args.end(), now.fixed.begin(), now.fixed.end());
      args.insert(args.end(), states.begin(), states.end());
      std::vector<Array> out = of(phase.part.name, phase.part, size).run(args);
      for (std::size_t k = 0; k < made.size(); ++k) put(made[k], begin, out[k]);
      states.assign(out.end() - static_cast<std::ptrdiff_t>(phase.states), out.end());
    }
    const std::size_t kept = phase.kept.size();
    now.rows.insert(now.rows.end(), made.begin(), made.begin() + static_cast<std::ptrdiff_t>(kept));
    for (std::size_t k = 0; k < phase.results.size(); ++k) now.results[phase.results[k]] = made[kept + k];
    now.fixed.insert(now.fixed.end(), states.begin(), states.end());
  }

  static void put(Array& whole, i64 begin, const Array& part) {
    const Array rows = part.to_contiguous();
    if (rows.bytes() == 0) return;
    auto* to = static_cast<std::byte*>(whole.raw()) + begin * (rows.bytes() / rows.dim(0));
    std::memcpy(to, rows.raw(), static_cast<std::size_t>(rows.bytes()));
  }

  Function f_;
  RowParts parts_;
  std::string cause_;
  Sizes sizes_;
  mutable std::mutex mutex_;
  mutable std::map<std::pair<std::string, i64>, std::shared_ptr<const Executable>> known_;
};

}  // namespace

std::shared_ptr<const Executable> executable_by_rows(Function f, RowParts parts, std::string cause) {
  return std::make_shared<const ByRows>(std::move(f), std::move(parts), std::move(cause));
}

}  // namespace tenon
