// Reflection: a struct lists its fields once, and printing, parsing, hashing and comparing read the list.
//
//   struct Slice {
//     Ints start, stop;
//     static void fields(auto& self, auto&& f) { f("start", self.start); f("stop", self.stop); }
//   };
#pragma once
#include <string_view>
#include <type_traits>

namespace tenon {

template <class T>
concept HasFields = requires(T& value) { T::fields(value, [](std::string_view, auto&) {}); };

/// Calls f(name, member) for each field; nothing for a struct without fields.
template <class T, class F>
void visit_fields(T& value, F&& f) {
  if constexpr (HasFields<std::remove_const_t<T>>) std::remove_const_t<T>::fields(value, f);
}

}  // namespace tenon
