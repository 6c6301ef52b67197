#include "op/effect/print.h"

#include <cstdio>

namespace tenon {

std::vector<Array> Print::evaluate(std::span<const Array> in) const {
  std::string line = text;
  for (const Array& x : in.subspan(1)) line += (line.empty() ? "" : " ") + to_string(x);
  std::fprintf(stderr, "%s\n", line.c_str());
  return {in[0]};
}

}  // namespace tenon
