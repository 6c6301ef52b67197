#include "tensor/pytorch.h"

#include <gmock/gmock.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/test_folder.h"
#include "base/zip.h"
#include "tensor/npy.h"
#include "tensor/pickle.h"

namespace tenon {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string torch_file(const std::string& name) {
  return std::string(TENON_SOURCE_DIR "/src/tensor/testdata/torch_") + name;
}

std::string with_length(const std::string& text) {
  std::string out = "X";
  append_little(out, static_cast<std::uint32_t>(text.size()));
  return out + text;
}
std::string integer(std::uint32_t value) {
  std::string out = "J";
  append_little(out, value);
  return out;
}

/// What a pickle has for the storage of `count` elements under key "0".
std::string storage(std::uint32_t count, const std::string& type = "FloatStorage") {
  return "(" + with_length("storage") + "ctorch\n" + type + "\n" + with_length("0") + with_length("cpu") +
         integer(count) + "tQ";
}
std::string tuple(const std::vector<std::uint32_t>& values) {
  std::string out = "(";
  for (std::uint32_t v : values) out += integer(v);
  return out + "t";
}
std::string tensor(const std::string& storage, std::uint32_t offset, const std::vector<std::uint32_t>& size,
                   const std::vector<std::uint32_t>& strides) {
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + integer(offset) + tuple(size) + tuple(strides) +
         "\x89"
         "ccollections\nOrderedDict\n)RtR";
}
const std::string kProtocol2("\x80\x02", 2);
std::string dict(const std::string& key, const std::string& value) {
  return kProtocol2 + "}" + with_length(key) + value + "s.";
}

/// Reads an archive that has these entries.
std::map<std::string, Array> read_archive(const std::vector<std::pair<std::string, std::string>>& entries) {
  TestFolder folder;
  write_file_atomically(folder / "x.pt", [&](OutputFile& file) {
    ZipWriter zip(file);
    for (const auto& [name, content] : entries) zip.add(name, {bytes_of_text(content)});
    zip.finish();
  });
  return parse_pytorch(bytes_of_text(read_file(folder / "x.pt")), "x.pt");
}
std::map<std::string, Array> read_object(const std::string& pickle, std::size_t storage_bytes = 16) {
  return read_archive({{"x/data.pkl", pickle}, {"x/data/0", std::string(storage_bytes, '\0')}});
}
std::string refusal(const std::string& pickle, std::size_t storage_bytes = 16) {
  return error_of([&] { read_object(pickle, storage_bytes); });
}

void expect_same(const std::string& name) {
  const auto found = read_pytorch(torch_file(name + ".pt")), expected = read_npz(torch_file(name + ".npz"));
  ASSERT_EQ(found.size(), expected.size()) << name;
  for (const auto& [key, array] : expected) {
    ASSERT_TRUE(found.contains(key)) << name << ": " << key;
    EXPECT_TRUE(identical(found.at(key), array)) << name << ": " << key << " " << to_string(found.at(key));
  }
}

TEST(PyTorch, ReadsEveryElementTypeInBothForms) {
  for (const char* name : {"types", "types_legacy", "protocol4"}) expect_same(name);
  EXPECT_EQ(read_pytorch(torch_file("types.pt")).at("bfloat16").dtype(), DType::BF16);
  EXPECT_EQ(read_pytorch(torch_file("types.pt")).at("bool").dtype(), DType::Bool);
}

TEST(PyTorch, ReadsViewsAndSharesTheirStorage) {
  for (const char* name : {"views", "views_legacy"}) {
    expect_same(name);
    const auto arrays = read_pytorch(torch_file(std::string(name) + ".pt"));
    EXPECT_EQ(arrays.at("whole").storage(), arrays.at("part").storage());
    EXPECT_EQ(arrays.at("part").strides(), (Ints{6, 2}));
    EXPECT_EQ(arrays.at("part").offset(), 7);
    EXPECT_NE(arrays.at("whole").storage(), arrays.at("scalar").storage());
  }
  expect_same("one_tensor");
}

TEST(PyTorch, ReadsCheckpoints) {
  expect_same("checkpoint");
  const auto arrays = read_pytorch(torch_file("checkpoint.pt"));
  EXPECT_TRUE(arrays.contains("model.1.running_mean"));
  EXPECT_TRUE(arrays.contains("optimizer.state.0.exp_avg"));
  EXPECT_TRUE(arrays.contains("history.1"));
}

TEST(PyTorch, RefusesWhatIsNoSetOfTensors) {
  EXPECT_THAT(
      error_of([] { read_pytorch(torch_file("refused_complex.pt")); }),
      AllOf(HasSubstr("holds tensors in a torch.ComplexFloatStorage; supported are DoubleStorage, FloatStorage"),
            HasSubstr("BoolStorage")));
  EXPECT_THAT(error_of([] { read_pytorch(torch_file("refused_model.pt")); }),
              AllOf(HasSubstr("wants the Python object 'torch.nn.modules.container.Sequential'; only tensors are read"),
                    HasSubstr("torch.save(model.state_dict()")));
  EXPECT_THAT(error_of([] { read_pytorch(torch_file("refused_script.pt")); }), HasSubstr("is TorchScript, a program"));
  EXPECT_THAT(error_of([] { read_pytorch(torch_file("types.npz")); }), HasSubstr("a ZIP archive without data.pkl"));
  EXPECT_THAT(error_of([] { read_pytorch(torch_file("refused_compressed.pt")); }),
              HasSubstr("is compressed, which torch.save never does"));
  EXPECT_THAT(error_of([] { parse_pytorch(bytes_of_text("hello"), "x"); }), HasSubstr("no file that torch.save wrote"));
  EXPECT_THAT(refusal(kProtocol2 + "K\x05."), HasSubstr("holds an integer; expected a state dict"));
}

TEST(PyTorch, ExecutesNothing) {
  TestFolder folder;
  const std::string shell = with_length("touch " + (folder / "executed"));
  const std::string wish = "; only tensors are read from such files and nothing in them is executed";
  EXPECT_THAT(refusal(kProtocol2 + "cposix\nsystem\n" + shell + "\x85R."),
              HasSubstr("'x.pt' wants the Python object 'posix.system'" + wish));
  EXPECT_THAT(refusal(kProtocol2 + "cbuiltins\neval\n" + with_length("1") + "\x85R."), HasSubstr("'builtins.eval'"));
  EXPECT_THAT(refusal(kProtocol2 + with_length("os") + with_length("system") + "\x93" + shell + "\x85R."),
              HasSubstr("wants the Python object 'os.system'" + wish));
  EXPECT_THAT(refusal(kProtocol2 + "(" + shell + "ios\nsystem\n."),
              HasSubstr("object of the class 'os.system'" + wish));
  EXPECT_THAT(refusal(kProtocol2 + "(ccollections\nOrderedDict\n" + shell + "o."),
              HasSubstr("to make a Python object of 'collections.OrderedDict'" + wish));
  EXPECT_THAT(refusal(kProtocol2 + "ctorch\nSize\n)\x81."), HasSubstr("to make a Python object of 'torch.Size'"));
  EXPECT_THAT(refusal(kProtocol2 + "\x82\x07."), HasSubstr("registered with copyreg as extension 7"));
  EXPECT_THAT(refusal(kProtocol2 + "]}b."), HasSubstr("to give a state to a sequence"));
  EXPECT_THAT(refusal(kProtocol2 + "ctorch\nfloat32\n)R."), HasSubstr("to call 'torch.float32' with 0 values"));
  EXPECT_THAT(refusal(kProtocol2 + shell + ")R."), HasSubstr("to call a text"));
  EXPECT_THAT(refusal(kProtocol2 + "(" + with_length("module") + "K\x01K\x01K\x01K\x01tQ."),
              HasSubstr("an object of kind 'module' from outside of the pickle"));
  // Names with dots reach inside of modules in protocol 4.
  EXPECT_THAT(refusal("\x80\x04" + with_length("torch._utils") + with_length("os.system") + "\x93."),
              HasSubstr("'torch._utils.os.system'"));
  EXPECT_EQ(folder.file_count(), 0u);
}

TEST(PyTorch, TensorsStayInsideOfTheirStorage) {
  const auto at = [](std::uint32_t offset, const std::vector<std::uint32_t>& size,
                     const std::vector<std::uint32_t>& strides) {
    return refusal(dict("w", tensor(storage(4), offset, size, strides)));
  };
  EXPECT_EQ(at(0, {2, 2}, {2, 1}), "");
  EXPECT_EQ(at(3, {1, 1}, {1000, 0x7fffffff}), "");  // strides that are never taken
  EXPECT_EQ(at(1000, {0, 5}, {5, 1}), "");           // no elements
  EXPECT_THAT(
      at(1, {2, 2}, {2, 1}),
      HasSubstr("tensor 'w' of 'x.pt' is f32[2,2] with strides [2,1] from element 1 on; that reaches outside of "
                "its storage of 4 elements"));
  EXPECT_THAT(at(4, {}, {}), HasSubstr("reaches outside"));
  EXPECT_THAT(at(0, {2, 2}, {4, 1}), HasSubstr("reaches outside"));
  EXPECT_THAT(at(0, {2}, {0x80000000}), HasSubstr("a stride of a tensor is -2147483648"));
  EXPECT_THAT(at(0xffffffff, {2}, {1}), HasSubstr("the offset of a tensor is -1"));
  EXPECT_THAT(at(0, {0xffffffff}, {1}), HasSubstr("an extent of a tensor is -1"));
  EXPECT_THAT(at(0, {2}, {1, 1}), HasSubstr("other than one stride for each dimension"));
  EXPECT_THAT(at(0, {0x10000, 0x10000}, {0, 0}), HasSubstr("4294967296 elements, more than the file has bytes"));
  EXPECT_NE(at(0, {0x10000, 0x10000, 0x10000, 0x10000}, {0, 0, 0, 0}), "");
  EXPECT_THAT(at(0, std::vector<std::uint32_t>(65, 1), std::vector<std::uint32_t>(65, 1)),
              HasSubstr("more than 64 dimensions"));
  EXPECT_THAT(refusal(dict("w", tensor(storage(5), 0, {2}, {1}))),
              HasSubstr("storage '0' of 'x.pt' has 16 bytes, but its 5 elements of f32 take 20"));
  EXPECT_THAT(error_of([] { read_archive({{"x/data.pkl", dict("w", tensor(storage(4), 0, {2}, {1}))}}); }),
              HasSubstr("no entry for storage '0'"));
  const std::string bytes =
      kProtocol2 + "(" + tensor(storage(4), 0, {2}, {1}) + tensor(storage(2, "DoubleStorage"), 0, {2}, {1}) + "t.";
  EXPECT_THAT(refusal(bytes), HasSubstr("describes storage '0' in two ways: 4 elements of f32 and 2 of f64"));
}

// Since PyTorch 2.3; the opcodes are written out here, as tools/golden has an older one.
TEST(PyTorch, ReadsElementTypesWithoutStoragesOfTheirOwn) {
  const auto typed = [](const std::string& type, std::uint32_t count) {
    std::string bytes = storage(16);
    bytes.replace(bytes.find("torch\nFloatStorage"), 18, "torch.storage\nUntypedStorage");
    return dict("w", "ctorch._utils\n_rebuild_tensor_v3\n(" + bytes + integer(1) + tuple({count}) + tuple({1}) +
                         "\x89"
                         "ccollections\nOrderedDict\n)Rctorch\n" +
                         type + "\ntR");
  };
  for (const auto& [name, dtype] : {std::pair{"uint16", DType::U16},
                                    {"uint32", DType::U32},
                                    {"uint64", DType::U64},
                                    {"float8_e4m3fn", DType::F8E4M3FN},
                                    {"float8_e5m2fnuz", DType::F8E5M2FNUZ}}) {
    const auto count = static_cast<std::uint32_t>(16 / (bits_of(dtype) / 8) - 1);  // from element 1 on
    EXPECT_EQ(read_object(typed(name, count)).at("w").type(), Type(dtype, {count}));
    EXPECT_THAT(refusal(typed(name, count + 1)), HasSubstr("reaches outside of its storage"));
  }
  EXPECT_THAT(refusal(typed("bits8", 1)), HasSubstr("wants the Python object 'torch.bits8'"));
}

TEST(PyTorch, TruthValuesAreNoughtOrOne) {
  const auto arrays = read_archive({{"x/data.pkl", dict("b", tensor(storage(2, "BoolStorage"), 0, {2}, {1}))},
                                    {"x/data/0", std::string("\x00\xff", 2)}});
  EXPECT_EQ(arrays.at("b").at(1), Number::of_int(1));
  EXPECT_TRUE(identical(arrays.at("b"), Array::from<bool>({false, true}, {2})));
}

TEST(PyTorch, ByteOrderIsLittle) {
  const std::string pickle = dict("w", tensor(storage(4), 0, {4}, {1}));
  const auto with = [&](const std::string& order) {
    return error_of(
        [&] { read_archive({{"x/data.pkl", pickle}, {"x/byteorder", order}, {"x/data/0", std::string(16, '\0')}}); });
  };
  EXPECT_EQ(with("little"), "");
  EXPECT_THAT(with("big"), HasSubstr("byte order 'big'; only little-endian files are read"));
  std::string legacy = read_file(torch_file("types_legacy.pt"));
  const std::size_t flag = legacy.find("little_endian") + std::string("little_endian").size();
  const std::size_t value = legacy.find('\x88', flag);
  legacy[value] = '\x89';
  EXPECT_THAT(error_of([&] { parse_pytorch(bytes_of_text(legacy), "x.pt"); }), HasSubstr("is big-endian"));
}

TEST(PyTorch, DictionariesThatContainThemselvesEnd) {
  // d = {}; d["a"] = d
  EXPECT_THAT(refusal(kProtocol2 + "}q\x01" + with_length("a") + "h\x01s."), HasSubstr("or one contains itself"));
  // Each of 60 dictionaries holds the next one twice: 2^60 ways to the tensor.
  std::string nest = kProtocol2 + "}" + with_length("w") + tensor(storage(4), 0, {4}, {1}) + "s";
  for (int k = 0; k < 60; ++k)
    nest += std::string("q") + static_cast<char>(k) + "0}(" + with_length("a") + "h" + static_cast<char>(k) +
            with_length("b") + "h" + static_cast<char>(k) + "u";
  EXPECT_THAT(refusal(nest + "."), HasSubstr("in more ways than a file of its size can need"));
  EXPECT_THAT(refusal(kProtocol2 + "}(" + with_length("a.b") + tensor(storage(4), 0, {4}, {1}) + with_length("a") +
                      "}" + with_length("b") + tensor(storage(4), 0, {4}, {1}) + "su."),
              HasSubstr("two tensors of the name 'a.b'"));
}

TEST(PyTorch, DamagedPicklesAreErrors) {
  for (const std::string& pickle :
       {std::string("\x80\x01.", 3), std::string("."), kProtocol2, kProtocol2 + ".", kProtocol2 + "t.",
        kProtocol2 + "R.", kProtocol2 + "h\x05.", kProtocol2 + "NN.", kProtocol2 + "(N.",
        kProtocol2 + "X\xff\xff\xff\xffz.", kProtocol2 + "cos\nsystem", kProtocol2 + "}Ns.", kProtocol2 + "Ne.",
        kProtocol2 + "]NNs.", kProtocol2 + "(Na.", kProtocol2 + "NQ.", kProtocol2 + "ctorch\nFloatStorage\n.",
        kProtocol2 + "S'text'\n.", std::string("\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7fN.", 12)}) {
    EXPECT_NE(refusal(pickle), "") << testing::PrintToString(pickle);
  }
}

TEST(Pickle, IsNoLongerThanAStateDictNeeds) {
  const std::string bytes =
      kProtocol2 + "B" + std::string("\x80\xd1\xf0\x08", 4) + std::string(150'000'000, 'x') + "N.";
  ByteReader reader(bytes_of_text(bytes), "x");
  EXPECT_THAT(error_of([&] { read_pickle(reader); }), HasSubstr("a pickle of more than 100000000 bytes"));
}

TEST(PyTorch, EveryTruncationIsAnError) {
  for (const char* name : {"types_legacy.pt", "views.pt"}) {
    const std::string whole = read_file(torch_file(name));
    for (std::size_t size = 0; size < whole.size(); size += 7) {
      EXPECT_NE(error_of([&] { parse_pytorch(bytes_of_text(whole.substr(0, size)), "x.pt"); }), "") << name << size;
    }
  }
}

TEST(Pickle, LeavesTheReaderBehindIt) {
  const std::string bytes = kProtocol2 + std::string(
                                             "](K\x01M\x00\x01J\xfe\xff\xff\xff\x8a\x02\x00\x80"
                                             "e.rest",
                                             22);
  ByteReader reader(bytes_of_text(bytes), "x");
  const Pickle p = read_pickle(reader);
  ASSERT_EQ(p.top.kind, Pickle::Kind::Sequence);
  std::vector<i64> numbers;
  for (const auto& v : p.sequences[p.top.index()]) numbers.push_back(v.number);
  EXPECT_EQ(numbers, (std::vector<i64>{1, 256, -2, -32768}));
  EXPECT_EQ(reader.take_text(reader.remaining()), "rest");
}

}  // namespace
}  // namespace tenon
