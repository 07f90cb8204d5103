// Intersection over union, class by class.
#include "metrics/metric.hpp"

namespace unetflow::metric {

Metric iou() {
  return {.key = "iou",
          .name = "IoU",
          .description =
              "Intersection over union of each class's pixels, mean over classes; 1 is perfect.",
          .larger_is_better = true,
          .counts_per_class = kPixelCounts,
          .measure = [](const ImageAtThreshold& image) { return as_counts(image.classes); },
          .value = [](std::span<const double> counts) { return pixel_counts(counts).iou(); }};
}

}  // namespace unetflow::metric
