// Agreement of two masks, pixel by pixel.
#pragma once

#include <span>
#include <vector>

#include "image/view.hpp"

namespace unetflow {

/// Pixels of one class, by what they are and what they were taken for.
struct PixelCounts {
  double true_positives = 0, false_positives = 0, false_negatives = 0, true_negatives = 0;

  double total() const;
  /// Fraction of all pixels that are wrong; NaN without pixels.
  double disagreement() const;
  /// Intersection over union, and Dice's coefficient; NaN where the class is in neither mask.
  double iou() const;
  double dice() const;
};

/// Counts of class `id`: positive where truth == id, found where prediction == id. Same sizes.
PixelCounts count_pixels(Plane<const std::uint8_t> truth, Plane<const std::uint8_t> prediction,
                         std::uint8_t id = 1);

/// Harmonic mean of precision (1 without false positives) and recall (1 without false negatives).
double f_score(double true_positives, double false_positives, double false_negatives);

/// As a metric's counts, of one class after the other, and one class's back.
inline constexpr std::size_t kPixelCounts = 4;
std::vector<double> as_counts(std::span<const PixelCounts> classes);
PixelCounts pixel_counts(std::span<const double> counts);

}  // namespace unetflow
