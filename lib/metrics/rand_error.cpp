// The Rand error of the 2012 challenge.
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
          .measure = [](const ImageAtThreshold& image) -> Counts {
            const RandSums sums = rand_sums(image.segments);
            return {sums.truth, sums.segmentation, sums.both};
          },
          .value =
              [](std::span<const double> counts) {
                return 1 - RandSums{counts[0], counts[1], counts[2]}.f_score();
              }};
}

}  // namespace unetflow::metric
