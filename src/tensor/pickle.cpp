#include "tensor/pickle.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/printable.h"

namespace tenon {
namespace {

using Kind = Pickle::Kind;
using Value = Pickle::Value;

constexpr std::size_t kMaxRank = 64, kMostArguments = 8;
// Tensors' data lie elsewhere, and an opcode of one byte can take a hundred.
constexpr std::size_t kMaxPickle = 100'000'000;

// The opcodes of protocols 2 to 5 (Python's pickletools.py says what each does).
enum Opcode : std::uint8_t {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kPopMark = '1',
  kDup = '2',
  kNone = 'N',
  kTrue = 0x88,
  kFalse = 0x89,
  kInt4 = 'J',
  kInt1 = 'K',
  kInt2 = 'M',
  kLong1 = 0x8a,
  kLong4 = 0x8b,
  kFloat = 'G',
  kString1 = 'U',
  kString4 = 'T',
  kText1 = 0x8c,
  kText4 = 'X',
  kText8 = 0x8d,
  kBytes1 = 'C',
  kBytes4 = 'B',
  kBytes8 = 0x8e,
  kEmptyTuple = ')',
  kTuple = 't',
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kEmptyList = ']',
  kList = 'l',
  kAppend = 'a',
  kAppends = 'e',
  kEmptyDict = '}',
  kDict = 'd',
  kSetItem = 's',
  kSetItems = 'u',
  kPut1 = 'q',
  kPut4 = 'r',
  kMemoize = 0x94,
  kGet1 = 'h',
  kGet4 = 'j',
  kGlobal = 'c',
  kStackGlobal = 0x93,
  kReduce = 'R',
  kBuild = 'b',
  kInstance = 'i',
  kObject = 'o',
  kNewObject = 0x81,
  kNewObjectKeywords = 0x92,
  kExtension1 = 0x82,
  kExtension2 = 0x83,
  kExtension4 = 0x84,
  kPersistent = 'Q',
  kProtocol = 0x80,
  kFrame = 0x95,
};

struct StorageName {
  std::string_view name;
  DType dtype;
};
constexpr StorageName kStorages[] = {{"DoubleStorage", DType::F64}, {"FloatStorage", DType::F32},
                                     {"HalfStorage", DType::F16},   {"BFloat16Storage", DType::BF16},
                                     {"LongStorage", DType::I64},   {"IntStorage", DType::I32},
                                     {"ShortStorage", DType::I16},  {"CharStorage", DType::I8},
                                     {"ByteStorage", DType::U8},    {"BoolStorage", DType::Bool}};

constexpr std::string_view kUntyped = "torch.storage.UntypedStorage", kOrderedDict = "collections.OrderedDict",
                           kTensor = "torch._utils._rebuild_tensor", kTensor2 = "torch._utils._rebuild_tensor_v2",
                           kTensor3 = "torch._utils._rebuild_tensor_v3", kParameter = "torch._utils._rebuild_parameter",
                           kParameterWithState = "torch._utils._rebuild_parameter_with_state", kSize = "torch.Size",
                           kDevice = "torch.device";
constexpr std::string_view kObjects[] = {kUntyped,   kOrderedDict,        kTensor, kTensor2, kTensor3,
                                         kParameter, kParameterWithState, kSize,   kDevice};

struct TypeName {
  std::string_view name;
  DType dtype;
};
constexpr TypeName kTypes[] = {{"torch.float64", DType::F64},
                               {"torch.float32", DType::F32},
                               {"torch.float16", DType::F16},
                               {"torch.bfloat16", DType::BF16},
                               {"torch.int64", DType::I64},
                               {"torch.int32", DType::I32},
                               {"torch.int16", DType::I16},
                               {"torch.int8", DType::I8},
                               {"torch.uint64", DType::U64},
                               {"torch.uint32", DType::U32},
                               {"torch.uint16", DType::U16},
                               {"torch.uint8", DType::U8},
                               {"torch.bool", DType::Bool},
                               {"torch.float8_e4m3fn", DType::F8E4M3FN},
                               {"torch.float8_e4m3fnuz", DType::F8E4M3FNUZ},
                               {"torch.float8_e5m2", DType::F8E5M2},
                               {"torch.float8_e5m2fnuz", DType::F8E5M2FNUZ}};

/// The text of ours that equals a name in a pickle; empty where the name is none that tensors need. Storages lose their
/// module: those of a GPU are the same to us.
std::string_view known_name(std::string_view name) {
  if (const auto* found = std::ranges::find(kObjects, name); found != std::end(kObjects)) return *found;
  if (const auto* found = std::ranges::find(kTypes, name, &TypeName::name); found != std::end(kTypes))
    return found->name;
  for (std::string_view module : {"torch.", "torch.cuda."}) {
    if (!name.starts_with(module)) continue;
    const auto* found = std::ranges::find(kStorages, name.substr(module.size()), &StorageName::name);
    if (found != std::end(kStorages)) return found->name;
  }
  return {};
}

/// The machine that the opcodes are for: a stack, marks in it, and a memo.
class Unpickler {
 public:
  explicit Unpickler(ByteReader& reader) : reader_(reader) {}

