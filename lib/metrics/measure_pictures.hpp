// Measures many images on several threads.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "metrics/measure.hpp"

namespace unetflow {

/// Measures `count` images on `threads` threads. Calls `read(i)` in order, for one image at a time,
/// and `done()` after each image, from any thread. Passes on what `read` throws.
std::vector<PictureMeasures> measure_pictures(
    const Metrics& metrics, std::size_t count,
    const std::function<PredictedPicture(std::size_t)>& read, int threads,
    const std::function<void()>& done);

}  // namespace unetflow
