#include "pass/bodies.h"

#include <gtest/gtest.h>

#include "ir/text.h"
#include "ir/verify.h"

namespace tenon {
namespace {

constexpr const char* kLoop = R"(func @f(%0: f32[2]) -> (f32[2]) {
  %1 = while(%0) {condition=func @c(%0: f32[2]) -> (bool[]) {
    %1 = full {value=0.0, dtype=bool, shape=[]} : bool[]
    return %1
  }, body=func @b(%0: f32[2]) -> (f32[2]) {
    %1 = neg(%0) : f32[2]
    return %1
  }, bound=3} : f32[2]
  return %1
})";

TEST(Bodies, AreReplacedAndTheOperatorKeepsItsOtherAttributes) {
  const Function f = parse_function(kLoop);
  EXPECT_TRUE(has_bodies(f));
  std::vector<std::string> asked;
  const Function g = with_bodies(f, [&](const Function& body) {
    asked.push_back(body.name);
    Function renamed = body;
    renamed.name = "renamed_" + body.name;
    return renamed;
  });
  verify(g);
  EXPECT_EQ(asked, (std::vector<std::string>{"c", "b"}));
  const std::string text = to_text(g);
  EXPECT_NE(text.find("@renamed_b"), std::string::npos) << text;
  EXPECT_NE(text.find("bound=3"), std::string::npos) << text;
}

TEST(Bodies, AFunctionWithoutAnyStaysAsItIs) {
  const Function f = parse_function("func @f(%0: f32[2]) -> (f32[2]) { %1 = neg(%0) : f32[2] return %1 }");
  EXPECT_FALSE(has_bodies(f));
  const Function g = with_bodies(f, [](const Function& body) { return body; });
  EXPECT_EQ(g.results[0].node(), f.results[0].node());
}

}  // namespace
}  // namespace tenon