  Pickle run() {
    const std::size_t begin = reader_.position();
    require(reader_.little<std::uint8_t>() == kProtocol,
            "'{}' holds no pickle of protocol 2 to 5, as torch.save writes", file());
    const auto protocol = reader_.little<std::uint8_t>();
    require(protocol >= 2 && protocol <= 5, "'{}' is a pickle of protocol {}; protocols 2 to 5 are known", file(),
            protocol);
    for (;;) {
      at_ = reader_.position();
      require(at_ - begin <= kMaxPickle, "'{}' has a pickle of more than {} bytes; that is no state dict", file(),
              kMaxPickle);
      const auto opcode = reader_.little<std::uint8_t>();
      if (opcode == kStop) break;
      const bool known = constant(opcode) || text(opcode) || container(opcode) || memo(opcode) || python(opcode);
      require(known, "the pickle in '{}' is damaged: opcode 0x{:02x} at byte {} is none that files of tensors have",
              file(), opcode, at_);
    }
    if (stack_.size() != 1 || !marks_.empty()) damaged("it ends with other than one value");
    pickle_.top = stack_.back();
    return std::move(pickle_);
  }

 private:
  const std::string& file() const { return reader_.name(); }
  [[noreturn]] void damaged(std::string_view what) const {
    fail("the pickle in '{}' is damaged at byte {}: {}", file(), at_, what);
  }
  [[noreturn]] void refuse(std::string_view wish) const {
    fail(
        "'{}' wants {}; only tensors are read from such files and nothing in them is executed. Where the file is to be "
        "trusted, save the weights alone with PyTorch: torch.save(model.state_dict(), \"weights.pt\")",
        file(), wish);
  }

  // ---- the stack

