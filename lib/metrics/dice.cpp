// The Dice coefficient, class by class.
#include "metrics/metric.hpp"

namespace unetflow::metric {

Metric dice() {
  return {
      .key = "dice",
      .name = "Dice",
      .description = "Dice coefficient of each class's pixels, mean over classes; 1 is perfect.",
      .larger_is_better = true,
      .counts_per_class = kPixelCounts,
      .measure = [](const ImageAtThreshold& image) { return as_counts(image.classes); },
      .value = [](std::span<const double> counts) { return pixel_counts(counts).dice(); }};
}

}  // namespace unetflow::metric
