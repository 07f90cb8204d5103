#include "sample/brightness_contrast.hpp"

#include <fmt/format.h>

namespace unetflow {

IntensityChange BrightnessContrast::draw(const Draws& draws, Stack<const float>) const {
  enum : std::uint64_t { kApply, kGain, kOffset };
  if (!draws.happens(kApply, probability)) return {};
  const auto factor = static_cast<float>(1 + draws.within(kGain, gain));
  const auto middle = 0.5f + static_cast<float>(draws.within(kOffset, offset));
  // A plain loop: the compiler's vectors change no result, and memory is what it waits for.
  return [factor, middle](const IntensityRow& row) {
    for (Index x = 0; x < row.width; ++x) {
      row.values[x] = factor * (row.values[x] - 0.5f) + middle;
    }
  };
}

Showing BrightnessContrast::showing() const {
  return {.what = fmt::format(
              "Brightness and contrast: a gain from {} to {} about middle gray, and an offset by "
              "up to {}; the label stays as it is.",
              1 - gain, 1 + gain, offset)};
}

}  // namespace unetflow