  void push(Kind kind, i64 number = 0) { stack_.push_back({kind, number}); }
  void push_text(std::string_view text) {
    push(Kind::Text, static_cast<i64>(pickle_.texts.size()));
    pickle_.texts.push_back(text);
  }
  void push_sequence(std::vector<Value> items) {
    push(Kind::Sequence, static_cast<i64>(pickle_.sequences.size()));
    pickle_.sequences.push_back(std::move(items));
  }
  void push_dict(bool ordered) {
    push(Kind::Dict, static_cast<i64>(pickle_.dicts.size()));
    pickle_.dicts.push_back({{}, ordered});
  }
  std::size_t bottom() const { return marks_.empty() ? 0 : marks_.back(); }
  Value& top() {
    if (stack_.size() <= bottom()) damaged("a value is missing");
    return stack_.back();
  }
  Value pop() {
    const Value value = top();
    stack_.pop_back();
    return value;
  }
  std::vector<Value> pop_many(std::size_t count) {
    if (stack_.size() - bottom() < count) damaged("values are missing");
    std::vector<Value> values(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return values;
  }
  /// What lies above the last mark, which goes too.
  std::vector<Value> pop_to_mark() {
    if (marks_.empty()) damaged("a mark is missing");
    std::vector<Value> values = pop_many(stack_.size() - marks_.back());
    marks_.pop_back();
    return values;
  }
  std::string_view text_of(Value value, std::string_view what) const {
    if (value.kind != Kind::Text) damaged(fmt::format("{} is {}, expected a text", what, description(value.kind)));
    return pickle_.texts[value.index()];
  }
  const std::vector<Value>& sequence_of(Value value, std::string_view what) const {
    if (value.kind != Kind::Sequence)
      damaged(fmt::format("{} is {}, expected a sequence", what, description(value.kind)));
    return pickle_.sequences[value.index()];
  }
  i64 natural(Value value, std::string_view what) const {
    if (value.kind != Kind::Int || value.number < 0)
      damaged(fmt::format("{} is {}, expected an integer from 0 on", what,
                          value.kind == Kind::Int ? std::to_string(value.number) : description(value.kind)));
    return value.number;
  }

  // ---- opcodes; each group says whether the opcode is one of its own

  bool constant(std::uint8_t opcode) {
    switch (opcode) {
      case kNone: push(Kind::None); return true;
      case kTrue: push(Kind::Bool, 1); return true;
      case kFalse: push(Kind::Bool, 0); return true;
      case kInt1: push(Kind::Int, reader_.little<std::uint8_t>()); return true;
      case kInt2: push(Kind::Int, reader_.little<std::uint16_t>()); return true;
      case kInt4: push(Kind::Int, static_cast<std::int32_t>(reader_.little<std::uint32_t>())); return true;
      case kLong1: push_integer(reader_.take(reader_.little<std::uint8_t>())); return true;
      case kLong4: push_integer(reader_.take(reader_.little<std::uint32_t>())); return true;
      case kFloat:
        reader_.take(8);
        push(Kind::Other);
        return true;
      default: return false;
    }
  }

  /// Two's complement, lowest byte first.
  void push_integer(std::span<const std::byte> bytes) {
    if (bytes.size() > sizeof(i64)) return push(Kind::Other);
    const bool negative = !bytes.empty() && (bytes.back() & std::byte{0x80}) != std::byte{0};
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t k = bytes.size(); k-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(bytes[k]);
    push(Kind::Int, static_cast<i64>(value));
  }

  bool text(std::uint8_t opcode) {
    switch (opcode) {
      case kText1:
      case kString1: push_text(reader_.take_text(reader_.little<std::uint8_t>())); return true;
      case kText4:
      case kString4: push_text(reader_.take_text(reader_.little<std::uint32_t>())); return true;
      case kText8: push_text(reader_.take_text(reader_.little<std::uint64_t>())); return true;
      case kBytes1:
        reader_.take(reader_.little<std::uint8_t>());
        push(Kind::Other);
        return true;
      case kBytes4:
        reader_.take(reader_.little<std::uint32_t>());
        push(Kind::Other);
        return true;
      case kBytes8:
        reader_.take(reader_.little<std::uint64_t>());
        push(Kind::Other);
        return true;
      default: return false;
    }
  }

  bool container(std::uint8_t opcode) {
    switch (opcode) {
      case kMark: marks_.push_back(stack_.size()); return true;
      case kPop:  // of a mark that is on top, the mark
        if (!marks_.empty() && marks_.back() == stack_.size())
          marks_.pop_back();
        else
          pop();
        return true;
      case kPopMark: pop_to_mark(); return true;
      case kDup: stack_.push_back(Value(top())); return true;
      case kEmptyTuple:
      case kEmptyList: push_sequence({}); return true;
      case kTuple:
      case kList: push_sequence(pop_to_mark()); return true;
      case kTuple1: push_sequence(pop_many(1)); return true;
      case kTuple2: push_sequence(pop_many(2)); return true;
      case kTuple3: push_sequence(pop_many(3)); return true;
      case kAppend: append(pop_many(1)); return true;
      case kAppends: append(pop_to_mark()); return true;
      case kEmptyDict: push_dict(false); return true;
      case kDict: {
        const std::vector<Value> items = pop_to_mark();
        push_dict(false);
        set_items(items);
        return true;
      }
      case kSetItem: set_items(pop_many(2)); return true;
      case kSetItems: set_items(pop_to_mark()); return true;
      default: return false;
    }
  }

  void append(const std::vector<Value>& values) {
    if (top().kind != Kind::Sequence) damaged("values are appended to what is no list");
    auto& list = pickle_.sequences[top().index()];
    list.insert(list.end(), values.begin(), values.end());
  }

  void set_items(const std::vector<Value>& values) {
    if (top().kind != Kind::Dict || values.size() % 2 != 0) damaged("items are set that are no pairs for a dictionary");
    auto& items = pickle_.dicts[top().index()].items;
    for (std::size_t k = 0; k < values.size(); k += 2) items.emplace_back(values[k], values[k + 1]);
  }

  bool memo(std::uint8_t opcode) {
    switch (opcode) {
      case kPut1: memo_[reader_.little<std::uint8_t>()] = top(); return true;
      case kPut4: memo_[reader_.little<std::uint32_t>()] = top(); return true;
      case kMemoize: memo_[memo_.size()] = top(); return true;
      case kGet1: push_memo(reader_.little<std::uint8_t>()); return true;
      case kGet4: push_memo(reader_.little<std::uint32_t>()); return true;
      default: return false;
    }
  }

  void push_memo(std::uint64_t number) {
    const auto found = memo_.find(number);
    if (found == memo_.end()) damaged(fmt::format("nothing was kept under number {}", number));
    stack_.push_back(found->second);
  }

  bool python(std::uint8_t opcode) {
    switch (opcode) {
      case kFrame:
        if (reader_.little<std::uint64_t>() > reader_.remaining()) damaged("a frame is longer than the file");
        return true;
      case kGlobal: {
        const std::string_view module = line();
        push_name(module, line());
        return true;
      }
      case kStackGlobal: {
        const std::vector<Value> parts = pop_many(2);
        push_name(text_of(parts[0], "the name of a module"), text_of(parts[1], "a name"));
        return true;
      }
      case kReduce: {
        const Value arguments = pop(), function = pop();
        call(function, arguments_of(arguments));
        return true;
      }
      case kBuild: set_state(); return true;
      case kPersistent: push_storage(pop()); return true;
      default: return refused(opcode);
    }
  }

  /// The opcodes that make Python call something and that no tensor needs.
  bool refused(std::uint8_t opcode) {
    switch (opcode) {
      case kInstance: {
        const std::string_view module = line();
        refuse(fmt::format("to make a Python object of the class '{}.{}'", printable_name(module),
                           printable_name(line())));
      }
      case kObject: {
        const std::vector<Value> parts = pop_to_mark();
        refuse(fmt::format("to make a Python object of {}", parts.empty() ? "nothing" : called(parts[0])));
      }
      case kNewObject:
      case kNewObjectKeywords: {
        const std::vector<Value> parts = pop_many(opcode == kNewObject ? 2 : 3);
        refuse(fmt::format("to make a Python object of {}", called(parts[0])));
      }
      case kExtension1: refuse(extension(reader_.little<std::uint8_t>()));
      case kExtension2: refuse(extension(reader_.little<std::uint16_t>()));
      case kExtension4: refuse(extension(reader_.little<std::uint32_t>()));
      default: return false;
    }
  }

  static std::string extension(std::uint32_t number) {
    return fmt::format("the Python object that is registered with copyreg as extension {}", number);
  }
  std::string called(Value value) const {
    return value.kind == Kind::Name ? fmt::format("'{}'", pickle_.names[value.index()])
                                    : std::string(description(value.kind));
  }

  std::string_view line() {
    const std::string_view rest = ByteReader(reader_).take_text(reader_.remaining());
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) damaged("a name has no end");
    return reader_.take_text(end + 1).substr(0, end);
  }

