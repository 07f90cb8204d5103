// Images that belong together are of one size.
#pragma once

#include <fmt/format.h>

#include <string>

#include "core/error.hpp"
#include "image/view.hpp"

namespace unetflow {

/// Throws InputError(place, ...) where the image is of another size than `other`.
template <class T, class U>
void check_size(const Picture<T>& image, const std::string& place, const Picture<U>& other,
                const std::string& other_place) {
  if (image.height == other.height && image.width == other.width) return;
  throw InputError(
      place, fmt::format("is {} x {} (height x width), expected {} x {} like {}", image.height,
                         image.width, other.height, other.width, other_place));
}

}  // namespace unetflow
