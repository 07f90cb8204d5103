#include "metrics/measure.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <utility>

#include "metrics/thresholds.hpp"
#include "segmentation/above_threshold.hpp"
#include "segmentation/compact_ids.hpp"
#include "segmentation/components.hpp"
#include "segmentation/separate_cells.hpp"
#include "segmentation/thinning.hpp"

namespace unetflow {
namespace {

Picture<std::uint8_t> mask_of(const Picture<std::uint32_t>& ids) {
  Picture<std::uint8_t> mask(ids.height, ids.width);
  for (size_t i = 0; i < mask.values.size(); ++i) mask.values[i] = ids.values[i] != 0;
  return mask;
}

/// What is annotated of an image; the same at all thresholds.
struct Truth {
  Picture<std::uint8_t> ignored;  ///< 1 where nothing is annotated; empty: nowhere
  Index ignored_count = 0;
  Picture<std::uint8_t> classes, mask, separate;
  Picture<std::uint32_t> cells;
  std::uint32_t cell_count = 0;

  /// Takes label and instances out of the image.
  explicit Truth(PredictedPicture& picture)
      : classes(std::move(picture.label)), cells(std::move(picture.instances)) {
    ignored_count = std::count(classes.values.begin(), classes.values.end(), kIgnored);
    if (ignored_count > 0) {
      ignored = classes;
      for (auto& value : ignored.values) value = value == kIgnored;
    }
    leave_out(classes.values);
    leave_out(cells.values);
    if (cells.values.empty()) {
      cells = Picture<std::uint32_t>(classes.height, classes.width);
      cell_count = label_components_of_classes(classes.plane(), cells.plane());
    } else {
      cell_count = compact_ids(cells.plane());
    }
    mask = classes;
    for (auto& value : mask.values) value = value != 0;
    separate = separate_cells(cells.plane());
  }

  /// Clears what lies where nothing is annotated.
  template <class T>
  void leave_out(std::vector<T>& values) const {
    if (ignored_count == 0 || values.empty()) return;
    for (size_t i = 0; i < values.size(); ++i) {
      if (ignored.values[i] != 0) values[i] = 0;
    }
  }

  /// The annotated cells against `count` found ones.
  ContingencyTable against(const Picture<std::uint32_t>& found, std::uint32_t count) const {
    return contingency_table(cells.plane(), cell_count, found.plane(), count, ignored.plane());
  }

  /// Counts of class `id`, where anything is annotated.
  PixelCounts count(const Picture<std::uint8_t>& truth, const Picture<std::uint8_t>& found,
                    int id = 1) const {
    auto pixels = count_pixels(truth.plane(), found.plane(), static_cast<std::uint8_t>(id));
    pixels.true_negatives -= static_cast<double>(ignored_count);  // both are background there
    return pixels;
  }
};

/// What was found in an image.
struct Found {
  Picture<std::uint8_t> mask, classes;  ///< the latter is empty with two classes
  Picture<std::uint32_t> cells;
  std::uint32_t count = 0;  ///< their ids are 1 to this
  Plane<const float> separate;
  double threshold = 0;
};

/// Calls `measured` with the image, for all metrics to measure.
template <class Measured>
void measure(const Truth& truth, int class_count, Found found, Measured measured) {
  truth.leave_out(found.mask.values);
  truth.leave_out(found.classes.values);
  const PixelCounts pixels = truth.count(truth.mask, found.mask);
  std::vector<PixelCounts> classes = {pixels};
  if (!found.classes.values.empty()) {
    classes.clear();
    for (int c = 1; c < class_count; ++c) {
      classes.push_back(truth.count(truth.classes, found.classes, c));
    }
  }
  const ContingencyTable cells = truth.against(found.cells, found.count);
  {
    ThinningWorkspace thinning;
    thin_borders(found.cells.plane(), thinning);
  }
  // Without any segment, thinning makes the whole image one.
  const ContingencyTable thinned = truth.against(found.cells, std::max(found.count, 1u));
  found.cells = {};
  measured(ImageAtThreshold{truth.mask.plane(), found.mask.plane(), truth.ignored.plane(), pixels,
                            cells, thinned, classes, truth.separate.plane(), found.separate,
                            found.threshold});
}

Found at_threshold(const PredictedPicture& picture, double threshold) {
  const auto foreground = picture.foreground.plane();
  Found found;
  found.mask = Picture<std::uint8_t>(foreground.height, foreground.width);
  above_threshold(foreground, threshold, found.mask.plane());
  found.classes = picture.classes;
  for (size_t i = 0; i < found.classes.values.size(); ++i) {
    if (found.mask.values[i] == 0) found.classes.values[i] = 0;
  }
  const auto& classes = found.classes.values.empty() ? found.mask : found.classes;
  found.cells = Picture<std::uint32_t>(foreground.height, foreground.width);
  found.count = label_components_of_classes(classes.plane(), found.cells.plane());
  found.threshold = threshold;
  return found;
}

std::vector<std::vector<Counts>> measure_probabilities(const Metrics& metrics,
                                                       const PredictedPicture& picture,
                                                       const Truth& truth) {
  std::vector<std::vector<Counts>> counts;
  for (const auto* metric : metrics) counts.emplace_back(thresholds_of(*metric).size());
  Picture<float> annotated;
  if (truth.ignored_count > 0) {
    annotated = picture.foreground;
    truth.leave_out(annotated.values);
  }
  const auto& foreground = truth.ignored_count > 0 ? annotated : picture.foreground;
  const auto thresholds = challenge_thresholds(kLastThreshold);
  tbb::parallel_for(size_t{0}, thresholds.size(), [&](size_t k) {
    auto found = at_threshold(picture, thresholds[k]);
    found.separate = foreground.plane();
    measure(truth, picture.class_count, std::move(found), [&](const ImageAtThreshold& image) {
      for (size_t m = 0; m < metrics.size(); ++m) {
        const auto own = thresholds_of(*metrics[m]);
        const auto place = std::find(own.begin(), own.end(), thresholds[k]);
        if (place == own.end()) continue;
        counts[m][static_cast<size_t>(place - own.begin())] = metrics[m]->measure(image);
      }
    });
  });
  return counts;
}

/// 1 in cells, with lines between those that touch.
Picture<float> separate_mask(const Truth& truth, Plane<const std::uint32_t> cells) {
  auto mask = separate_cells(cells);
  truth.leave_out(mask.values);
  Picture<float> separate(mask.height, mask.width);
  std::copy(mask.values.begin(), mask.values.end(), separate.values.begin());
  return separate;
}

/// Takes classes and cells out of the image.
std::vector<std::vector<Counts>> measure_cells(const Metrics& metrics, PredictedPicture& picture,
                                               const Truth& truth) {
  Found found{mask_of(picture.segments),
              std::move(picture.classes),
              std::move(picture.segments),
              0,
              {},
              0.5};
  const Picture<float> separate = separate_mask(truth, found.cells.plane());
  found.separate = separate.plane();
  found.count = compact_ids(found.cells.plane());
  std::vector<std::vector<Counts>> counts;
  measure(truth, picture.class_count, std::move(found), [&](const ImageAtThreshold& image) {
    for (const auto* metric : metrics) counts.push_back({metric->measure(image)});
  });
  return counts;
}

}  // namespace

PictureMeasures measure_picture(const Metrics& metrics, PredictedPicture picture) {
  const Truth truth(picture);
  const bool cells = picture.foreground.values.empty();
  return {picture.name, picture.index,
          cells ? measure_cells(metrics, picture, truth)
                : measure_probabilities(metrics, picture, truth),
          cells};
}

}  // namespace unetflow
