#include "ingest/label_agreement.hpp"

#include <fmt/format.h>

#include <set>

#include "core/error.hpp"
#include "ingest/label_values.hpp"

namespace unetflow {

std::map<std::uint32_t, int> shown_values(const PicturePage& page) {
  const auto* values = std::get_if<Picture<std::uint8_t>>(&page.values);
  if (page.palette.empty() || values == nullptr || values->channels != 1) return {};
  std::set<std::uint8_t> used(values->values.begin(), values->values.end());
  std::map<std::uint32_t, int> shown;
  std::set<std::uint32_t> several;
  for (const auto value : used) {
    if (value >= page.palette.size()) continue;
    const auto [r, g, b] = page.palette[value];
    const std::uint32_t colour = std::uint32_t{r} << 16 | std::uint32_t{g} << 8 | b;
    if (!shown.emplace(colour, value).second) several.insert(colour);
  }
  for (const auto colour : several) shown.erase(colour);
  return shown;
}

void LabelAgreement::add(const LabelTraits& traits, const std::string& place) {
  if (traits.foreground != 0) {
    if (foreground_ == 0) {
      foreground_ = traits.foreground;
      foreground_place_ = place;
    }
    if (traits.foreground != foreground_) {
      throw InputError(place, fmt::format("has the foreground {}, expected {} as in {}, or the one "
                                          "of all labels as labels.foreground",
                                          value_name(traits.foreground), value_name(foreground_),
                                          foreground_place_));
    }
  }
  if (!traits.thresholded_type.empty()) {
    if (type_.empty()) {
      type_ = traits.thresholded_type;
      type_place_ = place;
    }
    if (traits.thresholded_type != type_) {
      throw InputError(place, fmt::format("holds {} and {} {}: one threshold (labels.threshold) "
                                          "does not divide both alike, expected labels of one type",
                                          traits.thresholded_type, type_place_, type_));
    }
  }
  for (const auto& [colour, value] : traits.shown_as) {
    const auto& known = shown_.try_emplace(colour, value, place).first->second;
    if (known.value == value) continue;
    throw InputError(place, fmt::format("shows the value {} as #{:06x}, by which {} shows {}: "
                                        "expected one palette in all labels{}",
                                        value, colour, known.place, known.value, way_out_));
  }
}

}  // namespace unetflow
