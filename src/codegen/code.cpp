#include "codegen/code.h"

#include <llvm/IR/Intrinsics.h>

namespace tenon::codegen {

using llvm::Type;
using llvm::Value;

Code::Code(llvm::Module& m, const Processor& processor) : module(m), cpu(processor), b(m.getContext()) {
  llvm::LLVMContext& c = m.getContext();
  f32 = Type::getFloatTy(c);
  f64 = Type::getDoubleTy(c);
  i1 = Type::getInt1Ty(c);
  i8 = Type::getInt8Ty(c);
  i16 = Type::getInt16Ty(c);
  i32 = Type::getInt32Ty(c);
  i64 = Type::getInt64Ty(c);
  pointer = llvm::PointerType::get(c, 0);
}

Type* Code::in_register(DType t) const {
  switch (t) {
    case DType::F64: return f64;
    case DType::F32:
    case DType::F16:
    case DType::BF16:
    case DType::F8E4M3FN:
    case DType::F8E4M3FNUZ:
    case DType::F8E5M2:
    case DType::F8E5M2FNUZ: return f32;
    case DType::I64:
    case DType::U64:
    case DType::Str: return i64;
    case DType::I32:
    case DType::U32: return i32;
    case DType::I16:
    case DType::U16: return i16;
    case DType::I8:
    case DType::U8:
    case DType::I4:
    case DType::U4: return i8;
    case DType::Bool: return i1;
  }
  return nullptr;
}

Type* Code::in_memory(DType t) const {
  if (t == DType::Bool || is_float8(t)) return i8;
  return t == DType::F16 || t == DType::BF16 ? i16 : in_register(t);
}

unsigned Code::lanes_of(const Type* t) {
  auto* v = llvm::dyn_cast<llvm::FixedVectorType>(t);
  return v ? v->getNumElements() : 0;
}

Type* Code::like(Type* scalar, Type* shape) const {
  unsigned lanes = lanes_of(shape);
  return lanes ? llvm::FixedVectorType::get(scalar, lanes) : scalar;
}

llvm::Constant* Code::number(Number value, DType t) const {
  value = value.rounded_to(t);
  if (is_float(t)) return llvm::ConstantFP::get(in_register(t), value.f);
  return llvm::ConstantInt::get(in_register(t), value.bits());
}

llvm::Constant* Code::index(tenon::i64 value) const { return llvm::ConstantInt::getSigned(i64, value); }

llvm::Function* Code::function(const std::string& name, Type* result, llvm::ArrayRef<Type*> args, bool exported) {
  auto* type = llvm::FunctionType::get(result, args, false);
  auto* f = llvm::Function::Create(type, exported ? llvm::Function::ExternalLinkage : llvm::Function::InternalLinkage,
                                   name, module);
  f->addFnAttr(llvm::Attribute::NoUnwind);
  f->addFnAttr("target-cpu", cpu.cpu);
  if (!cpu.features.empty()) f->addFnAttr("target-features", cpu.features);
  f->addFnAttr("prefer-vector-width", std::to_string(cpu.vector_bits));
  f->addFnAttr("min-legal-vector-width", std::to_string(cpu.vector_bits));
  b.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", f));
  return f;
}

Value* Code::helper(const std::string& name, Type* result, llvm::ArrayRef<Value*> args,
                    const std::function<Value*(llvm::ArrayRef<Value*>)>& emit) {
  std::string full = name;
  llvm::SmallVector<Type*, 3> types;
  for (Value* a : args) {
    types.push_back(a->getType());
    llvm::raw_string_ostream stream(full);
    stream << '.' << *a->getType();
  }
  llvm::Function* f = module.getFunction(full);
  if (!f) {
    llvm::IRBuilderBase::InsertPointGuard guard(b);
    f = function(full, result, types, false);
    llvm::SmallVector<Value*, 3> parameters;
    for (llvm::Argument& a : f->args()) parameters.push_back(&a);
    b.CreateRet(emit(parameters));
  }
  return b.CreateCall(f, args);
}

llvm::GlobalVariable* Code::table(const std::string& name, llvm::ArrayRef<std::uint64_t> words) {
  if (llvm::GlobalVariable* known = module.getNamedGlobal(name)) return known;
  llvm::Constant* values = llvm::ConstantDataArray::get(module.getContext(), words);
  return new llvm::GlobalVariable(module, values->getType(), true, llvm::GlobalValue::PrivateLinkage, values, name);
}

Value* Code::splat(Value* scalar, unsigned lanes) {
  return lanes && !lanes_of(scalar) ? b.CreateVectorSplat(lanes, scalar) : scalar;
}

void Code::unify(llvm::MutableArrayRef<Value*> values) {
  unsigned lanes = 0;
  for (Value* v : values) lanes = std::max(lanes, lanes_of(v));
  for (Value*& v : values) v = splat(v, lanes);
}

Value* Code::multiply_add(Value* x, Value* y, Value* z) {
  if (!cpu.fma) return b.CreateFAdd(b.CreateFMul(x, y), z);
  return b.CreateIntrinsic(llvm::Intrinsic::fma, {x->getType()}, {x, y, z});
}

Value* Code::unary_intrinsic(unsigned id, Value* x) { return b.CreateUnaryIntrinsic(id, x); }

Value* Code::any(Value* condition) { return lanes_of(condition) ? b.CreateOrReduce(condition) : condition; }

}  // namespace tenon::codegen
