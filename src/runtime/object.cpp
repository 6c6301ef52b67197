#include "runtime/object.h"

#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tenon::runtime {

namespace {

struct Outside {
  std::string_view name;
  void* address;
};

template <class F>
void* address_of(F* f) {
  return reinterpret_cast<void*>(f);
}

void* outside(std::string_view name) {
  static const Outside kTable[] = {{"memcpy", address_of(&std::memcpy)},
                                   {"memset", address_of(&std::memset)},
                                   {"memmove", address_of(&std::memmove)}};
  for (const Outside& o : kTable)
    if (o.name == name) return o.address;
  fail("the object refers to {}, which kernels may not call", name);
}

/// Bounds-checked reading of an ELF64 relocatable.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {
    auto header = read<Elf64_Ehdr>(0);
    bool elf = std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
               header.e_ident[EI_DATA] == ELFDATA2LSB && header.e_type == ET_REL;
    require(elf, "not an object file: expected a 64-bit little-endian ELF relocatable");
    machine = header.e_machine;
    require(header.e_shentsize == sizeof(Elf64_Shdr), "malformed object: section headers of {} bytes",
            header.e_shentsize);
    for (std::size_t k = 0; k < header.e_shnum; ++k)
      sections.push_back(read<Elf64_Shdr>(added(header.e_shoff, k * sizeof(Elf64_Shdr))));
    for (const Elf64_Shdr& s : sections)
      require(s.sh_addralign == 0 || ((s.sh_addralign & (s.sh_addralign - 1)) == 0 && s.sh_addralign <= 4096),
              "malformed object: an alignment of {}", s.sh_addralign);
  }

  std::uint16_t machine = 0;
  std::vector<Elf64_Shdr> sections;

  const Elf64_Shdr& section(std::size_t k) const {
    require(k < sections.size(), "malformed object: section {} of {}", k, sections.size());
    return sections[k];
  }
  std::span<const std::byte> contents(const Elf64_Shdr& s) const {
    require(s.sh_offset <= bytes_.size() && s.sh_size <= bytes_.size() - s.sh_offset,
            "malformed object: a section of {} bytes at {} in a file of {}", s.sh_size, s.sh_offset, bytes_.size());
    return bytes_.subspan(s.sh_offset, s.sh_size);
  }
  template <class T>
  std::vector<T> table(const Elf64_Shdr& s) const {
    require(s.sh_entsize == sizeof(T), "malformed object: table entries of {} bytes", s.sh_entsize);
    std::span<const std::byte> raw = contents(s);
    std::vector<T> rows(raw.size() / sizeof(T));
    if (!rows.empty()) std::memcpy(rows.data(), raw.data(), rows.size() * sizeof(T));
    return rows;
  }
  std::string_view name(const Elf64_Shdr& strings, std::size_t at) const {
    std::span<const std::byte> raw = contents(strings);
    require(at < raw.size(), "malformed object: a name at {} of {}", at, raw.size());
    auto* first = reinterpret_cast<const char*>(raw.data()) + at;
    auto* end = static_cast<const char*>(std::memchr(first, 0, raw.size() - at));
    require(end != nullptr, "malformed object: a name without an end");
    return {first, static_cast<std::size_t>(end - first)};
  }

 private:
  static std::size_t added(std::size_t a, std::size_t b) {
    require(a <= SIZE_MAX - b, "malformed object: an offset of {}", a);
    return a + b;
  }
  template <class T>
  T read(std::size_t at) const {
    require(at <= bytes_.size() && sizeof(T) <= bytes_.size() - at, "malformed object: {} bytes, cut off",
            bytes_.size());
    T value;
    std::memcpy(&value, bytes_.data() + at, sizeof(T));
    return value;
  }
  std::span<const std::byte> bytes_;
};

constexpr std::size_t kMostBytes = std::size_t{1} << 30, kStubBytes = 16;

