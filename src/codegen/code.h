// Typed arithmetic as LLVM IR. Every function takes scalars or vectors alike.
//
// In registers bool is i1, f16, bf16 and floats of 8 bits are f32 values that their type can hold exactly, i4 and u4
// are the i8 of their value, others are themselves.
#pragma once
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <functional>

#include "expr/expr.h"
#include "machine/processor.h"

namespace tenon::codegen {

using Values = llvm::SmallVector<llvm::Value*, 4>;

/// i32 holds every value of the integer type.
inline bool fits_i32(DType t) { return !is_float(t) && bits_of(t) <= 32 && t != DType::U32; }

class Code {
 public:
  Code(llvm::Module& m, const Processor& processor);

  llvm::Module& module;
  const Processor& cpu;
  llvm::IRBuilder<> b;
  llvm::Type *f32, *f64, *i1, *i8, *i16, *i32, *i64, *pointer;

  llvm::Type* in_register(DType t) const;
  llvm::Type* in_memory(DType t) const;
  /// `scalar`, or a vector of it with as many lanes as `shape` has.
  llvm::Type* like(llvm::Type* scalar, llvm::Type* shape) const;
  llvm::Type* like(llvm::Type* scalar, const llvm::Value* shape) const { return like(scalar, shape->getType()); }
  static unsigned lanes_of(const llvm::Type* t);  ///< 0: a scalar
  static unsigned lanes_of(const llvm::Value* v) { return lanes_of(v->getType()); }
  llvm::Constant* number(Number value, DType t) const;
  llvm::Constant* index(tenon::i64 value) const;

  /// A new function of the target's features, open for insertion at its first block.
  llvm::Function* function(const std::string& name, llvm::Type* result, llvm::ArrayRef<llvm::Type*> args,
                           bool exported);
  /// Calls an internal function that `emit` fills at the first call; it is named by `name` and the arguments' types.
  llvm::Value* helper(const std::string& name, llvm::Type* result, llvm::ArrayRef<llvm::Value*> args,
                      const std::function<llvm::Value*(llvm::ArrayRef<llvm::Value*>)>& emit);
  /// A constant array of the module, made at the first call.
  llvm::GlobalVariable* table(const std::string& name, llvm::ArrayRef<std::uint64_t> words);

  llvm::Value* splat(llvm::Value* scalar, unsigned lanes);
  /// Scalars among vectors become vectors.
  void unify(llvm::MutableArrayRef<llvm::Value*> values);
  /// x * y + z, fused where the processor can.
  llvm::Value* multiply_add(llvm::Value* x, llvm::Value* y, llvm::Value* z);
  llvm::Value* unary_intrinsic(unsigned id, llvm::Value* x);
  llvm::Value* any(llvm::Value* condition);  ///< of a vector's lanes; a scalar is itself

  /// Number::rounded_to between register forms.
  llvm::Value* cast(llvm::Value* x, DType from, DType to);
  /// Memory form to register form and back.
  llvm::Value* loaded(llvm::Value* memory, DType t);
  llvm::Value* stored(llvm::Value* x, DType t);
  /// A scalar function on arguments of type `t`, in the form of the function's result type.
  llvm::Value* apply(expr::Fn fn, DType t, llvm::ArrayRef<llvm::Value*> args, DType result);

 private:
  llvm::Value* apply_float(expr::Fn fn, DType t, llvm::ArrayRef<llvm::Value*> a);
  llvm::Value* apply_integer(expr::Fn fn, DType t, llvm::ArrayRef<llvm::Value*> a);
  llvm::Value* apply_bool(expr::Fn fn, llvm::ArrayRef<llvm::Value*> a);
  llvm::Value* compare(expr::Fn fn, DType t, llvm::Value* x, llvm::Value* y);
  llvm::Value* integer_divide(expr::Fn fn, bool is_signed, llvm::Value* x, llvm::Value* y);
  llvm::Value* integer_power(bool is_signed, llvm::Value* x, llvm::Value* y);
  llvm::Value* random_bits(llvm::Value* key0, llvm::Value* key1, llvm::Value* counter);
  llvm::Value* rounded(llvm::Value* x, DType t);  ///< f32 to what a narrower float holds
  llvm::Value* wrapped(llvm::Value* x, DType t);  ///< i8 to what i4 or u4 holds
  llvm::Value* saturated(llvm::Value* x, DType to);
  llvm::Value* rounded_to_odd(llvm::Value* x);  ///< f64 to f32
  llvm::Value* f16_bits(llvm::Value* x);        ///< f32 to i16
  llvm::Value* f32_from_f16_bits(llvm::Value* bits);
  llvm::Value* f8_rounded(llvm::Value* x, DType t);
  llvm::Value* f8_bits(llvm::Value* x, DType t);  ///< of f32 that the type holds, as i8
  llvm::Value* f32_from_f8_bits(llvm::Value* bits, DType t);
};

}  // namespace tenon::codegen
