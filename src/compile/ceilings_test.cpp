#include "compile/ceilings.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace tenon {
namespace {

TEST(Ceilings, SamplesAreSummarised) {
  const Measured m = summary_of({5, 1, 3, 2, 4});
  EXPECT_EQ(m.median, 3);
  EXPECT_EQ(m.lowest, 1);
  EXPECT_EQ(m.highest, 5);
  EXPECT_DOUBLE_EQ(m.spread, 2.0 / 3);  // 2 to 4 of 3
  EXPECT_EQ(summary_of({7}).spread, 0);
}

TEST(Ceilings, AreMeasuredForEachTypeAndAccess) {
  for (const DType t : {DType::F32, DType::F64, DType::BF16, DType::I8}) EXPECT_GT(measured_peak(t), 1e6);
  for (auto k = static_cast<int>(Access::Read); k <= static_cast<int>(Access::StreamTriad); ++k) {
    const Ceiling c = Ceiling::memory(static_cast<Access>(k), 5000, 2);
    EXPECT_EQ(c.probe().kind, static_cast<Access>(k));
    EXPECT_GT(c.sample(), 1e6) << access_name(static_cast<Access>(k));
  }
}

TEST(Ceilings, TypesWithoutPeakAreNamed) {
  EXPECT_THAT([] { Ceiling::compute(DType::Str); },
              testing::ThrowsMessage<Error>("the peak of str is not measured; there are f32, f64, bf16 and i8"));
  EXPECT_THAT([] { Ceilings().peak(DType::I64); }, testing::Throws<Error>());
}

TEST(Ceilings, AWorkingSetStaysInTheSmallestLevelThatHoldsIt) {
  Ceilings c;
  c.memory = {{"L1", 1000, 500, false, {}}, {"L2", 10000, 5000, false, {}}, {"DRAM", 0, 40000, true, {}}};
  c.memory[1].bandwidths = {{Access::Copy, {.median = 3}, {.median = 6}}};
  EXPECT_EQ(c.level_of(1000).name, "L1");
  EXPECT_EQ(c.level_of(1001).name, "L2");
  EXPECT_EQ(c.level_of(10001).name, "DRAM");
  EXPECT_EQ(c.memory[1].bandwidth(Access::Copy), 3);
  EXPECT_EQ(c.memory[1].bandwidth(Access::Copy, true), 6);
  EXPECT_EQ(c.memory[1].bandwidth(Access::Read), 0);
}

}  // namespace
}  // namespace tenon
