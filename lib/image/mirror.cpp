#include "image/mirror.hpp"

#include <algorithm>
#include <cstring>

namespace unetflow {
namespace {

template <class T>
void extrapolate(Plane<const T> picture, Index top, Index left, Plane<T> out) {
  // Columns that need no mirroring are one block copy; the others are looked up one by one.
  const Index inner_begin = std::clamp<Index>(-left, 0, out.width);
  const Index inner_end = std::clamp<Index>(picture.width - left, inner_begin, out.width);
  for (Index y = 0; y < out.height; ++y) {
    const T* from = picture.row(mirror_index(y + top, picture.height));
    T* to = out.row(y);
    for (Index x = 0; x < inner_begin; ++x) to[x] = from[mirror_index(x + left, picture.width)];
    std::memcpy(to + inner_begin, from + inner_begin + left,
                static_cast<std::size_t>(inner_end - inner_begin) * sizeof(T));
    for (Index x = inner_end; x < out.width; ++x) {
      to[x] = from[mirror_index(x + left, picture.width)];
    }
  }
}

}  // namespace

void extrapolate_by_mirroring(Plane<const float> picture, Index top, Index left, Plane<float> out) {
  extrapolate(picture, top, left, out);
}

void extrapolate_by_mirroring(Plane<const std::uint8_t> picture, Index top, Index left,
                              Plane<std::uint8_t> out) {
  extrapolate(picture, top, left, out);
}

void extrapolate_by_mirroring(Plane<const std::uint32_t> picture, Index top, Index left,
                              Plane<std::uint32_t> out) {
  extrapolate(picture, top, left, out);
}

}  // namespace unetflow
