// Whether one of two ways to segment the same images is better than the other: image by image, each
// with several seeds of training.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "metrics/bootstrap.hpp"

namespace unetflow {

/// A metric's values [seed][image], NaN where it is not defined.
using SeedValues = std::vector<std::vector<double>>;

/// Of the second to the first.
struct PairedDifference {
  std::array<double, 2> mean;      ///< of both, over images and seeds
  double difference;               ///< the second's mean less the first's
  std::array<double, 2> interval;  ///< of the difference, over images drawn with replacement
  double spread;                   ///< the larger range of means over the seeds of one of them
  size_t images;                   ///< that have a value with every seed of both
  /// Empty if the interval is on one side of 0 and the difference larger than the spread; else why
  /// nothing can be said.
  std::string doubt;
};

/// Images are compared with themselves, so what makes some of them harder than others drops out.
/// One seed has no spread, so nothing can be said then; nor of fewer than two images. Both must
/// have at least a seed and equally many images.
PairedDifference paired_difference(const BootstrapConfig& config, const SeedValues& first,
                                   const SeedValues& second);

}  // namespace unetflow
