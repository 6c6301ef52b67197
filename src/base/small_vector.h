// A vector whose first N elements live in the object itself.
#pragma once
#include <algorithm>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace tenon {

template <class T, std::size_t N>
class SmallVector {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  SmallVector() = default;
  SmallVector(std::initializer_list<T> values) : SmallVector(values.begin(), values.end()) {}
  explicit SmallVector(std::size_t count, const T& value = T()) {
    reserve(count);
    for (std::size_t i = 0; i < count; ++i) push_back(value);
  }
  template <std::input_iterator It>
  SmallVector(It first, It last) {
    for (; first != last; ++first) push_back(*first);
  }
  /// Element by element, where they convert.
  template <class U, std::size_t M>
    requires(!std::same_as<U, T> && std::convertible_to<const U&, T>)
  SmallVector(const SmallVector<U, M>& other) {
    reserve(other.size());
    for (const U& x : other) push_back(x);
  }
  SmallVector(const SmallVector& other) : SmallVector(other.begin(), other.end()) {}
  SmallVector(SmallVector&& other) noexcept { take(std::move(other)); }
  SmallVector& operator=(const SmallVector& other) {
    if (this != &other) {
      SmallVector copy(other);
      destroy();
      take(std::move(copy));
    }
    return *this;
  }
  SmallVector& operator=(SmallVector&& other) noexcept {
    if (this != &other) {
      destroy();
      take(std::move(other));
    }
    return *this;
  }
  ~SmallVector() { destroy(); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T& front() { return data_[0]; }
  const T& front() const { return data_[0]; }
  T& back() { return data_[size_ - 1]; }
  const T& back() const { return data_[size_ - 1]; }

  void reserve(std::size_t count) {
    if (count > capacity_) grow(count);
  }
  template <class... A>
  T& emplace_back(A&&... args) {
    if (size_ == capacity_) {
      T value(std::forward<A>(args)...);  // an argument may live in this vector
      grow(std::size_t{capacity_} * 2 + 1);
      return *::new (static_cast<void*>(data_ + size_++)) T(std::move(value));
    }
    return *::new (static_cast<void*>(data_ + size_++)) T(std::forward<A>(args)...);
  }
  void push_back(const T& value) { emplace_back(value); }
  void push_back(T&& value) { emplace_back(std::move(value)); }
  void pop_back() { std::destroy_at(data_ + --size_); }
  void clear() {
    std::destroy(begin(), end());
    size_ = 0;
  }
  void resize(std::size_t count, const T& value = T()) {
    while (size_ > count) pop_back();
    reserve(count);
    while (size_ < count) push_back(value);
  }
  iterator insert(const_iterator at, T value) {
    std::size_t k = static_cast<std::size_t>(at - data_);
    emplace_back(std::move(value));
    std::rotate(data_ + k, data_ + size_ - 1, data_ + size_);
    return data_ + k;
  }
  iterator erase(const_iterator at) {
    T* hole = data_ + (at - data_);
    std::move(hole + 1, end(), hole);
    pop_back();
    return hole;
  }

  friend bool operator==(const SmallVector& a, const SmallVector& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }
  friend auto operator<=>(const SmallVector& a, const SmallVector& b) {
    return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  T* inline_data() { return reinterpret_cast<T*>(inline_); }
  bool is_inline() const { return data_ == reinterpret_cast<const T*>(inline_); }
  void grow(std::size_t count) {
    T* fresh = static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t(alignof(T))));
    std::uninitialized_move(begin(), end(), fresh);
    std::destroy(begin(), end());
    release();
    data_ = fresh;
    capacity_ = static_cast<std::uint32_t>(count);
  }
  void release() {
    if (!is_inline()) ::operator delete(data_, std::align_val_t(alignof(T)));
  }
  void destroy() {
    std::destroy(begin(), end());
    release();
    data_ = inline_data();
    size_ = 0;
    capacity_ = N;
  }
  // Precondition: *this is empty and inline.
  void take(SmallVector&& other) {
    if (other.is_inline()) {
      std::uninitialized_move(other.begin(), other.end(), data_);
      size_ = other.size_;
      other.clear();
    } else {
      data_ = std::exchange(other.data_, other.inline_data());
      size_ = std::exchange(other.size_, 0);
      capacity_ = std::exchange(other.capacity_, N);
    }
  }

  T* data_ = inline_data();
  std::uint32_t size_ = 0, capacity_ = N;
  alignas(T) std::byte inline_[N * sizeof(T)];
};

/// Removes the elements for which `p` holds; returns how many.
template <class T, std::size_t N, class P>
std::size_t erase_if(SmallVector<T, N>& v, P p) {
  auto keep = std::remove_if(v.begin(), v.end(), p);
  std::size_t gone = static_cast<std::size_t>(v.end() - keep);
  for (std::size_t i = 0; i < gone; ++i) v.pop_back();
  return gone;
}

}  // namespace tenon
