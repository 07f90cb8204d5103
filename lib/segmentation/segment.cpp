#include "segmentation/segment.hpp"

#include "segmentation/above_threshold.hpp"
#include "segmentation/compact_ids.hpp"
#include "segmentation/components.hpp"
#include "segmentation/thinning.hpp"

namespace unetflow {

void to_json(nlohmann::json& json, const SegmentConfig& config) {
  json = {{"threshold", nullptr},
          {"min_size", config.min_size},
          {"border", config.border},
          {"tiff", config.tiff}};
  if (config.threshold) json["threshold"] = *config.threshold;
}

void from_json(const nlohmann::json& json, SegmentConfig& config) {
  config.threshold.reset();
  if (!json.at("threshold").is_null()) config.threshold = json.at("threshold").get<double>();
  json.at("min_size").get_to(config.min_size);
  json.at("border").get_to(config.border);
  json.at("tiff").get_to(config.tiff);
}

Picture<std::uint32_t> segment(const SegmentConfig& config, double threshold,
                               Plane<const float> foreground) {
  Picture<std::uint8_t> mask(foreground.height, foreground.width);
  above_threshold(foreground, threshold, mask.plane());
  Picture<std::uint32_t> segments(foreground.height, foreground.width);
  const auto found = label_components(mask.plane(), 4, segments.plane());

  std::vector<Index> sizes(size_t{found} + 1);
  for (const auto id : segments.values) ++sizes[id];
  for (auto& id : segments.values) {
    if (sizes[id] < config.min_size) id = 0;
  }
  const auto cells = compact_ids(segments.plane());
  if (cells == 0 || config.border == "keep") return segments;

  ThinningWorkspace workspace;
  thin_borders(segments.plane(), workspace);
  if (config.border == "close") grow_over_lines(segments.plane(), workspace);
  return segments;
}

}  // namespace unetflow
