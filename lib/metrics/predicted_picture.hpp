// A labelled image and what was predicted for it: what evaluate measures.
#pragma once

#include <cstdint>
#include <string>

#include "image/view.hpp"

namespace unetflow {

/// All [height, width]. Predicted are either probabilities or cells.
struct PredictedPicture {
  std::string name;
  std::int64_t index = 0;
  Picture<std::uint8_t> label;       ///< class of each pixel; 0 is background; or kIgnored
  Picture<std::uint32_t> instances;  ///< cell of each pixel; empty: the label's components
  Picture<float> foreground;         ///< probability of all classes but background, or empty
  Picture<std::uint32_t> segments;   ///< cells that were found, or empty; 0 is background
  int class_count = 2;
  /// Empty with two classes; else what foreground is: the most probable class above 0.
  Picture<std::uint8_t> classes;
  Picture<float> cores;  ///< probability of cells' cores, or empty
};

}  // namespace unetflow
