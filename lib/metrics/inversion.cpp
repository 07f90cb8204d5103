#include "metrics/inversion.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/words.hpp"

namespace unetflow {
namespace {

constexpr double kInverted = 0.6;  // of the pixels; below, a poor prediction may be meant as it is

}  // namespace

void InversionCheck::add(const PredictedPicture& picture) {
  if (picture.class_count != 2) return;
  const bool graded = !picture.foreground.values.empty();
  double difference = 0, pixels = 0;
  for (size_t i = 0; i < picture.label.values.size(); ++i) {
    const auto label = picture.label.values[i];
    if (label == kIgnored) continue;
    const float found = graded                            ? picture.foreground.values[i]
                        : picture.segments.values[i] != 0 ? 1.0f
                                                          : 0.0f;
    difference += std::abs(found - (label != 0 ? 1.0f : 0.0f));
    ++pixels;
  }
  difference_ += difference;
  pixels_ += pixels;
  if (difference > kInverted * pixels) inverted_.push_back(picture.name);
}

std::optional<std::string> InversionCheck::doubt() const {
  if (inverted_.empty()) return std::nullopt;
  if (difference_ <= kInverted * pixels_) {
    return fmt::format(
        "image {}{}: predictions differ from labels by more pixels than if one of them were "
        "inverted, unlike those of other images: is 1 the same in all files?",
        inverted_.front(), and_more(inverted_.size()));
  }
  const double percent = 100 * difference_ / pixels_;
  return fmt::format(
      "predictions differ from labels by {:.0f} % of the pixels, and by {:.0f} % if one of them "
      "were inverted: is 1 the same in both?",
      percent, 100 - percent);
}

}  // namespace unetflow
