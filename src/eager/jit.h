// Functions that are traced once per signature and then run as one program.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "eager/parameter.h"

namespace tenon {

using TensorFunction = std::function<std::vector<Tensor>(std::span<const Tensor>)>;

/// A compiled function. The first call with a new signature (types of the arguments and of the state) runs `f` on
/// placeholders and compiles what it recorded; later calls run the program and nothing of `f`. After four signatures
/// that differ in the number of rows (the first extent of arguments) the next one is traced with that number unknown:
/// where each row of the results needs its own row alone, this serves all numbers. The latest 64 signatures are kept.
///
/// `state` are the slots that f reads or writes: they become inputs and, where f sets them, outputs of the program.
/// Any other tensor that f captures is an input with the value it had when traced; C++ numbers likewise. Reading a
/// value inside of f is an Error, since there is none yet.
class Jit {
 public:
  Jit(TensorFunction f, std::vector<Parameter> state = {}, std::string name = "jit");
  std::vector<Tensor> operator()(std::span<const Tensor> args);
  std::vector<Tensor> operator()(std::initializer_list<Tensor> args) {
    return (*this)(std::span<const Tensor>(args.begin(), args.size()));
  }
  /// How many signatures have been traced.
  std::size_t traces() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

inline Jit jit(TensorFunction f, std::vector<Parameter> state = {}, std::string name = "jit") {
  return Jit(std::move(f), std::move(state), std::move(name));
}

}  // namespace tenon
