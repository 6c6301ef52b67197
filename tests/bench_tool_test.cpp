// tools/bench, with a program in place of a benchmark.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tool.h"

namespace tenon::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class BenchTool : public testing::Test {
 protected:
  void SetUp() override {
    folder = testing::TempDir() + "tenon-bench";
    fs::remove_all(folder);
    fs::create_directories(folder + "/bin");
  }
  void TearDown() override { fs::remove_all(folder); }

  /// A program that reports what stands in rows.json; each run takes the next file rows.json.K where there is one.
  void make_program(const std::vector<json>& runs) {
    for (std::size_t k = 0; k < runs.size(); ++k)
      write(folder + "/rows." + std::to_string(k), json({{"benchmarks", runs[k]}}).dump());
    const std::string path = folder + "/bin/bench_fake";
    write(path, "#!/usr/bin/env bash\ncd " + folder +
                    "\nk=$(cat count 2>/dev/null || echo 0)\n[[ -f rows.$k ]] || k=$((k - 1))\n"
                    "for a in \"$@\"; do case $a in --benchmark_out=*) cp rows.$k \"${a#*=}\";; "
                    "--benchmark_filter=*) echo \"${a#*=}\" > filter;; esac; done\necho $((k + 1)) > count\n");
    fs::permissions(path, fs::perms::owner_all);
  }
  static json row(const std::string& name, const json& counters) {
    json r{{"name", name},     {"run_name", name}, {"run_type", "iteration"},
           {"real_time", 2.0}, {"cpu_time", 2.0},  {"time_unit", "ms"}};
    r.update(counters);
    return r;
  }
  Result bench(const std::string& options) const {
    const std::string command = "python3 " TENON_SOURCE_DIR "/tools/bench --build " + folder + " --baseline " + folder +
                                "/baseline.json " + options + " 2>&1";
    Result r;
    std::FILE* pipe = popen(command.c_str(), "r");
    char buffer[4096];
    for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) r.out.append(buffer, n);
    r.code = WEXITSTATUS(pclose(pipe));
    return r;
  }
  std::string folder;
};

TEST_F(BenchTool, HelpShowsOptionsAndExamples) {
  const Result r = bench("--help");
  EXPECT_EQ(r.code, 0) << r.out;
  EXPECT_THAT(r.out, AllOf(HasSubstr("--update"), HasSubstr("5 percent"), HasSubstr("./run bench kernels --check")));
}

TEST_F(BenchTool, MakesOneResultOfEachRow) {
  make_program(
      {{row("a/iterations:1", {{"value:GB/s", 50.0}, {"ceiling", 100.0}, {"peer:other", 40.0}, {"target", 60.0}}),
        row("b", {{"peer:other", 3.0}, {"target", 2.5}, {"label", "as always"}})}});
  const Result r = bench("fake --json " + folder + "/out.json");
  ASSERT_EQ(r.code, 0) << r.out;
  EXPECT_THAT(r.out, HasSubstr("50.0% of ceiling"));
  EXPECT_THAT(r.out, HasSubstr("MISSED"));
  const json found = json::parse(read(folder + "/out.json"));
  EXPECT_EQ(found.at(0), json({{"name", "a"},
                               {"value", 50.0},
                               {"unit", "GB/s"},
                               {"peers", {{"other", 40.0}}},
                               {"share_of_ceiling", 0.5},
                               {"target", 60.0},
                               {"reached", false}}));
  EXPECT_EQ(found.at(1).at("reached"), true) << "times are better when lower";
  EXPECT_EQ(found.at(1).at("note"), "as always");
  EXPECT_THAT(r.out, HasSubstr("reached  as always\n"));
}

TEST_F(BenchTool, NamesWhatStaysSlower) {
  write(folder + "/baseline.json", R"({"a": 0.9, "b": 0.5, "gone": 1.0})");
  const auto run = [&](double a, double b) {
    return json{row("a", {{"value:GB/s", a}, {"ceiling", 1.0}}), row("b", {{"value:GB/s", b}, {"ceiling", 1.0}}),
                row("new", {{"value:GB/s", 1.0}, {"ceiling", 1.0}})};
  };
  // The second is slow once, the first always.
  make_program({run(0.8, 0.3), run(0.81, 0.3), run(0.82, 0.49), run(0.8, 0.49)});
  const Result r = bench("fake --check");
  EXPECT_EQ(r.code, 1);
  EXPECT_THAT(r.out, HasSubstr("SLOWER a: ratio 0.820, was 0.900 (-8.9%)"));
  EXPECT_THAT(r.out, Not(HasSubstr("SLOWER b")));
  EXPECT_THAT(r.out, HasSubstr("without a stored ratio: new"));
  EXPECT_THAT(r.out, HasSubstr("1 of 2 ratios more than 5% below the stored ones"));
  EXPECT_EQ(read(folder + "/filter"), "^b$\n") << "only what looked slower is measured again";
}

TEST_F(BenchTool, UpdatesWhatWasMeasured) {
  write(folder + "/baseline.json", R"({"a": 0.9, "other": 0.5})");
  make_program({json::array({row("a", {{"value:GB/s", 0.7}, {"ceiling", 1.0}})})});
  EXPECT_EQ(bench("fake --update").code, 0);
  EXPECT_EQ(json::parse(read(folder + "/baseline.json")), json({{"a", 0.7}, {"other", 0.5}}));
  EXPECT_EQ(bench("fake --check").code, 0);
}

TEST_F(BenchTool, SaysWhatItDoesNotFind) {
  make_program({json::array({row("a", json::object())})});
  Result r = bench("fike");
  EXPECT_EQ(r.code, 1);
  EXPECT_THAT(r.out, HasSubstr("no benchmark 'fike'"));
  EXPECT_THAT(r.out, HasSubstr("there are: fake"));
  r = bench("fake --check");
  EXPECT_EQ(r.code, 1);
  EXPECT_THAT(r.out, HasSubstr("baseline.json does not exist; ./run bench --update writes it"));
  make_program({json::array({row("a", {{"error_occurred", true}, {"error_message", "no data"}})})});
  fs::remove(folder + "/count");
  r = bench("fake");
  EXPECT_EQ(r.code, 1);
  EXPECT_THAT(r.out, HasSubstr("a: no data"));
}

}  // namespace
}  // namespace tenon::test
