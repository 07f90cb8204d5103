#include "metrics/measure.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>

#include "metrics/thresholds.hpp"
#include "segmentation/above_threshold.hpp"
#include "segmentation/compact_ids.hpp"
#include "segmentation/components.hpp"
#include "segmentation/thinning.hpp"

namespace unetflow {
namespace {

/// What is the same at all thresholds.
struct Truth {
  Picture<std::uint8_t> mask;
  Picture<std::uint32_t> components;
  std::uint32_t component_count = 0;
  Picture<std::uint32_t> cells;  ///< as annotated; empty: the components
  std::uint32_t cell_count = 0;
  std::vector<PixelCounts> classes;  ///< empty with two classes

  explicit Truth(const PredictedPicture& picture)
      : mask(picture.label), components(mask.height, mask.width), cells(picture.instances) {
    for (auto& value : mask.values) value = value != 0;
    component_count = label_components(mask.plane(), 4, components.plane());
    cell_count = compact_ids(cells.plane());
    if (picture.classes.values.empty()) return;
    for (int c = 1; c < picture.class_count; ++c) {
      classes.push_back(count_pixels(picture.label.plane(), picture.classes.plane(),
                                     static_cast<std::uint8_t>(c)));
    }
  }
};

/// Puts what the metrics count at this threshold into [metric][threshold] of `counts`.
void measure_threshold(const Metrics& metrics, const Truth& truth, Plane<const float> foreground,
                       double threshold, std::vector<std::vector<Counts>>& counts) {
  Picture<std::uint8_t> mask(foreground.height, foreground.width);
  above_threshold(foreground, threshold, mask.plane());
  const PixelCounts pixels = count_pixels(truth.mask.plane(), mask.plane());

  Picture<std::uint32_t> found(foreground.height, foreground.width);
  const std::uint32_t count = label_components(mask.plane(), 4, found.plane());
  const auto against = [&](const Picture<std::uint32_t>& ids, std::uint32_t id_count,
                           std::uint32_t found_count) {
    return contingency_table(ids.plane(), id_count, found.plane(), found_count);
  };
  const ContingencyTable segments = against(truth.components, truth.component_count, count);
  const ContingencyTable cells =
      truth.cells.values.empty() ? segments : against(truth.cells, truth.cell_count, count);
  ThinningWorkspace thinning;
  thin_borders(found.plane(), thinning);
  // Without any segment, thinning makes the whole image one.
  const ContingencyTable thinned =
      against(truth.components, truth.component_count, std::max(count, 1u));

  const ImageAtThreshold image = {
      truth.mask.plane(),
      foreground,
      threshold,
      mask.plane(),
      pixels,
      segments,
      thinned,
      cells,
      truth.classes.empty() ? std::span(&pixels, 1) : std::span(truth.classes)};
  for (size_t m = 0; m < metrics.size(); ++m) {
    const auto thresholds = thresholds_of(*metrics[m]);
    const auto own = std::find(thresholds.begin(), thresholds.end(), threshold);
    if (own == thresholds.end()) continue;
    counts[m][static_cast<size_t>(own - thresholds.begin())] = metrics[m]->measure(image);
  }
}

}  // namespace

PictureMeasures measure_picture(const Metrics& metrics, const PredictedPicture& picture) {
  const Truth truth(picture);
  PictureMeasures measures{picture.name, picture.index, {}};
  for (const auto* metric : metrics) measures.counts.emplace_back(thresholds_of(*metric).size());
  const auto thresholds = challenge_thresholds(kLastThreshold);
  tbb::parallel_for(size_t{0}, thresholds.size(), [&](size_t k) {
    measure_threshold(metrics, truth, picture.foreground.plane(), thresholds[k], measures.counts);
  });
  return measures;
}

}  // namespace unetflow
