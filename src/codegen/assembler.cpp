#include "codegen/assembler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/hash.h"
#include "expr/analyse.h"
#include "loop/transform.h"
#include "schedule/model.h"

namespace tenon::codegen {

using llvm::Value;

namespace {

/// What a thread should have to do at least: about ten microseconds' worth of arithmetic or memory traffic.
constexpr double kFlopsPerThread = 4e5, kBytesPerThread = 1e5;
/// Elements of a stage's results in one block of rows: enough to hide what starting a loop costs, few enough to stay in
/// the first cache.
constexpr i64 kElementsPerBlock = 1024;
/// What the temporaries of one block may take of a thread's stack.
constexpr i64 kStackBytes = i64{1} << 18;
/// What the stages of one block read of the operands' rows: it is still in the second cache when the next stage reads
/// it again.
constexpr i64 kBytesRead = i64{1} << 18;
/// Blocks that threads can share.
constexpr i64 kEnoughBlocks = 64;

i64 grain_of(double flops, double bytes, i64 trips) {
  double threads = std::max(flops / kFlopsPerThread, bytes / kBytesPerThread);
  return std::clamp<i64>(static_cast<i64>(std::ceil(static_cast<double>(trips) / std::max(threads, 1.0))), 1, trips);
}

i64 parallel_trips(const loop::Nest& nest) {
  bool parallel = !nest.loops.empty() && nest.loops[0].kind == loop::LoopKind::Parallel;
  return parallel ? std::max<i64>(nest.loops[0].trips, 1) : 1;
}

/// A divisor of the rows where one is near, so that no second copy of the code does the rest. `widest`: elements of a
/// result in one row; `stack`: bytes of temporaries in one row; `read`: bytes of an operand in one row.
i64 rows_per_block(i64 rows, i64 blocks_around, i64 widest, i64 stack, i64 read) {
  i64 wanted = std::min({kElementsPerBlock / std::max<i64>(widest, 1), kStackBytes / std::max<i64>(stack, 1),
                         kBytesRead / std::max<i64>(read, 1)});
  wanted = std::clamp<i64>(wanted, 1, rows);
  while (wanted > 16 && blocks_around * (rows / wanted) < kEnoughBlocks) wanted /= 2;
  for (i64 b = wanted; 2 * b > wanted; --b)
    if (rows % b == 0) return b;
  return wanted;
}

i64 extent_of(const loop::Nest& nest, IndexId i) { return nest.extent[static_cast<std::size_t>(i)]; }

/// Each operand and each output once.
double traffic_of(const Part& part) {
  std::vector<double> bytes(static_cast<std::size_t>(part.outputs + part.operands), 0);
  auto note = [&](std::int32_t buffer, const tenon::Type& type) {
    if (buffer < part.outputs + part.operands)
      bytes[static_cast<std::size_t>(buffer)] = static_cast<double>(bytes_of(type.dtype, element_count(type.shape)));
  };
  for (const Stage& stage : part.stages) {
    note(stage.result, stage.e.type());
    for (std::size_t k = 0; k < stage.operands.size(); ++k) note(stage.operands[k], stage.e.in[k]);
  }
  return std::accumulate(bytes.begin(), bytes.end(), 0.0);
}

/// What the part reads and writes does not stay in the last cache until it is read again.
bool overflows_caches(const Part& part, const Processor& target) {
  const i64 last = target.caches.empty() ? i64{1} << 25 : target.caches.back().bytes;
  return traffic_of(part) > 1.5 * static_cast<double>(last);
}

/// What the part reads is not in the second cache when it begins.
bool comes_from_afar(const Part& part, const Processor& target) {
  const i64 second = target.caches.size() > 1 ? target.caches[1].bytes : i64{1} << 20;
  return traffic_of(part) > static_cast<double>(second);
}

/// Of the operand of which most is read for one row, and nothing of it for others.
i64 bytes_read_per_row(const loop::Nest& nest, std::int32_t rows) {
  i64 most = 0;
  for (const loop::Access& a : nest.accesses) {
    i64 elements = 1;
    bool by_row = false;
    for (const expr::Term& t : a.offset.terms) {
      by_row |= t.index < rows;
      if (t.index >= rows) elements *= extent_of(nest, t.index);
    }
    if (by_row) most = std::max(most, bytes_of(nest.in[static_cast<std::size_t>(a.operand)].dtype, elements));
  }
  return most;
}

/// Into how many nests one may be divided: a limit for the code.
std::size_t most_pieces(const loop::Nest& nest) {
  constexpr std::size_t kPieces = 32, kNodes = 512;
  return std::clamp<std::size_t>(kNodes / std::max<std::size_t>(nest.nodes.size(), 1), 1, kPieces);
}

/// How many of the leading indices that vary are outside of all that are divided, if any is.
std::int32_t whole_rows(loop::Nest nest) {
  loop::collapse(nest, nest.parallel);
  const IndexId cut = loop::first_cut(nest, most_pieces(nest));
  return cut == kNone ? 0 : cut;
}

/// The stage's result is an output that no stage reads.
bool is_left_alone(const Part& part, std::size_t stage) {
  const std::int32_t result = part.stages[stage].result;
  return result < part.outputs &&
         std::ranges::none_of(
             part.stages, [&](const Stage& s) { return std::ranges::find(s.operands, result) != s.operands.end(); });
}

std::vector<loop::Values> values_of(const Part& part) {
  std::vector<loop::Values> all;
  for (const Stage& stage : part.stages) all.push_back({stage.result, stage.operands});
  return all;
}

/// Bytes of a stage's results for one row of the part.
i64 bytes_per_row(const loop::Nest& nest, i64 rows) {
  return bytes_of(nest.out, nest.out_points()) / std::max<i64>(rows, 1);
}

/// While a block of rows is computed, what the next one reads of each operand comes into the cache: beside the reading
/// of the operand that has most to compute.
void fetch_next_block(const Part& part, PartPlan& plan, std::int32_t rows, const Processor& target) {
  for (std::int32_t operand = part.outputs; operand < part.outputs + part.operands; ++operand) {
    double most = 0;
    std::size_t where = 0, as = 0;
    for (std::size_t k = 0; k < plan.scheduled.size(); ++k) {
      const auto& operands = part.stages[plan.stage_of[k]].operands;
      const auto found = std::ranges::find(operands, operand);
      if (found == operands.end()) continue;
      const double work = 1 + schedule::Model(loop::one_block(plan.nests[plan.stage_of[k]]), target).weight;
      if (work > most) most = work, where = k, as = static_cast<std::size_t>(found - operands.begin());
    }
    if (most == 0) continue;
    const std::string loop = plan.scheduled[where].loops[static_cast<std::size_t>(rows - 1)].name;
    schedule::add_if_possible(plan.schedules[where], plan.scheduled[where],
                              {schedule::Step::Kind::Ahead, loop, static_cast<i64>(as), {}});
  }
}

}  // namespace

KernelSource::KernelSource(std::string name, expr::Expr e) : symbol(std::move(name)) {
  Part part;
  part.operands = static_cast<std::int32_t>(e.in.size());
  Stage stage{std::move(e), {}, 0};
  std::vector<std::int32_t> all{0};
  for (std::int32_t k = 0; k < part.operands; ++k) stage.operands.push_back(k + 1), all.push_back(k + 1);
  part.stages.push_back(std::move(stage));
  parts.push_back(std::move(part));
  buffers.push_back(std::move(all));
}

std::uint64_t KernelSource::hash() const {
  std::uint64_t h = parts.size();
  for (const Part& part : parts)
    for (const Stage& stage : part.stages) h = mix(h, stage.e.hash());
  return h;
}

std::string PartPlan::name() const {
  std::string s;
  for (std::size_t k = 0; k < schedules.size(); ++k) {
    const bool again = k > 0 && stage_of[k] == stage_of[k - 1] && schedules[k].name == schedules[k - 1].name;
    if (!again) s += (s.empty() ? "" : k > 0 && stage_of[k] == stage_of[k - 1] ? " and " : "; ") + schedules[k].name;
  }
  if (!staged) return s;
  if (given.empty()) return fmt::format("{} stages: {}", nests.size(), s);
  if (nests.size() == 1) return fmt::format("for each {} of {} rows: {}", block, rows, s);
  return fmt::format("{} stages for each {} of {} rows: {}", nests.size(), block, rows, s);
}

PartPlan plan_part(const Part& part, const Processor& target) {
  PartPlan plan;
  for (const Stage& stage : part.stages) plan.nests.push_back(loop::lower(stage.e, stage.layouts));
  const bool large = overflows_caches(part, target);
  const auto add = [&](std::size_t stage, const loop::Nest& nest, schedule::Schedule chosen) {
    plan.scheduled.push_back(schedule::apply(nest, chosen));
    if (large && is_left_alone(part, stage)) schedule::add_stream(chosen, plan.scheduled.back());
    plan.schedules.push_back(std::move(chosen));
    plan.stage_of.push_back(stage);
  };
  const bool alone = part.rows == 0 && part.stages.size() == 1;
  const std::int32_t own_rows = alone ? whole_rows(plan.nests[0]) : part.rows;
  if (alone && own_rows == 0) {
    plan.extent = 0;
    for (const loop::Nest& nest : loop::partition(plan.nests[0], most_pieces(plan.nests[0]))) {
      add(0, nest, schedule::choose(nest, target));
      plan.extent += parallel_trips(plan.scheduled.back());
    }
    return plan;
  }
  plan.staged = true;
  for (loop::Nest& nest : plan.nests) loop::collapse(nest, own_rows);
  const std::int32_t rows = loop::join_rows(plan.nests, own_rows);
  for (IndexId i = 0; i < rows; ++i) plan.given.push_back(extent_of(plan.nests[0], i));
  if (rows > 0) plan.rows = plan.given.back();
  i64 around = 1, widest = 1, stack = 0, read = 0;
  for (IndexId i = 0; i + 1 < rows; ++i) around *= plan.given[static_cast<std::size_t>(i)];
  for (std::size_t s = 0; s < part.stages.size(); ++s) {
    widest = std::max(widest, plan.nests[s].out_points() / std::max<i64>(around * plan.rows, 1));
    const bool temporary = part.stages[s].result >= part.outputs + part.operands;
    if (temporary) stack += bytes_per_row(plan.nests[s], around * plan.rows);
  }
  if (part.stages.size() > 1)
    for (const loop::Nest& nest : plan.nests) read = std::max(read, bytes_read_per_row(nest, rows));
  plan.block = rows_per_block(plan.rows, around, widest, stack, read);
  plan.extent = around * plan.blocks_of_rows();
  std::vector<std::vector<loop::Nest>> pieces;
  for (const loop::Nest& nest : plan.nests) pieces.push_back(loop::partition(nest, most_pieces(nest), rows));
  if (rows > 0) loop::fuse(plan.nests, values_of(part), rows, plan.block);
  for (std::size_t s = 0; s < part.stages.size(); ++s)
    for (loop::Nest& nest : pieces[s]) {
      loop::collapse(nest, rows);
      if (rows > 0) loop::block_rows(nest, rows, plan.block);
      add(s, nest, schedule::choose_in_block(nest, target));
    }
  if (rows > 0 && comes_from_afar(part, target) && part.stages.size() > 1) fetch_next_block(part, plan, rows, target);
  return plan;
}

const Assembler::Emitted& Assembler::emitted(const Part& part) {
  for (const auto& known : parts_)
    if (known->part == part) return *known;
  auto& fresh = parts_.emplace_back(std::make_unique<Emitted>(Emitted{part, nullptr, plan_part(part, c_.cpu), 0}));
  const std::string symbol = "part_" + std::to_string(parts_.size() - 1);
  const Frame frame = emit_part(part, fresh->plan, symbol, false);
  fresh->function = frame.function, fresh->scratch = frame.scratch_bytes;
  return *fresh;
}

Frame Assembler::emit_part(const Part& part, const PartPlan& plan, const std::string& symbol, bool exported) {
  Frame frame = open_frame(c_, symbol, exported, part.outputs + part.operands);
  if (plan.staged) {
    emit_blocks(part, plan, frame);
  } else {
    std::vector<std::int32_t> buffers{part.stages[0].result};
    buffers.insert(buffers.end(), part.stages[0].operands.begin(), part.stages[0].operands.end());
    i64 first = 0;
    for (const loop::Nest& nest : plan.scheduled) {
      const i64 extent = parallel_trips(nest);
      Frame own = frame;
      if (plan.scheduled.size() > 1) std::tie(own.begin, own.end) = share_of(frame, first, extent);
      Kernel(c_, nest, own).emit(buffers, part.outputs);
      frame.scratch_bytes = std::max(frame.scratch_bytes, own.scratch_bytes);
      first += extent;
    }
  }
  if (std::ranges::any_of(plan.scheduled, &loop::Nest::streams)) finish_streams(c_);
  close_frame(c_, frame);
  return frame;
}

/// for block in [begin, end): every stage, with the counters of the given loops.
void Assembler::emit_blocks(const Part& part, const PartPlan& plan, Frame& frame) {
  auto& b = c_.b;
  std::vector<Value*> buffers;
  const auto known = static_cast<std::size_t>(part.outputs + part.operands);
  for (std::size_t k = 0; k < known; ++k) buffers.push_back(buffer_of(c_, frame, k));
  const i64 all_rows = plan.extent / plan.blocks_of_rows() * plan.rows;
  for (std::size_t s = 0; s < part.stages.size(); ++s) {
    const auto result = static_cast<std::size_t>(part.stages[s].result);
    if (result < known) continue;
    if (buffers.size() <= result) buffers.resize(result + 1, nullptr);
    auto* bytes =
        llvm::ArrayType::get(c_.i8, static_cast<std::uint64_t>(bytes_per_row(plan.nests[s], all_rows) * plan.block));
    auto* memory = b.CreateAlloca(bytes);
    memory->setAlignment(llvm::Align(64));
    buffers[result] = memory;
  }
  auto block = [&](const char* name) {
    return llvm::BasicBlock::Create(frame.function->getContext(), name, frame.function);
  };
  auto *before = b.GetInsertBlock(), *header = block("block"), *done = block("done");
  b.CreateCondBr(b.CreateICmpSLT(frame.begin, frame.end), header, done);
  b.SetInsertPoint(header);
  llvm::PHINode* number = b.CreatePHI(c_.i64, 2);
  number->addIncoming(frame.begin, before);

  const i64 per_row = plan.blocks_of_rows(), whole = plan.rows / plan.block, rest = plan.rows % plan.block;
  std::vector<Value*> counters(plan.given.size());
  Value* left = number;
  auto split = [&](i64 extent, bool outermost) {
    Value* r = outermost ? left : b.CreateURem(left, c_.index(extent));
    if (!outermost) left = b.CreateUDiv(left, c_.index(extent));
    return r;
  };
  for (std::size_t k = counters.size(); k-- > 0;)
    counters[k] = split(k + 1 == counters.size() ? per_row : plan.given[k], k == 0);

  llvm::BasicBlock* next = block("next");
  if (rest == 0) {
    emit_stages(part, plan, frame, buffers, counters, plan.block);
    b.CreateBr(next);
  } else {
    auto *full = block("full"), *partial = block("partial");
    b.CreateCondBr(b.CreateICmpSLT(counters.back(), c_.index(whole)), full, partial);
    b.SetInsertPoint(full);
    if (whole > 0) emit_stages(part, plan, frame, buffers, counters, plan.block);
    b.CreateBr(next);
    b.SetInsertPoint(partial);
    emit_stages(part, plan, frame, buffers, counters, rest);
    b.CreateBr(next);
  }
  b.SetInsertPoint(next);
  Value* following = b.CreateNSWAdd(number, c_.index(1));
  number->addIncoming(following, next);
  b.CreateCondBr(b.CreateICmpSLT(following, frame.end), header, done);
  b.SetInsertPoint(done);
}

void Assembler::emit_stages(const Part& part, const PartPlan& plan, Frame& frame, const std::vector<Value*>& buffers,
                            const std::vector<Value*>& counters, i64 span) {
  const std::int32_t known = part.outputs + part.operands;
  for (std::size_t n = 0; n < plan.scheduled.size(); ++n) {
    const Stage& stage = part.stages[plan.stage_of[n]];
    Place place{counters, std::vector<Span>(counters.size()), {}, {}, {}};
    if (!place.spans.empty()) place.spans.back() = {span};
    auto add = [&](std::int32_t buffer) {
      place.buffers.push_back(buffers[static_cast<std::size_t>(buffer)]);
      place.temporary.push_back(buffer >= known);
    };
    add(stage.result);
    for (std::int32_t operand : stage.operands) {
      add(operand);
      place.numbers.push_back(operand - part.outputs);
    }
    Kernel(c_, plan.scheduled[n], frame).emit_inside(place);
  }
}

/// What [begin, end) covers of `extent` trips, which are numbers first, first + 1 … of the kernel's.
std::pair<Value*, Value*> Assembler::share_of(const Frame& frame, i64 first, i64 extent) {
  auto& b = c_.b;
  auto clamped = [&](Value* v) {
    Value* x = b.CreateSub(v, c_.index(first));
    x = b.CreateSelect(b.CreateICmpSLT(x, c_.index(0)), c_.index(0), x);
    return b.CreateSelect(b.CreateICmpSGT(x, c_.index(extent)), c_.index(extent), x);
  };
  return {clamped(frame.begin), clamped(frame.end)};
}

/// Calls a part for what [begin, end) covers of its trips, which are numbers first, first + 1 … of the kernel's.
Value* Assembler::share_of(const Emitted& part, const std::vector<std::int32_t>& buffers, i64 first,
                           const Frame& frame) {
  auto& b = c_.b;
  auto* type = llvm::ArrayType::get(c_.pointer, buffers.size() + 1);
  llvm::IRBuilder<> entry(&frame.function->getEntryBlock(), frame.function->getEntryBlock().begin());
  Value* own = entry.CreateAlloca(type);
  auto [low, high] = share_of(frame, first, part.plan.extent);
  for (std::size_t k = 0; k < buffers.size(); ++k)
    b.CreateStore(buffer_of(c_, frame, static_cast<std::size_t>(buffers[k])),
                  b.CreateConstInBoundsGEP2_64(type, own, 0, k));
  if (part.scratch > 0)
    b.CreateStore(b.CreateAlignedLoad(c_.pointer, frame.scratch, llvm::Align(8)),
                  b.CreateConstInBoundsGEP2_64(type, own, 0, buffers.size()));
  return b.CreateCall(part.function, {own, low, high, frame.fault});
}

KernelInfo Assembler::emit(const KernelSource& source) {
  KernelInfo info;
  info.symbol = source.symbol;
  auto count = [&](const Part& part, const PartPlan& plan) {
    for (const Stage& stage : part.stages) {
      expr::Cost cost = expr::cost_of(stage.e);
      info.flops += cost.flops;
      if (!plan.staged) info.bytes += cost.bytes;
    }
    if (plan.staged) info.bytes += traffic_of(part);
    info.schedule += (info.schedule.empty() ? "" : " | ") + plan.name();
  };
  info.extent = 0;
  if (source.parts.size() == 1) {
    expect(std::ranges::is_sorted(source.buffers[0]), "the buffers of a kernel of one part are those of the part");
    PartPlan plan = plan_part(source.parts[0], c_.cpu);
    info.scratch = emit_part(source.parts[0], plan, source.symbol, true).scratch_bytes;
    count(source.parts[0], plan);
    info.extent = plan.extent;
  } else {
    std::vector<const Emitted*> parts;
    for (const Part& part : source.parts) parts.push_back(&emitted(part));
    std::int32_t buffers = 0;
    for (const std::vector<std::int32_t>& own : source.buffers)
      for (std::int32_t k : own) buffers = std::max(buffers, k + 1);
    Frame frame = open_frame(c_, source.symbol, true, buffers);
    Value* status = c_.b.getInt32(0);
    for (std::size_t k = 0; k < parts.size(); ++k) {
      status = c_.b.CreateOr(status, share_of(*parts[k], source.buffers[k], info.extent, frame));
      info.extent += parts[k]->plan.extent;
      info.scratch = std::max(info.scratch, parts[k]->scratch);
      count(source.parts[k], parts[k]->plan);
    }
    c_.b.CreateRet(status);
  }
  info.grain = grain_of(info.flops, info.bytes, info.extent);
  return info;
}

}  // namespace tenon::codegen
