#include "image/probability.hpp"

#include <algorithm>

namespace unetflow {

Picture<float> foreground_probability(const Picture<float>& probability) {
  Picture<float> foreground(probability.height, probability.width);
  std::transform(probability.values.begin(),
                 probability.values.begin() + static_cast<Index>(foreground.values.size()),
                 foreground.values.begin(), [](float background) { return 1 - background; });
  return foreground;
}

Picture<std::uint8_t> most_probable_foreground(const Picture<float>& probability) {
  Picture<std::uint8_t> classes(probability.height, probability.width);
  const auto size = classes.values.size();
  for (size_t i = 0; i < size; ++i) {
    size_t best = 1;
    for (size_t c = 2; c < static_cast<size_t>(probability.channels); ++c) {
      if (probability.values[c * size + i] > probability.values[best * size + i]) best = c;
    }
    classes.values[i] = static_cast<std::uint8_t>(best);
  }
  return classes;
}

Foreground foreground_of(const Picture<float>& probability, bool has_cores) {
  Foreground foreground{foreground_probability(probability), {}, {}};
  if (has_cores) {
    const auto core = probability.values.end() - foreground.probability.plane().size();
    foreground.cores = {probability.height, probability.width};
    std::copy(core, probability.values.end(), foreground.cores.values.begin());
  } else if (probability.channels > 2) {
    foreground.classes = most_probable_foreground(probability);
  }
  return foreground;
}

Picture<std::uint8_t> in_8_bits(const Picture<float>& probability) {
  Picture<std::uint8_t> bytes(probability.channels, probability.height, probability.width);
  std::transform(probability.values.begin(), probability.values.end(), bytes.values.begin(),
                 [](float value) {
                   return static_cast<std::uint8_t>(std::clamp(value, 0.F, 1.F) * 255 + 0.5F);
                 });
  return bytes;
}

}  // namespace unetflow
