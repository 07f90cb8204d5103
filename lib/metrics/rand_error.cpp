// The Rand error of the 2012 challenge.
#include <cmath>

#include "metrics/metric.hpp"
#include "metrics/rand_sums.hpp"

namespace unetflow::metric {

Metric rand_error() {
  return {.key = "rand_error",
          .name = "Rand error",
          .description =
              "1 - F-score of pairs of pixels in one segment, without thinning (ISBI "
              "2012); 0 is perfect.",
          .published = "0.0382",
          .last_threshold = 1,
          .of_probabilities = true,
          .measure = [](const ImageAtThreshold& image) -> Counts {
            const RandSums sums = rand_sums(image.cells);
            return {sums.truth, sums.segmentation, sums.both};
          },
          .value =
              [](std::span<const double> counts) {
                const RandSums sums{counts[0], counts[1], counts[2]};
                return sums.truth > 0 ? 1 - sums.f_score() : std::nan("");
              }};
}

}  // namespace unetflow::metric
