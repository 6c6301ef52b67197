// What the tests over many operators share: compiled against interpreted, gradients against differences.
#pragma once
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compile/executable.h"
#include "interpret/interpret.h"
#include "op/sample_data.h"

namespace tenon {

/// How far a compiled value may be from the interpreter's, relative to the larger of 1 and the largest magnitude of the
/// tensor. f32: compiled code may compute functions to a few units in the last place (6e-8) and adds in another order,
/// over at most 33 terms here. f64: the same with 1.1e-16, but functions may be as good as 1e-13 only. Floats of 16 and
/// 8 bits: one unit in the last place, since both round once from f32 and a result may lie beside a rounding boundary.
/// Integers and bool: nothing to round.
inline double compiled_tolerance(DType t) {
  switch (t) {
    case DType::F64: return 1e-12;
    case DType::F32: return 4e-6;
    case DType::F16: return 0x1p-10;
    case DType::BF16: return 0x1p-7;
    case DType::F8E4M3FN:
    case DType::F8E4M3FNUZ: return 0x1p-3;
    case DType::F8E5M2:
    case DType::F8E5M2FNUZ: return 0x1p-2;
    default: return 0;
  }
}

inline double largest_magnitude(const Array& a, double least = 1) {
  for (i64 k = 0; k < a.count(); ++k)
    if (const double x = std::abs(a.at(k).as_double()); std::isfinite(x)) least = std::max(least, x);
  return least;
}

/// The largest difference relative to the larger of 1 and the largest magnitude; of finite floats.
inline double error_of_value(const Array& given, const Array& expected) {
  double most = 0;
  if (!given.is_dense() || !is_float(expected.dtype())) return most;
  for (i64 k = 0; k < expected.count(); ++k) {
    const double difference = std::abs(given.at(k).as_double() - expected.at(k).as_double());
    if (std::isfinite(difference)) most = std::max(most, difference);
  }
  return most / largest_magnitude(expected);
}

/// What is wrong with a compiled value; "" where nothing is. `looser`: how many times the tolerance, for what is
/// rounded more than once.
inline std::string fault_of_value(const Array& given, const Array& expected, double looser = 1) {
  if (given.type() != expected.type()) return fmt::format("the type is {}, expected {}", given.type(), expected.type());
  if (!given.is_dense()) return identical(given, expected) ? "" : "another composite value";
  const double most = looser * compiled_tolerance(expected.dtype()) * largest_magnitude(expected);
  for (i64 k = 0; k < expected.count(); ++k) {
    const double e = expected.at(k).as_double(), g = given.at(k).as_double();
    const bool exact = !std::isfinite(e) || !is_float(expected.dtype());
    const bool same = given.at(k) == expected.at(k) || (std::isnan(e) && std::isnan(g));
    if (exact ? !same : !(std::abs(g - e) <= most)) return fmt::format("element {} is {}, expected {}", k, g, e);
  }
  return "";
}

/// Functions side by side, so that they are compiled in one go.
class Together {
 public:
  void add(const Function& f, std::string what, std::vector<SampleInput> inputs) {
    all_.parameters.insert(all_.parameters.end(), f.parameters.begin(), f.parameters.end());
    all_.results.insert(all_.results.end(), f.results.begin(), f.results.end());
    parts_.push_back({f, std::move(what), std::move(inputs)});
  }

  struct Fault {
    std::size_t part;
    std::string text;
  };
  using Errors = std::map<DType, double>;
  /// The parts whose compiled values are not the interpreter's. `errors`: receives the largest.
  std::vector<Fault> faults(std::initializer_list<std::uint64_t> seeds, double looser, Errors* errors = nullptr) const {
    std::vector<Fault> found;
    if (parts_.empty()) return found;
    const auto program = executable(all_, "test");
    for (const std::uint64_t seed : seeds) {
      std::vector<Array> in, expected;
      for (const Part& part : parts_) {
        const auto mine = sample_data(part.inputs, seed);
        in.insert(in.end(), mine.begin(), mine.end());
        for (Array& a : interpret(part.f, mine)) expected.push_back(std::move(a));
      }
      const auto given = program->run(in);
      expect(given.size() == expected.size(), "a program gives the results of its function");
      std::size_t k = 0;
      for (std::size_t p = 0; p < parts_.size(); ++p) {
        for (std::size_t r = 0; r < parts_[p].f.results.size(); ++r, ++k) {
          const std::string fault = fault_of_value(given[k], expected[k], looser);
          if (double error = error_of_value(given[k], expected[k]); errors && is_float(expected[k].dtype()))
            (*errors)[expected[k].dtype()] = std::max((*errors)[expected[k].dtype()], error);
          if (fault.empty()) continue;
          found.push_back({p, fmt::format("{}: result {}: {}", parts_[p].what, r, fault)});
        }
      }
    }
    return found;
  }

 private:
  struct Part {
    Function f;
    std::string what;
    std::vector<SampleInput> inputs;
  };
  Function all_;
  std::vector<Part> parts_;
};

inline double dot(const Array& a, const Array& b) {
  double sum = 0;
  for (i64 k = 0; k < a.count(); ++k) sum += a.at(k).as_double() * b.at(k).as_double();
  return sum;
}

inline Array random_like(const Type& type, std::uint64_t seed) {
  return sample_data(std::vector<SampleInput>{{type, -1, 1}}, seed)[0];
}

/// The sample with f64 in place of narrower floats; nothing where the operator does not take that.
inline std::optional<Sample> in_f64(Sample sample) {
  std::vector<Operand> operands;
  for (SampleInput& input : sample.inputs) {
    if (is_float(input.type.dtype)) input.type.dtype = DType::F64;
    operands.push_back({input.type});
  }
  try {
    for (const Type& t : sample.op->infer(operands))
      if (is_float(t.dtype) && t.dtype != DType::F64) return {};
    return sample;
  } catch (const Error&) {
    return {};
  }
}

}  // namespace tenon
