#include "network/geometry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/error.hpp"

namespace unetflow {
namespace {

constexpr int kDeepest = 8;

/// "572 (output 388) and 588 (output 404)": the inputs nearest to a wished output size.
std::string nearest_inputs(const NetworkGeometry& geometry, Index output) {
  const Index above = geometry.nearest_output_size(output), below = above - geometry.output_step;
  std::string text;
  for (const Index size : {below, above}) {
    if (size < geometry.smallest_output || (size == below && above == output)) continue;
    text += fmt::format("{}{} (output {})", text.empty() ? "" : " and ", size + 2 * geometry.margin,
                        size);
  }
  return text;
}

}  // namespace

Index NetworkGeometry::output_size(Index input) const {
  const Index output = input - 2 * margin;
  return output >= smallest_output && nearest_output_size(output) == output ? output : 0;
}

Index NetworkGeometry::nearest_output_size(Index wished) const {
  const Index beyond = std::max<Index>(wished - smallest_output, 0);
  return smallest_output + round_up(beyond, output_step);
}

NetworkGeometry unet_geometry(int depth) {
  // On the way down a side s becomes (s - 4) / 2, on the way up 2 s - 4. So b px at the bottom come
  // from 2^depth (b + 4) + 4 (2^depth - 1) px and become 2^depth b - 4 (2^depth - 1).
  const Index stride = Index{1} << depth;
  return {.margin = 6 * stride - 4,
          .pooling_stride = stride,
          .smallest_output = std::min<Index>(stride, 4),
          .output_step = stride};
}

int unet_depth(Index input_size, Index output_size) {
  for (int depth = 1; depth <= kDeepest; ++depth) {
    if (input_size - output_size == 2 * unet_geometry(depth).margin) return depth;
  }
  return 0;
}

void check_unet_sizes(int depth, Index input_size, Index output_size, const std::string& place) {
  const NetworkGeometry geometry = unet_geometry(depth);
  const Index output = geometry.output_size(input_size);
  if (output == 0) {
    throw InputError(
        place + " at /input_size",
        fmt::format(
            "a U-Net with {} poolings cannot take an input of {} px; the nearest sizes are {}",
            depth, input_size, nearest_inputs(geometry, input_size - 2 * geometry.margin)));
  }
  if (output != output_size) {
    throw InputError(
        place + " at /output_size",
        fmt::format("a U-Net with {} poolings turns an input of {} into an output of {}, not {}; "
                    "for that output, the nearest input sizes are {}",
                    depth, input_size, output, output_size, nearest_inputs(geometry, output_size)));
  }
}

}  // namespace unetflow
