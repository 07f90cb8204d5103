// Images as the convolutions read and write them.
#pragma once

#include <ATen/ATen.h>

#include <array>

#include "core/arithmetic.hpp"

namespace unetflow {

/// A channel's rows of pixels.
struct Rows {
  float* values;
  Index pitch;  ///< from one row to the next
};

/// Images [image, channel, y, x], or two such side by side as channels; each may be the middle of
/// larger ones.
struct Images {
  struct Part {
    float* values;
    Index channels, image, plane, pitch;
  };
  std::array<Part, 2> parts = {};
  Index count, channels = 0, height, width;

  explicit Images(const at::Tensor& first, const at::Tensor& second = {})
      : count(first.size(0)), height(first.size(2)), width(first.size(3)) {
    for (auto* part = parts.data(); const at::Tensor& of : {first, second}) {
      if (!of.defined()) continue;
      TORCH_CHECK(of.stride(3) == 1 && of.size(2) == height && of.size(3) == width);
      // Of those that go into a convolution, nothing is written.
      *part++ = {const_cast<float*>(of.const_data_ptr<float>()), of.size(1), of.stride(0),
                 of.stride(1), of.stride(2)};
      channels += of.size(1);
    }
  }

  Rows plane(Index image, Index channel) const {
    const Part& part = parts[channel < parts[0].channels ? 0 : 1];
    if (channel >= parts[0].channels) channel -= parts[0].channels;
    return {part.values + image * part.image + channel * part.plane, part.pitch};
  }
};

}  // namespace unetflow
