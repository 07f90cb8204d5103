// What values that come out of a file must be, whatever wrote it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "image/view.hpp"

namespace unetflow {

/// Throws InputError(place, ...) at the first value that is infinite or not a number.
void check_finite(std::span<const float> values, const std::string& place);

/// The same where one is below 0 too.
void check_not_negative(std::span<const float> values, const std::string& place);

/// Throws InputError(place, ...) unless all are ids of classes, below `classes`, or kIgnored.
void check_classes(std::span<const std::uint8_t> label, int classes, const std::string& place);

/// Throws InputError(place, ...) unless all are from 0 to 1, or as near as rounding comes.
void check_probabilities(const Picture<float>& picture, const std::string& place,
                         Index first_row = 0);

}  // namespace unetflow
