// The weights of a Gaussian window, the same on every processor.
#pragma once

#include <vector>

namespace unetflow {

/// Half of the normalised Gaussian window of `kernel` weights: [kernel / 2 + 1], from the centre
/// outwards.
/// `sigma` is the standard deviation in px.
std::vector<double> gaussian_half(double sigma, int kernel);

}  // namespace unetflow
