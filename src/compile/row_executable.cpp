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
  for (const std::size_t k : parts.results) width += width_of(f.results[k].type());
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

  std::vector<Array> run_parts(std::span<const Array> inputs, const DimValues& values, i64 rows) const {
    std::vector<Array> fixed, results(f_.results.size()), states;
    for (const std::size_t k : parts_.fixed) fixed.push_back(inputs[k]);
    for (const std::size_t k : parts_.results) results[k] = Array(with_values(f_.results[k].type(), values));
    if (parts_.states > 0) states = of("first", parts_.first, 1).run(fixed);
    for (i64 done = 0, size = 0; done < rows; done += size) {
      size = *std::ranges::find_if(sizes_, [&](i64 s) { return s <= rows - done; });
      const i64 begin = parts_.reverse ? rows - done - size : done;
      std::vector<Array> args;
      for (const std::size_t k : parts_.rows) args.push_back(inputs[k].sliced(0, begin, begin + size));
      args.insert(args.end(), fixed.begin(), fixed.end());
      args.insert(args.end(), states.begin(), states.end());
      std::vector<Array> out = of("part", parts_.part, size).run(args);
      for (std::size_t k = 0; k < parts_.results.size(); ++k) put(results[parts_.results[k]], begin, out[k]);
      states.assign(out.end() - static_cast<std::ptrdiff_t>(parts_.states), out.end());
    }
    if (parts_.others.empty()) return results;
    fixed.insert(fixed.end(), states.begin(), states.end());
    std::vector<Array> others = of("last", parts_.last, 1).run(fixed);
    for (std::size_t k = 0; k < others.size(); ++k) results[parts_.others[k]] = std::move(others[k]);
    return results;
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
