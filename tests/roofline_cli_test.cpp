// tenon roofline, run as users run it.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tool.h"

namespace tenon::test {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;

/// Rates are positive and in order.
void expect_sound(const json& measured) {
  EXPECT_GT(measured.at("lowest"), 0);
  EXPECT_GE(measured.at("median"), measured.at("lowest"));
  EXPECT_GE(measured.at("highest"), measured.at("median"));
  EXPECT_GE(measured.at("spread"), 0);
}

TEST(RooflineCli, HelpHasExamples) {
  const Result r = tenon({"roofline", "--help"}, testing::TempDir());
  EXPECT_EQ(r.code, 0);
  EXPECT_THAT(r.out, HasSubstr("Examples:\n  tenon roofline\n"));
}

TEST(RooflineCli, MeasuresTypesAndLevels) {
  const Result r = tenon({"roofline", "--json", "--threads", "2"}, testing::TempDir());
  ASSERT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.err, "") << "progress is for terminals";
  ASSERT_EQ(r.lines().size(), 1u);
  const json found = json::parse(r.out);
  EXPECT_EQ(found.at("event"), "roofline");
  EXPECT_EQ(found.at("threads"), 2);
  std::vector<std::string> types, levels;
  for (const json& p : found.at("operations_per_second")) {
    types.push_back(p.at("type"));
    EXPECT_NE(p.at("instruction"), "");
    expect_sound(p.at("one_core"));
    expect_sound(p.at("all_threads"));
  }
  EXPECT_THAT(types, testing::ElementsAre("f32", "f64", "bf16", "i8"));
  for (const json& level : found.at("memory")) {
    levels.push_back(level.at("level"));
    EXPECT_GT(level.at("working_set_bytes"), level.at("level") == "DRAM" ? 1 << 26 : 0);
    std::vector<std::string> accesses;
    for (const json& a : level.at("bytes_per_second")) {
      accesses.push_back(a.at("access"));
      expect_sound(a.at("one_core"));
      expect_sound(a.at("all_threads"));
    }
    for (const char* access : {"read", "write", "copy", "triad"}) EXPECT_THAT(accesses, Contains(access));
  }
  EXPECT_EQ(levels.front(), "L1");
  EXPECT_EQ(levels.back(), "DRAM");
  expect_sound(found.at("fork_join_seconds"));
  EXPECT_TRUE(found.at("disturbed").is_boolean());
}

TEST(RooflineCli, SaysWhatItDoesNotTake) {
  expect_complaint(tenon({"roofline", "--type", "f32"}, testing::TempDir()), 2, "'--type' was not expected");
  expect_complaint(tenon({"roofline", "--threads", "0"}, testing::TempDir()), 2, "--threads");
}

}  // namespace
}  // namespace tenon::test
