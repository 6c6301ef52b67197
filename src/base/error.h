// The two kinds of failure: the user's mistake and ours.
#pragma once
#include <fmt/core.h>

#include <algorithm>
#include <concepts>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

/// Types that say format_as(value) can be used in messages.
template <class T>
  requires requires(const T& value) {
    { format_as(value) } -> std::convertible_to<std::string_view>;
  }
struct fmt::formatter<T> {
  constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }
  auto format(const T& value, fmt::format_context& context) const {
    const auto text = format_as(value);
    return std::copy(text.begin(), text.end(), context.out());
  }
};

namespace tenon {

/// A mistake in what the user gave: a shape, a file, an option. The message names the thing, says what was
/// expected, what was given and what to try.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A broken invariant of this library. Carries the place in our source.
class InternalError : public std::logic_error {
 public:
  explicit InternalError(const std::string& what, std::source_location where = std::source_location::current());
};

template <class... A>
[[noreturn]] void fail(fmt::format_string<A...> message, A&&... args) {
  throw Error(fmt::format(message, std::forward<A>(args)...));
}

/// Throws Error unless `ok`. Arguments are evaluated either way: keep them cheap.
template <class... A>
void require(bool ok, fmt::format_string<A...> message, A&&... args) {
  if (!ok) [[unlikely]]
    throw Error(fmt::format(message, std::forward<A>(args)...));
}

/// Throws InternalError unless `ok`.
inline void expect(bool ok, const char* what, std::source_location where = std::source_location::current()) {
  if (!ok) [[unlikely]]
    throw InternalError(what, where);
}

}  // namespace tenon
