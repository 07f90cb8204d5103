// An image with what is annotated and what the network makes of it: what figures of results show.
#pragma once

#include <string>

#include "image/view.hpp"

namespace unetflow {

/// All [height, width] but the image, which has channels too.
struct Result {
  std::string name;
  Picture<float> image;
  Picture<std::uint8_t> label;       ///< empty where there is none
  Picture<std::uint32_t> instances;  ///< cells as annotated; empty: the label's 4-components
  Picture<float> foreground;         ///< probability
  double threshold = 0.5;            ///< what is above it is foreground, where cells are made
  Picture<std::uint32_t> segments;   ///< as delivered; empty: 4-components above the threshold
  bool objects = false;              ///< foreground is what the segments cover, whatever threshold
  double pixel_threshold = 0.5;      ///< the same where pixels are judged
};

/// 1 where foreground was found.
Picture<std::uint8_t> mask_of(const Result& result, double threshold);
/// The cells that were found.
Picture<std::uint32_t> segments_of(const Result& result);
/// The cells that are annotated: as they are, or the components of each class.
Picture<std::uint32_t> cells_of(const Result& result);

}  // namespace unetflow
