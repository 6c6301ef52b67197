#include <algorithm>
#include <set>

#include "codegen/kernel.h"
#include "schedule/schedule.h"

namespace tenon::codegen {

using llvm::Value;

Frame open_frame(Code& c, const std::string& symbol, bool exported, std::int32_t buffers) {
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
  frame.scratch =
      c.b.CreateConstInBoundsGEP1_64(c.pointer, frame.function->getArg(0), static_cast<std::uint64_t>(buffers));
  return frame;
}

void close_frame(Code& c, const Frame& frame) { c.b.CreateRet(c.b.CreateLoad(c.i32, frame.faulted)); }

Value* buffer_of(Code& c, const Frame& frame, std::size_t k) {
  Value* at = c.b.CreateConstInBoundsGEP1_64(c.pointer, frame.function->getArg(0), k);
  return c.b.CreateAlignedLoad(c.pointer, at, llvm::Align(8));
}

/// What is done once, where the range is not empty.
template <class Body>
void Kernel::whole_range(const Body& body_of_range) {
  auto *body = block("all"), *done = block("done");
  c_.b.CreateCondBr(c_.b.CreateICmpSLT(f_.begin, f_.end), body, done);
  c_.b.SetInsertPoint(body);
  body_of_range();
  c_.b.CreateBr(done);
  c_.b.SetInsertPoint(done);
}

void Kernel::emit(std::span<const std::int32_t> buffers, std::int32_t outputs) {
  expect(n_.given() == 0, "given loops have counters");
  if (n_.out_points() == 0) return;
  for (std::int32_t k : buffers) place_.buffers.push_back(buffer_of(c_, f_, static_cast<std::size_t>(k)));
  place_.temporary.assign(buffers.size(), 0);
  for (std::int32_t k : buffers.subspan(1)) place_.numbers.push_back(k - outputs);
  prepare();
  const bool shared = !outer_.empty() && outer_[0].kind == loop::LoopKind::Parallel;
  // A share of no trips copies nothing either.
  if (shared && std::ranges::none_of(n_.packs, [](const loop::Pack& p) { return p.at.empty(); }))
    return parallel_loop(0);
  whole_range([&] {
    if (!shared) return loops(0);
    make_copies(0);
    parallel_loop(0);
  });
}

void Kernel::emit_inside(const Place& place) {
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
    if (n_.loops[k].kind == loop::LoopKind::Unrolled) unrolled_.push_back(n_.loops[k]), unrolled_at_.push_back(k);
  positions_rise_ = n_.finds_position() && find_order();
  parallel_levels_ = n_.first_reduction();
  if (const loop::Loop* v = n_.vector_loop()) {
    lanes_ = static_cast<unsigned>(v->trips);
    lane_index_ = v->index;
  }
  find_dot();
  for (Dim e : n_.extent) spans_.push_back({e});
  scopes_.emplace_back();
  place_copies();
  prepare_stream();
}

/// Memory for what is copied. Nests that run in turn use the same.
void Kernel::place_copies() {
  if (n_.packs.empty()) return;
  constexpr i64 kLine = 64;
  Value* scratch = c_.b.CreateAlignedLoad(c_.pointer, f_.scratch, llvm::Align(8));
  i64 used = 0;
  for (const loop::Pack& p : n_.packs) {
    expect(static_cast<std::size_t>(p.operand) + 1 == place_.buffers.size(), "copies follow the operands");
    place_.buffers.push_back(c_.b.CreateGEP(c_.i8, scratch, c_.index(used)));
    place_.temporary.push_back(0);
    place_.numbers.push_back(p.operand);
    const i64 bytes = bytes_of(n_.in[static_cast<std::size_t>(p.operand)].dtype, p.elements);
    used += (bytes + kLine - 1) / kLine * kLine;
  }
  f_.scratch_bytes = std::max(f_.scratch_bytes, used);
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
void Kernel::in_scope(std::size_t level, Value* counter, const Span& inner, const Body& body) {
  IndexId index = outer_[level].index;
  const Span saved = span(index);
  span(index) = inner;
  scopes_.emplace_back().counter = counter;
  scopes_.back().around = saved;
  level_ = level + 1;
  body();
  level_ = level;
  scopes_.pop_back();
  span(index) = saved;
}

/// Are there further loops over the same index inside, which divide each trip evenly?
bool Kernel::is_block(std::size_t level) const {
  bool divided = false;
  for (std::size_t k = level + 1; k < outer_.size(); ++k) {
    if (outer_[k].index != outer_[level].index) continue;
    if (outer_[level].step % outer_[k].step != 0) return false;
    divided = true;
  }
  return divided;
}

Span Kernel::span_of_trip(std::size_t level, Value* counter) {
  const loop::Loop& l = outer_[level];
  const Span& s = span(l.index);
  if (s.is_known() && (s.most <= l.step || s.most % l.step == 0)) return {std::min(s.most, l.step)};
  Value* all = s.is_known() ? c_.index(s.most) : s.now;
  Value *step = c_.index(l.step), *left = c_.b.CreateSub(all, c_.b.CreateNSWMul(counter, step));
  return {l.step, c_.b.CreateSelect(c_.b.CreateICmpSLT(left, step), left, step), s.is_known() ? s.most : s.whole};
}

void Kernel::parallel_loop(std::size_t level) {
  const loop::Loop& l = outer_[level];
  const Dim extent = span(l.index).most;
  const bool is_shared = is_block(level);
  const Dim full = is_shared ? (extent + l.step - 1) / l.step : extent / l.step, rest = is_shared ? 0 : extent % l.step;
  auto& b = c_.b;
  if (full > 0) {
    auto *header = block(l.name.c_str()), *done = block("done");
    Value* last = b.CreateSelect(b.CreateICmpSLT(f_.end, c_.index(full)), f_.end, c_.index(full));
    llvm::BasicBlock* before = b.GetInsertBlock();
    scopes_.back().leave = b.CreateCondBr(b.CreateICmpSLT(f_.begin, last), header, done);
    b.SetInsertPoint(header);
    llvm::PHINode* counter = b.CreatePHI(c_.i64, 2);
    counter->addIncoming(f_.begin, before);
    const Span inner = is_shared ? span_of_trip(level, counter) : Span{l.step};
    in_scope(level, counter, inner, [&] { loops(level + 1); });
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
    in_scope(level, c_.index(full), {rest}, [&] { loops(level + 1); });
    b.CreateBr(done);
    b.SetInsertPoint(done);
  }
}

void Kernel::given_loop(std::size_t level) {
  enter(block("given"));
  in_scope(level, place_.counters[level], place_.spans[level], [&] { loops(level + 1); });
}

/// What is copied for the loops from here on.
void Kernel::make_copies(std::size_t level) {
  for (const loop::Pack& p : n_.packs) {
    if (n_.inside_of(p.at) != level) continue;
    loop::Nest copy = loop::copy_of(n_, p);
    copy = schedule::apply(copy, schedule::choose_copy(copy, c_.cpu));
    Place place = place_;
    for (std::size_t k = place.counters.size(); k < level; ++k) place.counters.push_back(scopes_[k + 1].counter);
    place.spans.clear();
    for (std::size_t k = 0; k < level; ++k) place.spans.push_back(span(outer_[k].index));
    place.buffers[0] = place_.buffers[static_cast<std::size_t>(p.operand) + 1];
    place.temporary[0] = 0;
    Kernel(c_, copy, f_).emit_inside(place);
  }
}

void Kernel::loops(std::size_t level) {
  make_copies(level);
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
    add_corrections(tile, all);
    if (n_.reduces_in_blocks()) prefetch_output(all);
    if (n_.points() > 0) tile = reduction_loops(level, std::move(tile));
    take_corrections(tile, all);
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

/// Whether all reduction loops outside of the tile's are in their first trip, or in their last one.
Value* Kernel::at_end_of_blocks(bool last) {
  Value* all = nullptr;
  for (std::size_t k = 0; k < parallel_levels_; ++k) {
    if (n_.is_parallel(outer_[k].index)) continue;
    const Scope& trip = scopes_[k + 1];
    Value* end = trip.around.is_known() ? c_.index(trip.around.most) : trip.around.now;
    Value* next = c_.b.CreateNSWMul(c_.b.CreateNSWAdd(trip.counter, c_.index(1)), c_.index(outer_[k].step));
    Value* here = last ? c_.b.CreateICmpSGE(next, end) : c_.b.CreateICmpEQ(trip.counter, c_.index(0));
    all = all ? c_.b.CreateAnd(all, here) : here;
  }
  return all;
}

Kernel::Tile Kernel::reduction_loops(std::size_t level, Tile tile) {
  if (level < outer_.size())
    return trips(level, std::move(tile), [&](Tile t) { return reduction_loops(level + 1, std::move(t)); });
  fetch_places();
  if (dot_.width > 0) return dot_sums(std::move(tile));
  for (const Point& p : points()) {
    if (n_.scatter)
      scatter_update(p);
    else
      tile[p.number] = updated(tile[p.number], p);
  }
  return tile;
}

/// A loop of `count` trips, whose counter begins at 0. `body` maps the tile through one trip.
Kernel::Tile Kernel::counted_trips(std::size_t level, Value* count, Tile tile, const std::function<Span(Value*)>& inner,
                                   const std::function<Tile(Tile)>& body) {
  auto& b = c_.b;
  auto* known = llvm::dyn_cast<llvm::ConstantInt>(count);
  const bool may_be_none = !known || known->isZero();
  llvm::BasicBlock *before = b.GetInsertBlock(), *header = block(outer_[level].name.c_str()), *done = block("done");
  if (may_be_none) {
    scopes_.back().leave = b.CreateCondBr(b.CreateICmpSGT(count, c_.index(0)), header, done);
    b.SetInsertPoint(header);
  } else {
    enter(header);
  }
  llvm::PHINode* counter = b.CreatePHI(c_.i64, 2);
  counter->addIncoming(c_.index(0), before);
  const Tile outside = tile;
  std::vector<llvm::PHINode*> carried;
  auto values = [](Tile& t) {
    std::vector<Value**> all;
    for (Reduced& r : t)
      for (Value** v : {&r.value, &r.position})
        if (*v) all.push_back(v);
    return all;
  };
  for (Value** v : values(tile)) {
    carried.push_back(b.CreatePHI((*v)->getType(), 2));
    carried.back()->addIncoming(*v, before);
    *v = carried.back();
  }
  in_scope(level, counter, inner(counter), [&] { tile = body(std::move(tile)); });
  llvm::BasicBlock* latch = b.GetInsertBlock();
  std::vector<Value**> after = values(tile);
  for (std::size_t k = 0; k < carried.size(); ++k) carried[k]->addIncoming(*after[k], latch);
  Value* next = b.CreateNSWAdd(counter, c_.index(1));
  counter->addIncoming(next, latch);
  b.CreateCondBr(b.CreateICmpSLT(next, count), header, done);
  b.SetInsertPoint(done);
  if (!may_be_none) return tile;
  Tile skipped = outside;
  std::vector<Value**> first = values(skipped);
  for (std::size_t k = 0; k < after.size(); ++k) {
    llvm::PHINode* either = b.CreatePHI((*after[k])->getType(), 2);
    either->addIncoming(*first[k], before);
    either->addIncoming(*after[k], latch);
    *after[k] = either;
  }
  return tile;
}

/// One trip, where the condition holds.
Kernel::Tile Kernel::where(Value* condition, Tile tile, const std::function<Tile(Tile)>& body) {
  auto& b = c_.b;
  llvm::BasicBlock *before = b.GetInsertBlock(), *inside = block("tail"), *done = block("done");
  scopes_.back().leave = b.CreateCondBr(condition, inside, done);
  b.SetInsertPoint(inside);
  const Tile outside = tile;
  tile = body(std::move(tile));
  llvm::BasicBlock* end = b.GetInsertBlock();
  b.CreateBr(done);
  b.SetInsertPoint(done);
  for (std::size_t k = 0; k < tile.size(); ++k)
    for (auto member : {&Reduced::value, &Reduced::position}) {
      if (!(tile[k].*member)) continue;
      llvm::PHINode* either = b.CreatePHI((tile[k].*member)->getType(), 2);
      either->addIncoming(outside[k].*member, before);
      either->addIncoming(tile[k].*member, end);
      tile[k].*member = either;
    }
  return tile;
}

/// A loop whose trips are divided by loops inside: a shorter last trip runs the same code.
Kernel::Tile Kernel::trips_of_block(std::size_t level, Tile tile, const std::function<Tile(Tile)>& body) {
  const loop::Loop& l = outer_[level];
  const Span& s = span(l.index);
  Value* count = s.is_known() ? c_.index((s.most + l.step - 1) / l.step)
                              : c_.b.CreateUDiv(c_.b.CreateAdd(s.now, c_.index(l.step - 1)), c_.index(l.step));
  return counted_trips(
      level, count, std::move(tile), [&](Value* counter) { return span_of_trip(level, counter); }, body);
}

/// All trips of outer_[level], the last of which may be shorter. `body` maps the tile through one trip.
template <class Body>
Kernel::Tile Kernel::trips(std::size_t level, Tile tile, const Body& body) {
  const loop::Loop& l = outer_[level];
  const Span s = span(l.index);
  auto once = [&](Value* counter, Dim inner_span, const char* name) {
    enter(block(name));
    in_scope(level, counter, {inner_span}, [&] { tile = body(std::move(tile)); });
  };
  if (s.is_known() && s.most <= l.step) {
    once(c_.index(0), s.most, l.name.c_str());
    return tile;
  }
  if (is_block(level)) return trips_of_block(level, std::move(tile), body);
  const auto whole = [&](Value*) { return Span{l.step}; };
  if (s.is_known()) {
    const Dim full = s.most / l.step, rest = s.most % l.step;
    if (full == 1) once(c_.index(0), l.step, l.name.c_str());
    if (full > 1) tile = counted_trips(level, c_.index(full), std::move(tile), whole, body);
    if (rest > 0) once(c_.index(full), rest, "tail");
    return tile;
  }
  Value* full = c_.b.CreateUDiv(s.now, c_.index(l.step));
  tile = counted_trips(level, full, std::move(tile), whole, body);
  // The last block may leave another rest than the whole ones.
  Value* left = c_.b.CreateSub(s.now, c_.b.CreateMul(full, c_.index(l.step)));
  for (const Dim rest : std::set<Dim>{s.most % l.step, s.whole % s.most % l.step}) {
    if (rest == 0) continue;
    tile = where(c_.b.CreateICmpEQ(left, c_.index(rest)), std::move(tile), [&](Tile t) {
      in_scope(level, full, {rest}, [&] { t = body(std::move(t)); });
      return t;
    });
  }
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
      for (Dim t = 0; t < l.trips && base < span(l.index).most; ++t, base += l.step) {
        p.counter[k] = t;
        p.number = p.number * static_cast<std::size_t>(l.trips) + static_cast<std::size_t>(t);
        self(self, k + 1);
        p.number /= static_cast<std::size_t>(l.trips);
      }
      base -= l.step * (p.counter[k] + 1);
      p.counter[k] = 0;
      return;
    }
    Dim left = lane_index_ == kNone ? 1 : span(lane_index_).most - p.base[static_cast<std::size_t>(lane_index_)];
    p.active = static_cast<unsigned>(std::min<Dim>(left, lanes_ ? lanes_ : 1));
    all.push_back(p);
  };
  visit(visit, 0);
  return all;
}

}  // namespace tenon::codegen
