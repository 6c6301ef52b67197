// The tenon tool, run as users run it.
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "data/png.h"
#include "ir/op.h"
#include "ir/text.h"
#include "tensor/safetensors.h"
#include "tool.h"

namespace tenon::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

class Cli : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = testing::TempDir() + "tenon-cli";
    std::filesystem::remove_all(folder);
    write_quadrants(folder + "/data", 400, 100);
    trained = tool({"train", "mlp", "--data", "data", "--hidden", "16", "--epochs", "8", "--batch", "20", "--json",
                    "--out", "model.safetensors"});
    ASSERT_EQ(trained.code, 0) << trained.err;
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder); }

  static Result tool(const std::vector<std::string>& arguments, const RunOptions& options = {}) {
    return tenon(arguments, folder, options);
  }
  static std::string at(const std::string& name) { return folder + "/" + name; }

  static inline std::string folder;
  static inline Result trained;
};

TEST_F(Cli, PrintsItsVersion) {
  Result r = tool({"--version"});
  EXPECT_EQ(r.code, 0);
  EXPECT_THAT(r.out, StartsWith("tenon "));
}

TEST_F(Cli, HelpOfEveryCommandHasAnExample) {
  EXPECT_THAT(tool({"--help"}).out, HasSubstr("Examples:\n  tenon "));
  for (std::string command :
       {"train", "eval", "predict", "summary", "inspect", "data", "operators", "run", "check", "convert", "weights"}) {
    Result r = tool({command, "--help"});
    EXPECT_EQ(r.code, 0);
    EXPECT_THAT(r.out, HasSubstr("Examples:\n  tenon " + command + " "));
  }
}

