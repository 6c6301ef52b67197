#include "codegen/probes.h"

#include <llvm/IR/IntrinsicsAArch64.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/IR/LLVMContext.h>

#include "codegen/code.h"
#include "codegen/target.h"

namespace tenon::codegen {

namespace {

using llvm::Value;
using runtime::Probe;
using Kind = Probe::Kind;

/// How the products of a type are added up: `add(sum, x, y)`, with x and y opaque to LLVM.
struct Products {
  std::string instruction;
  llvm::Type *sum, *factor;  ///< vectors of the same size
  Value *x, *y;              ///< factors, constant
  double operations = 0;     ///< of one addition
  std::function<Value*(Value* sum, Value* x, Value* y)> add;
};

class ProbeWriter {
 public:
  explicit ProbeWriter(Code& code) : c_(code), b_(code.b), x86_(c_.cpu.triple.starts_with("x86_64")) {}

  Probe compute(DType t);
  Probe memory(Kind kind);

 private:
  Products products(DType t) const;
  Products fused(DType element, llvm::Type* scalar) const;
  Products dot_bf16() const;
  Products dot_i8() const;
  Products integer() const;
  llvm::Type* vector(llvm::Type* scalar) const {
    return llvm::FixedVectorType::get(scalar,
                                      static_cast<unsigned>(c_.cpu.vector_bits) / scalar->getScalarSizeInBits());
  }
  Value* buffer(llvm::Function* f, unsigned k) const {
    return b_.CreateLoad(c_.pointer, b_.CreateConstGEP1_64(c_.pointer, f->getArg(0), k));
  }
  /// At least one trip. Gives what the body made of the carried values.
  Values loop(Value* from, Value* to, Values carried, const std::function<void(Value*, Values&)>& body) const;
  void block(Kind kind, llvm::ArrayRef<Value*> arrays, Value* at, Values& sums) const;
  void store(Value* v, Value* address, bool past_caches) const;
  llvm::Function* begin(const std::string& symbol) const {
    return c_.function(symbol, c_.i32, {c_.pointer, c_.i64, c_.i64, c_.pointer}, true);
  }
  void finish(Value* result, Value* address) const;

