// The tensor that users hold: a lazy handle on a value of the graph.
//
// Operators record nodes and check shapes at once; reading a value (item, data, print, save) or eval() compiles what
// was recorded and runs it. The names of the operators are in op/functions.h and work on tensors:
//
//   Tensor x = Tensor::from({1.f, 2.f, 3.f}, {3});
//   float s = sum(x * x).item();
#pragma once
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "op/handle.h"
#include "tensor/array.h"

namespace tenon {

class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(Value value) : value_(std::move(value)) {}
  /// A leaf that holds data.
  explicit Tensor(Array data);
  /// A scalar leaf. In programs it is an input, so another number compiles nothing new.
  static Tensor scalar(double number, DType dtype = DType::F32);
  template <class T>
  static Tensor from(std::initializer_list<T> values, Shape shape) {
    return Tensor(Array::from<T>(values, std::move(shape)));
  }
  template <class T>
  static Tensor from(std::span<const T> values, Shape shape) {
    return Tensor(Array::from<T>(values, std::move(shape)));
  }
  static Tensor zeros(Shape shape, DType dtype = DType::F32);
  static Tensor ones(Shape shape, DType dtype = DType::F32);

  bool defined() const { return value_.defined(); }
  const Value& value() const { return value_; }
  const Type& type() const {
    require_defined();
    return value_.type();
  }
  DType dtype() const { return type().dtype; }
  const Shape& shape() const { return type().shape; }
  i64 rank() const { return type().rank(); }
  i64 dim(i64 axis) const { return shape()[static_cast<std::size_t>(normal_axis(axis, rank()))]; }
  i64 count() const { return element_count(shape()); }

  /// Gradients may be asked with respect to this tensor even after values computed from it were read.
  Tensor& track();
  /// The same value, through which no gradient flows.
  Tensor detach() const;

  /// Computes the value now (and every pending parameter update with it); returns *this.
  const Tensor& eval() const;
  bool evaluated() const {
    require_defined();
    return value_.node()->is_settled();
  }
  /// The value in memory; evaluates.
  const Array& data() const;
  /// The value of a tensor with one element; throws Error for any other.
  double item() const;
  /// All elements, row-major; T must be the element type.
  template <class T>
  std::vector<T> to_vector() const {
    Array dense = data().to_contiguous();
    auto values = dense.values<T>();
    return {values.begin(), values.end()};
  }

 private:
  void require_defined() const { require(defined(), "a tensor is used that has never been given a value"); }
  Value value_;
};

/// Computes several tensors in one program.
void eval(std::span<const Tensor> tensors);
void eval(std::initializer_list<Tensor> tensors);

/// Evaluates and prints.
std::string to_string(const Tensor& t);

/// Records an operator. With immediate mode on, evaluates it at once through the interpreter.
std::vector<Tensor> apply_outputs(OpRef op, std::span<const Tensor> args);
/// Its first output.
Tensor apply_op(OpRef op, std::span<const Tensor> args);
/// A number beside `like`: a scalar leaf of its element type.
Tensor lift(double number, const Tensor& like);

/// Debugging: every operator is evaluated when it is written, by the interpreter, so that a debugger and error messages
/// stop at the very line. Also switched on by TENON_EAGER=immediate.
void set_immediate(bool on);
bool immediate();

}  // namespace tenon
