#include "simd/gaussian.hpp"

#include "core/deterministic_math.hpp"

namespace unetflow {

std::vector<double> gaussian_half(double sigma, int kernel) {
  std::vector<double> half;
  double sum = 0;
  for (int i = 0; i <= kernel / 2; ++i) {
    half.push_back(i == 0 ? 1 : exponential(-i * i / (2 * sigma * sigma)));
    sum += (i == 0 ? 1 : 2) * half.back();
  }
  for (double& value : half) value /= sum;
  return half;
}

}  // namespace unetflow