  Code& c_;
  llvm::IRBuilder<>& b_;
  bool x86_;
};

Values ProbeWriter::loop(Value* from, Value* to, Values carried,
                         const std::function<void(Value*, Values&)>& body) const {
  llvm::BasicBlock* before = b_.GetInsertBlock();
  llvm::Function* f = before->getParent();
  auto* inside = llvm::BasicBlock::Create(b_.getContext(), "loop", f);
  b_.CreateBr(inside);
  b_.SetInsertPoint(inside);
  llvm::PHINode* counter = b_.CreatePHI(c_.i64, 2);
  counter->addIncoming(from, before);
  std::vector<llvm::PHINode*> phis;
  for (Value*& v : carried) {
    phis.push_back(b_.CreatePHI(v->getType(), 2));
    phis.back()->addIncoming(v, before);
    v = phis.back();
  }
  body(counter, carried);
  Value* next = b_.CreateAdd(counter, c_.index(1));
  llvm::BasicBlock* last = b_.GetInsertBlock();
  counter->addIncoming(next, last);
  for (std::size_t k = 0; k < phis.size(); ++k) phis[k]->addIncoming(carried[k], last);
  auto* after = llvm::BasicBlock::Create(b_.getContext(), "after", f);
  b_.CreateCondBr(b_.CreateICmpULT(next, to), inside, after);
  b_.SetInsertPoint(after);
  return carried;
}

Products ProbeWriter::fused(DType element, llvm::Type* scalar) const {
  llvm::Type* v = vector(scalar);
  const unsigned lanes = Code::lanes_of(v);
  return {fmt::format("{} x {} {}", lanes, name_of(element), c_.cpu.fma ? "fma" : "multiply, add"),
          v,
          v,
          llvm::ConstantFP::get(v, 0.999),
          llvm::ConstantFP::get(v, 1e-3),
          2.0 * lanes,
          [this](Value* sum, Value* x, Value* y) { return c_.multiply_add(sum, x, y); }};
}

Products ProbeWriter::dot_bf16() const {
  llvm::Type *sum = vector(c_.f32), *factor = vector(llvm::Type::getBFloatTy(b_.getContext()));
  llvm::Constant* small = llvm::ConstantFP::get(factor, 0x1p-7);
  unsigned id = llvm::Intrinsic::aarch64_neon_bfdot;
  if (x86_)
    id = c_.cpu.vector_bits == 512   ? llvm::Intrinsic::x86_avx512bf16_dpbf16ps_512
         : c_.cpu.vector_bits == 256 ? llvm::Intrinsic::x86_avx512bf16_dpbf16ps_256
                                     : llvm::Intrinsic::x86_avx512bf16_dpbf16ps_128;
  return {x86_ ? "vdpbf16ps" : "bfdot",
          sum,
          factor,
          small,
          small,
          4.0 * Code::lanes_of(sum),
          [this, id, sum, factor](Value* s, Value* x, Value* y) -> Value* {
            if (x86_) return b_.CreateIntrinsic(id, {}, {s, x, y});
            return b_.CreateIntrinsic(id, {sum, factor}, {s, x, y});
          }};
}

Products ProbeWriter::dot_i8() const {
  llvm::Type *sum = vector(c_.i32), *bytes = vector(c_.i8);
  llvm::Type* factor = x86_ ? sum : bytes;
  llvm::Constant* threes = llvm::ConstantInt::get(factor, x86_ ? 0x03030303 : 3);
  unsigned id = llvm::Intrinsic::aarch64_neon_sdot;
  if (x86_)
    id = c_.cpu.vector_bits == 512   ? llvm::Intrinsic::x86_avx512_vpdpbusd_512
         : c_.cpu.vector_bits == 256 ? llvm::Intrinsic::x86_avx512_vpdpbusd_256
                                     : llvm::Intrinsic::x86_avx512_vpdpbusd_128;
  return {x86_ ? "vpdpbusd" : "sdot",
          sum,
          factor,
          threes,
          threes,
          8.0 * Code::lanes_of(sum),
          [this, id, sum, factor](Value* s, Value* x, Value* y) -> Value* {
            if (x86_) return b_.CreateIntrinsic(id, {}, {s, x, y});
            return b_.CreateIntrinsic(id, {sum, factor}, {s, x, y});
          }};
}

Products ProbeWriter::integer() const {
  llvm::Type* v = vector(c_.i32);
  llvm::Constant* three = llvm::ConstantInt::get(v, 3);
  const unsigned lanes = Code::lanes_of(v);
  return {fmt::format("{} x i32 multiply, add", lanes),
          v,
          v,
          three,
          three,
          2.0 * lanes,
          [this](Value* sum, Value* x, Value* y) { return b_.CreateAdd(sum, b_.CreateMul(b_.CreateXor(x, sum), y)); }};
}

Products ProbeWriter::products(DType t) const {
  if (t == DType::F64) return fused(DType::F64, c_.f64);
  if (t == DType::BF16 && c_.cpu.bf16_dot) return dot_bf16();
  if (t == DType::I8) return c_.cpu.int8_dot ? dot_i8() : integer();
  return fused(DType::F32, c_.f32);
}

void ProbeWriter::finish(Value* result, Value* address) const {
  b_.CreateAlignedStore(result, address, llvm::Align(64));
  b_.CreateRet(b_.getInt32(0));
}

Probe ProbeWriter::compute(DType t) {
  Probe probe{Kind::Compute, t, fmt::format("products_{}", name_of(t)), {}, 0};
  llvm::Function* f = begin(probe.symbol);
  const Products p = products(t);
  probe.instruction = p.instruction;
  // Enough chains to hide the latency of any processor, and room for the factors.
  const int chains = c_.cpu.vector_registers * 3 / 4;
  probe.operations = chains * p.operations;

  Value* zero = b_.CreateLoad(c_.i64, buffer(f, 1));
  Value* zeros = c_.splat(zero, static_cast<unsigned>(c_.cpu.vector_bits) / 64);
  const auto opaque = [&](Value* v, llvm::Type* type) {
    return b_.CreateBitCast(b_.CreateXor(zeros, b_.CreateBitCast(v, zeros->getType())), type);
  };
  Value *x = opaque(p.x, p.factor), *y = opaque(p.y, p.factor);
  Values sums(static_cast<std::size_t>(chains), b_.CreateBitCast(zeros, p.sum));
  sums = loop(f->getArg(1), f->getArg(2), sums, [&](Value*, Values& s) {
    for (Value*& v : s) v = p.add(v, x, y);
  });
  Value* total = b_.CreateBitCast(sums[0], zeros->getType());
  for (Value* v : llvm::ArrayRef(sums).drop_front()) total = b_.CreateXor(total, b_.CreateBitCast(v, zeros->getType()));
  finish(total, buffer(f, 0));
  return probe;
}

void ProbeWriter::store(Value* v, Value* address, bool past_caches) const {
  llvm::StoreInst* s = b_.CreateAlignedStore(v, address, llvm::Align(64));
  if (!past_caches) return;
  llvm::Metadata* one = llvm::ConstantAsMetadata::get(b_.getInt32(1));
  s->setMetadata(llvm::LLVMContext::MD_nontemporal, llvm::MDNode::get(b_.getContext(), one));
}

/// kProbeBlock bytes of each array, `at` bytes from its start.
void ProbeWriter::block(Kind kind, llvm::ArrayRef<Value*> arrays, Value* at, Values& sums) const {
  llvm::Type* v = vector(c_.f32);
  const bool past_caches = kind == Kind::StreamWrite || kind == Kind::StreamCopy || kind == Kind::StreamTriad;
  const auto arity = runtime::arrays_of(kind);
  for (i64 k = 0, width = c_.cpu.vector_bits / 8; k < runtime::kProbeBlock / width; ++k) {
    const auto address = [&](std::size_t array) {
      return b_.CreateGEP(c_.i8, arrays[array], b_.CreateAdd(at, c_.index(k * width)));
    };
    const auto load = [&](std::size_t array) {
      return b_.CreateAlignedLoad(v, address(array), llvm::Align(static_cast<std::uint64_t>(width)));
    };
    if (kind == Kind::Read) {
      Value*& sum = sums[static_cast<std::size_t>(k) % sums.size()];
      sum = b_.CreateOr(sum, b_.CreateBitCast(load(0), sum->getType()));
    } else if (arity == 1) {
      store(sums[0], address(0), past_caches);
    } else if (arity == 2) {
      store(load(1), address(0), past_caches);
    } else {
      store(c_.multiply_add(load(2), sums[0], load(1)), address(0), past_caches);
    }
  }
}

Probe ProbeWriter::memory(Kind kind) {
  constexpr const char* names[] = {"", "read", "write", "copy", "triad", "stream_write", "stream_copy", "stream_triad"};
  Probe probe{kind, DType::F32, names[static_cast<int>(kind)], {}, 0};
  llvm::Function* f = begin(probe.symbol);
  const auto arity = static_cast<unsigned>(runtime::arrays_of(kind));
  const bool reads = kind == Kind::Read;
  Values arrays;
  for (unsigned k = 0; k < arity; ++k) arrays.push_back(buffer(f, k + reads));
  Value* blocks = b_.CreateLoad(c_.i64, buffer(f, arity + reads));
  Values sums;
  if (reads)
    sums.assign(8, llvm::Constant::getNullValue(vector(c_.i64)));
  else
    sums.assign(1, llvm::ConstantFP::get(vector(c_.f32), 0.5));
  sums = loop(f->getArg(1), f->getArg(2), sums, [&](Value*, Values& outer) {
    outer = loop(c_.index(0), blocks, outer, [&](Value* n, Values& inner) {
      block(kind, arrays, b_.CreateMul(n, c_.index(runtime::kProbeBlock)), inner);
    });
  });
  if (kind >= Kind::StreamWrite && x86_) b_.CreateIntrinsic(llvm::Intrinsic::x86_sse_sfence, {}, {});
  if (!reads) {
    b_.CreateRet(b_.getInt32(0));
    return probe;
  }
  Value* total = sums[0];
  for (Value* v : llvm::ArrayRef(sums).drop_front()) total = b_.CreateOr(total, v);
  finish(total, buffer(f, 0));
  return probe;
}

std::vector<Probe> emit(Code& code) {
  ProbeWriter writer(code);
  std::vector<Probe> list;
  for (const DType t : {DType::F32, DType::F64, DType::BF16, DType::I8}) list.push_back(writer.compute(t));
  for (auto k = static_cast<int>(Kind::Read); k <= static_cast<int>(Kind::StreamTriad); ++k)
    list.push_back(writer.memory(static_cast<Kind>(k)));
  return list;
}

}  // namespace

runtime::Probes probes(const Processor& target) {
  llvm::LLVMContext context;
  llvm::Module module("probes", context);
  set_target(module, target);
  Code code(module, target);
  runtime::Probes result;
  result.list = emit(code);
  result.object = to_object(module, target);
  return result;
}

std::string probes_assembly(const Processor& target) {
  llvm::LLVMContext context;
  llvm::Module module("probes", context);
  set_target(module, target);
  Code code(module, target);
  emit(code);
  return to_assembly(module, target);
}

}  // namespace tenon::codegen
