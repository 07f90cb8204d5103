// The plain fraction of wrong pixels, beside the challenge's pixel error.
#include "metrics/metric.hpp"

namespace unetflow::metric {

Metric pixel_disagreement() {
  return {
      .key = "pixel_disagreement",
      .name = "Pixel disagreement",
      .description = "Fraction of pixels that are wrong at the threshold 0.5; 0 is perfect.",
      .measure =
          [](const ImageAtThreshold& image) {
            return as_counts({&image.pixels, 1});
          },
      .value = [](std::span<const double> counts) { return pixel_counts(counts).disagreement(); }};
}

}  // namespace unetflow::metric