std::size_t rounded_up(std::size_t value, std::size_t unit) { return (value + unit - 1) / unit * unit; }

/// Lays the sections out in one mapping and applies relocations.
class Loader {
 public:
  explicit Loader(std::span<const std::byte> elf) : in_(elf) {
    require(in_.machine == kHere, "the object is for machine {}, this one is {}", in_.machine, kHere);
    find_symbols();
    lay_out();
  }

  std::size_t bytes() const { return bytes_; }

  /// `memory` is writable and holds bytes() bytes of zeros.
  void fill(std::byte* memory) {
    memory_ = memory;
    for (std::size_t k = 0; k < in_.sections.size(); ++k) {
      if (offsets_[k] == kAbsent || in_.sections[k].sh_type == SHT_NOBITS) continue;
      std::span<const std::byte> raw = in_.contents(in_.sections[k]);
      if (!raw.empty()) std::memcpy(memory + offsets_[k], raw.data(), raw.size());
    }
    for (const Elf64_Shdr& s : in_.sections) {
      require(s.sh_type != SHT_REL, "malformed object: relocations without addends");
      if (s.sh_type != SHT_RELA || in_.section(s.sh_info).sh_size == 0 || offsets_[s.sh_info] == kAbsent) continue;
      for (const Elf64_Rela& r : in_.table<Elf64_Rela>(s)) relocate(s.sh_info, r);
    }
  }

  std::unordered_map<std::string, std::size_t> functions() const {
    std::unordered_map<std::string, std::size_t> found;
    for (const Elf64_Sym& s : symbols_)
      if (ELF64_ST_TYPE(s.st_info) == STT_FUNC && ELF64_ST_BIND(s.st_info) == STB_GLOBAL &&
          s.st_shndx < offsets_.size() && s.st_shndx != SHN_UNDEF && offsets_[s.st_shndx] != kAbsent)
        found.emplace(std::string(in_.name(*strings_, s.st_name)), place(s));
    return found;
  }

 private:
  static constexpr std::size_t kAbsent = SIZE_MAX;
#if defined(__aarch64__)
  static constexpr std::uint16_t kHere = EM_AARCH64;
#else
  static constexpr std::uint16_t kHere = EM_X86_64;
#endif

  void find_symbols() {
    for (const Elf64_Shdr& s : in_.sections) {
      if (s.sh_type != SHT_SYMTAB) continue;
      symbols_ = in_.table<Elf64_Sym>(s);
      strings_ = &in_.section(s.sh_link);
    }
    require(strings_ != nullptr, "the object has no symbols");
  }

  void lay_out() {
    for (const Elf64_Shdr& s : in_.sections) {
      bool present = (s.sh_flags & SHF_ALLOC) && s.sh_size > 0;
      offsets_.push_back(kAbsent);
      if (!present) continue;
      require(!(s.sh_flags & SHF_WRITE) || s.sh_type != SHT_NOBITS, "the object has variables");
      require(s.sh_size <= kMostBytes && bytes_ <= kMostBytes, "the object is too large: {} bytes", s.sh_size);
      bytes_ = rounded_up(bytes_, std::max<std::size_t>(s.sh_addralign, 16));
      offsets_.back() = bytes_;
      bytes_ += s.sh_size;
    }
    require(bytes_ <= kMostBytes, "the object has {} bytes to load", bytes_);
    stubs_ = bytes_ = rounded_up(bytes_, kStubBytes);
    bytes_ += symbols_.size() * kStubBytes;
  }

  /// Offset in the mapping of a symbol defined here.
  std::size_t place(const Elf64_Sym& s) const {
    const Elf64_Shdr& section = in_.section(s.st_shndx);
    require(offsets_[s.st_shndx] != kAbsent && s.st_value <= section.sh_size, "malformed object: a symbol at {} of {}",
            s.st_value, section.sh_size);
    return offsets_[s.st_shndx] + s.st_value;
  }

