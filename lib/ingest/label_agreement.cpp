#include "ingest/label_agreement.hpp"

#include <fmt/format.h>

#include <set>

#include "core/error.hpp"
#include "ingest/label_values.hpp"

namespace unetflow {

ShownValues shown_values(const PicturePage& page, bool binary, double background) {
  const auto* values = std::get_if<Picture<std::uint8_t>>(&page.values);
  if (values == nullptr || values->channels != 1) return {};
  const std::set<std::uint8_t> used(values->values.begin(), values->values.end());
  const auto white = static_cast<std::uint32_t>(full_scale(page));
  ShownValues shown;
  std::set<std::uint32_t> several;
  for (const std::uint32_t value : used) {
    std::uint32_t colour = value * 255 / white * 0x010101;
    if (!page.palette.empty()) {
      if (value >= page.palette.size()) continue;
      const auto [r, g, b] = page.palette[value];
      colour = std::uint32_t{r} << 16 | std::uint32_t{g} << 8 | b;
    }
    const auto number = static_cast<int>(value);
    const int meaning = binary ? static_cast<int>(number != background) : number;
    const auto [known, is_new] = shown.try_emplace(colour, ShownValue{number, meaning});
    if (!is_new && known->second.meaning != meaning) several.insert(colour);
  }
  for (const auto colour : several) shown.erase(colour);
  return shown;
}

void LabelAgreement::add(const LabelTraits& traits) {
  const std::string& place = traits.place;
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
  for (const auto& [colour, own] : traits.shown_as) {
    const Seen& known = shown_.try_emplace(colour, Seen{own, place}).first->second;
    if (known.meaning == own.meaning) continue;
    throw InputError(place,
                     fmt::format("shows the value {} as #{:06x}, by which {} shows {}: "
                                 "expected one palette in all {}{}",
                                 own.value, colour, known.place, known.value, what_, way_out_));
  }
}

}  // namespace unetflow