  void push_name(std::string_view module, std::string_view name) {
    const std::string full = fmt::format("{}.{}", module, name);
    const std::string_view known = known_name(full);
    if (known.empty() && module.starts_with("torch") && name.ends_with("Storage")) refuse_storage(full);
    if (known.empty()) refuse(fmt::format("the Python object '{}'", printable_name(full)));
    push(Kind::Name, static_cast<i64>(pickle_.names.size()));
    pickle_.names.push_back(known);
  }
  [[noreturn]] void refuse_storage(const std::string& name) const {
    std::string known;
    for (const StorageName& s : kStorages) known += (known.empty() ? "" : ", ") + std::string(s.name);
    fail("'{}' holds tensors in a {}; supported are {}: convert them with PyTorch, such as tensor.float()", file(),
         printable_name(name), known);
  }

  // ---- what may be called

  /// A copy, since the lists may move; a long one could be copied again and again.
  std::vector<Value> arguments_of(Value value) const {
    const std::vector<Value>& arguments = sequence_of(value, "what a call is given");
    if (arguments.size() > kMostArguments) damaged(fmt::format("a call is given {} values", arguments.size()));
    return arguments;
  }

  void call(Value function, const std::vector<Value>& arguments) {
    if (function.kind != Kind::Name) refuse(fmt::format("to call {}", description(function.kind)));
    const std::string_view name = pickle_.names[function.index()];
    if (name == kOrderedDict)
      ordered_dict(arguments);
    else if (name == kTensor || name == kTensor2 || name == kTensor3)
      push_tensor(arguments, name == kTensor ? 4 : name == kTensor2 ? 6 : 7);
    else if (name == kParameter || name == kParameterWithState)
      push_parameter(arguments);
    else if (name == kSize && arguments.size() == 1 && arguments[0].kind == Kind::Sequence)
      stack_.push_back(arguments[0]);
    else if (name == kDevice)
      push(Kind::Other);
    else
      refuse(fmt::format("to call '{}' with {} values", name, arguments.size()));
  }

