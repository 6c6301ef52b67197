#include "runtime/object.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "tensor/dtype.h"

#if defined(__x86_64__)
namespace tenon::runtime {
namespace {

/// An object written by hand from the ELF specification: `add` returns begin + end through a call of `sub`, whose
/// code is in another section; `table` is data that `add` adds from.
struct HandMade {
  Elf64_Ehdr header{};
  Elf64_Shdr sections[8]{};
  // add: call sub; add eax, [rip + table]; ret          sub: lea rax, [rsi + rdx]; ret
  unsigned char add[16] = {0xE8, 0, 0, 0, 0, 0x03, 0x05, 0, 0, 0, 0, 0xC3};
  unsigned char sub[16] = {0x48, 0x8D, 0x04, 0x16, 0xC3};
  std::int32_t table[4] = {1, 20, 300, 4000};
  Elf64_Sym symbols[4]{};
  char names[16] = "\0add\0sub\0exit";
  Elf64_Rela relocations[2]{};

  HandMade() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_REL;
    header.e_machine = EM_X86_64;
    header.e_shoff = offsetof(HandMade, sections);
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = 8;
    auto section = [&](int k, Elf64_Word type, Elf64_Xword flags, std::size_t offset, std::size_t size) {
      sections[k].sh_type = type;
      sections[k].sh_flags = flags;
      sections[k].sh_offset = offset;
      sections[k].sh_size = size;
      sections[k].sh_addralign = 16;
    };
    section(1, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, offsetof(HandMade, add), sizeof add);
    section(2, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, offsetof(HandMade, sub), sizeof sub);
    section(3, SHT_PROGBITS, SHF_ALLOC, offsetof(HandMade, table), sizeof table);
    section(4, SHT_SYMTAB, 0, offsetof(HandMade, symbols), sizeof symbols);
    sections[4].sh_entsize = sizeof(Elf64_Sym);
    sections[4].sh_link = 5;
    section(5, SHT_STRTAB, 0, offsetof(HandMade, names), sizeof names);
    section(6, SHT_RELA, 0, offsetof(HandMade, relocations), sizeof relocations);
    sections[6].sh_entsize = sizeof(Elf64_Rela);
    sections[6].sh_info = 1;
    symbols[1] = {1, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, 0, 12};
    symbols[2] = {5, ELF64_ST_INFO(STB_LOCAL, STT_FUNC), 0, 2, 0, 5};
    symbols[3] = {0, ELF64_ST_INFO(STB_LOCAL, STT_SECTION), 0, 3, 0, 0};
    relocations[0] = {1, ELF64_R_INFO(2, R_X86_64_PLT32), -4};
    relocations[1] = {7, ELF64_R_INFO(3, R_X86_64_PC32), 8 - 4};
  }

  std::span<const std::byte> bytes() const { return {reinterpret_cast<const std::byte*>(this), sizeof *this}; }
};

std::string error_of(std::span<const std::byte> bytes) {
  try {
    Object::load(bytes);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Object, RunsCodeAcrossSections) {
  HandMade file;
  auto object = Object::load(file.bytes());
  KernelFn add = object->find("add");
  ASSERT_NE(add, nullptr);
  EXPECT_EQ(add(nullptr, 5, 7, nullptr), 5 + 7 + 300);
  EXPECT_EQ(object->find("sub"), nullptr) << "local symbols are not offered";
  EXPECT_EQ(object->find("missing"), nullptr);
  EXPECT_GT(object->bytes(), 0u);
}

TEST(Object, RefusesOtherFilesAndMachines) {
  std::vector<std::byte> nonsense(100, std::byte{'x'});
  EXPECT_EQ(error_of(nonsense), "not an object file: expected a 64-bit little-endian ELF relocatable");
  HandMade file;
  file.header.e_machine = EM_RISCV;
  EXPECT_NE(error_of(file.bytes()).find("the object is for machine"), std::string::npos);
}

TEST(Object, RefusesSymbolsThatKernelsMayNotCall) {
  HandMade file;
  file.symbols[2] = {9, ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE), 0, SHN_UNDEF, 0, 0};
  EXPECT_EQ(error_of(file.bytes()), "the object refers to exit, which kernels may not call");
}

TEST(Object, RefusesDamage) {
  auto damaged = [](auto&& change) {
    HandMade file;
    change(file);
    return error_of(file.bytes());
  };
  EXPECT_NE(damaged([](HandMade& f) { f.header.e_shoff = ~0ULL; }), "");
  EXPECT_NE(damaged([](HandMade& f) { f.sections[1].sh_offset = 1 << 20; }), "");
  EXPECT_NE(damaged([](HandMade& f) { f.sections[1].sh_size = ~0ULL; }), "");
  EXPECT_NE(damaged([](HandMade& f) { f.sections[1].sh_addralign = 3; }), "");
  EXPECT_NE(damaged([](HandMade& f) { f.sections[4].sh_link = 99; }), "");
  EXPECT_NE(damaged([](HandMade& f) { f.symbols[1].st_name = 1000; }), "");
  EXPECT_NE(damaged([](HandMade& f) { f.symbols[2].st_value = 1 << 30; }), "");
  EXPECT_NE(damaged([](HandMade& f) { f.relocations[0].r_offset = 14; }), "");
  EXPECT_NE(damaged([](HandMade& f) { f.relocations[0].r_info = ELF64_R_INFO(77, R_X86_64_PC32); }), "");
  EXPECT_NE(damaged([](HandMade& f) { f.relocations[0].r_info = ELF64_R_INFO(2, 200); }), "");
  EXPECT_NE(damaged([](HandMade& f) { f.relocations[1].r_addend = i64{1} << 40; }), "");
  for (std::size_t size = 0; size + 100 < sizeof(HandMade); size += 7) {
    HandMade file;
    EXPECT_NE(error_of(file.bytes().first(size)), "") << size;
  }
}

}  // namespace
}  // namespace tenon::runtime
#endif
