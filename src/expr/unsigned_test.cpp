// Unsigned integers against what NumPy says of them (tools/golden/make_unsigned.py).
#include <gtest/gtest.h>

#include "expr/build.h"
#include "expr/evaluate.h"
#include "tensor/npy.h"

namespace tenon::expr {
namespace {

using Golden = std::map<std::string, Array>;

const Golden& golden() {
  static const Golden arrays = read_npz(TENON_SOURCE_DIR "/src/expr/testdata/unsigned.npz");
  return arrays;
}

class Unsigned : public testing::TestWithParam<std::string> {
 protected:
  const Array& said(const std::string& name) const { return golden().at(GetParam() + "_" + name); }
  void expect_said(const std::string& name, const Array& given) const {
    EXPECT_TRUE(identical(given, said(name))) << name << ": " << to_string(given) << "\n" << to_string(said(name));
  }
};

TEST_P(Unsigned, FunctionsAreThoseOfNumPy) {
  const Array& a = said("x");
  const Input x(0, a.type());
  const Index i("i", a.count()), j("j", a.count());
  int functions = 0;
  for (int k = 0; k < static_cast<int>(Fn::RandomBits); ++k) {
    const Fn fn = static_cast<Fn>(k);
    const std::string name(name_of(fn));
    if (!golden().contains(GetParam() + "_" + name)) continue;
    const Scalar y = arity_of(fn) == 1 ? apply(fn, x(i)) : apply(fn, x(i), x(j));
    const Expr e = arity_of(fn) == 1 ? compute({a.type()}, {i}, y) : compute({a.type()}, {i, j}, y);
    expect_said(name, evaluate(e, std::vector<Array>{a}));
    ++functions;
  }
  EXPECT_EQ(functions, 20);
}

TEST_P(Unsigned, ConversionsAreThoseOfNumPy) {
  expect_said("to_f4", said("x").cast(DType::F32));
  expect_said("to_f8", said("x").cast(DType::F64));
  expect_said("from_f8", said("reals").cast(said("x").dtype()));
}

INSTANTIATE_TEST_SUITE_P(Types, Unsigned, testing::Values("u2", "u4", "u8"),
                         [](const auto& type) { return type.param; });

}  // namespace
}  // namespace tenon::expr