TEST_F(Cli, OperatorsAreListedAndShown) {
  EXPECT_THAT(tool({"operators"}).out, HasSubstr("\n  softmax "));
  const Result page = tool({"operators", "conv"});
  EXPECT_THAT(page.out, StartsWith("# conv\n"));
  EXPECT_THAT(page.out, HasSubstr("\n5. w has the rank of x\n"));
  const json object = json::parse(tool({"operators", "gather", "--json"}).out);
  EXPECT_EQ(object.at("family"), "index");
  EXPECT_EQ(object.at("attributes")[0], json({{"name", "axis"}, {"kind", "integer"}, {"default", "0"}}));
  EXPECT_EQ(object.at("constraints")[2].at("refusal"), "gather: axis 2 is out of range for f32[2,3]");
  EXPECT_EQ(tool({"operators", "--json"}).lines().size(), all_ops().size());
  const Result unknown = tool({"operators", "sofmax"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("no operator is called 'sofmax'; did you mean"));
}

TEST_F(Cli, PassesAndRunsTakeModels) {
  const Result passes = tool({"opt", "model.safetensors", "--timing", "--batch", "8"});
  EXPECT_EQ(passes.code, 0) << passes.err;
  EXPECT_THAT(passes.out, HasSubstr("// fuse_formulas: "));
  EXPECT_THAT(passes.out, HasSubstr("func @predict(%0: f32[8,36] \"images\""));
  const Result run = tool({"run", "model.safetensors", "--random"});  // weights are the model's own
  EXPECT_THAT(run.out, StartsWith("result 0: f32[1,4]\n")) << run.err;
  EXPECT_THAT(tool({"run", "model.safetensors"}).err, HasSubstr("parameter 0 (\"images\"), f32[1,36], has no value"));
  EXPECT_THAT(tool({"bisect", "model.safetensors", "--kernels"}).out, StartsWith("the same after each of "));
}

TEST_F(Cli, TrainReportsEachEpochAndTheEndAsJson) {
  std::vector<std::string> lines = trained.lines();
  ASSERT_EQ(lines.size(), 9u);
  for (int epoch = 1; epoch <= 8; ++epoch) {
    json line = json::parse(lines[static_cast<std::size_t>(epoch - 1)]);
    EXPECT_EQ(line.at("event"), "epoch");
    EXPECT_EQ(line.at("epoch"), epoch);
  }
  json done = json::parse(lines.back());
  EXPECT_EQ(done.at("event"), "done");
  EXPECT_EQ(done.at("epochs"), 8);
  EXPECT_GT(done.at("val_accuracy"), 0.9);
  EXPECT_GT(done.at("test_accuracy"), 0.9);
  EXPECT_GT(done.at("seconds"), 0);
}

TEST_F(Cli, TrainPrintsTextWithoutJson) {
  Result r = tool(
      {"train", "mlp", "--data", "data", "--hidden", "none", "--epochs", "2", "--quiet", "--out", "text.safetensors"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("epoch 2/2"));
  EXPECT_THAT(r.out, HasSubstr("test: accuracy"));
}

TEST_F(Cli, ResultsDependOnTheSeedAloneAndNotOnThreads) {
  auto weights = [&](const std::string& seed, const std::string& threads) {
    std::string out = "seed" + seed + "-" + threads + ".safetensors";
    Result r = tool({"--seed", seed, "--threads", threads, "train", "mlp", "--data", "data", "--hidden", "8",
                     "--epochs", "1", "--json", "--out", out});
    EXPECT_EQ(r.code, 0) << r.err;
    return read(at(out));
  };
  std::string one = weights("5", "1");
  EXPECT_EQ(one, weights("5", "3"));
  EXPECT_NE(one, weights("6", "1"));
}

TEST_F(Cli, EvalCountsEachSampleOnce) {
  write_quadrants(at("noisy"), 8, 100, [](std::uint32_t k) { return k % 10 == 0; });
  Result r = tool({"eval", "model.safetensors", "--data", "noisy", "--json"});
  ASSERT_EQ(r.code, 0) << r.err;
  json e = json::parse(r.out);
  EXPECT_EQ(e.at("count"), 100);
  EXPECT_EQ(e.at("labels"), json::parse(R"(["north-west","north-east","south-west","south-east"])"));
  int all = 0, right = 0;
  for (int truth = 0; truth < 4; ++truth) {
    for (int guess = 0; guess < 4; ++guess) {
      int count = e.at("confusion")[static_cast<std::size_t>(truth)][static_cast<std::size_t>(guess)];
      all += count;
      if (truth == guess) right += count;
    }
  }
  EXPECT_EQ(all, 100);
  EXPECT_DOUBLE_EQ(e.at("accuracy").get<double>(), right / 100.0);
  EXPECT_NEAR(right, 90, 5);  // ten labels are wrong; the model itself makes few mistakes
}

TEST_F(Cli, EvalPrintsATableAndDrawsMistakes) {
  write_quadrants(at("noisy"), 8, 100, [](std::uint32_t k) { return k % 10 == 0; });
  Result r = tool({"eval", "model.safetensors", "--data", "noisy", "--mispredicted", "mistakes.png"});
  ASSERT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("100 images: accuracy "));
  EXPECT_THAT(r.out, HasSubstr(" 3  south-east"));
  EXPECT_EQ(r.out.find('\x1b'), std::string::npos) << "colours outside of a terminal";
  EXPECT_GT(read_png(at("mistakes.png")).dim(1), 60);
}

TEST_F(Cli, PredictFindsTheLabelOfExportedImages) {
  Result exported = tool({"data", "data", "--export", "4", "--to", "pictures", "--json"});
  ASSERT_EQ(exported.code, 0) << exported.err;
  std::vector<std::string> arguments{"predict", "model.safetensors", "--json"};
  const json report = json::parse(exported.out);
  for (const auto& path : report.at("exported")) arguments.push_back(path);
  ASSERT_EQ(arguments.size(), 7u);
  Result r = tool(arguments);
  ASSERT_EQ(r.code, 0) << r.err;
  ASSERT_EQ(r.lines().size(), 4u);
  for (const std::string& line : r.lines()) {
    json p = json::parse(line);
    EXPECT_THAT(p.at("image").get<std::string>(), HasSubstr(p.at("label").get<std::string>()));
    EXPECT_EQ(p.at("prepared"), json::array());
    double sum = 0, last = 1;
    for (const json& entry : p.at("probabilities")) {
      EXPECT_LE(entry.at("probability"), last);
      last = entry.at("probability");
      sum += last;
    }
    EXPECT_NEAR(sum, 1, 1e-5);  // four roundings of f32
  }
}

TEST_F(Cli, PredictSaysWhatItDidToAPicture) {
  Array picture(DType::U8, {30, 60, 4});  // the right lower quadrant dark on white
  for (i64 k = 0; k < picture.count(); ++k) {
    bool dark = k / 240 >= 15 && k % 240 / 4 >= 30 && k % 4 < 3;
    picture.set(k, Number::of_int(dark ? 20 : 255));
  }
  write_png(at("photo.png"), picture);
  Result r = tool({"predict", "model.safetensors", "photo.png", "--invert"});
  ASSERT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.lines().at(0),
              StartsWith("photo.png: south-east (colour to grey, transparent to white, resized from 60x30 to "
                         "6x6, inverted)"));
}

