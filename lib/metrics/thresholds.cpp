#include "metrics/thresholds.hpp"

namespace unetflow {

std::vector<double> challenge_thresholds(double last) {
  std::vector<double> thresholds;
  for (double t = 0; t <= last; t += 0.1) thresholds.push_back(t);
  return thresholds;
}

}  // namespace unetflow