  /// OrderedDict(), or from a list of pairs, as Python 2 wrote it.
  void ordered_dict(const std::vector<Value>& arguments) {
    std::vector<Value> items;
    if (arguments.size() > 1) damaged("an OrderedDict is made of more than one value");
    if (!arguments.empty()) {
      for (const Value& pair : sequence_of(arguments[0], "the content of an OrderedDict")) {
        const auto& parts = sequence_of(pair, "an item of an OrderedDict");
        if (parts.size() != 2) damaged("an item of an OrderedDict is no pair");
        // One list can be named many times, in less room than its copies take.
        if (++copied_ > reader_.position()) damaged("the content of OrderedDicts is larger than the pickle");
        items.insert(items.end(), parts.begin(), parts.end());
      }
    }
    push_dict(true);
    set_items(items);
  }

  /// storage, offset, size, stride; then what has no meaning here, requires_grad and hooks; in version 3 the element
  /// type; metadata.
  void push_tensor(const std::vector<Value>& arguments, std::size_t least) {
    if (arguments.size() < least || arguments[0].kind != Kind::Storage) damaged("a tensor lacks its storage or shape");
    Pickle::Tensor t;
    t.storage = arguments[0].index();
    t.dtype = least < 7 ? pickle_.storages[t.storage].dtype : element_type(arguments[6]);
    t.offset = natural(arguments[1], "the offset of a tensor");
    const auto &sizes = sequence_of(arguments[2], "the size of a tensor"),
               &strides = sequence_of(arguments[3], "the strides of a tensor");
    if (sizes.size() != strides.size()) damaged("a tensor has other than one stride for each dimension");
    if (sizes.size() > kMaxRank) damaged(fmt::format("a tensor has more than {} dimensions", kMaxRank));
    for (std::size_t k = 0; k < sizes.size(); ++k) {
      t.shape.push_back(natural(sizes[k], "an extent of a tensor"));
      t.strides.push_back(natural(strides[k], "a stride of a tensor"));
    }
    element_count(t.shape);
    push(Kind::Tensor, static_cast<i64>(pickle_.tensors.size()));
    pickle_.tensors.push_back(std::move(t));
  }

