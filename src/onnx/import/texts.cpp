// Operators on texts, which are functions of the host; what ONNX has as attributes are further operands of theirs.
#include "onnx/import/texts.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <unordered_map>

#include "onnx/converters.h"
#include "onnx/import/host.h"
#include "onnx/import/lists.h"
#include "onnx/import/patterns.h"
#include "tensor/strings.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

/// The fewest digits that give the same number again, in the forms of ONNX Runtime: "1", "1.5", "NaN", "-INF", and with
/// an exponent below 1e-4 and where 8 digits are not the whole number. ONNX leaves the form open.
std::string float_text(auto v) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return v > 0 ? "INF" : "-INF";
  char text[64];
  const auto written = [&](std::chars_format form) {
    return std::string(text, std::to_chars(text, text + sizeof text, v, form).ptr);
  };
  const std::string scientific = written(std::chars_format::scientific);
  const std::size_t e = scientific.find('e');
  const auto digits = std::count_if(scientific.begin(), scientific.begin() + static_cast<std::ptrdiff_t>(e),
                                    [](char c) { return c >= '0' && c <= '9'; });
  const int exponent = std::stoi(scientific.substr(e + 1));
  const bool plain = exponent >= -4 && exponent < std::max<std::ptrdiff_t>(8, digits);
  return plain ? written(std::chars_format::fixed) : scientific;
}

std::string number_text(const Array& a, i64 k) {
  const Number v = a.at(k);
  if (a.dtype() == DType::Bool) return v.truth() ? "1" : "0";
  if (a.dtype() == DType::U64) return fmt::format("{}", static_cast<std::uint64_t>(v.i));
  if (v.integral) return fmt::format("{}", v.i);
  return a.dtype() == DType::F64 ? float_text(v.f) : float_text(static_cast<float>(v.f));
}

std::vector<Array> texts_of_numbers(std::span<const Array> in) {
  std::vector<std::string> texts;
  for (i64 k = 0; k < in[0].count(); ++k) texts.push_back(number_text(in[0], k));
  return {array_of_texts(texts, in[0].shape())};
}

/// Of integers, digits behind a point are dropped, as ONNX allows; a bool is whether such a number is not 0. Spaces
/// around are no mistake.
Number number_in(const std::string& text, DType t) {
  const char* begin = text.c_str();
  char* end = nullptr;
  errno = 0;
  Number number;
  if (is_float(t)) {
    number = Number(std::strtod(begin, &end));
  } else if (t == DType::U64) {
    number = Number::of_int(static_cast<i64>(std::strtoull(begin, &end, 10)));
  } else {
    number = Number::of_int(std::strtoll(begin, &end, 10));
  }
  const bool in_range = errno == 0 || is_float(t), has_digits = end != begin;
  if (!is_float(t) && has_digits && *end == '.')
    for (++end; *end >= '0' && *end <= '9';) ++end;
  while (std::isspace(static_cast<unsigned char>(*end))) ++end;
  require(has_digits && *end == '\0' && in_range, "'{}' is no number of type {}", text, t);
  return t == DType::Bool ? Number::of_int(number.truth()) : number;
}

std::vector<Array> numbers_of_texts(std::span<const Array> in) {
  Array numbers(in[1].dtype(), in[0].shape());
  const std::vector<std::string> texts = texts_of(in[0]);
  for (std::size_t k = 0; k < texts.size(); ++k) {
    const Number v = number_in(texts[k], numbers.dtype());
    numbers.set(static_cast<i64>(k), v);
    require(is_float(numbers.dtype()) || numbers.at(static_cast<i64>(k)).i == v.i, "'{}' is out of range for {}",
            texts[k], numbers.dtype());
  }
  return {numbers};
}

std::vector<Array> concatenated_texts(std::span<const Array> in) {
  const Shape shape = broadcast_shapes(in[0].shape(), in[1].shape());
  std::vector<std::string> a = texts_of(in[0].broadcast_to(shape));
  const std::vector<std::string> b = texts_of(in[1].broadcast_to(shape));
  for (std::size_t k = 0; k < a.size(); ++k) a[k] += b[k];
  return {array_of_texts(a, shape)};
}

