// Measures one image by several metrics: probabilities at all thresholds, or cells as they are.
// What more than one metric needs (masks, components, thinned borders, contingency tables) is
// computed once here; metrics only read it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metrics/all_metrics.hpp"
#include "metrics/predicted_picture.hpp"

namespace unetflow {

struct PictureMeasures {
  std::string name;
  std::int64_t index = 0;
  /// [metric][threshold], see thresholds_of(); of cells [metric][0].
  std::vector<std::vector<Counts>> counts;
  bool cells = false;  ///< cells were measured, not probabilities
};

PictureMeasures measure_picture(const Metrics& metrics, PredictedPicture picture);

}  // namespace unetflow