TEST_F(Cli, CachedCodeNeedsNoCompiler) {
  const std::vector<std::string> command{"eval", "model.safetensors", "--data", "data"};
  const std::string before = tool(command).out;
  setenv("TENON_COMPILER", "/nowhere/compiler.so", 1);
  EXPECT_EQ(tool(command).out, before);
  expect_complaint(tool({"inspect", "model.safetensors", "--stages"}), 1, "compiler library is not there");
  unsetenv("TENON_COMPILER");
}

TEST_F(Cli, SummaryCountsParameters) {
  Result r = tool({"summary", "model.safetensors", "--json"});
  ASSERT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(json::parse(r.out).at("parameters"), 36 * 16 + 16 + 16 * 4 + 4);
  EXPECT_EQ(tool({"summary", "model.safetensors", "--batch", "32"}).code, 0);
}

TEST_F(Cli, InspectPrintsAGraphThatParses) {
  Result r = tool({"inspect", "model.safetensors", "--batch", "3"});
  ASSERT_EQ(r.code, 0) << r.err;
  Function f = parse_function(r.out);
  ASSERT_EQ(f.results.size(), 1u);
  EXPECT_EQ(f.results[0].type(), (Type{DType::F32, {3, 4}}));
  EXPECT_THAT(tool({"inspect", "model.safetensors", "--dot"}).out, StartsWith("digraph"));
  EXPECT_THAT(tool({"inspect", "model.safetensors", "--svg"}).out, StartsWith("<svg"));
  // The stages of the softmax are boxes in the box of their kernel.
  EXPECT_THAT(tool({"inspect", "model.safetensors", "--kernels"}).out, HasSubstr("= kernel("));
  const std::string kernels = tool({"inspect", "model.safetensors", "--kernels", "--svg"}).out;
  EXPECT_THAT(kernels, HasSubstr("class=\"inner\""));
  EXPECT_THAT(kernels, HasSubstr(">max : f32[1,1]<"));
}

TEST_F(Cli, InspectShowsTheStagesOfTheCompiler) {
  Result all = tool({"inspect", "model.safetensors", "--stages"});
  ASSERT_EQ(all.code, 0) << all.err;
  EXPECT_THAT(all.out, StartsWith("==== recorded\nfunc @"));
  Result program = tool({"inspect", "model.safetensors", "--stage", "program"});
  EXPECT_THAT(program.out, StartsWith("arena "));
  expect_complaint(tool({"inspect", "model.safetensors", "--stage", "nothing"}), 1, "'nothing'");
}

TEST_F(Cli, DataDescribesAFolder) {
  Result r = tool({"data", "data", "--json", "--sheet", "sheet.png"});
  ASSERT_EQ(r.code, 0) << r.err;
  json d = json::parse(r.out);
  EXPECT_EQ(d.at("train").at("images"), 400);
  EXPECT_EQ(d.at("test").at("balance"), json::parse("[25,25,25,25]"));
  EXPECT_EQ(d.at("shared"), 0);
  EXPECT_GT(read_png(at("sheet.png")).dim(0), 24);
  EXPECT_THAT(tool({"data", "data"}).out, HasSubstr("south-east"));
}

