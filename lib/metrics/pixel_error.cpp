// The pixel error of the 2012 challenge.
#include <cmath>

#include "metrics/metric.hpp"

namespace unetflow::metric {

Metric pixel_error() {
  return {.key = "pixel_error",
          .name = "Pixel error",
          .description = "1 - F-score of the foreground's pixels (ISBI 2012); 0 is perfect.",
          .headline = true,
          .published = "0.0611",
          .last_threshold = 1,
          .of_probabilities = true,
          .measure =
              [](const ImageAtThreshold& image) {
                return as_counts({&image.pixels, 1});
              },
          .value =
              [](std::span<const double> counts) {
                const PixelCounts c = pixel_counts(counts);
                if (c.true_positives + c.false_negatives == 0) return std::nan("");
                return 1 - f_score(c.true_positives, c.false_positives, c.false_negatives);
              }};
}

}  // namespace unetflow::metric
