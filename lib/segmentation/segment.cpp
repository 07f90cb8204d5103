#include "segmentation/segment.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "segmentation/above_threshold.hpp"
#include "segmentation/compact_ids.hpp"
#include "segmentation/components.hpp"
#include "segmentation/fill_holes.hpp"
#include "segmentation/grow.hpp"
#include "segmentation/separate_cells.hpp"
#include "segmentation/thinning.hpp"

namespace unetflow {
namespace {

template <class T>
void read(const nlohmann::json& json, const char* key, std::optional<T>& value) {
  value.reset();
  if (!json.at(key).is_null()) value = json.at(key).get<T>();
}

template <class T>
nlohmann::json or_null(const std::optional<T>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

void drop_small(Picture<std::uint32_t>& ids, std::uint32_t count, Index least) {
  std::vector<Index> sizes(size_t{count} + 1);
  for (const auto id : ids.values) ++sizes[id];
  for (auto& id : ids.values) {
    if (sizes[id] < least) id = 0;
  }
}

/// Lines of background between cells that touch.
void separate(Picture<std::uint32_t>& ids) {
  const auto mask = separate_cells(ids.plane());
  for (size_t i = 0; i < mask.values.size(); ++i) {
    if (mask.values[i] == 0) ids.values[i] = 0;
  }
}

/// Lets cores grow over foreground, all as fast, and makes what none reaches cells too; returns how
/// many cells there are.
std::uint32_t grow_from_cores(Plane<const float> foreground, std::uint32_t count,
                              Picture<std::uint32_t>& ids) {
  Picture<float> level(foreground.height, foreground.width);
  std::transform(foreground.data, foreground.data + foreground.size(), level.values.begin(),
                 [](double probability) { return probability > kLeastForeground ? 1.F : 0.F; });
  grow_over_foreground(ids.plane(), level.plane(), 0);
  Picture<std::uint8_t> left(foreground.height, foreground.width);
  for (size_t i = 0; i < left.values.size(); ++i) {
    left.values[i] = level.values[i] > 0 && ids.values[i] == 0;
  }
  Picture<std::uint32_t> others(foreground.height, foreground.width);
  const auto more = label_components(left.plane(), 4, others.plane());
  for (size_t i = 0; i < left.values.size(); ++i) {
    if (left.values[i] != 0) ids.values[i] = count + others.values[i];
  }
  return count + more;
}

/// Cells of membranes are dropped before the others grow, over them too; objects may have been
/// small until they grew.
void grow_and_drop(const SegmentRule& rule, Plane<const float> foreground, std::uint32_t count,
                   Picture<std::uint32_t>& ids) {
  const bool objects = rule.task == "objects", grows = rule.border != "keep";
  if (objects && grows) grow_over_foreground(ids.plane(), foreground, kLeastForeground);
  drop_small(ids, count, rule.min_size);
  fill_holes(ids.plane(), rule.max_hole);
  const bool any =
      std::any_of(ids.values.begin(), ids.values.end(), [](auto id) { return id > 0; });
  if (objects && rule.border == "thin") separate(ids);
  if (objects || !grows || !any) return;
  ThinningWorkspace workspace;
  thin_borders(ids.plane(), workspace);
  if (rule.border == "close") grow_over_lines(ids.plane(), workspace);
}

/// The class of each cell, at each of its pixels.
Picture<std::uint8_t> classes_of(const Picture<std::uint32_t>& ids,
                                 const std::vector<std::uint8_t>& class_of_cell) {
  Picture<std::uint8_t> classes(ids.height, ids.width);
  for (size_t i = 0; i < classes.values.size(); ++i) {
    classes.values[i] = class_of_cell[ids.values[i]];
  }
  return classes;
}

}  // namespace

void to_json(nlohmann::json& json, const SegmentConfig& config) {
  json = {{"task", or_null(config.task)},         {"threshold", or_null(config.threshold)},
          {"min_size", or_null(config.min_size)}, {"max_hole", or_null(config.max_hole)},
          {"border", or_null(config.border)},     {"tiff", config.tiff},
          {"ome_tiff", config.ome_tiff},          {"ome_zarr", config.ome_zarr}};
}

void from_json(const nlohmann::json& json, SegmentConfig& config) {
  read(json, "task", config.task);
  read(json, "threshold", config.threshold);
  read(json, "min_size", config.min_size);
  read(json, "max_hole", config.max_hole);
  read(json, "border", config.border);
  json.at("tiff").get_to(config.tiff);
  json.at("ome_tiff").get_to(config.ome_tiff);
  json.at("ome_zarr").get_to(config.ome_zarr);
}

SegmentRule overridden(SegmentRule rule, const SegmentConfig& config) {
  rule.task = config.task.value_or(rule.task);
  rule.threshold = config.threshold.value_or(rule.threshold);
  rule.min_size = config.min_size.value_or(rule.min_size);
  rule.max_hole = config.max_hole.value_or(rule.max_hole);
  rule.border = config.border.value_or(rule.border);
  return rule;
}

std::string text_of(const SegmentRule& rule) {
  return fmt::format("{}, threshold {}, at least {} px, holes filled up to {} px, border: {}",
                     rule.task, rule.threshold, rule.min_size, rule.max_hole, rule.border);
}

Segments segment(const SegmentRule& rule, Plane<const float> foreground,
                 Plane<const std::uint8_t> classes, Plane<const float> cores) {
  Picture<std::uint8_t> mask(foreground.height, foreground.width);
  above_threshold(cores.empty() ? foreground : cores, rule.threshold, mask.plane());
  for (Index i = 0; i < classes.size(); ++i) {
    auto& value = mask.values[static_cast<size_t>(i)];
    if (value != 0) value = classes.data[i];
  }
  Segments segments{{foreground.height, foreground.width}, {}};
  auto& ids = segments.ids;
  auto count = label_components_of_classes(mask.plane(), ids.plane());
  if (!cores.empty()) count = grow_from_cores(foreground, count, ids);
  std::vector<std::uint8_t> class_of_cell(size_t{count} + 1);
  for (size_t i = 0; i < ids.values.size(); ++i) class_of_cell[ids.values[i]] = mask.values[i];
  grow_and_drop(rule, foreground, count, ids);
  if (!classes.empty()) segments.classes = classes_of(ids, class_of_cell);
  compact_ids(ids.plane());
  return segments;
}

}  // namespace unetflow
