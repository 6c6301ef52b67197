#include "tensor/strings.h"

#include <deque>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace tenon {

namespace {

class Texts {
 public:
  Texts() { add(""); }

  i64 add(std::string_view text) {
    {
      std::shared_lock lock(mutex_);
      if (auto it = number_.find(text); it != number_.end()) return it->second;
    }
    std::unique_lock lock(mutex_);
    if (auto it = number_.find(text); it != number_.end()) return it->second;
    const i64 number = static_cast<i64>(texts_.size());
    number_.emplace(texts_.emplace_back(text), number);
    return number;
  }

  const std::string& get(i64 number) const {
    std::shared_lock lock(mutex_);
    require(number >= 0 && number < static_cast<i64>(texts_.size()), "no text has the number {}", number);
    return texts_[static_cast<std::size_t>(number)];
  }

 private:
  mutable std::shared_mutex mutex_;
  std::deque<std::string> texts_;
  std::unordered_map<std::string_view, i64> number_;
};

Texts& texts() {
  static Texts all;
  return all;
}

}  // namespace

i64 intern_text(std::string_view text) {
  require(text.size() < std::size_t(1) << 31, "a text of {} bytes is too long for a tensor's element", text.size());
  return texts().add(text);
}

const std::string& text_of(i64 number) { return texts().get(number); }

Array array_of_texts(const std::vector<std::string>& list, Shape shape) {
  Array a(DType::Str, std::move(shape));
  require(a.count() == static_cast<i64>(list.size()), "{} texts do not fill {}", list.size(), a.type());
  for (std::size_t k = 0; k < list.size(); ++k) a.set(static_cast<i64>(k), Number::of_int(intern_text(list[k])));
  return a;
}

std::vector<std::string> texts_of(const Array& a) {
  require(a.defined() && a.dtype() == DType::Str, "an array of texts is needed, given {}",
          a.defined() ? to_string(a.type()) : "an undefined array");
  std::vector<std::string> list;
  for (i64 k = 0; k < a.count(); ++k) list.push_back(text_of(a.at(k).i));
  return list;
}

}  // namespace tenon
