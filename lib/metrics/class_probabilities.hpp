// Probabilities as other tools store them: a page of one channel, or of a channel per class.
#pragma once

#include <string>

#include "image/picture_format.hpp"
#include "image/view.hpp"

namespace unetflow {

/// A page as [channel, height, width]: integers over the largest value that their bits hold,
/// floats as they are. Throws InputError(place, ...) where one is not from 0 to 1.
Picture<float> probabilities(const PicturePage& page, const std::string& place);

struct ClassProbabilities {
  Picture<float> foreground;      ///< of all classes but background
  Picture<std::uint8_t> classes;  ///< the most probable class but background, the first of equals
};

/// Of a page of a channel per class, that with number `background` being the background's; the
/// others are classes 1, 2, ... in their order. Throws InputError(place, ...) where there is no
/// such channel or only one, or where a pixel's probabilities do not add up to 1.
ClassProbabilities class_probabilities(const PicturePage& page, Index background,
                                       const std::string& place);

}  // namespace unetflow
