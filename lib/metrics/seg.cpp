#include "metrics/seg.hpp"

#include "metrics/metric.hpp"

namespace unetflow {

SegScore seg_score(const ContingencyTable& cells) {
  SegScore score;
  for (const auto area : cells.truth_area) score.objects += area > 0;
  for (const auto& overlap : cells.overlaps) {
    const auto area = cells.truth_area[overlap.truth];
    if (2 * overlap.pixels <= area) continue;
    score.sum +=
        static_cast<double>(overlap.pixels) /
        static_cast<double>(area + cells.whole_segment_area[overlap.segment] - overlap.pixels);
  }
  return score;
}

namespace metric {

Metric seg() {
  return {.key = "seg",
          .name = "SEG",
          .description =
              "Intersection over union of each annotated cell with the segment that "
              "covers most of it, mean over cells (Cell Tracking Challenge); 1 is "
              "perfect.",
          .larger_is_better = true,
          .headline = true,
          .last_threshold = 1,
          .measure = [](const ImageAtThreshold& image) -> Counts {
            const SegScore score = seg_score(image.cells);
            return {score.sum, score.objects};
          },
          .value = mean_of};
}

}  // namespace metric
}  // namespace unetflow