TEST_F(Cli, ResumedTrainingGivesTheSameBits) {
  auto train = [&](const std::string& out, bool resume, const std::string& interrupt_after) {
    std::vector<std::string> arguments{"train",   "mlp", "--data",    "data", "--hidden", "8",     "--epochs", "100",
                                       "--batch", "4",   "--dropout", "0.1",  "--json",   "--out", out};
    if (resume) arguments.push_back("--resume");
    return tool(arguments, {.interrupt_after = interrupt_after});
  };
  ASSERT_EQ(train("whole.safetensors", false, "").code, 0);
  Result cut = train("cut.safetensors", false, "\"epoch\":2");
  ASSERT_EQ(cut.code, -SIGINT) << "the interruption came too late: " << cut.out;
  EXPECT_EQ(json::parse(cut.lines().back()).at("event"), "interrupted");
  Result rest = train("cut.safetensors", true, "");
  ASSERT_EQ(rest.code, 0) << rest.err;
  EXPECT_EQ(json::parse(rest.lines().back()).at("epochs"), 100);
  auto whole = read_safetensors(at("whole.safetensors")), resumed = read_safetensors(at("cut.safetensors"));
  ASSERT_EQ(whole.tensors.size(), resumed.tensors.size());
  for (const auto& [name, value] : whole.tensors) EXPECT_TRUE(identical(value, resumed.tensors.at(name))) << name;
}

TEST_F(Cli, AFullDiskLeavesThePreviousCheckpoint) {
  std::filesystem::create_directories(at("disk"));
  std::filesystem::copy_file(at("model.safetensors"), at("disk/model.safetensors"));
  std::string before = read(at("disk/model.safetensors"));
  ASSERT_GT(before.size(), 2048u);
  Result r = tool({"train", "mlp", "--data", "data", "--hidden", "16", "--epochs", "1", "--quiet", "--out",
                   "disk/model.safetensors"},
                  {.file_limit = 2048});
  expect_complaint(r, 1, "disk/model.safetensors");
  EXPECT_EQ(read(at("disk/model.safetensors")), before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(at("disk")), {}), 1) << "half-written files remain";
}

TEST_F(Cli, PicturesOnAFullDiskAreAnError) {
  std::filesystem::create_symlink("/dev/full", at("full.png"));
  expect_complaint(tool({"data", "data", "--sheet", "full.png"}), 1, "full.png");
}

TEST_F(Cli, OutputThatCannotBeWrittenIsAnError) {
  Result r = tool({"data", "data"}, {.out = "/dev/full"});
  EXPECT_EQ(r.code, 1);
  EXPECT_EQ(r.err, "tenon: the output could not be written\n");
}

TEST_F(Cli, WrongUseIsRefusedWithOneLine) {
  expect_complaint(tool({}), 2, "--help");
  expect_complaint(tool({"trian"}), 2, "did you mean train");
  expect_complaint(tool({"train", "mlp", "--data", "data", "--out", "m.safetensors", "--epoch", "3"}), 2,
                   "did you mean --epochs");
  expect_complaint(tool({"train", "transformer", "--data", "data", "--out", "m.safetensors"}), 2, "transformer");
  expect_complaint(tool({"train", "mlp", "--data", "data"}), 2, "--out");
  expect_complaint(tool({"train", "mlp", "--data", "data", "--out", "m.safetensors", "--epochs", "0"}), 2, "--epochs");
  expect_complaint(tool({"train", "mlp", "--data", "data", "--out", "m.safetensors", "--epochs", "many"}), 2,
                   "--epochs");
  expect_complaint(tool({"train", "mlp", "--data", "data", "--out", "m.safetensors", "--optimizer", "magic"}), 2,
                   "magic");
  expect_complaint(tool({"train", "mlp", "--data", "data", "--out", "m.safetensors", "--hidden", "8,,2"}), 1,
                   "--hidden");
  expect_complaint(tool({"train", "mlp", "--data", "data", "--out", "m.bin"}), 1, ".safetensors");
  expect_complaint(tool({"train", "mlp", "--data", "data", "--out", "no/such/folder/m.safetensors", "--quiet"}), 1,
                   "no/such/folder");
  expect_complaint(tool({"--threads", "0", "data", "data"}), 2, "--threads");
  expect_complaint(tool({"inspect", "model.safetensors", "--dot", "--svg"}), 2, "--dot");
  expect_complaint(tool({"data", "data", "--export", "3"}), 2, "--to");
}

