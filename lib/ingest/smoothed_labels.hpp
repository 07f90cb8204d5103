// Labels whose values were changed by smoothing, resizing or JPEG.
#pragma once

#include <cstdint>

#include "image/view.hpp"
#include "ingest/label_values.hpp"

namespace unetflow {

/// Whether many of the values along edges lie between those on both sides, as smoothing and
/// resizing leave them, or rare values change from pixel to pixel, as JPEG leaves them. Labels that
/// were drawn are not so.
bool is_smoothed(Plane<const std::int64_t> values);
/// The same of a page; of colours, in one of their channels.
bool is_smoothed(const WholeValues& found);

}  // namespace unetflow
