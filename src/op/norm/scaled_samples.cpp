#include "op/norm/scaled_samples.h"

namespace tenon {

std::vector<SampleInput> scaled_sample(const Type& x, const Shape& shape, std::size_t parameters, DType type) {
  std::vector<SampleInput> in{{x}};
  for (std::size_t k = 0; k < parameters; ++k) in.push_back({{type, shape}});
  return in;
}

std::vector<SampleInput> scaled_sample(const Type& x, const Shape& shape, std::size_t parameters) {
  return scaled_sample(x, shape, parameters, x.dtype);
}

}  // namespace tenon
