// Whether probabilities are true: of the pixels that are said to be foreground with probability p,
// a fraction p should be (a reliability diagram; Guo et al. 2017).
#pragma once

#include <array>
#include <cstdint>

#include "image/view.hpp"

namespace unetflow {

class Reliability {
 public:
  static constexpr int kBins = 10;
  /// Counts the annotated pixels of an image. Both planes have one size.
  void add(Plane<const std::uint8_t> label, Plane<const float> foreground);

  struct Bin {
    std::int64_t pixels = 0;
    double said = 0;  ///< mean probability
    double is = 0;    ///< fraction that is foreground
  };
  /// Of probabilities from i / kBins to (i + 1) / kBins.
  Bin bin(int i) const;
  std::int64_t pixels() const;
  /// The expected calibration error: mean over pixels of |said - is| of their bin; 0 without any.
  double error() const;

 private:
  struct Count {
    std::int64_t pixels = 0, foreground = 0;
    double probability = 0;  ///< the sum
  };
  std::array<Count, kBins> counts_;
};

}  // namespace unetflow
