#include "compile/cache.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/file.h"
#include "base/function_ref.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mapped_file.h"
#include "runtime/check.h"
#include "runtime/control.h"

namespace tenon {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using runtime::Buffer;

constexpr std::string_view kMagic = "tenon program 6\n";
constexpr std::uintmax_t kMostBytes = std::uintmax_t(512) << 20, kMostInEntry = kMostBytes / 2;
constexpr std::size_t kAlignment = 64;

json to_json(const Type& t) {
  return {std::string(name_of(t.dtype)), std::vector<i64>(t.shape.begin(), t.shape.end())};
}
json to_json(const Buffer& b) { return {static_cast<int>(b.where), b.index, b.offset}; }

Type type_from(const json& j) {
  auto dims = j.at(1).get<std::vector<i64>>();
  Type t{dtype_from_name(j.at(0).get<std::string>()), Shape(dims.begin(), dims.end())};
  element_count(t.shape);
  return t;
}
Buffer buffer_from(const json& j) {
  int where = j.at(0).get<int>();
  require(where >= 0 && where <= 3, "unknown kind of buffer {}", where);
  return {static_cast<Buffer::Where>(where), j.at(1).get<std::int32_t>(), j.at(2).get<i64>()};
}

json to_json(const runtime::Parameter& p) {
  json value = std::visit(
      [](const auto& v) -> json {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, DType>)
          return std::string(name_of(v));
        else if constexpr (std::is_same_v<T, Ints>)
          return std::vector<i64>(v.begin(), v.end());
        else
          return v;
      },
      p);
  return {p.index(), value};
}

runtime::Parameter parameter_from(const json& j) {
  const json& v = j.at(1);
  auto ints = [&] {
    auto list = v.get<std::vector<i64>>();
    return Ints(list.begin(), list.end());
  };
  switch (j.at(0).get<int>()) {
    case 0: return v.get<bool>();
    case 1: return v.get<i64>();
    case 2: return v.get<double>();
    case 3: return v.get<std::string>();
    case 4: return dtype_from_name(v.get<std::string>());
    case 5: return ints();
    case 6: return v.get<std::vector<double>>();
    default: fail("unknown kind of parameter {}", j.at(0).get<int>());
  }
}

json to_json(const std::optional<runtime::SpecialCall>& call) {
  if (!call) return {};
  json parameters = json::object(), in = json::array(), out = json::array();
  for (const auto& [name, value] : call->parameters) parameters[name] = to_json(value);
  for (const Type& t : call->in) in.push_back(to_json(t));
  for (const Type& t : call->out) out.push_back(to_json(t));
  return {{"kernel", call->kernel}, {"parameters", parameters}, {"in", in}, {"out", out}};
}

std::optional<runtime::SpecialCall> special_from(const json& j) {
  if (j.is_null()) return {};
  runtime::SpecialCall call{.kernel = j.at("kernel").get<std::string>()};
  for (const auto& [name, value] : j.at("parameters").items()) call.parameters[name] = parameter_from(value);
  for (const json& t : j.at("in")) call.in.push_back(type_from(t));
  for (const json& t : j.at("out")) call.out.push_back(type_from(t));
  return call;
}

json to_json(const runtime::Region& r);

json to_json(const std::shared_ptr<const runtime::ControlCall>& call) {
  if (!call) return {};
  if (const auto* i = std::get_if<runtime::IfCall>(&call->flow))
    return {{"if", to_json(i->then_branch)}, {"else", to_json(i->else_branch)}};
  if (const auto* w = std::get_if<runtime::WhileCall>(&call->flow))
    return {{"while", to_json(w->condition)}, {"body", to_json(w->body)}, {"bound", w->bound}, {"cap", w->cap}};
  const auto& s = std::get<runtime::ScanCall>(call->flow);
  return {{"scan", to_json(s.body)},
          {"carried", s.carried},
          {"sequences", s.sequences},
          {"steps", s.steps},
          {"reverse", s.reverse}};
}

