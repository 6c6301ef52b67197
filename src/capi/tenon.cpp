#include "capi/tenon.h"

#include <algorithm>

#include "base/thread_pool.h"
#include "onnx/session.h"
#include "onnx/tensors.h"

struct tenon_model {
  tenon::onnx::Session session;
  std::vector<std::string> input_types, output_types;
};

struct tenon_results {
  std::vector<tenon::Array> arrays;
  std::vector<std::vector<std::int64_t>> shapes;
};

namespace tenon::onnx {
namespace {

thread_local std::string last_error;

/// The value of `work`, or `failed` and a text for tenon_error.
template <class T, class Work>
T guarded(T failed, const Work& work) noexcept {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    last_error = "out of memory";
  } catch (const std::exception& e) {
    last_error = e.what();
  }
  return failed;
}

constexpr DType kTypes[] = {DType::F64,    DType::F32,        DType::F16,  DType::BF16,     DType::I64,
                            DType::I32,    DType::I16,        DType::I8,   DType::U64,      DType::U32,
                            DType::U16,    DType::U8,         DType::Bool, DType::F8E4M3FN, DType::F8E4M3FNUZ,
                            DType::F8E5M2, DType::F8E5M2FNUZ, DType::I4,   DType::U4};

/// A view of the caller's memory, which outlives the run.
Array viewed(const tenon_tensor& t) {
  const auto number = static_cast<std::size_t>(t.dtype);
  require(number < std::size(kTypes), "{} is no element type", number);
  require(t.rank >= 0 && (t.rank == 0 || t.shape != nullptr), "a tensor of rank {} without a shape", t.rank);
  const auto rank = static_cast<std::size_t>(t.rank);
  Type type{kTypes[number], {}};
  for (std::size_t k = 0; k < rank; ++k) {
    require(t.shape[k] >= 0, "extent {} is negative", t.shape[k]);
    type.shape.push_back(t.shape[k]);
  }
  const i64 count = element_count(type.shape);
  Ints strides = t.strides != nullptr ? Ints(t.strides, t.strides + rank) : contiguous_strides(type.shape);
  const auto release = [] {};
  if (count == 0) return Array(Storage::adopt(nullptr, 0, release), type, std::move(strides));
  require(t.data != nullptr, "a tensor {} has no data", type);
  i64 low = 0, high = 0;
  for (std::size_t k = 0; k < rank; ++k) {
    const i64 reach = (type.shape[k].value() - 1) * strides[k];
    (reach < 0 ? low : high) += reach;
  }
  const i64 size = bytes_of(type.dtype, 1);
  auto* first = static_cast<std::byte*>(t.data) + low * size;
  return Array(Storage::adopt(first, (high - low + 1) * size, release), type, std::move(strides), -low);
}

std::vector<std::string> texts_of_types(const std::vector<Port>& ports) {
  std::vector<std::string> texts;
  for (const Port& p : ports) texts.push_back(to_text(p.type));
  return texts;
}

tenon_model* made(Model model) {
  auto* m = new tenon_model{Session(std::move(model)), {}, {}};
  m->input_types = texts_of_types(m->session.inputs());
  m->output_types = texts_of_types(m->session.outputs());
  return m;
}

const char* name_in(const std::vector<Port>& ports, std::size_t k) {
  return k < ports.size() ? ports[k].name.c_str() : nullptr;
}
const char* text_in(const std::vector<std::string>& texts, std::size_t k) {
  return k < texts.size() ? texts[k].c_str() : nullptr;
}

}  // namespace
}  // namespace tenon::onnx

using namespace tenon::onnx;
using tenon::Array;
using tenon::Error;
using tenon::require;

const char* tenon_version(void) { return TENON_VERSION; }
const char* tenon_error(void) { return last_error.c_str(); }

int tenon_set_threads(int threads) {
  return guarded(1, [&] {
    require(threads >= 1 && threads <= 1024, "{} threads; expected 1 to 1024", threads);
    tenon::set_threads(threads);
    return 0;
  });
}

tenon_model* tenon_load(const char* path) {
  return guarded<tenon_model*>(nullptr, [&] {
    require(path != nullptr, "tenon_load: the path is NULL");
    return made(Model::load(path));
  });
}

tenon_model* tenon_load_bytes(const void* bytes, size_t size) {
  return guarded<tenon_model*>(nullptr, [&] {
    require(bytes != nullptr || size == 0, "tenon_load_bytes: the bytes are NULL");
    return made(Model::parse({static_cast<const char*>(bytes), size}));
  });
}

void tenon_free_model(tenon_model* model) { delete model; }

size_t tenon_input_count(const tenon_model* m) { return m->session.inputs().size(); }
size_t tenon_output_count(const tenon_model* m) { return m->session.outputs().size(); }
const char* tenon_input_name(const tenon_model* m, size_t k) { return name_in(m->session.inputs(), k); }
const char* tenon_input_type(const tenon_model* m, size_t k) { return text_in(m->input_types, k); }
const char* tenon_output_name(const tenon_model* m, size_t k) { return name_in(m->session.outputs(), k); }
const char* tenon_output_type(const tenon_model* m, size_t k) { return text_in(m->output_types, k); }

tenon_results* tenon_run(const tenon_model* model, const tenon_tensor* inputs, size_t count) {
  return guarded<tenon_results*>(nullptr, [&] {
    require(model != nullptr && (inputs != nullptr || count == 0), "tenon_run: the model or the inputs are NULL");
    std::vector<Array> in;
    for (std::size_t k = 0; k < count; ++k) {
      try {
        in.push_back(viewed(inputs[k]));
      } catch (const Error& e) {
        tenon::fail("input {}: {}", k, e.what());
      }
    }
    auto results = std::make_unique<tenon_results>();
    for (const Array& a : model->session.run(in)) {
      results->arrays.push_back(a.is_dense() ? a.to_contiguous() : a);
      const tenon::Shape& s = results->arrays.back().shape();
      results->shapes.emplace_back(s.begin(), s.end());
    }
    return results.release();
  });
}

int tenon_result(const tenon_results* results, size_t k, tenon_tensor* tensor) {
  return guarded(1, [&] {
    require(results != nullptr && tensor != nullptr, "tenon_result: an argument is NULL");
    require(k < results->arrays.size(), "there is no output {}; there are {}", k, results->arrays.size());
    const Array& a = results->arrays[k];
    const auto* type = std::ranges::find(kTypes, a.dtype());
    require(a.is_dense() && type != std::end(kTypes), "output {} is {}, no tensor of numbers", k, a.type());
    *tensor = {static_cast<tenon_dtype>(type - std::begin(kTypes)), static_cast<std::int32_t>(a.rank()),
               results->shapes[k].data(), nullptr, const_cast<void*>(a.raw())};
    return 0;
  });
}

void tenon_free_results(tenon_results* results) { delete results; }