  const Elf64_Sym& symbol(std::size_t k) const {
    require(k < symbols_.size(), "malformed object: symbol {} of {}", k, symbols_.size());
    return symbols_[k];
  }

  std::uint64_t address(std::size_t k) const {
    const Elf64_Sym& s = symbol(k);
    if (s.st_shndx != SHN_UNDEF) return reinterpret_cast<std::uint64_t>(memory_ + place(s));
    return reinterpret_cast<std::uint64_t>(outside(in_.name(*strings_, s.st_name)));
  }

  /// A jump to the symbol near this mapping, followed by the symbol's address.
  std::byte* stub(std::size_t k) {
    std::byte* stub = memory_ + stubs_ + k * kStubBytes;
    std::uint64_t target = address(k);
#if defined(__aarch64__)
    const std::uint32_t code[] = {0x58000050, 0xD61F0200};  // ldr x16, 8; br x16
#else
    const unsigned char code[] = {0xFF, 0x25, 2, 0, 0, 0, 0xCC, 0xCC};  // jmp [rip + 2]
#endif
    std::memcpy(stub, code, kStubBytes - 8);
    std::memcpy(stub + 8, &target, 8);
    return stub;
  }

  std::uint64_t near_code(std::size_t k) {
    return symbol(k).st_shndx != SHN_UNDEF ? address(k) : reinterpret_cast<std::uint64_t>(stub(k));
  }
  std::uint64_t near_word(std::size_t k) { return reinterpret_cast<std::uint64_t>(stub(k) + 8); }

  template <class T>
  void put(std::size_t section, std::uint64_t offset, T value) {
    std::size_t size = in_.sections[section].sh_size;
    require(offset <= size && sizeof(T) <= size - offset, "malformed object: a relocation at {} of {}", offset, size);
    std::memcpy(memory_ + offsets_[section] + offset, &value, sizeof(T));
  }

  template <class T>
  void put_checked(std::size_t section, std::uint64_t offset, std::int64_t value) {
    require(static_cast<std::int64_t>(static_cast<T>(value)) == value, "malformed object: a relocation out of reach");
    put(section, offset, static_cast<T>(value));
  }

