// Every scalar function and cast on awkward values, against the scalar definition.
#include <elf.h>

#include <cstring>
#include <tuple>

#include "codegen/testing.h"
#include "tensor/npy.h"

namespace tenon::codegen {
namespace {

using namespace expr;
using testing::check;
using testing::Runner;
using testing::targets;

Array awkward(DType t) {
  std::vector<double> v{0,     -0.0,   1,          -1,         0.5,       -0.5,       1.5,         2.5,    -1.5,
                        -2.5,  3,      -3,         7,          -7,        100,        -100,        127,    128,
                        -128,  -129,   255,        256,        32767,     -32768,     32768,       65504,  65519,
                        65520, 1e5,    -1e5,       1e10,       -1e10,     0x1p31,     -0x1p31,     0x1p62, 1e19,
                        -1e19, 3e38,   1e300,      1e-3,       1e-7,      6e-8,       2.9e-8,      1e-40,  1e-310,
                        0.1,   2047.5, 1.00390625, 1.01171875, kInfinity, -kInfinity, std::nan("")};
  Array a(t, {static_cast<i64>(v.size())});
  for (std::size_t k = 0; k < v.size(); ++k) a.set(static_cast<i64>(k), Number(v[k]).rounded_to(t));
  return a;
}

TEST(Arithmetic, CastsBetweenEveryPairOfTypes) {
  for (const Processor& p : targets())
    for (DType from : kAllDTypes)
      for (DType to : kAllDTypes) {
        Array a = awkward(from);
        Input x(0, a.type());
        Index i("i", a.count());
        SCOPED_TRACE(std::string(name_of(from)) + " to " + std::string(name_of(to)) + " on " + p.cpu);
        Expr e = compute({a.type()}, {i}, cast(to, x(i)));
        Runner r(e, p);
        EXPECT_TRUE(identical(r.run({a}), evaluate(e, std::vector<Array>{a})));
      }
}

const Array& golden_float8(const std::string& name) {
  static const auto arrays = read_npz(TENON_SOURCE_DIR "/src/tensor/testdata/float8.npz");
  return arrays.at(name);
}

Array cast_by_kernel(const Array& a, DType to, const Processor& p) {
  const Input x(0, a.type());
  const Index i("i", a.count());
  return Runner(compute({a.type()}, {i}, cast(to, x(i))), p).run({a});
}

// What ml_dtypes says (tools/golden/make_float8.py), and the interpreter from other types.
TEST(Arithmetic, FloatsOf8BitsAreThoseOfMlDtypes) {
  const Array x = golden_float8("x");
  for (const Processor& p : targets())
    for (DType t : {DType::F8E4M3FN, DType::F8E4M3FNUZ, DType::F8E5M2, DType::F8E5M2FNUZ}) {
      SCOPED_TRACE(std::string(name_of(t)) + " on " + p.cpu);
      const Array codes = golden_float8(std::string(name_of(t)) + "_codes"), given = cast_by_kernel(x, t, p);
      EXPECT_EQ(std::memcmp(given.raw(), codes.raw(), static_cast<std::size_t>(x.count())), 0);
      Array all(t, {256});
      for (i64 k = 0; k < 256; ++k) static_cast<std::uint8_t*>(all.raw())[k] = static_cast<std::uint8_t>(k);
      const Array values = cast_by_kernel(all, DType::F32, p),
                  expected = golden_float8(std::string(name_of(t)) + "_values");
      for (i64 k = 0; k < 256; ++k)
        EXPECT_TRUE(values.at(k) == expected.at(k) || (std::isnan(values.at(k).f) && std::isnan(expected.at(k).f)))
            << k;
      for (DType from : {DType::F64, DType::F16, DType::BF16, DType::I64, DType::I16, DType::U32})
        EXPECT_TRUE(identical(cast_by_kernel(x.cast(from), t, p), x.cast(from).cast(t))) << name_of(from);
      for (DType to : kAllDTypes) {
        if (to == t) continue;
        EXPECT_TRUE(identical(cast_by_kernel(all, to, p), all.cast(to))) << name_of(to);
      }
    }
}

// Also the bits of all NaN, which a conversion would make one of.
TEST(Arithmetic, FloatsOf8BitsAreMovedAsBytes) {
  for (const Processor& p : targets())
    for (DType t : {DType::F8E4M3FN, DType::F8E4M3FNUZ, DType::F8E5M2, DType::F8E5M2FNUZ}) {
      Array codes(t, {16, 16});
      auto* bytes = static_cast<std::uint8_t*>(codes.raw());
      for (i64 k = 0; k < 256; ++k) bytes[k] = static_cast<std::uint8_t>(k);
      const Input x(0, codes.type());
      const Index i("i", 20), j("j", 16);
      const Expr padded = compute({codes.type()}, {i, j}, x.outside(-1.5)(j, i));
      const Array got = Runner(padded, p).run({codes});
      const auto* moved = static_cast<const std::uint8_t*>(got.raw());
      const std::uint8_t fill = f8_from_f32(t, -1.5f);
      for (i64 row = 0; row < 20; ++row)
        for (i64 column = 0; column < 16; ++column)
          ASSERT_EQ(moved[row * 16 + column], row < 16 ? bytes[column * 16 + row] : fill)
              << name_of(t) << " on " << p.cpu;
    }
}

TEST(Arithmetic, IntegersOf4BitsWrapAndSaturate) {
  const Array whole = golden_float8("whole"), real = golden_float8("x");
  for (const Processor& p : targets())
    for (DType t : {DType::I4, DType::U4}) {
      SCOPED_TRACE(std::string(name_of(t)) + " on " + p.cpu);
      const DType wide = t == DType::I4 ? DType::I8 : DType::U8;
      EXPECT_TRUE(identical(cast_by_kernel(cast_by_kernel(whole, t, p), wide, p),
                            golden_float8(std::string(name_of(t)) + "_values")));
      EXPECT_TRUE(identical(cast_by_kernel(real, t, p), real.cast(t)));
      Array bytes(t, {256});
      for (i64 k = 0; k < 256; ++k) static_cast<std::uint8_t*>(bytes.raw())[k] = static_cast<std::uint8_t>(k);
      EXPECT_TRUE(identical(cast_by_kernel(bytes, DType::I32, p), bytes.cast(DType::I32)));
    }
}

TEST(Arithmetic, RoundsLargeIntegersOnce) {
  Array a = Array::from<i64>(
      {(i64(1) << 53) + 1, (i64(1) << 62) + (i64(1) << 54) + 1, -(i64(1) << 62) - (i64(1) << 54) - 1,
       (i64(1) << 60) + (i64(1) << 36) + 1, std::numeric_limits<i64>::min(), std::numeric_limits<i64>::max()},
      {6});
  Input x(0, a.type());
  Index i("i", 6);
  for (DType to : {DType::F64, DType::F32, DType::F16, DType::BF16})
    check(compute({a.type()}, {i}, cast(to, x(i))), {a});
}

void expect_identical(const Expr& e, const std::vector<Array>& in, const Processor& p) {
  Runner r(e, p);
  EXPECT_TRUE(identical(r.run(in), evaluate(e, in)));
}

/// Powers of two, numbers beside them and between them.
Array large_unsigned(DType t) {
  Rng rng(7);
  Array a(t, {80});
  for (i64 k = 0; k < 64; ++k) a.set(k, Number::of_uint((std::uint64_t{1} << k) + rng.below(3) - 1));
  for (i64 k = 64; k < 80; ++k) a.set(k, Number::of_uint(rng.next()));
  return a;
}

constexpr DType kUnsigned[] = {DType::U64, DType::U32, DType::U16, DType::U4};

TEST(Arithmetic, UnsignedIntegersAreExact) {
  for (const Processor& p : targets())
    for (DType t : kUnsigned) {
      Array a = large_unsigned(t);
      Input x(0, a.type());
      Index i("i", a.count()), j("j", a.count());
      for (int f = static_cast<int>(Fn::Add); f <= static_cast<int>(Fn::ShiftRight); ++f) {
        const Fn fn = static_cast<Fn>(f);
        if (fn == Fn::Atan2) continue;
        SCOPED_TRACE(std::string(name_of(fn)) + " of " + std::string(name_of(t)) + " on " + p.cpu);
        expect_identical(compute({a.type()}, {i, j}, apply(fn, x(i), x(j))), {a}, p);
      }
      for (DType to : kAllDTypes) {
        SCOPED_TRACE(std::string(name_of(t)) + " to " + std::string(name_of(to)) + " on " + p.cpu);
        expect_identical(compute({a.type()}, {i}, cast(to, x(i))), {a}, p);
      }
    }
}

TEST(Arithmetic, ReducesUnsignedIntegers) {
  for (const Processor& p : targets())
    for (DType t : kUnsigned) {
      Array a = large_unsigned(t).reshaped({4, 20});
      Input x(0, a.type());
      for (Reducer r : {Reducer::Sum, Reducer::Prod, Reducer::Max, Reducer::Min, Reducer::ArgMax, Reducer::ArgMin}) {
        Index i("i", 4), k("k", 20);
        SCOPED_TRACE(std::string(name_of(r)) + " of " + std::string(name_of(t)) + " on " + p.cpu);
        expect_identical(compute({a.type()}, {i}, reduce(r, {k}, x(i, k))), {a}, p);
        expect_identical(compute({a.type()}, {k}, reduce(r, {i}, x(i, k))), {a}, p);
      }
    }
}

// Positions and conditions that would be negative numbers of 32 bits.
TEST(Arithmetic, PositionsAndConditionsOfU32) {
  Array ids = Array::from<std::uint32_t>({3, 0, 0xFFFFFFFF, 0x80000001, 4}, {5}), table = awkward(DType::F32);
  Input at(0, ids.type()), x(1, table.type());
  Index i("i", 5), j("j", 6);
  check(compute({ids.type(), table.type()}, {i}, x.outside(-1)({at(i)})), {ids, table});
  check(compute({ids.type()}, {i, j}, where(equals(at(i), j), 1.0, cast(DType::F64, at(i)))), {ids});
}

std::vector<DType> types_of(Fn fn) {
  if (fn == Fn::Atan2) return {DType::F64, DType::F32, DType::F16, DType::BF16};
  if (fn >= Fn::And && fn <= Fn::ShiftRight)
    return {std::find(std::begin(kAllDTypes), std::end(kAllDTypes), DType::I64), std::end(kAllDTypes)};
  return {kAllDTypes, kAllDTypes + std::size(kAllDTypes)};
}

bool exact(Fn fn) {
  switch (fn) {
    case Fn::Exp:
    case Fn::Log:
    case Fn::Log1p:
    case Fn::Expm1:
    case Fn::Sin:
    case Fn::Cos:
    case Fn::Tanh:
    case Fn::Erf:
    case Fn::Sigmoid:
    case Fn::Pow:
    case Fn::Atan2:
    case Fn::Rsqrt: return false;
    default: return true;
  }
}

// The library's own error and, for narrower floats, one rounding to the other side; bounds of f32 are tested in
// math_test.
double tolerance(Fn fn, DType t) {
  if (exact(fn)) return 0;
  if (is_float8(t)) return std::ldexp(1, -float8_format(t).mantissa_bits);
  return t == DType::F64 ? 1e-15 : t == DType::F32 ? 5e-7 : t == DType::F16 ? 0x1p-10 : 0x1p-7;
}

TEST(Arithmetic, FunctionsOfOneArgument) {
  for (const Processor& p : targets())
    for (int f = 0; f <= static_cast<int>(Fn::Not); ++f) {
      Fn fn = static_cast<Fn>(f);
      for (DType t : types_of(fn)) {
        bool defined = is_float(t) || exact(fn);
        if (!defined || (fn == Fn::Sqrt && !is_float(t)) || (fn == Fn::Not && is_float(t))) continue;
        Array a = awkward(t);
        Input x(0, a.type());
        Index i("i", a.count());
        SCOPED_TRACE(std::string(name_of(fn)) + " of " + std::string(name_of(t)) + " on " + p.cpu);
        check(compute({a.type()}, {i}, apply(fn, x(i))), {a}, tolerance(fn, t), 1e-30, p);
      }
    }
}

TEST(Arithmetic, FunctionsOfTwoArguments) {
  for (const Processor& p : targets())
    for (int f = static_cast<int>(Fn::Add); f <= static_cast<int>(Fn::ShiftRight); ++f) {
      Fn fn = static_cast<Fn>(f);
      for (DType t : types_of(fn)) {
        Array a = awkward(t);
        Input x(0, a.type());
        Index i("i", a.count()), j("j", a.count());
        SCOPED_TRACE(std::string(name_of(fn)) + " of " + std::string(name_of(t)) + " on " + p.cpu);
        check(compute({a.type()}, {i, j}, apply(fn, x(i), x(j))), {a}, tolerance(fn, t), 1e-30, p);
      }
    }
}

/// Names that an object of code refers to and does not define.
std::vector<std::string> outside_names(const std::vector<std::byte>& object) {
  std::vector<std::string> names;
  const auto at = [&]<class T>(std::uint64_t offset, T value) {
    std::memcpy(&value, object.data() + offset, sizeof value);
    return value;
  };
  const auto header = at(0, Elf64_Ehdr());
  const auto section = [&](std::uint64_t k) { return at(header.e_shoff + k * sizeof(Elf64_Shdr), Elf64_Shdr()); };
  for (std::uint64_t k = 0; k < header.e_shnum; ++k) {
    const Elf64_Shdr symbols = section(k);
    if (symbols.sh_type != SHT_SYMTAB) continue;
    const std::uint64_t text = section(symbols.sh_link).sh_offset;
    for (std::uint64_t s = 0; s < symbols.sh_size; s += sizeof(Elf64_Sym)) {
      const auto symbol = at(symbols.sh_offset + s, Elf64_Sym());
      const std::string name = reinterpret_cast<const char*>(object.data() + text + symbol.st_name);
      if (symbol.st_shndx == SHN_UNDEF && !name.empty()) names.push_back(name);
    }
  }
  return names;
}

// Also where processors lack instructions for rounding or fused arithmetic, and on architectures that do not run here.
TEST(Arithmetic, CallsNothingOutside) {
  std::vector<Processor> processors = targets();
  for (const auto& [triple, cpu, features] :
       {std::tuple("aarch64-unknown-linux-gnu", "generic", "+neon"),
        std::tuple("riscv64-unknown-linux-gnu", "generic-rv64", "+m,+a,+f,+d,+c,+v,+zvl128b")}) {
    Processor& p = processors.emplace_back();
    p.triple = triple, p.cpu = cpu, p.features = features;
    p.fma = true;
  }
  std::vector<KernelSource> kernels;
  for (int f = 0; f <= static_cast<int>(Fn::Min); ++f)
    for (DType t : types_of(static_cast<Fn>(f))) {
      const Fn fn = static_cast<Fn>(f);
      if (!is_float(t) || fn == Fn::Not) continue;
      Input x(0, {t, {1000}});
      Index i("i", 1000);
      const Scalar y = arity_of(fn) == 2 ? apply(fn, x(i), x(999 - i)) : apply(fn, x(i));
      kernels.emplace_back(fmt::format("kernel_{}", kernels.size()), compute({x.type()}, {i}, y));
    }
  for (const Processor& p : processors)
    EXPECT_EQ(outside_names(compile(kernels, p).object), std::vector<std::string>()) << p.triple << " " << p.cpu;
}

TEST(Arithmetic, ExtremesWithConstants) {
  Array a = awkward(DType::F32);
  Input x(0, a.type());
  Index i("i", a.count());
  check(compute({a.type()}, {i}, max(x(i), 0.0)), {a});
  check(compute({a.type()}, {i}, min(1.0, x(i))), {a});
}

TEST(Arithmetic, DividesByConstants) {
  Array a = awkward(DType::I32);
  Input x(0, a.type());
  Index i("i", a.count());
  for (int d : {1, -1, 2, 3, -7, 0}) {
    check(compute({a.type()}, {i}, x(i) / d), {a});
    check(compute({a.type()}, {i}, mod(x(i), d)), {a});
  }
}

}  // namespace
}  // namespace tenon::codegen
