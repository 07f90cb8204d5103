#include "artifact/value_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace unetflow {

void check_finite(std::span<const float> values, const std::string& place) {
  // A loop without a branch first: 0 times infinity, or times what is not a number, is not 0.
  float sum = 0;
  for (const float value : values) sum += value * 0;
  if (sum == 0) return;
  const auto wrong = std::find_if_not(values.begin(), values.end(),
                                      [](float value) { return std::isfinite(value); });
  throw InputError(place, fmt::format("has the value {} at number {}, expected finite ones", *wrong,
                                      wrong - values.begin()));
}

void check_not_negative(std::span<const float> values, const std::string& place) {
  check_finite(values, place);
  float least = 0;
  for (const float value : values) least = std::min(least, value);
  if (least < 0)
    throw InputError(place, fmt::format("has the value {}, expected none below 0", least));
}

void check_classes(std::span<const std::uint8_t> label, int classes, const std::string& place) {
  int largest = 0;
  for (const std::uint8_t id : label) largest = std::max<int>(largest, id == kIgnored ? 0 : id);
  if (largest >= classes) {
    throw InputError(place,
                     fmt::format("has the class {}, expected ids below {}", largest, classes));
  }
}

void check_probabilities(const Picture<float>& picture, const std::string& place, Index first_row) {
  constexpr float kRounding = 1e-4f;  // a sum of rounded probabilities may be a little off
  const auto is_one = [](float value) {
    return value >= -kRounding && value <= 1 + kRounding;  // not so for NaN
  };
  int wrong = 0;
  for (const float value : picture.values) wrong |= !is_one(value);
  if (wrong == 0) return;
  const auto first = std::find_if_not(picture.values.begin(), picture.values.end(), is_one);
  const auto pixel =
      static_cast<Index>(first - picture.values.begin()) % (picture.height * picture.width);
  throw InputError(place,
                   fmt::format("has the value {} at y = {}, x = {}, expected probabilities "
                               "from 0 to 1",
                               *first, first_row + pixel / picture.width, pixel % picture.width));
}

}  // namespace unetflow
