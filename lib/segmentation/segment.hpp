// From a probability map to cells: the 4-connected components above a threshold, which then may
// grow over the border between them.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "image/view.hpp"

namespace unetflow {

struct SegmentConfig {
  static constexpr const char* kSchema = "segment";
  std::optional<double> threshold;  ///< of foreground; if none, an evaluation's best for V_rand
  Index min_size = 0;               ///< px; smaller components are dropped
  /// What becomes of the border between cells. keep: it stays. thin: it becomes lines of one pixel,
  /// as for V_rand and V_info. close: it vanishes, so that cells touch, as after a watershed.
  std::string border = "thin";
  bool tiff = false;  ///< write a multi-page TIFF too
};
void to_json(nlohmann::json& json, const SegmentConfig& config);
void from_json(const nlohmann::json& json, SegmentConfig& config);

/// The cells of a map of foreground probabilities: ids from 1 in the order of the components' first
/// pixels, row by row; 0 = background. If no pixel is above the threshold there is no cell,
/// whatever the border.
Picture<std::uint32_t> segment(const SegmentConfig& config, double threshold,
                               Plane<const float> foreground);

}  // namespace unetflow