json to_json(const runtime::Region& r) {
  json j{{"arena", r.arena_bytes}, {"inputs", json::array()}, {"outputs", json::array()}, {"calls", json::array()}};
  for (const Type& t : r.inputs) j["inputs"].push_back(to_json(t));
  for (const auto& o : r.outputs)
    j["outputs"].push_back({to_json(o.type), o.alias ? to_json(*o.alias) : json(), o.takes ? json(*o.takes) : json()});
  for (const auto& c : r.calls) {
    json buffers = json::array();
    for (const Buffer& b : c.buffers) buffers.push_back(to_json(b));
    j["calls"].push_back({c.symbol, buffers, c.extent, c.grain, c.label, c.schedule, c.flops, c.bytes,
                          to_json(c.special), to_json(c.control), c.results, c.scratch});
  }
  return j;
}

runtime::Region region_from(const json& j);

std::shared_ptr<const runtime::ControlCall> control_from(const json& j) {
  if (j.is_null()) return {};
  auto call = std::make_shared<runtime::ControlCall>();
  if (j.contains("if"))
    call->flow = runtime::IfCall{region_from(j.at("if")), region_from(j.at("else"))};
  else if (j.contains("while"))
    call->flow = runtime::WhileCall{region_from(j.at("while")), region_from(j.at("body")), j.at("bound"), j.at("cap")};
  else
    call->flow = runtime::ScanCall{region_from(j.at("scan")), j.at("carried"), j.at("sequences"), j.at("steps"),
                                   j.at("reverse")};
  return call;
}

runtime::Region region_from(const json& j) {
  runtime::Region r;
  r.arena_bytes = j.at("arena").get<i64>();
  for (const json& t : j.at("inputs")) r.inputs.push_back(type_from(t));
  for (const json& o : j.at("outputs")) {
    runtime::OutputPlan& plan = r.outputs.emplace_back(runtime::OutputPlan{type_from(o.at(0)), {}});
    if (!o.at(1).is_null()) plan.alias = buffer_from(o.at(1));
    if (!o.at(2).is_null()) plan.takes = o.at(2).get<std::int32_t>();
  }
  for (const json& c : j.at("calls")) {
    runtime::KernelCall call{.symbol = c.at(0),
                             .extent = c.at(2),
                             .grain = c.at(3),
                             .label = c.at(4),
                             .schedule = c.at(5),
                             .flops = c.at(6),
                             .bytes = c.at(7),
                             .special = special_from(c.at(8)),
                             .control = control_from(c.at(9)),
                             .results = c.at(10),
                             .scratch = c.at(11)};
    for (const json& b : c.at(1)) call.buffers.push_back(buffer_from(b));
    r.calls.push_back(std::move(call));
  }
  return r;
}

std::string_view bytes_of(const Array& contiguous) {
  return {static_cast<const char*>(contiguous.raw()), static_cast<std::size_t>(contiguous.bytes())};
}
std::string_view bytes_of(const std::vector<std::byte>& object) {
  return {reinterpret_cast<const char*>(object.data()), object.size()};
}

bool is_same_memory(const Array& a, const Array& b) {
  return a.is_dense() && b.is_dense() && a.storage() == b.storage() && a.offset() == b.offset() &&
         a.type() == b.type() && a.strides() == b.strides();
}

/// A file: magic, sum of the head, its length, the head; then, each from a multiple of kAlignment on, the constants
/// that are not known, and the code.
struct Entry {
  json head;
  std::vector<std::string_view> sections;
  std::vector<Array> keep;  ///< what the sections view

  Entry(const std::string& key, const runtime::ProgramData& p, std::span<const Array> known) {
    json constants = json::array();
    for (const Array& a : p.constants) {
      const auto same = std::ranges::find_if(known, [&](const Array& k) { return is_same_memory(k, a); });
      if (same != known.end()) {
        constants.push_back({to_json(a.type()), same - known.begin()});
        continue;
      }
      keep.push_back(a.to_contiguous());
      constants.push_back({to_json(a.type()), digest(bytes_of(keep.back()))});
    }
    head = {{"key", key},
            {"program", to_json(static_cast<const runtime::Region&>(p))},
            {"constants", constants},
            {"object", {p.object.size(), digest(bytes_of(p.object))}}};
  }

