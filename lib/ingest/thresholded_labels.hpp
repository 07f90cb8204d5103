// Soft, smoothed and JPEG masks, divided by a gray value. Private to this room.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "image/picture_format.hpp"

namespace unetflow {

/// kIgnored where a pixel has one of the values that are `ignored` (as WholeValues has them), else
/// whether the mean of its channels but alpha reaches the threshold. Throws InputError(place, ...)
/// where values are colours or not numbers, or the threshold cannot divide them.
Picture<std::uint8_t> divided_by_threshold(const PicturePage& page, double threshold,
                                           const std::set<std::int64_t>& ignored,
                                           const std::string& place);

}  // namespace unetflow