/// Letters of ASCII; other bytes stay.
std::string in_case(std::string text, i64 action) {
  for (char& c : text) {
    if (action == 1 && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (action == 2 && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

bool is_ascii(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Operands: texts, stop words, and {action, whether case matters}.
std::vector<Array> normalised_texts(std::span<const Array> in) {
  const i64 action = in[2].at(0).i;
  const bool exact = in[2].at(1).i != 0;
  std::vector<std::string> stop = texts_of(in[1]), kept;
  if (!exact)
    for (std::string& s : stop) s = in_case(s, 1);
  for (const std::string& text : texts_of(in[0])) {
    require((action == 0 && exact) || is_ascii(text), "'{}': the case of letters beyond ASCII is not supported", text);
    if (std::ranges::find(stop, exact ? text : in_case(text, 1)) == stop.end()) kept.push_back(in_case(text, action));
  }
  if (kept.empty()) kept.emplace_back();
  Shape shape = in[0].shape();
  shape.back() = static_cast<i64>(kept.size());
  return {array_of_texts(kept, shape)};
}

/// Operands of tf_idf behind x: {mode, shortest, longest, skips}, counts, indexes, the pool, weights.
struct Grams {
  i64 mode, shortest, longest, skips;
  std::vector<std::unordered_map<std::string, i64>> numbers;  ///< of grams of each length, by their keys
  Array indexes, weights;

  static std::string key(const Array& a, const std::vector<i64>& at) {
    std::string key;
    for (const i64 k : at) key += fmt::format("{},", a.at(k).as_int());
    return key;
  }
  explicit Grams(std::span<const Array> in)
      : mode(in[1].at(0).i),
        shortest(in[1].at(1).i),
        longest(in[1].at(2).i),
        skips(in[1].at(3).i),
        indexes(in[3]),
        weights(in[5]) {
    const Array &counts = in[2], &pool = in[4];
    i64 number = 0;
    for (i64 length = 1; length <= counts.count(); ++length) {
      auto& of_length = numbers.emplace_back();
      const i64 from = counts.at(length - 1).i, to = length < counts.count() ? counts.at(length).i : pool.count();
      require(from >= 0 && from <= to && to <= pool.count() && (to - from) % length == 0,
              "ngram_counts does not fit a pool of {}", pool.count());
      for (i64 at = from; at < to; at += length) {
        std::vector<i64> gram;
        for (i64 k = 0; k < length; ++k) gram.push_back(at + k);
        of_length.emplace(key(pool, gram), number++);
      }
    }
    require(number == indexes.count(), "there are {} grams but {} ngram_indexes", number, indexes.count());
  }

  void count(const Array& x, i64 from, i64 to, std::vector<i64>& found) const {
    for (i64 length = shortest; length <= longest && length <= static_cast<i64>(numbers.size()); ++length)
      for (i64 apart = 1; apart <= (length == 1 ? 1 : skips + 1); ++apart)
        for (i64 at = from; at + (length - 1) * apart < to; ++at) {
          std::vector<i64> gram;
          for (i64 k = 0; k < length; ++k) gram.push_back(at + k * apart);
          const auto& of_length = numbers[static_cast<std::size_t>(length - 1)];
          if (const auto hit = of_length.find(key(x, gram)); hit != of_length.end())
            ++found[static_cast<std::size_t>(hit->second)];
        }
  }
};

enum Mode : i64 { kTf, kIdf, kTfIdf };

i64 columns_of(const Array& indexes) {
  i64 most = -1;
  for (i64 k = 0; k < indexes.count(); ++k) most = std::max(most, indexes.at(k).i);
  return most + 1;
}

std::vector<Array> tf_idf(std::span<const Array> in) {
  const Grams grams(in);
  const Array& x = in[0];
  const i64 columns = columns_of(grams.indexes), rows = x.rank() == 2 ? x.dim(0) : 1;
  const i64 each = x.rank() == 0 ? 1 : x.dim(x.rank() - 1);
  Shape shape(x.shape().begin(), x.shape().end() - (x.rank() > 0));
  shape.push_back(columns);
  Array y = Array::full({DType::F32, shape}, Number(0.0));
  for (i64 row = 0; row < rows; ++row) {
    std::vector<i64> found(static_cast<std::size_t>(grams.indexes.count()), 0);
    grams.count(x, row * each, (row + 1) * each, found);
    for (i64 g = 0; g < grams.indexes.count(); ++g) {
      const auto times = static_cast<double>(found[static_cast<std::size_t>(g)]);
      const double weight = grams.weights.count() > 0 ? grams.weights.at(g).f : 1;
      const double value = grams.mode == kTf ? times : times > 0 ? (grams.mode == kIdf ? weight : times * weight) : 0;
      if (value != 0) y.set(row * columns + grams.indexes.at(g).i, Number(value));
    }
  }
  return {y};
}

std::vector<std::string> pieces_of(const std::string& text, const std::string& delimiter, i64 most) {
  std::vector<std::string> pieces;
  if (text.empty()) return pieces;
  std::size_t at = 0;
  if (delimiter.empty()) {  // runs of white space
    constexpr const char* kSpace = " \t\n\r\v\f";
    for (at = text.find_first_not_of(kSpace); at != std::string::npos; at = text.find_first_not_of(kSpace, at)) {
      if (most >= 0 && static_cast<i64>(pieces.size()) == most) {
        const std::size_t last = text.find_last_not_of(kSpace);
        pieces.push_back(text.substr(at, last + 1 - at));
        break;
      }
      const std::size_t end = std::min(text.find_first_of(kSpace, at), text.size());
      pieces.push_back(text.substr(at, end - at));
      at = end;
    }
    return pieces;
  }
  while (most < 0 || static_cast<i64>(pieces.size()) < most) {
    const std::size_t end = text.find(delimiter, at);
    if (end == std::string::npos) break;
    pieces.push_back(text.substr(at, end - at));
    at = end + delimiter.size();
  }
  pieces.push_back(text.substr(at));
  return pieces;
}

/// Operands: texts, the delimiter, {most, the number of the operator}.
std::vector<Array> split_texts(std::span<const Array> in) {
  const std::string delimiter = texts_of(in[1])[0];
  std::vector<std::vector<std::string>> all;
  std::size_t most = 0;
  for (const std::string& text : texts_of(in[0])) {
    all.push_back(pieces_of(text, delimiter, in[2].at(0).i));
    most = std::max(most, all.back().size());
  }
  Shape shape = in[0].shape();
  shape.push_back(static_cast<i64>(most));
  std::vector<std::string> flat;
  Array counts(DType::I64, in[0].shape());
  for (std::size_t k = 0; k < all.size(); ++k) {
    counts.set(static_cast<i64>(k), Number::of_int(static_cast<i64>(all[k].size())));
    all[k].resize(most);
    flat.insert(flat.end(), all[k].begin(), all[k].end());
  }
  return {array_of_texts(flat, shape), counts};
}

/// Operands: texts, and the expression.
std::vector<Array> matched_texts(std::span<const Array> in) {
  const Pattern pattern(texts_of(in[1])[0]);
  Array matches(DType::Bool, in[0].shape());
  i64 k = 0;
  for (const std::string& text : texts_of(in[0])) matches.set(k++, Number::of_int(pattern.matches(text)));
  return {matches};
}

void register_texts() {
  static const bool once = [] {
    register_host_function("onnx texts of numbers",
                           {[](Operands in) { return Types{{DType::Str, in[0].type.shape}}; }, texts_of_numbers, {}});
    register_host_function(
        "onnx numbers of texts",
        {[](Operands in) { return Types{{in[1].type.dtype, in[0].type.shape}}; }, numbers_of_texts, {}});
    register_host_function(
        "onnx concatenated texts",
        {[](Operands in) { return Types{{DType::Str, broadcast_shapes(in[0].type.shape, in[1].type.shape)}}; },
         concatenated_texts,
         {}});
    register_host_function("onnx normalised texts", {[](Operands in) {
                                                       Type t = in[0].type;
                                                       t.shape.back() = numbered("normalised", in[2], 2);
                                                       return Types{t};
                                                     },
                                                     normalised_texts,
                                                     {}});
    register_host_function("onnx split texts", {[](Operands in) {
                                                  Type t = in[0].type;
                                                  t.shape.push_back(numbered("split", in[2], 1));
                                                  return Types{t, {DType::I64, in[0].type.shape}};
                                                },
                                                split_texts,
                                                {}});
    register_host_function("onnx tf-idf", {[](Operands in) {
                                             const Shape& s = in[0].type.shape;
                                             Shape shape(s.begin(), s.end() - !s.empty());
                                             shape.push_back(columns_of(*in[3].constant));
                                             return Types{{DType::F32, shape}};
                                           },
                                           tf_idf,
                                           {}});
    register_host_function("onnx matched texts",
                           {[](Operands in) { return Types{{DType::Bool, in[0].type.shape}}; }, matched_texts, {}});
    return true;
  }();
  static_cast<void>(once);
}

Results on_host(const char* function, const std::vector<Value>& in) {
  register_texts();
  return host_results(function, in);
}

Value text_list(const std::vector<std::string>& texts) {
  return constant_of(array_of_texts(texts, {static_cast<i64>(texts.size())}));
}

const Value& texts_in(const NodeView& n, std::size_t k) {
  require(n.in(k).dtype() == DType::Str, "input {} is {}, and must be texts", k, n.in(k).type());
  return n.in(k);
}

Results string_normalizer_node(const NodeView& n) {
  const Value& x = texts_in(n, 0);
  require(x.rank() == 1 || (x.rank() == 2 && x.shape()[0] == 1), "the input is {}, and must be [C] or [1, C]",
          x.type());
  const std::string action = n.text("case_change_action", "NONE");
  require(action == "NONE" || action == "LOWER" || action == "UPPER",
          "attribute case_change_action is '{}', and must be NONE, LOWER or UPPER", action);
  const Ints how{action == "NONE" ? 0 : action == "LOWER" ? 1 : 2, n.integer("is_case_sensitive", 0), own_number(n)};
  return on_host("onnx normalised texts",
                 {x, text_list(n.texts("stopwords", std::vector<std::string>{})), constant_of(how)});
}

Results tf_idf_node(const NodeView& n) {
  const Value& x = n.in(0);
  require(x.rank() <= 2, "the input is {}, and must have at most two dimensions", x.type());
  const bool texts = n.has_attribute("pool_strings");
  require(texts == (x.dtype() == DType::Str), "the input is {}, which does not fit the pool", x.type());
  const std::string mode = n.text("mode");
  require(mode == "TF" || mode == "IDF" || mode == "TFIDF", "attribute mode is '{}', and must be TF, IDF or TFIDF",
          mode);
  const Ints how{mode == "TF"    ? kTf
                 : mode == "IDF" ? kIdf
                                 : kTfIdf,
                 n.integer("min_gram_length"), n.integer("max_gram_length"), n.integer("max_skip_count")};
  require(how[1] >= 1 && how[1] <= how[2] && how[3] >= 0, "attributes say grams of {} to {} elements, {} skipped",
          how[1], how[2], how[3]);
  const Ints indexes = n.ints("ngram_indexes");
  for (const i64 i : indexes) require(i >= 0, "attribute ngram_indexes has the number {}", i);
  const std::vector<double> weights = n.reals("weights", std::vector<double>{});
  require(weights.empty() || weights.size() == indexes.size(), "there are {} weights for {} grams", weights.size(),
          indexes.size());
  const Value pool = texts ? text_list(n.texts("pool_strings")) : constant_of(n.ints("pool_int64s"));
  return on_host(
      "onnx tf-idf",
      {x, constant_of(how), constant_of(n.ints("ngram_counts")), constant_of(indexes), pool,
       constant_of(Array::from<double>(std::span<const double>(weights), {static_cast<i64>(weights.size())}))});
}

Results string_concat_node(const NodeView& n) {
  return on_host("onnx concatenated texts", {texts_in(n, 0), texts_in(n, 1)});
}

Results string_split_node(const NodeView& n) {
  const Ints how{n.integer("maxsplit", -1), own_number(n)};
  return on_host("onnx split texts",
                 {texts_in(n, 0), text_list({n.text("delimiter", std::string())}), constant_of(how)});
}

Results regex_full_match_node(const NodeView& n) {
  const std::string pattern = n.text("pattern", std::string());
  static_cast<void>(Pattern(pattern));  // what is wrong with it is said before anything runs
  return on_host("onnx matched texts", {texts_in(n, 0), text_list({pattern})});
}

constexpr Entry kTexts[] = {{"RegexFullMatch", regex_full_match_node},
                            {"StringConcat", string_concat_node},
                            {"StringNormalizer", string_normalizer_node},
                            {"StringSplit", string_split_node},
                            {"TfIdfVectorizer", tf_idf_node}};

}  // namespace

Value cast_texts(const Value& x, DType to) {
  if (x.dtype() == to) return x;
  if (to == DType::Str) return on_host("onnx texts of numbers", {x})[0];
  return on_host("onnx numbers of texts", {x, constant_of(Array::full({to, {}}, Number::of_int(0)))})[0];
}

std::span<const Entry> text_operators() { return kTexts; }

}  // namespace tenon::onnx