  /// Without the head.
  std::uintmax_t bytes() const {
    std::uintmax_t sum = 0;
    for (const std::string_view section : sections) sum += section.size();
    return sum;
  }

  void write(FunctionRef<void(std::string_view)> to) const {
    std::string first(8, 0);
    json::to_cbor(head, first);
    set_number(first, 0, first.size() - 8);
    std::string start(kMagic);
    start.resize(start.size() + 8);
    set_number(start, kMagic.size(), mix(0, first));
    std::size_t at = start.size() + first.size();
    to(start);
    to(first);
    for (const std::string_view section : sections) {
      const std::size_t gap = (kAlignment - at % kAlignment) % kAlignment;
      to(std::string(gap, 0));
      to(section);
      at += gap + section.size();
    }
  }

 private:
  static void set_number(std::string& in, std::size_t at, std::uint64_t n) { std::memcpy(in.data() + at, &n, 8); }
  /// Of a section that is added.
  json digest(std::string_view section) {
    sections.push_back(section);
    const Digest d = digest_of(section);
    return {d.first, d.second};
  }
};

/// Reads from a bounded span.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::string_view take(std::uint64_t count) {
    require(count <= bytes_.size() - at_, "the entry is truncated");
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  std::uint64_t number() {
    std::uint64_t n;
    std::memcpy(&n, take(8).data(), 8);
    return n;
  }
  std::string_view section(std::uint64_t count, const json& digest) {
    const auto gap = take((kAlignment - at_ % kAlignment) % kAlignment);
    const auto bytes = take(count);
    const bool whole =
        gap.find_first_not_of('\0') == gap.npos && digest_of(bytes) == Digest{digest.at(0), digest.at(1)};
    require(whole, "the entry is damaged");
    return bytes;
  }
  bool done() const { return at_ == bytes_.size(); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

/// A view of `bytes`, which live as long as `owner`; a copy where there is none.
Array array_over(const Type& t, std::string_view bytes, const std::shared_ptr<MappedFile>& owner) {
  if (!owner || bytes.empty()) {
    Array copy(t);
    if (!bytes.empty()) std::memcpy(copy.raw(), bytes.data(), bytes.size());
    return copy;
  }
  std::byte* at = owner->bytes().data() + (bytes.data() - reinterpret_cast<const char*>(owner->bytes().data()));
  return Array(Storage::adopt(at, static_cast<i64>(bytes.size()), [owner] {}), t, contiguous_strides(t.shape));
}

Array constant_from(const json& j, Reader& r, std::span<const Array> known, const std::shared_ptr<MappedFile>& owner) {
  const Type t = type_from(j.at(0));
  const json& source = j.at(1);
  if (source.is_array()) {
    const i64 bytes = tenon::bytes_of(t.dtype, element_count(t.shape));
    return array_over(t, r.section(static_cast<std::uint64_t>(bytes), source), owner);
  }
  const auto k = source.get<std::uint64_t>();
  require(k < known.size() && known[k].type() == t, "the entry is for a function with other constants");
  return known[k].to_contiguous();
}

runtime::ProgramData program_from(const std::string& key, std::string_view bytes, std::span<const Array> known,
                                  const std::shared_ptr<MappedFile>& owner) {
  Reader r(bytes);
  require(r.take(kMagic.size()) == kMagic, "no cached program");
  const std::uint64_t sum = r.number(), length = r.number();
  const std::string_view head = r.take(length);
  require(mix(0, {head.data() - 8, head.size() + 8}) == sum, "the entry is damaged");
  runtime::ProgramData p;
  try {
    const json h = json::from_cbor(head);
    require(h.at("key").get<std::string>() == key, "the entry is for another function");
    static_cast<runtime::Region&>(p) = region_from(h.at("program"));
    for (const json& j : h.at("constants")) p.constants.push_back(constant_from(j, r, known, owner));
    const auto object = std::as_bytes(std::span(r.section(h.at("object").at(0), h.at("object").at(1))));
    p.object.assign(object.begin(), object.end());
  } catch (const json::exception& e) {
    fail("the entry is malformed: {}", e.what());
  }
  require(r.done(), "the entry has bytes to spare");
  runtime::check(p);
  return p;
}

std::string entry_path(const std::string& key) {
  std::string folder = cache_folder();
  return folder.empty() ? folder : fmt::format("{}/{:016x}{:016x}.program", folder, mix(1, key), mix(2, key));
}

/// Removes the oldest entries until the cache is below its bound.
/// Reading a large folder takes longer than storing a program, so it is done now and then; what is stored between may
/// go beyond the bound.
bool is_time_to_trim(const std::string& folder) {
  constexpr auto kBetween = std::chrono::minutes(5);
  const fs::path stamp = fs::path(folder) / "trimmed";
  std::error_code error;
  const auto last = fs::last_write_time(stamp, error);
  if (!error && fs::file_time_type::clock::now() - last < kBetween) return false;
  write_file_atomically(stamp.string(), "");
  return true;
}

void trim(const std::string& folder) {
  if (!is_time_to_trim(folder)) return;
  std::error_code ignored;
  std::vector<std::tuple<fs::file_time_type, std::uintmax_t, fs::path>> entries;
  std::uintmax_t total = 0;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    std::uintmax_t size = entry.file_size(ignored);
    if (ignored) continue;
    total += size;
    entries.emplace_back(entry.last_write_time(ignored), size, entry.path());
  }
  if (total <= kMostBytes) return;
  std::sort(entries.begin(), entries.end());
  for (const auto& [time, size, path] : entries) {
    if (total <= kMostBytes / 2) break;
    fs::remove(path, ignored);
    total -= size;
  }
}

}  // namespace

