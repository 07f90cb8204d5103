// From a probability map to cells: 4-connected components above a threshold, and how far they grow
// over the border between them.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "image/view.hpp"

namespace unetflow {

struct SegmentConfig {
  static constexpr const char* kSchema = "segment";
  std::optional<double> threshold;  ///< of foreground; none: an evaluation's best for V_rand
  Index min_size = 0;               ///< px; smaller components are no cells
  /// What becomes of the border between cells. keep: it stays; thin: lines of one pixel, as V_rand
  /// and V_info are measured; close: none, so that cells touch, as a watershed would leave them.
  std::string border = "thin";
  bool tiff = false;  ///< write a multi-page TIFF too
};
void to_json(nlohmann::json& json, const SegmentConfig& config);
void from_json(const nlohmann::json& json, SegmentConfig& config);

/// Cells of a map of foreground probabilities: ids from 1 in the order of the components' first
/// pixels, row by row; 0 = background. Nothing above the threshold gives no cell, whatever the
/// border.
Picture<std::uint32_t> segment(const SegmentConfig& config, double threshold,
                               Plane<const float> foreground);

}  // namespace unetflow
