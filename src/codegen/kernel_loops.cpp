#include "codegen/kernel.h"

namespace tenon::codegen {

using llvm::Value;

Frame open_frame(Code& c, const std::string& symbol, bool exported) {
  Frame frame;
  frame.function = c.function(symbol, c.i32, {c.pointer, c.i64, c.i64, c.pointer}, exported);
  frame.begin = frame.function->getArg(1);
  frame.end = frame.function->getArg(2);
  frame.fault = frame.function->getArg(3);
  auto* scratch = c.b.CreateAlloca(llvm::ArrayType::get(c.i64, 8));
  c.b.CreateStore(llvm::Constant::getNullValue(scratch->getAllocatedType()), scratch);
  frame.nothing = scratch;
  frame.faulted = c.b.CreateAlloca(c.i32);
  c.b.CreateStore(c.b.getInt32(0), frame.faulted);
  return frame;
}

void close_frame(Code& c, const Frame& frame) { c.b.CreateRet(c.b.CreateLoad(c.i32, frame.faulted)); }

Value* buffer_of(Code& c, const Frame& frame, std::size_t k) {
  Value* at = c.b.CreateConstInBoundsGEP1_64(c.pointer, frame.function->getArg(0), k);
  return c.b.CreateAlignedLoad(c.pointer, at, llvm::Align(8));
}

void Kernel::emit(const Frame& frame, std::span<const std::int32_t> buffers, std::int32_t outputs) {
  expect(n_.given() == 0, "given loops have counters");
  f_ = frame;
  if (n_.out_points() == 0) return;
  for (std::int32_t k : buffers) place_.buffers.push_back(buffer_of(c_, f_, static_cast<std::size_t>(k)));
  place_.temporary.assign(buffers.size(), 0);
  for (std::int32_t k : buffers.subspan(1)) place_.numbers.push_back(k - outputs);
  prepare();
  if (!outer_.empty() && outer_[0].kind == loop::LoopKind::Parallel)
    parallel_loop(0);
  else
    whole_range(0);
}

void Kernel::emit_inside(const Frame& frame, const Place& place) {
  f_ = frame;
  place_ = place;
  prepare();
  loops(0);
}

void Kernel::prepare() {
  loop::check(n_);
  find_facts();
  std::size_t tile = n_.tile();
  outer_.assign(n_.loops.begin(), n_.loops.begin() + static_cast<std::ptrdiff_t>(tile));
  for (std::size_t k = tile; k < n_.loops.size(); ++k)
    if (n_.loops[k].kind == loop::LoopKind::Unrolled) unrolled_.push_back(n_.loops[k]);
  positions_rise_ = n_.finds_position() && find_order();
  while (parallel_levels_ < outer_.size() && n_.is_parallel(outer_[parallel_levels_].index)) ++parallel_levels_;
  if (const loop::Loop* v = n_.vector_loop()) {
    lanes_ = static_cast<unsigned>(v->trips);
    lane_index_ = v->index;
  }
  spans_ = n_.extent;
  scopes_.emplace_back();
  if (!n_.streams) return;
  Value* first = c_.b.CreatePtrToInt(place_.buffers[0], c_.i64);
  aligned_ = c_.b.CreateICmpEQ(c_.b.CreateAnd(first, c_.index(bytes_of(n_.out, lanes_) - 1)), c_.index(0));
}

llvm::BasicBlock* Kernel::block(const char* name) {
  return llvm::BasicBlock::Create(f_.function->getContext(), name, f_.function);
}

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
  c_.b.CreateCondBr(c_.b.CreateICmpSLT(f_.begin, f_.end), body, done);
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
    Value* last = b.CreateSelect(b.CreateICmpSLT(f_.end, c_.index(full)), f_.end, c_.index(full));
    llvm::BasicBlock* before = b.GetInsertBlock();
    scopes_.back().leave = b.CreateCondBr(b.CreateICmpSLT(f_.begin, last), header, done);
    b.SetInsertPoint(header);
    llvm::PHINode* counter = b.CreatePHI(c_.i64, 2);
    counter->addIncoming(f_.begin, before);
    in_scope(level, counter, l.step, [&] { loops(level + 1); });
    Value* next = b.CreateNSWAdd(counter, c_.index(1));
    counter->addIncoming(next, b.GetInsertBlock());
    b.CreateCondBr(b.CreateICmpSLT(next, last), header, done);
    b.SetInsertPoint(done);
  }
  if (rest > 0) {
    auto *tail = block("tail"), *done = block("done");
    Value* wanted = b.CreateAnd(b.CreateICmpSLE(f_.begin, c_.index(full)), b.CreateICmpSGT(f_.end, c_.index(full)));
    scopes_.back().leave = b.CreateCondBr(wanted, tail, done);
    b.SetInsertPoint(tail);
    in_scope(level, c_.index(full), rest, [&] { loops(level + 1); });
    b.CreateBr(done);
    b.SetInsertPoint(done);
  }
}

void Kernel::given_loop(std::size_t level) {
  enter(block("given"));
  in_scope(level, place_.counters[level], place_.spans[level], [&] { loops(level + 1); });
}

void Kernel::loops(std::size_t level) {
  if (level == parallel_levels_) return tile_level(level);
  if (outer_[level].kind == loop::LoopKind::Given) return given_loop(level);
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
  for (const loop::Prefetch& p : n_.prefetches) fetch_rows(p);
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
  fetch_places();
  std::vector<Value*> results;
  DType t = n_.node(n_.body).dtype;
  for (const Point& p : all) {
    acc_[p.number] = c_.cast(eval(n_.body, {}, p), fact(n_.body).rep, t);
    results.push_back(c_.cast(eval(n_.post, {}, p), fact(n_.post).rep, n_.out));
  }
  std::vector<const Point*> places;
  for (const Point& p : all) places.push_back(&p);
  store_all(results, places);
}

Kernel::Tile Kernel::reduction_loops(std::size_t level, Tile tile) {
  if (level < outer_.size())
    return trips(level, std::move(tile), [&](Tile t) { return reduction_loops(level + 1, std::move(t)); });
  fetch_places();
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
