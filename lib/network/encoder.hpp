// Which of a network's parameters are its encoder's, the part that others may have trained.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace unetflow {

/// True of U-Nets' contracting path with its bottom, and of FCN-8s's trunk, VGG-16's.
inline bool is_of_encoder(std::string_view parameter) {
  constexpr std::array<std::string_view, 3> kBegins = {"encoder_blocks.", "bottleneck_block.",
                                                       "features."};
  return std::any_of(kBegins.begin(), kBegins.end(),
                     [&](std::string_view begin) { return parameter.starts_with(begin); });
}

}  // namespace unetflow