std::string cache_folder() {
  if (const char* given = std::getenv("TENON_CACHE_DIR")) return given;
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg && *xdg) return std::string(xdg) + "/tenon";
  if (const char* home = std::getenv("HOME"); home && *home) return std::string(home) + "/.cache/tenon";
  return {};
}

std::vector<Array> constants_of(const Function& f) {
  std::vector<Array> all;
  for (const Node* node : topological(f.results))
    for (std::size_t k = 0; k < node->types().size(); ++k)
      if (const Array* value = known_value(*node, static_cast<std::int32_t>(k))) all.push_back(*value);
  return all;
}

std::string serialize(const std::string& key, const runtime::ProgramData& p, std::span<const Array> known) {
  std::string all;
  Entry(key, p, known).write([&](std::string_view part) { all += part; });
  return all;
}

runtime::ProgramData deserialize(const std::string& key, std::string_view bytes, std::span<const Array> known) {
  return program_from(key, bytes, known, nullptr);
}

std::optional<runtime::ProgramData> load_cached(const std::string& key, std::span<const Array> known) {
  std::string path = entry_path(key);
  std::error_code ignored;
  if (path.empty() || !fs::exists(path, ignored)) return {};
  try {
    const auto file = std::make_shared<MappedFile>(path, static_cast<i64>(kMostBytes));
    const std::span<const std::byte> bytes = file->bytes();
    return program_from(key, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, known, file);
  } catch (const Error& e) {
    log_line("compile", "cached program {} ignored: {}", path, e.what());
    return {};
  }
}

void store_cached(const std::string& key, const runtime::ProgramData& program, std::span<const Array> known) {
  std::string path = entry_path(key);
  // Texts are numbers of this process, which mean nothing to another.
  const bool holds_texts =
      std::ranges::any_of(program.constants, [](const Array& a) { return a.dtype() == DType::Str; });
  if (path.empty() || holds_texts) return;
  try {
    const Entry entry(key, program, known);
    if (entry.bytes() > kMostInEntry) {
      log_line("compile", "the program is not cached: its constants have {} bytes", entry.bytes());
      return;
    }
    std::string folder = cache_folder();
    if (!fs::exists(folder)) {
      fs::create_directories(folder);
      ::chmod(folder.c_str(), 0700);
    }
    write_file_atomically(path,
                          [&](OutputFile& file) { entry.write([&](std::string_view part) { file.write(part); }); });
    trim(folder);
  } catch (const std::exception& e) {
    log_line("compile", "the program could not be cached: {}", e.what());
  }
}

}  // namespace tenon
