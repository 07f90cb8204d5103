#include "metrics/class_probabilities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "artifact/value_checks.hpp"
#include "core/error.hpp"
#include "core/words.hpp"

namespace unetflow {

Picture<float> probabilities(const PicturePage& page, const std::string& place) {
  Picture<float> out = std::visit(
      [&](const auto& picture) -> Picture<float> {
        using T = typename std::decay_t<decltype(picture.values)>::value_type;
        if constexpr (std::is_same_v<T, float>) return picture;
        const auto scale = static_cast<float>(full_scale(page));
        Picture<float> scaled(picture.channels, picture.height, picture.width);
        for (size_t i = 0; i < picture.values.size(); ++i) {
          scaled.values[i] = static_cast<float>(picture.values[i]) / scale;
        }
        return scaled;
      },
      page.values);
  check_probabilities(out, place);
  return out;
}

ClassProbabilities class_probabilities(const PicturePage& page, Index background,
                                       const std::string& place) {
  const Picture<float> of_classes = probabilities(page, place);
  const auto [channels, height, width] = size_of(page);
  if (channels < 2 || channels > kIgnored || background >= channels) {
    throw InputError(place, fmt::format("has {}, expected a channel for each of 2 to {} classes, "
                                        "and that of the background as number {} from 0 on",
                                        counted(channels, "channel"), kIgnored, background));
  }
  ClassProbabilities out{{height, width}, {height, width}};
  const auto size = static_cast<size_t>(height * width);
  for (size_t i = 0; i < size; ++i) {
    float sum = 0, most = -1;
    std::uint8_t number = 0;
    for (Index c = 0; c < channels; ++c) {
      const float probability = of_classes.values[static_cast<size_t>(c) * size + i];
      sum += probability;
      if (c == background) continue;
      ++number;
      if (probability <= most) continue;
      most = probability;
      out.classes.values[i] = number;
    }
    constexpr float kRounding = 0.01F, kMost = 0.05F;  // 8 bits are rounded for each class
    if (std::abs(sum - 1) > std::min(kRounding * static_cast<float>(channels), kMost)) {
      throw InputError(
          place, fmt::format("has probabilities that add up to {:.3f} at y = {}, x = "
                             "{}, expected 1 over the channels of all classes",
                             sum, static_cast<Index>(i) / width, static_cast<Index>(i) % width));
    }
    const float of_background = of_classes.values[static_cast<size_t>(background) * size + i];
    out.foreground.values[i] = 1 - of_background;
  }
  return out;
}

}  // namespace unetflow
