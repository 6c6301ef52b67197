// Values that an element-wise nest would compute again and again.
#pragma once
#include "schedule/schedule.h"

namespace tenon::schedule {

/// For functions such as exp of what varies along inner loops, but not along one around them: steps that keep them in a
/// copy, which stays in the first cache. `nest` has its final loops and reduces nothing.
std::vector<Step> hoists_of(const loop::Nest& nest, const Processor& processor);

}  // namespace tenon::schedule
