// The thresholds of the ISBI 2012 challenge, and what lies above them.
#pragma once

#include <vector>

#include "image/view.hpp"

namespace unetflow {

/// 0, 0.1, ... as the challenge's scripts add them up in double precision: 11 up to 1 (the last is
/// 0.9999999999999999), 10 up to 0.9.
std::vector<double> challenge_thresholds(double last);

/// mask(y, x) = double(probability(y, x)) > threshold; same sizes.
void above_threshold(Plane<const float> probability, double threshold, Plane<std::uint8_t> mask);

}  // namespace unetflow
