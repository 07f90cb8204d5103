#include "metrics/inversion.hpp"

#include <fmt/format.h>

#include <cmath>

namespace unetflow {

void InversionCheck::add(const PredictedPicture& picture) {
  if (picture.class_count != 2) return;
  const bool graded = !picture.foreground.values.empty();
  for (size_t i = 0; i < picture.label.values.size(); ++i) {
    const auto label = picture.label.values[i];
    if (label == kIgnored) continue;
    const float found = graded                            ? picture.foreground.values[i]
                        : picture.segments.values[i] != 0 ? 1.0f
                                                          : 0.0f;
    difference_ += std::abs(found - (label != 0 ? 1.0f : 0.0f));
    ++pixels_;
  }
}

std::optional<std::string> InversionCheck::doubt() const {
  // Below, a poor prediction may be meant as it is.
  constexpr double kInverted = 0.6;
  if (pixels_ == 0 || difference_ <= kInverted * pixels_) return std::nullopt;
  const double percent = 100 * difference_ / pixels_;
  return fmt::format(
      "predictions differ from labels by {:.0f} % of the pixels, and by {:.0f} % if one of them "
      "were inverted: is 1 the same in both?",
      percent, 100 - percent);
}

}  // namespace unetflow
