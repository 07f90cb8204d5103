// Pictures in memory. Axes are [channel, y, x] everywhere: y counts rows downwards, x columns.
#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "core/arithmetic.hpp"

namespace unetflow {

/// A view of one plane [height, width] whose rows are `stride` elements apart. Owns nothing.
template <class T>
struct Plane {
  T* data = nullptr;
  Index height = 0;
  Index width = 0;
  Index stride = 0;

  Plane() = default;
  Plane(T* data_, Index height_, Index width_) : Plane(data_, height_, width_, width_) {}
  Plane(T* data_, Index height_, Index width_, Index stride_)
      : data(data_), height(height_), width(width_), stride(stride_) {}
  /// A view that may write is a view that may read.
  template <class U>
  requires(std::is_same_v<T, const U>) Plane(const Plane<U>& other)
      : Plane(other.data, other.height, other.width, other.stride) {}

  T* row(Index y) const { return data + y * stride; }
  T& operator()(Index y, Index x) const { return data[y * stride + x]; }
  Index size() const { return height * width; }
  bool empty() const { return size() == 0; }
  /// The part [height_, width_] whose first pixel is (y, x).
  Plane part(Index y, Index x, Index height_, Index width_) const {
    return {data + y * stride + x, height_, width_, stride};
  }
};

/// A view of planes of one size, [channels, height, width], C order without gaps.
template <class T>
struct Stack {
  T* data = nullptr;
  Index channels = 0;
  Index height = 0;
  Index width = 0;

  Stack() = default;
  Stack(T* data_, Index channels_, Index height_, Index width_)
      : data(data_), channels(channels_), height(height_), width(width_) {}
  template <class U>
  requires(std::is_same_v<T, const U>) Stack(const Stack<U>& other)
      : Stack(other.data, other.channels, other.height, other.width) {}

  Plane<T> plane(Index channel) const { return {data + channel * height * width, height, width}; }
  Index size() const { return channels * height * width; }
};

/// A picture that owns its pixels, [channels, height, width], C order.
template <class T>
struct Picture {
  Index channels = 0;
  Index height = 0;
  Index width = 0;
  std::vector<T> values;

  Picture() = default;
  Picture(Index channels_, Index height_, Index width_)
      : channels(channels_),
        height(height_),
        width(width_),
        values(static_cast<std::size_t>(channels_ * height_ * width_)) {}
  Picture(Index height_, Index width_) : Picture(1, height_, width_) {}

  Plane<T> plane(Index channel = 0) {
    return {values.data() + channel * height * width, height, width};
  }
  Plane<const T> plane(Index channel = 0) const {
    return {values.data() + channel * height * width, height, width};
  }
  Stack<T> stack() { return {values.data(), channels, height, width}; }
  Stack<const T> stack() const { return {values.data(), channels, height, width}; }
};

/// The class of pixels that nobody has annotated: without weight in the loss, left out of every
/// metric. A label's classes are below it.
inline constexpr std::uint8_t kIgnored = 255;

/// A picture or tile with its labels: input [channels, height, width]; label [height, width] class
/// ids (or kIgnored), as large as the input (pictures) or as its inner part (tiles); instances like
/// label, ids with 0 = background, or empty when the labels name classes only.
template <template <class> class Access>
struct TileOf {
  Stack<Access<float>> input;
  Plane<Access<std::uint8_t>> label;
  Plane<Access<std::uint32_t>> instances;
};
template <class T>
using ReadOnly = const T;
template <class T>
using ReadWrite = T;
using TileView = TileOf<ReadOnly>;
using TileBuffer = TileOf<ReadWrite>;

/// A picture or tile with its labels that owns its memory.
struct LabelledPicture {
  Picture<float> input;
  Picture<std::uint8_t> label;
  Picture<std::uint32_t> instances;

  TileView view() const { return {input.stack(), label.plane(), instances.plane()}; }
  TileBuffer buffer() { return {input.stack(), label.plane(), instances.plane()}; }
};

}  // namespace unetflow
