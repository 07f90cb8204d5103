// AP, the average precision of cells, as Cellpose and StarDist report it and the Data Science Bowl
// 2018 scored: TP / (TP + FP + FN), where a cell is found if the intersection over union with a
// segment exceeds one half. So at most one segment finds it; unlike SEG, extra segments cost.
#include <cmath>

#include "metrics/metric.hpp"

namespace unetflow::metric {

Metric average_precision() {
  return {.key = "ap",
          .name = "AP",
          .description =
              "Cells found with an intersection over union above 0.5, as a fraction of all cells "
              "annotated or found; 1 is perfect.",
          .larger_is_better = true,
          .headline = true,
          .last_threshold = 1,
          .measure = [](const ImageAtThreshold& image) -> Counts {
            const ContingencyTable& table = image.cells;
            double annotated = 0, segments = 0, found = 0;
            for (const auto area : table.truth_area) annotated += area > 0;
            for (size_t j = 1; j < table.whole_segment_area.size(); ++j) {
              segments += table.whole_segment_area[j] > 0;
            }
            for (const auto& [truth, segment, pixels] : table.overlaps) {
              const auto either =
                  table.truth_area[truth] + table.whole_segment_area[segment] - pixels;
              found += 2 * pixels > either;
            }
            return {found, annotated + segments - found, annotated};
          },
          // Segments of an image without cells count, but the image has no value of its own.
          .value =
              [](std::span<const double> counts) {
                return counts[2] > 0 ? counts[0] / counts[1] : std::nan("");
              }};
}

}  // namespace unetflow::metric
