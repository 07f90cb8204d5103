// Images whose foreground the reader of the page chooses by a slider. The page holds each one's
// probabilities, and needs no server.
#pragma once

#include <string>
#include <vector>

#include "figure/result.hpp"

namespace unetflow {

/// An image as the page holds it.
struct ThresholdImage {
  std::string name;
  std::string png;  ///< red: the image; green: probability; blue: 255 foreground, 128 not annotated
  bool labelled = false;
};

/// The middle of each image, as far as a screen has pixels for it.
std::vector<ThresholdImage> threshold_images(const std::vector<Result>& results);

}  // namespace unetflow
