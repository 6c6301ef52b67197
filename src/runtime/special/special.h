// Kernels that are compiled with the library: for operators that no formula says (sort, scan, Fourier transform, …).
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tensor/shape.h"

namespace tenon::runtime {

/// Attributes of an operator by name, as programs store them.
using Parameter = std::variant<bool, i64, double, std::string, DType, Ints, std::vector<double>>;
using Parameters = std::map<std::string, Parameter, std::less<>>;
/// "{axis=1, descending=false}"
std::string to_string(const Parameters& parameters);

/// One application of an operator: its name, attributes and types.
struct SpecialCall {
  std::string kernel;
  Parameters parameters;
  std::vector<Type> in, out;

  /// Throws Error where there is no parameter of this name and type.
  template <class T>
  const T& get(std::string_view name) const {
    auto found = parameters.find(name);
    const T* value = found == parameters.end() ? nullptr : std::get_if<T>(&found->second);
    require(value != nullptr, "{}: the program gives no parameter {} of the right type", kernel, name);
    return *value;
  }
  i64 integer(std::string_view name) const { return get<i64>(name); }
  bool flag(std::string_view name) const { return get<bool>(name); }
  /// Throws Error unless there are so many operands and outputs, for kernels to begin with.
  void expect_operands(std::size_t ins, std::size_t outs) const;
  /// Throws Error unless `ok`: a program, being read from a file, may say anything.
  void expect(bool ok) const;
};

/// Dense, row-major data, aligned as in KernelFn. No output lies over an operand but as SpecialKernel::in_place says.
struct SpecialArgs {
  std::span<const void* const> in;
  std::span<void* const> out;
  std::byte* workspace;
  /// Where the size of the results depends on the data, their types bound it and the kernel says here what it is: the
  /// extent of the dimension concerned. It writes the results densely at that size.
  i64* count;

  template <class T>
  const T* operand(std::size_t k) const {
    return static_cast<const T*>(in[k]);
  }
  template <class T>
  T* output(std::size_t k) const {
    return static_cast<T*>(out[k]);
  }
};

/// A kernel that is ready for the calls of one program. `run` may be called by several threads at once, uses the thread
/// pool, and gives the same bits for any number of threads. It throws Error, without the operator's name, where the
/// data is at fault.
struct SpecialKernel {
  i64 workspace = 0;  ///< bytes
  std::function<void(const SpecialArgs&)> run;
  /// The operand over which the only output may lie, because what it keeps of it is already there.
  std::optional<std::size_t> in_place = {};
  /// Of a kernel that works in place: throws what `run` would throw, and writes nothing at all.
  std::function<void(const SpecialArgs&)> check = {};
};

/// Checks all that the kernel relies on; throws Error.
using SpecialMaker = SpecialKernel (*)(const SpecialCall&);

/// By the operator's name; nullptr where it has no runtime kernel.
SpecialMaker find_special(std::string_view name);

/// The kernel of operators that have none: it evaluates the operator that its parameters say. The runtime itself knows
/// no operators, so whoever makes a Program gives it.
inline constexpr std::string_view kReference = "reference";

}  // namespace tenon::runtime
