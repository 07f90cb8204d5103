#include "metrics/pixel_counts.hpp"

namespace unetflow {

double PixelCounts::total() const {
  return true_positives + false_positives + false_negatives + true_negatives;
}

double PixelCounts::disagreement() const { return (false_positives + false_negatives) / total(); }

double PixelCounts::iou() const {
  return true_positives / (true_positives + false_positives + false_negatives);
}

double PixelCounts::dice() const {
  return 2 * true_positives / (2 * true_positives + false_positives + false_negatives);
}

PixelCounts count_pixels(Plane<const std::uint8_t> truth, Plane<const std::uint8_t> prediction,
                         std::uint8_t id) {
  std::int64_t both = 0, found = 0, there = 0;
  for (Index y = 0; y < truth.height; ++y) {
    for (Index x = 0; x < truth.width; ++x) {
      const bool is = truth(y, x) == id, taken = prediction(y, x) == id;
      both += is && taken;
      found += taken;
      there += is;
    }
  }
  return {static_cast<double>(both), static_cast<double>(found - both),
          static_cast<double>(there - both),
          static_cast<double>(truth.size() - found - there + both)};
}

double f_score(double true_positives, double false_positives, double false_negatives) {
  const double precision =
      false_positives == 0 ? 1 : true_positives / (true_positives + false_positives);
  const double recall =
      false_negatives == 0 ? 1 : true_positives / (true_positives + false_negatives);
  return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
}

std::vector<double> as_counts(std::span<const PixelCounts> classes) {
  std::vector<double> counts;
  for (const auto& c : classes) {
    counts.insert(counts.end(),
                  {c.true_positives, c.false_positives, c.false_negatives, c.true_negatives});
  }
  return counts;
}

PixelCounts pixel_counts(std::span<const double> counts) {
  return {counts[0], counts[1], counts[2], counts[3]};
}

}  // namespace unetflow
