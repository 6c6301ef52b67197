#include "codegen/target.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include <map>
#include <memory>
#include <mutex>

#include "base/error.h"

namespace tenon::codegen {

namespace {

std::mutex& one_at_a_time() {
  static std::mutex mutex;
  return mutex;
}

// One per processor and process; used under one_at_a_time.
llvm::TargetMachine& machine_for(const Processor& p) {
  static std::map<std::string, std::unique_ptr<llvm::TargetMachine>> machines;
  auto& machine = machines[p.triple + ' ' + p.cpu + ' ' + p.features];
  if (machine) return *machine;
  [[maybe_unused]] static const bool ready = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    return true;
  }();
  std::string message;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(p.triple, message);
  require(target != nullptr, "the code generator does not know the processor {}: {}", p.triple, message);
  machine.reset(target->createTargetMachine(p.triple, p.cpu, p.features, llvm::TargetOptions(), llvm::Reloc::PIC_,
                                            llvm::CodeModel::Small, llvm::CodeGenOptLevel::Less));
  expect(machine != nullptr, "LLVM made no target machine");
  return *machine;
}

llvm::SmallString<0> emitted(llvm::Module& module, const Processor& p, llvm::CodeGenFileType type) {
  std::string message;
  llvm::raw_string_ostream errors(message);
  if (llvm::verifyModule(module, &errors)) throw InternalError("LLVM refuses the emitted code: " + message);
  llvm::SmallString<0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  std::lock_guard lock(one_at_a_time());
  if (machine_for(p).addPassesToEmitFile(passes, stream, nullptr, type))
    throw InternalError("LLVM cannot emit this kind of file");
  passes.run(module);
  return bytes;
}

}  // namespace

void set_target(llvm::Module& module, const Processor& p) {
  std::lock_guard lock(one_at_a_time());
  module.setTargetTriple(p.triple);
  module.setDataLayout(machine_for(p).createDataLayout());
}

std::vector<std::byte> to_object(llvm::Module& module, const Processor& p) {
  llvm::SmallString<0> bytes = emitted(module, p, llvm::CodeGenFileType::ObjectFile);
  auto* first = reinterpret_cast<const std::byte*>(bytes.data());
  return {first, first + bytes.size()};
}

std::string to_assembly(llvm::Module& module, const Processor& p) {
  return std::string(emitted(module, p, llvm::CodeGenFileType::AssemblyFile));
}

}  // namespace tenon::codegen
