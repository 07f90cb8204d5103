// From planes of values to pictures in colour.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "image/view.hpp"

namespace unetflow {

using ColourPicture = Picture<std::uint8_t>;  ///< R, G, B
using Rgb = std::array<std::uint8_t, 3>;

/// Gray values between which 99 % of all lie, for showing a picture; never equal.
std::pair<float, float> gray_range(Stack<const float> values);

/// The first channel as gray (or the first three as R, G, B), `low` black and `high` white.
ColourPicture as_gray(Stack<const float> values, float low = 0, float high = 1);

/// Background black, one foreground class white, more classes in colours of their own.
ColourPicture as_classes(Plane<const std::uint8_t> label, int classes);

/// Each segment in a colour of its own, 0 black.
ColourPicture as_segments(Plane<const std::uint32_t> segments);

/// Mixes `colour` into the pixels where `mask` is not 0; opacity from 0 to 1.
void tint(ColourPicture& picture, Plane<const std::uint8_t> mask, Rgb colour, double opacity);

/// Mean of `factor` x `factor` pixels; what is left over at the right and below is dropped.
template <class T>
Picture<T> reduced(const Picture<T>& picture, Index factor);

}  // namespace unetflow
