// What an image file says of itself, beside its pixels.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "image/axes.hpp"

namespace unetflow {

struct FileDescription {
  std::vector<FileImage> images;  ///< which planes of the file make up which image
  Axes axes;  ///< instead of images: of pages and their pixels, where those are not Y and X
  std::vector<Index> shape;  ///< of the array that all pages are, where the file says it
  std::string unclear;  ///< instead of both: why they cannot be known, as the end of a sentence
  std::array<double, 2> pixel_size_um = {0, 0};  ///< [y, x]; 0: unknown
  std::vector<std::string> channel_names;        ///< empty: unknown
  std::vector<std::string> plane_names;          ///< of each plane; empty: none
};

/// Micrometres per unit of length, by any of its usual names ("micron", "um", "nm", ...); 0 for
/// what is not a length.
double micrometres(const std::string& unit);

/// To six significant digits, since files keep sizes as fractions or rounded.
double rounded_size(double size);

}  // namespace unetflow