  void relocate(std::size_t section, const Elf64_Rela& r) {
    std::size_t k = ELF64_R_SYM(r.r_info);
    auto type = static_cast<std::uint32_t>(ELF64_R_TYPE(r.r_info));
    auto here = reinterpret_cast<std::uint64_t>(memory_ + offsets_[section]) + r.r_offset;
    auto addend = static_cast<std::uint64_t>(r.r_addend);
    auto signed_difference = [&](std::uint64_t target) { return static_cast<std::int64_t>(target + addend - here); };
#if defined(__aarch64__)
    switch (type) {
      case R_AARCH64_ABS64: return put(section, r.r_offset, address(k) + addend);
      case R_AARCH64_PREL32: return put_checked<std::int32_t>(section, r.r_offset, signed_difference(address(k)));
      case R_AARCH64_CALL26:
      case R_AARCH64_JUMP26: {
        std::int64_t far = signed_difference(near_code(k));
        require(far >= -(1 << 27) && far < (1 << 27) && far % 4 == 0, "malformed object: a call out of reach");
        return edit(section, r.r_offset, 0x03FFFFFF, static_cast<std::uint32_t>(far >> 2));
      }
      case R_AARCH64_ADR_PREL_PG_HI21: {
        std::int64_t pages = static_cast<std::int64_t>(((address(k) + addend) & ~0xFFFULL) - (here & ~0xFFFULL)) >> 12;
        return edit(section, r.r_offset, 0x60FFFFE0,
                    static_cast<std::uint32_t>((pages & 3) << 29 | (pages >> 2 & 0x7FFFF) << 5));
      }
      case R_AARCH64_ADD_ABS_LO12_NC: return low12(section, r.r_offset, address(k) + addend, 0);
      case R_AARCH64_LDST8_ABS_LO12_NC: return low12(section, r.r_offset, address(k) + addend, 0);
      case R_AARCH64_LDST16_ABS_LO12_NC: return low12(section, r.r_offset, address(k) + addend, 1);
      case R_AARCH64_LDST32_ABS_LO12_NC: return low12(section, r.r_offset, address(k) + addend, 2);
      case R_AARCH64_LDST64_ABS_LO12_NC: return low12(section, r.r_offset, address(k) + addend, 3);
      case R_AARCH64_LDST128_ABS_LO12_NC: return low12(section, r.r_offset, address(k) + addend, 4);
      default: break;
    }
#else
    switch (type) {
      case R_X86_64_NONE: return;
      case R_X86_64_64: return put(section, r.r_offset, address(k) + addend);
      case R_X86_64_PC32: return put_checked<std::int32_t>(section, r.r_offset, signed_difference(address(k)));
      case R_X86_64_PLT32: return put_checked<std::int32_t>(section, r.r_offset, signed_difference(near_code(k)));
      case R_X86_64_PC64: return put(section, r.r_offset, signed_difference(address(k)));
      case R_X86_64_GOTPCREL:
      case R_X86_64_GOTPCRELX:
      case R_X86_64_REX_GOTPCRELX:
        return put_checked<std::int32_t>(section, r.r_offset, signed_difference(near_word(k)));
      default: break;
    }
#endif
    fail("the object has a relocation of unknown type {}", type);
  }

#if defined(__aarch64__)
  void edit(std::size_t section, std::uint64_t offset, std::uint32_t mask, std::uint32_t bits) {
    std::uint32_t word = 0;
    put(section, offset, read_word(section, offset, word) & ~mask | (bits & mask));
  }
  std::uint32_t read_word(std::size_t section, std::uint64_t offset, std::uint32_t& word) {
    std::size_t size = in_.sections[section].sh_size;
    require(offset <= size && 4 <= size - offset, "malformed object: a relocation at {} of {}", offset, size);
    std::memcpy(&word, memory_ + offsets_[section] + offset, 4);
    return word;
  }
  void low12(std::size_t section, std::uint64_t offset, std::uint64_t target, int shift) {
    edit(section, offset, 0xFFF << 10, static_cast<std::uint32_t>((target & 0xFFF) >> shift) << 10);
  }
#endif

  Reader in_;
  std::vector<Elf64_Sym> symbols_;
  const Elf64_Shdr* strings_ = nullptr;
  std::vector<std::size_t> offsets_;  // of each section in the mapping
  std::size_t bytes_ = 0, stubs_ = 0;
  std::byte* memory_ = nullptr;
};

}  // namespace

std::shared_ptr<const Object> Object::load(std::span<const std::byte> elf) {
  Loader loader(elf);
  auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  std::shared_ptr<Object> object(new Object());
  object->bytes_ = rounded_up(loader.bytes() + 1, page);
  void* memory = mmap(nullptr, object->bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(memory != MAP_FAILED, "no memory for {} bytes of machine code", object->bytes_);
  object->memory_ = memory;
  loader.fill(static_cast<std::byte*>(memory));
  require(mprotect(memory, object->bytes_, PROT_READ | PROT_EXEC) == 0, "the system forbids making memory executable");
  __builtin___clear_cache(static_cast<char*>(memory), static_cast<char*>(memory) + object->bytes_);
  object->symbols_ = loader.functions();
  return object;
}

Object::~Object() {
  if (memory_) munmap(memory_, bytes_);
}

KernelFn Object::find(const std::string& symbol) const {
  auto it = symbols_.find(symbol);
  if (it == symbols_.end()) return nullptr;
  return reinterpret_cast<KernelFn>(static_cast<std::byte*>(memory_) + it->second);
}

}  // namespace tenon::runtime
