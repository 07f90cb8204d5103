// From a probability map to cells: the 4-connected components above a threshold, without the small
// ones and without small holes, which then may grow over the border between them.
//
// There are two kinds of task. Of membranes, all is cell but the lines between cells, so that these
// may grow until they meet. Objects lie on a background, which no cell may grow over.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "image/view.hpp"

namespace unetflow {

/// What is none is said by a calibration (metrics/calibration.hpp), by what labelled images show.
struct SegmentConfig {
  static constexpr const char* kSchema = "segment";
  std::optional<std::string> task;  ///< membranes or objects
  std::optional<double> threshold;  ///< of foreground's probability
  std::optional<Index> min_size;    ///< px; smaller components are dropped
  std::optional<Index> max_hole;    ///< px; holes up to this size are filled
  /// What becomes of the border between cells. keep: it stays. thin: it becomes lines of one pixel,
  /// as for V_rand and V_info. close: it vanishes, so that cells touch, as after a watershed.
  std::optional<std::string> border;
  bool tiff = false;                        ///< write a multi-page TIFF too
  bool ome_tiff = false, ome_zarr = false;  ///< the same as OME-TIFF, OME-Zarr
};
void to_json(nlohmann::json& json, const SegmentConfig& config);
void from_json(const nlohmann::json& json, SegmentConfig& config);

/// How cells are made of probabilities, all said.
struct SegmentRule {
  std::string task = "membranes";
  double threshold = 0.5;
  Index min_size = 0;
  Index max_hole = 0;
  std::string border = "keep";
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SegmentRule, task, threshold, min_size, max_hole, border)

/// The rule with what the configuration says in place of its own.
SegmentRule overridden(SegmentRule rule, const SegmentConfig& config);

/// "objects, threshold 0.8, at least 20 px, holes filled up to 50 px, border: close".
std::string text_of(const SegmentRule& rule);

struct Segments {
  Picture<std::uint32_t> ids;     ///< from 1, in the order of the first pixels, row by row
  Picture<std::uint8_t> classes;  ///< of each pixel's cell; empty where no classes were given
};

/// Objects grow where foreground is more probable than background, and nowhere else.
inline constexpr double kLeastForeground = 0.5;

/// The cells of a map of foreground probabilities; 0 is background. `classes` is empty, or what
/// foreground is at each pixel (1, 2, ...): then each cell has one class, and cells are in the
/// order of classes first. If no pixel is above the threshold there is no cell, whatever the
/// border.
///
/// With the probabilities of cells' `cores`, it is these that the threshold is for, and cells grow
/// from them until they meet, where foreground is more probable than background. Cells are in the
/// order of their cores; what no core reaches is a cell of its own, after them.
Segments segment(const SegmentRule& rule, Plane<const float> foreground,
                 Plane<const std::uint8_t> classes = {}, Plane<const float> cores = {});

}  // namespace unetflow
