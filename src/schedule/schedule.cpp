#include "schedule/schedule.h"

#include <fmt/ranges.h>

namespace tenon::schedule {

namespace {

std::string place(const std::string& loop) { return loop.empty() ? "the outside" : loop; }

std::string tile_text(const Step& s) {
  std::string text = "tile ";
  for (const loop::TilePart& p : s.parts)
    text += fmt::format("{}{} by {} into {}, {}", &p == &s.parts[0] ? "" : "; ", p.loop, p.trips, p.loop, p.inner);
  return s.loop.empty() ? text : text + "; inside " + s.loop;
}

}  // namespace

std::string to_text(const Step& s) {
  switch (s.kind) {
    case Step::Kind::Collapse: return "collapse";
    case Step::Kind::Divide: return fmt::format("divide {} into {} parts, {}", s.loop, s.factor, s.other);
    case Step::Kind::Split: return fmt::format("split {} by {} into {}, {}", s.loop, s.factor, s.loop, s.other);
    case Step::Kind::Interchange:
      return fmt::format("interchange {} {}", s.loop, s.other.empty() ? "to the outside" : "inside " + s.other);
    case Step::Kind::Tile: return tile_text(s);
    case Step::Kind::Hoist: return fmt::format("hoist t{} to {}", s.value, place(s.loop));
    case Step::Kind::Promote: return fmt::format("promote from {} on", place(s.loop));
    case Step::Kind::Unroll: return "unroll " + s.loop;
    case Step::Kind::Vectorize: return "vectorize " + s.loop;
    case Step::Kind::Parallelize: return "parallelize " + s.loop;
    case Step::Kind::Prefetch: return "prefetch " + s.loop;
    case Step::Kind::Ahead: return fmt::format("fetch operand {} ahead of {}", s.factor, s.loop);
    case Step::Kind::Stream: return "stream";
    case Step::Kind::Tensorize: return "tensorize " + s.loop;
    case Step::Kind::Pack:
      return fmt::format("pack t{} at {} along {}, padded by {}", s.value, s.loop, fmt::join(s.layout, ", "), s.factor);
  }
  return {};
}

std::string to_text(const Schedule& schedule) {
  std::string text = schedule.name + "\n";
  for (const Step& s : schedule.steps) text += "  " + to_text(s) + "\n";
  return text;
}

void take(loop::Nest& nest, const Step& s) {
  switch (s.kind) {
    case Step::Kind::Collapse: return loop::collapse(nest);
    case Step::Kind::Divide: return loop::divide(nest, s.loop, s.factor, s.other);
    case Step::Kind::Split: return loop::split(nest, s.loop, s.factor, s.other);
    case Step::Kind::Interchange: return loop::interchange(nest, s.loop, s.other);
    case Step::Kind::Tile: return loop::tile(nest, s.parts, s.loop);
    case Step::Kind::Hoist: return loop::hoist(nest, s.value, s.loop);
    case Step::Kind::Promote: return loop::promote(nest, s.loop);
    case Step::Kind::Unroll: return loop::unroll(nest, s.loop);
    case Step::Kind::Vectorize: return loop::vectorize(nest, s.loop);
    case Step::Kind::Parallelize: return loop::parallelize(nest, s.loop);
    case Step::Kind::Prefetch: return loop::prefetch(nest, s.loop);
    case Step::Kind::Ahead: return loop::fetch_ahead(nest, s.loop, static_cast<std::int32_t>(s.factor));
    case Step::Kind::Stream: return loop::stream(nest);
    case Step::Kind::Tensorize: return loop::tensorize(nest, s.loop);
    case Step::Kind::Pack: return loop::pack(nest, s.value, s.loop, s.layout, s.factor);
  }
}

bool add_if_possible(Schedule& schedule, loop::Nest& nest, const Step& step) {
  try {
    take(nest, step);
  } catch (const Error&) {
    return false;
  }
  schedule.steps.push_back(step);
  return true;
}

void add_stream(Schedule& schedule, loop::Nest& nest) {
  if (add_if_possible(schedule, nest, {Step::Kind::Stream, {}, 1, {}})) schedule.name += ", streamed";
}

loop::Nest apply(loop::Nest nest, const Schedule& schedule) {
  for (const Step& s : schedule.steps) take(nest, s);
  loop::check(nest);
  return nest;
}

}  // namespace tenon::schedule