TEST_F(Cli, TrainingThatDivergesNamesTheLayer) {
  Result r = tool({"train", "mlp", "--data", "data", "--hidden", "16,16,16,16", "--epochs", "3", "--optimizer", "sgd",
                   "--lr", "1e6", "--warmup", "0", "--json", "--out", "nan.safetensors"});
  EXPECT_EQ(r.code, 1);
  EXPECT_THAT(r.err, StartsWith("tenon: training stopped: the cost of step "));
  EXPECT_THAT(r.err, HasSubstr(" of layers."));
}

/// The folder of good data with one file replaced.
struct BadFile {
  const char* name;
  const char* file;
  std::string content;
  const char* part;  ///< of the message
};

class CliBadData : public Cli, public testing::WithParamInterface<BadFile> {};

TEST_P(CliBadData, IsRefusedWithOneLine) {
  const BadFile& bad = GetParam();
  std::filesystem::remove_all(at("bad"));
  std::filesystem::copy(at("data"), at("bad"));
  if (bad.content == "missing")
    std::filesystem::remove(at("bad/") + bad.file);
  else
    write(at("bad/") + bad.file, bad.content);
  expect_complaint(tool({"train", "mlp", "--data", "bad", "--hidden", "4", "--epochs", "1", "--quiet", "--out",
                         "never.safetensors"}),
                   1, bad.part);
  EXPECT_FALSE(std::filesystem::exists(at("never.safetensors")));
  expect_complaint(tool({"data", "bad"}), 1, bad.part);
}

std::string pixels(std::size_t count) { return std::string(count, 'x'); }

