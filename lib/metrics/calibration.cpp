#include "metrics/calibration.hpp"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "core/quantile.hpp"
#include "metrics/measure.hpp"
#include "segmentation/compact_ids.hpp"
#include "segmentation/components.hpp"
#include "segmentation/distance.hpp"
#include "segmentation/fill_holes.hpp"
#include "segmentation/separate_cells.hpp"

namespace unetflow {
namespace {

/// What labelled images show of their cells.
class LabelledCells {
 public:
  void add(const PredictedPicture& picture) {
    has_ids_ = has_ids_ || !picture.instances.values.empty();
    Picture<std::uint8_t> background(picture.label.height, picture.label.width);
    auto label = picture.label;
    for (size_t i = 0; i < label.values.size(); ++i) {
      background.values[i] = label.values[i] == 0;
      if (label.values[i] == kIgnored) label.values[i] = 0;
    }
    auto cells = picture.instances;
    if (cells.values.empty()) {
      cells = Picture<std::uint32_t>(label.height, label.width);
      label_components_of_classes(label.plane(), cells.plane());
    }
    add_distances(background, separate_cells(cells.plane()));
    holes_ += count_holes(cells.plane());
    std::vector<double> areas(compact_ids(cells.plane()));
    for (const auto id : cells.values) {
      if (id != 0) ++areas[id - 1];
    }
    areas_.insert(areas_.end(), areas.begin(), areas.end());
  }

  bool on_background() const {
    if (areas_.empty()) return true;
    const auto edge = static_cast<size_t>(edge_distance_ / std::max(cell_pixels_, 1.0));
    double all = 0, far = 0;
    for (size_t distance = 0; distance < background_.size(); ++distance) {
      all += background_[distance];
      if (distance > edge) far += background_[distance];
    }
    return far > 0.1 * all;
  }

  bool any() const { return !areas_.empty(); }

  const Metric& judge(const std::string& task) const {
    if (task == "membranes") return metric_named("v_rand");
    return metric_named(has_ids_ ? "seg" : "dice");
  }

  Index least_size() const {
    auto areas = areas_;
    return areas.empty() ? 0 : static_cast<Index>(quantile(std::span(areas), 0.05) / 2);
  }

  Index largest_hole() const {
    auto areas = areas_;
    const double pixels = std::accumulate(areas.begin(), areas.end(), 0.0);
    if (areas.empty() || static_cast<double>(holes_) >= 0.01 * pixels) return 0;
    return static_cast<Index>(quantile(std::span(areas), 0.5));
  }

 private:
  void add_distances(const Picture<std::uint8_t>& background, const Picture<std::uint8_t>& cells) {
    const auto to_cell = distance_to_zero(background.plane());
    const auto to_edge = distance_to_zero(cells.plane());
    for (size_t i = 0; i < cells.values.size(); ++i) {
      if (background.values[i] != 0) {
        const auto distance = static_cast<size_t>(to_cell.values[i]);
        if (background_.size() <= distance) background_.resize(distance + 1);
        ++background_[distance];
      } else if (cells.values[i] != 0) {
        ++cell_pixels_;
        edge_distance_ += to_edge.values[i];
      }
    }
  }

  bool has_ids_ = false;
  std::vector<double> background_;  // pixels at each distance from the nearest cell
  double cell_pixels_ = 0, edge_distance_ = 0;
  Index holes_ = 0;  // px
  std::vector<double> areas_;
};

/// The metric's value of all images at each threshold.
std::vector<std::array<double, 2>> measure_thresholds(
    const SegmentRule& rule, const Metric& metric, size_t count,
    const std::function<PredictedPicture(size_t)>& read, const std::function<void()>& done) {
  constexpr size_t kSteps = 20;
  std::vector<Counts> sums(kSteps);
  for (size_t i = 0; i < count; ++i) {
    const auto picture = read(i);
    tbb::parallel_for(size_t{1}, kSteps, [&](size_t k) {
      SegmentRule tried = rule;
      tried.threshold = static_cast<double>(k) / kSteps;
      auto found = picture;
      auto segments = segment(tried, picture.foreground.plane(), picture.classes.plane(),
                              picture.cores.plane());
      found.foreground = {};
      found.segments = std::move(segments.ids);
      found.classes = std::move(segments.classes);
      const Counts counts = measure_picture({&metric}, std::move(found)).counts.at(0).at(0);
      sums[k].resize(std::max(sums[k].size(), counts.size()));
      for (size_t c = 0; c < counts.size(); ++c) sums[k][c] += counts[c];
    });
    done();
  }
  std::vector<std::array<double, 2>> curve;
  for (size_t k = 1; k < kSteps; ++k) {
    curve.push_back({static_cast<double>(k) / kSteps, value_of(metric, sums[k])});
  }
  return curve;
}

double best_of(const std::vector<std::array<double, 2>>& curve) {
  double best = 0.5, value = -1;
  for (const auto& [threshold, own] : curve) {
    if (own > value || (own == value && std::abs(threshold - 0.5) < std::abs(best - 0.5))) {
      best = threshold;
      value = own;
    }
  }
  return best;
}

}  // namespace

Calibration calibrate(const SegmentConfig& config, std::size_t count,
                      const std::function<PredictedPicture(std::size_t)>& read, int threads,
                      const std::function<void()>& done) {
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism,
                                    static_cast<size_t>(threads));
  LabelledCells labelled;
  for (size_t i = 0; i < count; ++i) {
    labelled.add(read(i));
    done();
  }
  SegmentRule rule;
  rule.task = config.task.value_or(labelled.on_background() ? "objects" : "membranes");
  rule.border = rule.task == "membranes" ? "thin" : "close";
  rule.min_size = labelled.least_size();
  rule.max_hole = labelled.largest_hole();
  rule = overridden(rule, config);
  Calibration calibration{rule, &labelled.judge(rule.task), {}};
  if (config.threshold || !labelled.any()) return calibration;
  calibration.curve = measure_thresholds(rule, *calibration.metric, count, read, done);
  calibration.rule.threshold = best_of(calibration.curve);
  return calibration;
}

}  // namespace unetflow
