// Class probabilities as other programs expect them.
#pragma once

#include <cstdint>

#include "image/view.hpp"

namespace unetflow {

/// 1 - the probability of class 0, [1, height, width], of class probabilities [class, height,
/// width].
Picture<float> foreground_probability(const Picture<float>& probability);

/// What foreground is, if it is foreground: the most probable class above 0, of equal ones the
/// first.
Picture<std::uint8_t> most_probable_foreground(const Picture<float>& probability);

/// What cells are made of: the probability of all classes but background, and what tells cells
/// apart besides. With more than two classes, `classes` are what foreground is at each pixel (1, 2,
/// ...), or where class 1 is the rim of cells and class 2 their core, `cores` are the probability
/// of these. Otherwise both are empty.
struct Foreground {
  Picture<float> probability;
  Picture<std::uint8_t> classes;
  Picture<float> cores;
};
Foreground foreground_of(const Picture<float>& probability, bool has_cores);

/// Probabilities from 0 to 1 as 0 to 255, rounded to the nearest.
Picture<std::uint8_t> in_8_bits(const Picture<float>& probability);

}  // namespace unetflow
