// Brightness and contrast: v -> 0.5 + g (v - 0.5) + o.
#pragma once

#include <nlohmann/json.hpp>

#include "sample/augmentation.hpp"

namespace unetflow {

struct BrightnessContrast {
  static constexpr const char* kKey = "brightness_contrast";
  static constexpr DrawNumbers kDraws{9, 3};

  double probability = 0;
  double gain = 0.2;    ///< g is uniform in [1 - gain, 1 + gain]
  double offset = 0.1;  ///< gray value; o is uniform in [-offset, offset]

  IntensityChange draw(const Draws& draws, Stack<const float> input) const;
  Showing showing() const;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BrightnessContrast, probability, gain, offset)

}  // namespace unetflow
