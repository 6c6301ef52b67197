#include "train/checkpoint.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "nn/init.h"
#include "nn/sequential.h"
#include "tensor/safetensors.h"
#include "train/test_data.h"

namespace tenon::train {
namespace {

ModelFile example() {
  const nn::InitScope scope(4);
  return {.module = std::make_shared<nn::Sequential>(nn::mlp(6, {4}, 2, 0.25)),
          .input_shape = {2, 3},
          .statistics = {0.25, 1.0 / 3},
          .labels = {"a", "b \"quoted\""},
          .training = {{"optimizer.learning_rate", Array::scalar(Number(0.5), DType::F32)}},
          .training_state = {{"epoch", 3}}};
}

TEST(Checkpoint, GivesBackWhatWasSaved) {
  const TestFolder folder;
  const ModelFile saved = example();
  save_model(folder / "m", saved);
  const ModelFile loaded = load_model(folder / "m");
  EXPECT_EQ(loaded.module->definition(), saved.module->definition());
  EXPECT_EQ(loaded.input_shape, saved.input_shape);
  EXPECT_EQ(loaded.statistics, saved.statistics);
  EXPECT_EQ(loaded.labels, saved.labels);
  EXPECT_EQ(loaded.training_state, saved.training_state);
  ASSERT_EQ(loaded.training.size(), 1u);
  EXPECT_TRUE(identical(loaded.training.at("optimizer.learning_rate"), saved.training.at("optimizer.learning_rate")));
  const auto before = saved.module->state(), after = loaded.module->state();
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t k = 0; k < before.size(); ++k) {
    EXPECT_EQ(before[k].name(), after[k].name());
    EXPECT_TRUE(identical(before[k].value().data(), after[k].value().data())) << before[k].name();
  }
  save_model(folder / "again", loaded);
  EXPECT_EQ(read_file(folder / "m"), read_file(folder / "again"));
}

TEST(Checkpoint, ForUseOnly) {
  const TestFolder folder;
  ModelFile file = example();
  file.training.clear();
  file.training_state = nullptr;
  save_model(folder / "m", file);
  EXPECT_TRUE(load_model(folder / "m").training_state.is_null());
}

/// The message for an example file that was changed.
template <class Change>
std::string error(Change&& change) {
  const TestFolder folder;
  const std::string path = folder / "m";
  save_model(path, example());
  SafeTensors content = read_safetensors(path);
  change(content);
  write_safetensors(path, content);
  std::string message = error_of([&] { load_model(path); });
  EXPECT_TRUE(message.starts_with(path + ": ")) << message;
  return message.substr(std::min(message.size(), path.size() + 2));
}

TEST(Checkpoint, NamesWhatIsWrong) {
  EXPECT_EQ(error([](auto& c) { c.metadata.clear(); }),
            "is no model of this library (its metadata has no \"format\": \"tenon-model\")");
  EXPECT_EQ(error([](auto& c) { c.metadata["format_version"] = "7"; }),
            "the format has version 7; this program reads version 1: use a matching program");
  EXPECT_EQ(error([](auto& c) { c.metadata.erase("labels"); }), "the metadata field \"labels\" is missing");
  EXPECT_EQ(error([](auto& c) { c.metadata["labels"] = "[\"a\""; }), "the metadata field \"labels\" is no JSON");
  EXPECT_EQ(error([](auto& c) { c.tensors.erase("layers.0.weight"); }),
            "the tensor layers.0.weight of the model is missing");
  EXPECT_EQ(error([](auto& c) { c.tensors["layers.0.weight"] = Array(DType::F32, {4, 5}); }),
            "the tensor layers.0.weight is f32[4,5], the model's definition says f32[4,6]");
  EXPECT_EQ(error([](auto& c) { c.tensors["layers.0.bias"] = c.tensors["layers.0.bias"].cast(DType::F64); }),
            "the tensor layers.0.bias is f64[4], the model's definition says f32[4]");
  EXPECT_EQ(error([](auto& c) { c.tensors["extra"] = Array(DType::F32, {1}); }),
            "the tensor extra belongs to nothing in the model");
  EXPECT_EQ(error([](auto& c) { c.metadata.erase("training"); }),
            "the tensor optimizer.learning_rate belongs to nothing in the model");
  EXPECT_EQ(error([](auto& c) { c.metadata["labels"] = R"(["a","b","c"])"; }),
            "the model gives f32[1,2] for an image, expected f32[1,3] for its 3 labels");
  EXPECT_TRUE(error([](auto& c) {
                c.metadata["model"] = R"({"type":"sequential","layers":[{"type":"magic"}]})";
              }).starts_with("model definition (sequential), layers.0 (magic): the type \"magic\" is unknown"));
}

TEST(Checkpoint, RefusesHostileMetadata) {
  for (const char* input :
       {"7", "{}", R"({"shape":[],"mean":0,"std":1})", R"({"shape":[0,3],"mean":0,"std":1})",
        R"({"shape":[2.5,3],"mean":0,"std":1})",
        R"({"shape":[9223372036854775807,9223372036854775807],"mean":0,"std":1})",
        R"({"shape":[268435456,268435456],"mean":0,"std":1})", R"({"shape":[18446744073709551615],"mean":0,"std":1})",
        R"({"shape":[1,1,1,2,3],"mean":0,"std":1})", R"({"shape":[2,3],"mean":"x","std":1})",
        R"({"shape":[2,3],"mean":0})", R"({"shape":[2,3],"mean":0,"std":-1})",
        R"({"shape":[2,3],"mean":1e999,"std":1})", R"({"shape":[2,4],"mean":0,"std":1})"})
    EXPECT_NE(error([&](auto& c) { c.metadata["input"] = input; }), "") << input;
  for (const char* labels : {"{}", "[]", "[1,2]", "null"})
    EXPECT_NE(error([&](auto& c) { c.metadata["labels"] = labels; }), "") << labels;
  for (const char* training : {"[]", "3", "nul"})
    EXPECT_NE(error([&](auto& c) { c.metadata["training"] = training; }), "") << training;
  for (const char* model :
       {"[]", "null", R"({"type":"linear","in":2147483648,"out":2147483648,"bias":true})",
        R"({"type":"sequential","layers":[{"type":"linear","in":2000000000,"out":2000000000,"bias":false}]})"})
    EXPECT_NE(error([&](auto& c) { c.metadata["model"] = model; }), "") << model;
  EXPECT_NE(error([&](auto& c) { c.metadata["model"] = std::string(100'000, '['); }), "");
}

TEST(Checkpoint, RefusesATruncatedFile) {
  const TestFolder folder;
  save_model(folder / "m", example());
  const std::string whole = read_file(folder / "m");
  for (std::size_t size = 0; size < whole.size(); size += 1 + size / 7) {
    write_file_atomically(folder / "cut", whole.substr(0, size));
    EXPECT_NE(error_of([&] { load_model(folder / "cut"); }), "") << size;
  }
  EXPECT_NE(error_of([&] { load_model(folder / "missing"); }), "");
}

TEST(Checkpoint, IsIntactWhereTheNextOneCannotBeWritten) {
  const TestFolder folder;
  save_model(folder / "m", example());
  const std::string before = read_file(folder / "m");
  ModelFile larger = example();
  larger.training["optimizer.more"] = Array::full({DType::F32, {10'000}}, Number(1.0));

  // A full disk, as far as a process can make one for itself: no file may grow beyond 8 KiB.
  rlimit unlimited;
  getrlimit(RLIMIT_FSIZE, &unlimited);
  const rlimit limited{8192, unlimited.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limited);
  const std::string message = error_of([&] { save_model(folder / "m", larger); });
  setrlimit(RLIMIT_FSIZE, &unlimited);
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(message, "");
  EXPECT_EQ(read_file(folder / "m"), before);
  EXPECT_EQ(folder.file_count(), 1u) << "no temporary file is left";
  EXPECT_NE(error_of([] { save_model("/dev/full", example()); }), "");
}

}  // namespace
}  // namespace tenon::train
