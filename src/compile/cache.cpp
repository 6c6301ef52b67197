#include "compile/cache.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "runtime/check.h"
#include "runtime/control.h"

namespace tenon {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using runtime::Buffer;

constexpr std::string_view kMagic = "tenon program 5\n";
constexpr std::uintmax_t kMostBytes = std::uintmax_t(512) << 20;

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

json header_of(const std::string& key, const runtime::ProgramData& p) {
  json h{{"key", key}, {"program", to_json(static_cast<const runtime::Region&>(p))}, {"constants", json::array()}};
  for (const Array& a : p.constants) h["constants"].push_back(to_json(a.type()));
  return h;
}

/// Reads from a bounded span.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  std::string_view take(std::uint64_t count) {
    require(count <= rest_.size(), "the entry is truncated");
    auto part = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return part;
  }
  std::uint64_t number() {
    std::uint64_t n;
    std::memcpy(&n, take(8).data(), 8);
    return n;
  }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

void append(std::string& to, const void* data, std::size_t count) { to.append(static_cast<const char*>(data), count); }
void append_number(std::string& to, std::uint64_t n) { append(to, &n, 8); }

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

std::string serialize(const std::string& key, const runtime::ProgramData& p) {
  std::string body;
  std::vector<std::uint8_t> header = json::to_cbor(header_of(key, p));
  append_number(body, header.size());
  append(body, header.data(), header.size());
  for (const Array& a : p.constants) {
    Array dense = a.to_contiguous();
    append(body, dense.raw(), static_cast<std::size_t>(dense.bytes()));
  }
  append_number(body, p.object.size());
  append(body, p.object.data(), p.object.size());

  std::string all;
  all += kMagic;
  append_number(all, mix(0, body));
  return all + body;
}

runtime::ProgramData deserialize(const std::string& key, std::string_view bytes) {
  Reader outer(bytes);
  require(outer.take(kMagic.size()) == kMagic, "no cached program");
  std::uint64_t sum = outer.number();
  auto body = bytes.substr(kMagic.size() + 8);
  require(mix(0, body) == sum, "the entry is damaged");
  Reader r(body);
  auto header = r.take(r.number());
  json h;
  runtime::ProgramData p;
  try {
    h = json::from_cbor(header);
    require(h.at("key").get<std::string>() == key, "the entry is for another function");
    static_cast<runtime::Region&>(p) = region_from(h.at("program"));
    for (const json& j : h.at("constants")) {
      Type t = type_from(j);
      auto data = r.take(static_cast<std::uint64_t>(bytes_of(t.dtype, element_count(t.shape))));
      Array a(t);
      if (!data.empty()) std::memcpy(a.raw(), data.data(), data.size());
      p.constants.push_back(std::move(a));
    }
  } catch (const json::exception& e) {
    fail("the entry is malformed: {}", e.what());
  }
  auto object = r.take(r.number());
  p.object.resize(object.size());
  if (!object.empty()) std::memcpy(p.object.data(), object.data(), object.size());
  require(r.done(), "the entry has bytes to spare");
  runtime::check(p);
  return p;
}

std::optional<runtime::ProgramData> load_cached(const std::string& key) {
  std::string path = entry_path(key);
  std::error_code ignored;
  if (path.empty() || !fs::exists(path, ignored)) return {};
  try {
    return deserialize(key, read_file(path, static_cast<i64>(kMostBytes)));
  } catch (const Error& e) {
    log_line("compile", "cached program {} ignored: {}", path, e.what());
    return {};
  }
}

void store_cached(const std::string& key, const runtime::ProgramData& program) {
  std::string path = entry_path(key);
  // Texts are numbers of this process, which mean nothing to another.
  const bool holds_texts =
      std::ranges::any_of(program.constants, [](const Array& a) { return a.dtype() == DType::Str; });
  if (path.empty() || holds_texts) return;
  try {
    std::string folder = cache_folder();
    if (!fs::exists(folder)) {
      fs::create_directories(folder);
      ::chmod(folder.c_str(), 0700);
    }
    write_file_atomically(path, serialize(key, program));
    trim(folder);
  } catch (const std::exception& e) {
    log_line("compile", "the program could not be cached: {}", e.what());
  }
}

}  // namespace tenon
