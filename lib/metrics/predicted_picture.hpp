// A labelled image and what was predicted for it: what evaluate measures.
#pragma once

#include <cstdint>
#include <string>

#include "image/view.hpp"

namespace unetflow {

/// All [height, width].
struct PredictedPicture {
  std::string name;
  std::int64_t index = 0;
  Picture<std::uint8_t> label;       ///< class of each pixel; 0 is background
  Picture<std::uint32_t> instances;  ///< cell of each pixel; empty: the label's 4-components
  Picture<float> foreground;         ///< probability of all classes but background
  int class_count = 2;
  Picture<std::uint8_t> classes;  ///< the most probable class; empty with two classes
};

}  // namespace unetflow
