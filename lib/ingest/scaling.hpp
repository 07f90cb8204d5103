// From the values of an image file to gray values around 0 to 1.
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "image/picture_format.hpp"

namespace unetflow {

struct ScalingConfig {
  /// dtype: by the largest value of an unsigned type of at most 16 bits, floats as they are; range,
  /// percentiles: see there.
  std::string rule = "dtype";
  std::vector<double> range;  ///< range: these values become 0 and 1
  /// percentiles: these become 0 and 1, image by image and channel by channel; empty: the usual.
  std::vector<double> percentiles;

  static constexpr std::array<double, 2> kUsualPercentiles = {0.5, 99.5};
  std::array<double, 2> chosen_percentiles() const {
    return percentiles.empty() ? kUsualPercentiles : std::array{percentiles[0], percentiles[1]};
  }
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ScalingConfig, rule, range, percentiles)

/// Throws InputError(place at pointer, ...) for values that contradict each other.
void check_scaling(const ScalingConfig& config, const std::string& place);

/// What the values of an image were in its file.
struct GrayValues {
  std::string type;                ///< as stored_type() says
  double lowest = 0, highest = 0;  ///< of all channels
  /// Where the lowest thousandth of a sample of the values ends, and the highest begins.
  std::array<double, 2> most = {0, 0};
  double full_scale = 0;    ///< the largest that the type holds; 0: the type has no scale
  double saturated = 0;     ///< the share of the values at `full_scale`
  bool two_valued = false;  ///< no more than two values
  std::array<double, 2> range = {0, 1};  ///< what became 0 and 1, unless percentiles did
};

struct ScaledPicture {
  Picture<float> input;
  GrayValues gray;
};

/// Throws InputError(place, ...) for values that are not finite, and where the rule is dtype and
/// the type says nothing of the scale.
ScaledPicture scaled(const PicturePage& page, const ScalingConfig& config,
                     const std::string& place);

/// What the manifest says of how gray values were scaled; `range` is that of the first image.
Json scaling_contents(const ScalingConfig& config, std::array<double, 2> range);
/// The configuration that scales as `contents` say.
ScalingConfig scaling_of(const Json& contents);

}  // namespace unetflow
