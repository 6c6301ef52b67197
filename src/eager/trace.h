// What has been recorded under some values, as a function of its leaves.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ir/graph.h"
#include "ir/walk.h"

namespace tenon {

/// The recorded graph under `roots`: everything that is not computed yet.
class Recording {
 public:
  explicit Recording(std::vector<Value> roots);

  /// Equal for recordings that compute the same function of their leaves; 128 bits.
  const std::array<std::uint64_t, 2>& key() const { return key_; }
  /// As key, without types and attributes: says whether a recompilation is the same code on other shapes.
  std::uint64_t skeleton() const;
  /// Settled nodes but those whose values say what extents there are, in the order in which `function` takes them.
  const std::vector<Value>& leaves() const { return leaves_; }
  /// First parameter node that is reached, or nullptr.
  const Node* parameter() const { return parameter_; }
  std::size_t nodes() const { return walk_.size(); }

  /// A copy that shares no node with the recording: `parameters` first, then the leaves.
  Function function(std::string name, const std::vector<Value>& parameters = {}) const;

 private:
  /// Marks what an extent is computed from.
  void find_extents();

  std::vector<Value> roots_;
  Walk walk_;
  std::vector<char> says_extents_;  ///< by position
  std::array<std::uint64_t, 2> key_{};
  std::vector<Value> leaves_;
  const Node* parameter_ = nullptr;
};

/// Writes a warning when `count` compilations of the same code reach the number that suggests a mistake, and not again.
void warn_of_recompiling(const std::string& what, int count, const std::string& last_cause);

/// While one of these lives, this thread records the body of a jit-compiled function: nothing may be evaluated.
class Tracing {
 public:
  Tracing() : outer_(std::exchange(last_effect_, {})) { ++depth; }
  ~Tracing() {
    --depth;
    last_effect_ = std::move(outer_);
  }
  Tracing(const Tracing&) = delete;
  Tracing& operator=(const Tracing&) = delete;
  static bool active() { return depth > 0; }
  /// The token of the last effect that was recorded (eager/effects.h); undefined where there is none.
  static Value& last_effect() { return last_effect_; }

 private:
  static thread_local int depth;
  static thread_local Value last_effect_;
  Value outer_;
};

}  // namespace tenon
