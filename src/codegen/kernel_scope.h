// How values find their place: included by the parts of Kernel that emit values.
#pragma once
#include "codegen/kernel.h"

namespace tenon::codegen {

template <class Emit>
auto Kernel::at_level(std::size_t level, const Emit& emit) {
  if (level == level_) return emit();
  expect(level < level_, "a value is needed outside of a loop on which it depends");
  llvm::IRBuilderBase::InsertPointGuard guard(c_.b);
  c_.b.SetInsertPoint(scopes_[level].leave);
  std::size_t saved = level_;
  level_ = level;
  auto r = emit();
  level_ = saved;
  return r;
}

template <class Emit>
Kernel::Val Kernel::cached(Tag tag, std::int32_t id, const Mask& mask, std::uint64_t deps, const Point& p,
                           const Emit& emit) {
  deps |= mask.deps;
  std::size_t level = level_of(deps);
  Key key{tag, id, mask.id, point_key(deps, p)};
  auto& values = scopes_[level].values;
  if (auto it = values.find(key); it != values.end()) return it->second;
  Val v = at_level(level, emit);
  scopes_[level].values.emplace(key, v);
  return v;
}

}  // namespace tenon::codegen
