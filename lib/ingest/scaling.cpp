#include "ingest/scaling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "core/error.hpp"
#include "core/quantile.hpp"

namespace unetflow {
namespace {

/// Percentiles 0.1 and 99.9 of evenly spaced values, about a million.
template <class T>
std::array<double, 2> most_of(const std::vector<T>& values) {
  constexpr size_t kEnough = 1 << 20;
  std::vector<float> some;
  for (size_t i = 0; i < values.size(); i += values.size() / kEnough + 1) {
    some.push_back(static_cast<float>(values[i]));
  }
  return {quantile(std::span(some), 0.001), quantile(std::span(some), 0.999)};
}

/// Throws InputError at the first value that is not finite.
template <class T>
void measure(const Picture<T>& picture, const std::string& place, GrayValues& gray) {
  if (picture.values.empty()) throw InputError(place, "has no pixels");
  gray.lowest = gray.highest = static_cast<double>(picture.values.front());
  T other = picture.values.front();
  size_t saturated = 0;
  gray.two_valued = true;
  for (size_t i = 0; i < picture.values.size(); ++i) {
    const T value = picture.values[i];
    const auto number = static_cast<double>(value);
    if (!std::isfinite(number)) {
      const Index pixel = static_cast<Index>(i) % (picture.height * picture.width);
      throw InputError(place, fmt::format("has the value {} at y = {}, x = {}; expected numbers",
                                          number, pixel / picture.width, pixel % picture.width));
    }
    gray.lowest = std::min(gray.lowest, number);
    gray.highest = std::max(gray.highest, number);
    saturated += number == gray.full_scale;
    if (value == picture.values.front() || value == other) continue;
    if (other != picture.values.front()) gray.two_valued = false;
    other = value;
  }
  gray.most = most_of(picture.values);
  gray.saturated = static_cast<double>(saturated) / static_cast<double>(picture.values.size());
}

/// The two gray values of a channel that percentiles name; its lowest and highest where these
/// coincide, as where most of it is background.
std::array<double, 2> percentiles_of(Plane<const float> plane, const ScalingConfig& config) {
  std::vector<float> sorted(plane.data, plane.data + plane.size());
  const auto percentiles = config.chosen_percentiles();
  const double low = quantile(std::span(sorted), percentiles[0] / 100);
  const double high = quantile(std::span(sorted), percentiles[1] / 100);
  if (high > low) return {low, high};
  const auto [lowest, highest] = std::minmax_element(sorted.begin(), sorted.end());
  return {*lowest, *highest > *lowest ? *highest : *lowest + 1.0};
}

}  // namespace

void check_scaling(const ScalingConfig& config, const std::string& place) {
  for (const auto& [rule, values] :
       {std::pair("range", config.range), std::pair("percentiles", config.percentiles)}) {
    const std::string at = fmt::format("{} at /scaling/{}", place, rule);
    if (values.empty()) continue;
    if (values.size() != 2 || values[0] >= values[1]) {
      throw InputError(
          at, fmt::format("is {}, expected two values, the lower one first", Json(values).dump()));
    }
  }
  if (config.rule == "range" && config.range.empty()) {
    throw InputError(place + " at /scaling/range",
                     "is missing, expected the values that become 0 and 1");
  }
}

ScaledPicture scaled(const PicturePage& page, const ScalingConfig& config,
                     const std::string& place) {
  ScaledPicture out;
  GrayValues& gray = out.gray;
  gray.type = stored_type(page);
  gray.full_scale = has_scale(page) && gray.type != "floats" ? full_scale(page) : 0;
  std::visit([&](const auto& picture) { measure(picture, place, gray); }, page.values);
  if (config.rule == "range") {
    gray.range = {config.range[0], config.range[1]};
  } else if (config.rule == "dtype") {
    if (!has_scale(page)) {
      throw InputError(
          place,
          fmt::format("has {} from {} to {}, a type that does not say their scale; state it: "
                      "set scaling to {{\"rule\": \"range\", \"range\": [LOW, HIGH]}} or "
                      "{{\"rule\": \"percentiles\"}}, or predict with --range LOW,HIGH",
                      gray.type, gray.lowest, gray.highest));
    }
    gray.range = {0, full_scale(page)};
  }
  const auto [low, high] = gray.range;
  std::visit(
      [&](const auto& picture) {
        out.input = Picture<float>(picture.channels, picture.height, picture.width);
        for (size_t i = 0; i < picture.values.size(); ++i) {
          // In double, so that 255 and 65535 map to 1 exactly, whatever the type.
          const auto value = static_cast<double>(picture.values[i]);
          out.input.values[i] = static_cast<float>((value - low) / (high - low));
        }
      },
      page.values);
  for (Index c = 0; config.rule == "percentiles" && c < out.input.channels; ++c) {
    const auto plane = out.input.plane(c);
    const auto [bottom, top] = percentiles_of(plane, config);
    for (Index i = 0; i < plane.size(); ++i) {
      plane.data[i] = static_cast<float>((plane.data[i] - bottom) / (top - bottom));
    }
  }
  return out;
}

Json scaling_contents(const ScalingConfig& config, std::array<double, 2> range) {
  Json contents = {{"rule", config.rule}};
  if (config.rule == "percentiles") {
    contents["percentiles"] = config.chosen_percentiles();
  } else {
    contents["range"] = range;
  }
  return contents;
}

ScalingConfig scaling_of(const Json& contents) {
  ScalingConfig scaling;
  scaling.rule = contents.value("rule", scaling.rule);
  scaling.percentiles = contents.value("percentiles", scaling.percentiles);
  if (scaling.rule == "range") scaling.range = contents.value("range", scaling.range);
  return scaling;
}

}  // namespace unetflow
