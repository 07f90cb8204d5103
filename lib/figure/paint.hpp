// From planes of values to images in colour, [3, height, width].
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "figure/palette.hpp"
#include "image/view.hpp"

namespace unetflow {

using ColourPicture = Picture<std::uint8_t>;  ///< R, G, B

/// Gray values between which 99 % of all are, for showing an image; never equal.
std::pair<float, float> gray_range(Stack<const float> values);

/// The first channel as gray (or the first three as R, G, B), `low` black and `high` white.
ColourPicture as_gray(Stack<const float> values, float low = 0, float high = 1);
/// The same, over the gray range.
ColourPicture in_gray(Stack<const float> values);

/// Background black, one foreground class white, more classes in colours of their own.
ColourPicture as_classes(Plane<const std::uint8_t> label, int classes);

/// Which of several channels those show, as a sentence after others; nothing of one channel.
std::string channels_shown(Index channels);

/// Each segment in a colour of its own, 0 black.
ColourPicture as_segments(Plane<const std::uint32_t> segments);

/// Mixes `colour` into the pixels where `mask` is not 0; opacity from 0 to 1.
void tint(ColourPicture& picture, Plane<const std::uint8_t> mask, Rgb colour, double opacity);

/// Mixes the colour of pixels that are not annotated into those that the label says are not.
void tint_ignored(ColourPicture& picture, Plane<const std::uint8_t> label);

/// Draws a line along the inner edge of where `mask` is not 0.
void outline(ColourPicture& picture, Plane<const std::uint8_t> mask, Rgb colour);

/// Pictures of one height in a row, with gray between them.
ColourPicture side_by_side(const std::vector<ColourPicture>& pictures);

/// The part [channels, height, width] whose first pixel is (y, x).
template <class T>
Picture<T> part(const Picture<T>& picture, Index y, Index x, Index height, Index width);

/// Mean of `factor` x `factor` pixels; what is left over at the right and below is dropped.
template <class T>
Picture<T> reduced(const Picture<T>& picture, Index factor);

}  // namespace unetflow
