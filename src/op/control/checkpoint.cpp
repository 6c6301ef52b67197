#include "op/control/checkpoint.h"

#include "op/control/samples.h"

namespace tenon {

std::vector<Case<Checkpoint>> Checkpoint::samples() {
  std::vector<Case<Checkpoint>> list;
  for (DType t : {DType::F32, DType::F64}) list.push_back({{scaled_sum(t, {3})}, {{{t, {3}}}, {{t, {3}}}}});
  list.push_back({{product(DType::F64, {2, 2})}, {{{DType::F64, {2, 2}}}, {{DType::F64, {2, 2}}}}});
  return list;
}

}  // namespace tenon
