#include "ir/svg.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "ir/text.h"

namespace tenon {
namespace {

struct Rect {
  double x, y, width, height;
};

std::vector<Rect> boxes(const std::string& svg) {
  std::vector<Rect> found;
  std::regex form("<rect x=\"([-0-9.]+)\" y=\"([-0-9.]+)\" width=\"([-0-9.]+)\" height=\"([-0-9.]+)\"");
  for (std::sregex_iterator m(svg.begin(), svg.end(), form), end; m != end; ++m)
    found.push_back({std::stod((*m)[1]), std::stod((*m)[2]), std::stod((*m)[3]), std::stod((*m)[4])});
  return found;
}

const char* kSkip = R"(func @main(%0: f32[2,3] "x <&>", %1: f32[3,3]) -> (f32[2,3], f32[2,3]) {
  %2 = matmul(%0, %1) : f32[2,3]
  %3 = exp(%2) : f32[2,3]
  %4 = neg(%3) : f32[2,3]
  %5 = add(%4, %0) : f32[2,3]
  return %5, %2
}
)";

TEST(Svg, BoxesDoNotOverlapAndLieInThePicture) {
  std::string svg = to_svg(parse_function(kSkip));
  std::vector<Rect> all = boxes(svg);
  ASSERT_EQ(all.size(), 2u + 4u + 2u);  // parameters, nodes, results
  std::smatch size;
  ASSERT_TRUE(std::regex_search(svg, size, std::regex("width=\"([0-9]+)\" height=\"([0-9]+)\"")));
  for (std::size_t a = 0; a < all.size(); ++a) {
    EXPECT_GE(all[a].x, 0);
    EXPECT_LE(all[a].x + all[a].width, std::stod(size[1]));
    EXPECT_LE(all[a].y + all[a].height, std::stod(size[2]));
    for (std::size_t b = a + 1; b < all.size(); ++b) {
      bool apart = all[a].x + all[a].width <= all[b].x || all[b].x + all[b].width <= all[a].x ||
                   all[a].y + all[a].height <= all[b].y || all[b].y + all[b].height <= all[a].y;
      EXPECT_TRUE(apart) << a << " and " << b;
    }
  }
}

TEST(Svg, FunctionsInsideAreBoxedInTheirNode) {
  const std::string svg = to_svg(parse_function(R"(func @main(%0: f32[2,3]) -> (f32[2,3]) {
  %1 = kernel(%0) {body=func @rows(%0: f32[2,3]) -> (f32[2,3]) {
    %1 = formula(%0) {e=expr(f32[2,3]) "[i0:2 | k0:3] max f32: x0[i0, k0]", label="max"} : f32[2]
    %2 = formula(%0, %1) {e=expr(f32[2,3], f32[2]) "[i0:2, i1:3] x0[i0, i1] - x1[i0]", label="sub"} : f32[2,3]
    return %2
  }, rows=1, label="max, sub"} : f32[2,3]
  return %1
}
)"));
  ASSERT_EQ(boxes(svg).size(), 3u);  // the parameter, the kernel, the result
  const Rect kernel = boxes(svg)[1];
  std::vector<double> tops;
  std::regex inner(
      "<rect class=\"inner\" x=\"([-0-9.]+)\" y=\"([-0-9.]+)\" width=\"([-0-9.]+)\" height=\"([-0-9.]+)\"");
  for (std::sregex_iterator m(svg.begin(), svg.end(), inner), end; m != end; ++m) {
    const Rect r{std::stod((*m)[1]), std::stod((*m)[2]), std::stod((*m)[3]), std::stod((*m)[4])};
    EXPECT_GE(r.x, kernel.x);
    EXPECT_LE(r.x + r.width, kernel.x + kernel.width);
    EXPECT_GT(r.y, tops.empty() ? kernel.y : tops.back());
    EXPECT_LE(r.y + r.height, kernel.y + kernel.height);
    tops.push_back(r.y + r.height);
  }
  EXPECT_EQ(tops.size(), 2u);
  EXPECT_NE(svg.find(">kernel max, sub<"), std::string::npos);
  EXPECT_NE(svg.find(">max : f32[2]<"), std::string::npos);
}

TEST(Svg, NamesAreEscaped) {
  std::string svg = to_svg(parse_function(kSkip));
  EXPECT_NE(svg.find("x &lt;&amp;&gt;"), std::string::npos);
  EXPECT_EQ(svg.find("<&"), std::string::npos);
}

TEST(Svg, EmptyAndHugeFunctions) {
  EXPECT_EQ(boxes(to_svg(Function{})).size(), 0u);
  std::string text = "func @main(%0: f32[2]) -> (f32[2]) {\n";
  for (int k = 1; k <= 1000; ++k) text += fmt::format("  %{} = neg(%{}) : f32[2]\n", k, k - 1);
  EXPECT_THROW(to_svg(parse_function(text + "  return %1000\n}\n")), Error);
}

}  // namespace
}  // namespace tenon