  DType element_type(Value value) const {
    const auto* found = value.kind != Kind::Name
                            ? std::end(kTypes)
                            : std::ranges::find(kTypes, pickle_.names[value.index()], &TypeName::name);
    if (found == std::end(kTypes)) damaged("a tensor has no element type");
    // PyTorch gives truth values a typed storage, in which any byte but 0 is true.
    if (found->dtype == DType::Bool) damaged("truth values lie in an untyped storage");
    return found->dtype;
  }

  void push_parameter(const std::vector<Value>& arguments) {
    if (arguments.size() < 3 || arguments[0].kind != Kind::Tensor) damaged("a parameter holds no tensor");
    stack_.push_back(arguments[0]);
  }

  /// Modules hang the versions of their parts onto their state dict, which have no meaning here.
  void set_state() {
    const Value state = pop();
    const Value object = top();
    const bool harmless =
        object.kind == Kind::Dict && pickle_.dicts[object.index()].ordered && state.kind == Kind::Dict;
    if (!harmless)
      refuse(fmt::format("to give a state to {}",
                         object.kind == Kind::Name ? called(object) : std::string(description(object.kind))));
  }

  /// ("storage", type, key, device, elements), and in files before 1.6 a sixth: the storage of which this one is a
  /// part.
  void push_storage(Value id) {
    const auto& parts = sequence_of(id, "what stands for a storage");
    if (parts.size() < 5 || parts.size() > 6) damaged("a storage has other than five or six parts");
    if (const auto what = text_of(parts[0], "the kind of a stored object"); what != "storage")
      refuse(fmt::format("an object of kind '{}' from outside of the pickle", printable_name(what)));
    if (parts.size() == 6 && parts[5].kind != Kind::None)
      fail("'{}' holds a storage that is part of another one; save it again with a newer PyTorch", file());
    if (parts[1].kind != Kind::Name) damaged("a storage has no type");
    const std::string_view type = pickle_.names[parts[1].index()];
    const auto* known = std::ranges::find(kStorages, type, &StorageName::name);
    if (known == std::end(kStorages) && type != kUntyped) damaged(fmt::format("'{}' is no type of a storage", type));
    Pickle::Storage storage{text_of(parts[2], "the key of a storage"), type == kUntyped ? DType::U8 : known->dtype,
                            natural(parts[4], "the size of a storage")};
    push(Kind::Storage, static_cast<i64>(pickle_.storages.size()));
    pickle_.storages.push_back(storage);
  }

  ByteReader& reader_;
  Pickle pickle_;
  std::vector<Value> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, Value> memo_;
  std::size_t copied_ = 0;  // items of lists that became items of dictionaries
  std::size_t at_ = 0;      // of the opcode that is carried out
};

}  // namespace

Pickle read_pickle(ByteReader& reader) { return Unpickler(reader).run(); }

std::string_view description(Pickle::Kind kind) {
  constexpr std::array<std::string_view, 10> kWords = {"None",       "a truth value", "an integer", "a text",
                                                       "a sequence", "a dictionary",  "a name",     "a storage",
                                                       "a tensor",   "a plain value"};
  return kWords[static_cast<std::size_t>(kind)];
}

}  // namespace tenon
