#include "figure/result.hpp"

#include <algorithm>

#include "segmentation/above_threshold.hpp"
#include "segmentation/components.hpp"

namespace unetflow {
namespace {

Picture<std::uint32_t> components(const Picture<std::uint8_t>& mask) {
  Picture<std::uint32_t> ids(mask.height, mask.width);
  label_components(mask.plane(), 4, ids.plane());
  return ids;
}

}  // namespace

Picture<std::uint8_t> mask_of(const Result& result, double threshold) {
  Picture<std::uint8_t> mask(result.foreground.height, result.foreground.width);
  if (result.objects) {
    std::transform(result.segments.values.begin(), result.segments.values.end(),
                   mask.values.begin(), [](std::uint32_t id) { return id != 0; });
    return mask;
  }
  above_threshold(result.foreground.plane(), threshold, mask.plane());
  return mask;
}

Picture<std::uint32_t> segments_of(const Result& result) {
  return result.segments.values.empty() ? components(mask_of(result, result.threshold))
                                        : result.segments;
}

Picture<std::uint32_t> cells_of(const Result& result) {
  if (!result.instances.values.empty()) return result.instances;
  auto classes = result.label;
  std::replace(classes.values.begin(), classes.values.end(), kIgnored, std::uint8_t{0});
  Picture<std::uint32_t> ids(classes.height, classes.width);
  label_components_of_classes(classes.plane(), ids.plane());
  return ids;
}

}  // namespace unetflow
