// The thresholds of the ISBI 2012 challenge.
#pragma once

#include <vector>

namespace unetflow {

/// The last threshold of any metric.
inline constexpr double kLastThreshold = 1;
/// The threshold of metrics that have no choice of it; one of the challenge's.
inline constexpr double kFixedThreshold = 0.5;

/// 0, 0.1, ... as the challenge's scripts add them up in double precision: 11 up to 1 (the last is
/// 0.9999999999999999), 10 up to 0.9.
std::vector<double> challenge_thresholds(double last);

}  // namespace unetflow