INSTANTIATE_TEST_SUITE_P(
    Files, CliBadData,
    testing::Values(
        BadFile{"missing", "train-images-idx3-ubyte", "missing", "train-images-idx3-ubyte"},
        BadFile{"empty", "train-images-idx3-ubyte", "", "empty"},
        BadFile{"truncated", "train-images-idx3-ubyte", idx({400, 6, 6}, pixels(400 * 36 - 1)), "truncated"},
        BadFile{"header_cut", "train-labels-idx1-ubyte", std::string("\0\0\x8\x1\0", 5), "truncated"},
        BadFile{"oversized", "train-images-idx3-ubyte", idx({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, pixels(64)),
                "train-images"},
        BadFile{"too_long", "train-images-idx3-ubyte", idx({400, 6, 6}, pixels(400 * 36 + 1)), "more data"},
        BadFile{"no_idx", "train-labels-idx1-ubyte", "PK\x3\x4 this is something else", "not an IDX file"},
        BadFile{"counts_differ", "train-labels-idx1-ubyte", idx({399}, std::string(399, 1)), "399"},
        BadFile{"wrong_rank", "train-labels-idx1-ubyte", idx({400, 2}, std::string(800, 1)), "train-labels"},
        BadFile{"label_too_high", "train-labels-idx1-ubyte", idx({400}, std::string(400, 9)), "9"},
        BadFile{"test_size_differs", "t10k-images-idx3-ubyte", idx({100, 5, 6}, pixels(3000)), "6"},
        BadFile{"bad_gzip", "train-images-idx3-ubyte", "\x1f\x8b\x08 not really", "train-images"}),
    [](const auto& test) { return test.param.name; });

class CliBadModel : public Cli {
 protected:
  static void refused(const std::string& content, const std::string& part) {
    write(at("bad.safetensors"), content);
    for (std::string command : {"summary", "inspect"}) expect_complaint(tool({command, "bad.safetensors"}), 1, part);
    expect_complaint(tool({"eval", "bad.safetensors", "--data", "data"}), 1, part);
  }
  static std::string with_header(const std::string& header, const std::string& data) {
    std::string bytes;
    for (int k = 0; k < 8; ++k) bytes += static_cast<char>(header.size() >> (8 * k) & 0xFF);
    return bytes + header + data;
  }
};

TEST_F(CliBadModel, DamagedFilesAreRefused) {
  std::string good = read(at("model.safetensors"));
  refused("", "bad.safetensors");
  refused(good.substr(0, 5), "bad.safetensors");
  refused(good.substr(0, good.size() / 2), "bad.safetensors");
  refused(good + "more", "bad.safetensors");
  refused(std::string(8, '\xff') + good.substr(8), "bad.safetensors");
  std::string noise = good;
  noise[20] = '\x01';
  refused(noise, "bad.safetensors");
  expect_complaint(tool({"summary", "nowhere.safetensors"}), 1, "nowhere.safetensors");
  expect_complaint(tool({"summary", "data"}), 1, "data");
}

TEST_F(CliBadModel, HostileHeadersAreRefused) {
  refused(with_header(R"({"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", ""),
          "bad.safetensors");
  refused(with_header(R"({"w":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", "1234"), "F31");
  refused(
      with_header(
          R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
          "123456"),
      "bad.safetensors");
  refused(with_header(R"({"w":{"dtype":"U8","shape":[4],"data_offsets":[0,9223372036854775807]}})", "1234"),
          "bad.safetensors");
  refused(with_header("[[[[", ""), "bad.safetensors");
}

TEST_F(CliBadModel, FilesThatAreNoModelsAreRefused) {
  refused(with_header(R"({"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", "1234"), "bad.safetensors");
  SafeTensors content = read_safetensors(at("model.safetensors"));
  for (const auto& [key, value] : content.metadata) {
    SafeTensors changed = content;
    changed.metadata[key] = "{\"nonsense\":";
    write_safetensors(at("changed.safetensors"), changed);
    Result r = tool({"eval", "changed.safetensors", "--data", "data"});
    if (r.code != 0) expect_complaint(r, 1, "changed.safetensors");
  }
  for (const auto& [name, value] : content.tensors) {
    SafeTensors changed = content;
    changed.tensors[name] = Array::full(Type{DType::F32, {3, 3, 3}}, Number(1.0));
    write_safetensors(at("changed.safetensors"), changed);
    bool of_training = name.starts_with("optimizer.") || name.starts_with("last.");  // evaluation does without
    std::vector<std::string> resume{
        "train", "mlp",     "--data", "data",    "--hidden", "16",    "--epochs",
        "8",     "--batch", "20",     "--quiet", "--resume", "--out", "changed.safetensors"};
    Result r = tool(of_training ? resume : std::vector<std::string>{"eval", "changed.safetensors", "--data", "data"});
    SCOPED_TRACE(name);
    expect_complaint(r, 1, "changed.safetensors");
  }
}

TEST_F(CliBadModel, AnswersThatAreNoNumbersAreRefused) {
  SafeTensors content = read_safetensors(at("model.safetensors"));
  for (auto& [name, value] : content.tensors)
    if (name.ends_with("weight")) value = Array::full(value.type(), Number(std::numeric_limits<double>::quiet_NaN()));
  write_safetensors(at("nan.safetensors"), content);
  expect_complaint(tool({"eval", "nan.safetensors", "--data", "data"}), 1, "nan.safetensors");
  expect_complaint(tool({"--seed", "-5", "data", "data"}), 2, "no seed");
}

TEST_F(CliBadModel, DataOfAnotherSizeIsRefused) {
  std::filesystem::copy(at("data"), at("wide"));
  write(at("wide/t10k-images-idx3-ubyte"), idx({100, 5, 9}, pixels(4500)));
  expect_complaint(tool({"eval", "model.safetensors", "--data", "wide"}), 1, "5");
}

TEST_F(CliBadModel, PicturesThatAreNoneAreRefused) {
  expect_complaint(tool({"predict", "model.safetensors", "nowhere.png"}), 1, "nowhere.png");
  write(at("text.png"), "this is text");
  expect_complaint(tool({"predict", "model.safetensors", "text.png"}), 1, "text.png");
  write(at("half.png"), std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16));
  expect_complaint(tool({"predict", "model.safetensors", "half.png"}), 1, "half.png");
}

}  // namespace
}  // namespace tenon::test
