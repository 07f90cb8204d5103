#include "metrics/v_info.hpp"

#include <cmath>

#include "core/deterministic_math.hpp"
#include "metrics/metric.hpp"

namespace unetflow {
namespace {

/// p ln p of the fraction p = pixels / total.
double p_log_p(std::int64_t pixels, double total) {
  if (pixels == 0) return 0;
  const double p = static_cast<double>(pixels) / total;
  return p * natural_log(p);
}

}  // namespace

double information_score(const ContingencyTable& table) {
  const auto total = static_cast<double>(table.pixels);
  // Each of the single pixels is the fraction 1 / n.
  const double alone = static_cast<double>(table.segment_area[0]) / total * natural_log(total);
  double truth = 0, segmentation = alone, both = alone;
  for (const auto area : table.truth_area) truth -= p_log_p(area, total);
  for (size_t j = 1; j < table.segment_area.size(); ++j) {
    segmentation -= p_log_p(table.segment_area[j], total);
  }
  for (const auto& overlap : table.overlaps) both -= p_log_p(overlap.pixels, total);
  const double mutual = truth + segmentation - both;
  // The harmonic mean of I / H_A and I / H_B.
  if (truth <= 0) return std::nan("");
  return segmentation > 0 ? 2 * mutual / (truth + segmentation) : 0;
}

namespace metric {

Metric v_info() {
  return {.key = "v_info",
          .name = "V_info",
          .description =
              "Information that the thinned segmentation shares with the truth's "
              "foreground, mean over images; 1 is perfect.",
          .larger_is_better = true,
          .headline = true,
          .last_threshold = 1,
          .of_probabilities = true,
          .measure = [](const ImageAtThreshold& image) -> Counts {
            return score_of_image(information_score(image.thinned));
          },
          .value = mean_of};
}

}  // namespace metric

}  // namespace unetflow
