#include "codegen/kernel.h"

namespace tenon::codegen {

using llvm::Value;

void Kernel::emit(const std::string& symbol) {
  loop::check(n_);
  f_ = c_.function(symbol, c_.i32, {c_.pointer, c_.i64, c_.i64, c_.pointer}, true);
  begin_ = f_->getArg(1);
  end_ = f_->getArg(2);
  fault_ = f_->getArg(3);
  if (n_.out_points() == 0) {
    c_.b.CreateRet(c_.b.getInt32(0));
    return;
  }
  find_facts();
  std::size_t tile = n_.tile();
  outer_.assign(n_.loops.begin(), n_.loops.begin() + static_cast<std::ptrdiff_t>(tile));
  for (std::size_t k = tile; k < n_.loops.size(); ++k)
    if (n_.loops[k].kind == loop::LoopKind::Unrolled) unrolled_.push_back(n_.loops[k]);
  while (parallel_levels_ < outer_.size() && n_.is_parallel(outer_[parallel_levels_].index)) ++parallel_levels_;
  if (const loop::Loop* v = n_.vector_loop()) {
    lanes_ = static_cast<unsigned>(v->trips);
    lane_index_ = v->index;
  }
  spans_ = n_.extent;
  scopes_.emplace_back();
  for (std::size_t k = 0; k <= n_.in.size(); ++k)
    buffers_.push_back(c_.b.CreateAlignedLoad(c_.pointer, c_.b.CreateConstInBoundsGEP1_64(c_.pointer, f_->getArg(0), k),
                                              llvm::Align(8)));
  auto* scratch = c_.b.CreateAlloca(llvm::ArrayType::get(c_.i64, 8));
  c_.b.CreateStore(llvm::Constant::getNullValue(scratch->getAllocatedType()), scratch);
  nothing_ = scratch;
  faulted_ = c_.b.CreateAlloca(c_.i32);
  c_.b.CreateStore(c_.b.getInt32(0), faulted_);
  if (!outer_.empty() && outer_[0].kind == loop::LoopKind::Parallel)
    parallel_loop(0);
  else
    whole_range(0);
  c_.b.CreateRet(c_.b.CreateLoad(c_.i32, faulted_));
}

llvm::BasicBlock* Kernel::block(const char* name) { return llvm::BasicBlock::Create(f_->getContext(), name, f_); }

void Kernel::enter(llvm::BasicBlock* inner) {
  scopes_.back().leave = c_.b.CreateBr(inner);
  c_.b.SetInsertPoint(inner);
}

/// Runs `body` in a new innermost scope in which the loop's counter has one value.
template <class Body>
void Kernel::in_scope(std::size_t level, Value* counter, Dim inner_span, const Body& body) {
  IndexId index = outer_[level].index;
  Dim saved = span(index);
  span(index) = inner_span;
  scopes_.emplace_back().counter = counter;
  level_ = level + 1;
  body();
  level_ = level;
  scopes_.pop_back();
  span(index) = saved;
}

void Kernel::whole_range(std::size_t level) {
  auto *body = block("all"), *done = block("done");
  c_.b.CreateCondBr(c_.b.CreateICmpSLT(begin_, end_), body, done);
  c_.b.SetInsertPoint(body);
  loops(level);
  c_.b.CreateBr(done);
  c_.b.SetInsertPoint(done);
}

void Kernel::parallel_loop(std::size_t level) {
  const loop::Loop& l = outer_[level];
  Dim full = span(l.index) / l.step, rest = span(l.index) % l.step;
  auto& b = c_.b;
  if (full > 0) {
    auto *header = block(l.name.c_str()), *done = block("done");
    Value* last = b.CreateSelect(b.CreateICmpSLT(end_, c_.index(full)), end_, c_.index(full));
    llvm::BasicBlock* before = b.GetInsertBlock();
    scopes_.back().leave = b.CreateCondBr(b.CreateICmpSLT(begin_, last), header, done);
    b.SetInsertPoint(header);
    llvm::PHINode* counter = b.CreatePHI(c_.i64, 2);
    counter->addIncoming(begin_, before);
    in_scope(level, counter, l.step, [&] { loops(level + 1); });
    Value* next = b.CreateNSWAdd(counter, c_.index(1));
    counter->addIncoming(next, b.GetInsertBlock());
    b.CreateCondBr(b.CreateICmpSLT(next, last), header, done);
    b.SetInsertPoint(done);
  }
  if (rest > 0) {
    auto *tail = block("tail"), *done = block("done");
    Value* wanted = b.CreateAnd(b.CreateICmpSLE(begin_, c_.index(full)), b.CreateICmpSGT(end_, c_.index(full)));
    scopes_.back().leave = b.CreateCondBr(wanted, tail, done);
    b.SetInsertPoint(tail);
    in_scope(level, c_.index(full), rest, [&] { loops(level + 1); });
    b.CreateBr(done);
    b.SetInsertPoint(done);
  }
}

void Kernel::loops(std::size_t level) {
  if (level == parallel_levels_) return tile_level(level);
  trips(level, {}, [&](Tile) {
    loops(level + 1);
    return Tile();
  });
}

void Kernel::tile_level(std::size_t level) {
  std::vector<Point> all = points();
  std::size_t count = 1;
  for (const loop::Loop& l : unrolled_) count *= static_cast<std::size_t>(l.trips);
  acc_.assign(count, nullptr);
  if (n_.scatter) {
    scatter_zero();
    reduction_loops(level, {});
    return;
  }
  if (n_.reduces()) {
    Tile tile = identities(all);
    if (n_.points() > 0) tile = reduction_loops(level, std::move(tile));
    finish(all, tile);
    return;
  }
  std::vector<Value*> results;
  DType t = n_.node(n_.body).dtype;
  for (const Point& p : all) {
    acc_[p.number] = c_.cast(eval(n_.body, {}, p), fact(n_.body).rep, t);
    results.push_back(c_.cast(eval(n_.post, {}, p), fact(n_.post).rep, n_.out));
  }
  for (std::size_t k = 0; k < all.size(); ++k) store(results[k], all[k]);
}

Kernel::Tile Kernel::reduction_loops(std::size_t level, Tile tile) {
  if (level < outer_.size())
    return trips(level, std::move(tile), [&](Tile t) { return reduction_loops(level + 1, std::move(t)); });
  for (const Point& p : points()) {
    if (n_.scatter)
      scatter_update(p);
    else
      tile[p.number] = updated(tile[p.number], p);
  }
  return tile;
}

/// A loop over the whole trips of outer_[level], then the shorter last one. `body` maps the tile through one trip.
template <class Body>
Kernel::Tile Kernel::trips(std::size_t level, Tile tile, const Body& body) {
  const loop::Loop& l = outer_[level];
  Dim full = span(l.index) / l.step, rest = span(l.index) % l.step;
  auto once = [&](Dim counter, Dim inner_span, const char* name) {
    enter(block(name));
    in_scope(level, c_.index(counter), inner_span, [&] { tile = body(std::move(tile)); });
  };
  if (full == 1) once(0, l.step, l.name.c_str());
  if (full > 1) {
    llvm::BasicBlock *before = c_.b.GetInsertBlock(), *header = block(l.name.c_str());
    enter(header);
    llvm::PHINode* counter = c_.b.CreatePHI(c_.i64, 2);
    counter->addIncoming(c_.index(0), before);
    std::vector<std::pair<Value**, llvm::PHINode*>> carried;
    for (Reduced& r : tile)
      for (Value** v : {&r.value, &r.position}) {
        if (!*v) continue;
        llvm::PHINode* phi = c_.b.CreatePHI((*v)->getType(), 2);
        phi->addIncoming(*v, before);
        *v = phi;
        carried.emplace_back(v, phi);
      }
    Tile* home = &tile;
    in_scope(level, counter, l.step, [&] {
      Tile after = body(*home);
      for (std::size_t k = 0; k < after.size(); ++k) (*home)[k] = after[k];
    });
    llvm::BasicBlock *latch = c_.b.GetInsertBlock(), *done = block("done");
    for (auto& [place, phi] : carried) phi->addIncoming(*place, latch);
    Value* next = c_.b.CreateNSWAdd(counter, c_.index(1));
    counter->addIncoming(next, latch);
    c_.b.CreateCondBr(c_.b.CreateICmpSLT(next, c_.index(full)), header, done);
    c_.b.SetInsertPoint(done);
  }
  if (rest > 0) once(full, rest, "tail");
  return tile;
}

std::vector<Kernel::Point> Kernel::points() const {
  std::vector<Point> all;
  Point p;
  p.base.assign(n_.extent.size(), 0);
  p.counter.assign(unrolled_.size(), 0);
  auto visit = [&](auto& self, std::size_t k) -> void {
    if (k < unrolled_.size()) {
      const loop::Loop& l = unrolled_[k];
      Dim& base = p.base[static_cast<std::size_t>(l.index)];
      for (Dim t = 0; t < l.trips && base < span(l.index); ++t, base += l.step) {
        p.counter[k] = t;
        p.number = p.number * static_cast<std::size_t>(l.trips) + static_cast<std::size_t>(t);
        self(self, k + 1);
        p.number /= static_cast<std::size_t>(l.trips);
      }
      base -= l.step * (p.counter[k] + 1);
      p.counter[k] = 0;
      return;
    }
    Dim left = lane_index_ == kNone ? 1 : span(lane_index_) - p.base[static_cast<std::size_t>(lane_index_)];
    p.active = static_cast<unsigned>(std::min<Dim>(left, lanes_ ? lanes_ : 1));
    all.push_back(p);
  };
  visit(visit, 0);
  return all;
}

}  // namespace tenon::codegen
