#include "metrics/evaluate.hpp"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_pipeline.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <span>

#include "metrics/information.hpp"
#include "metrics/thresholds.hpp"
#include "segmentation/above_threshold.hpp"
#include "segmentation/compact_ids.hpp"
#include "segmentation/components.hpp"
#include "segmentation/thinning.hpp"

namespace unetflow {
namespace {

constexpr double kLastThreshold = 1;
constexpr double kLastWarpingThreshold = 0.9;

/// What is the same at all thresholds.
struct Truth {
  Picture<std::uint8_t> mask;
  Picture<std::uint32_t> components;
  std::uint32_t component_count = 0;
  Picture<std::uint32_t> objects;  ///< cells of SEG; empty: the components
  std::uint32_t object_count = 0;

  explicit Truth(const PredictedPicture& picture)
      : mask(picture.label), components(mask.height, mask.width), objects(picture.instances) {
    for (auto& value : mask.values) value = value != 0;
    component_count = label_components(mask.plane(), 4, components.plane());
    object_count = compact_ids(objects.plane());
  }
  SegScore seg(Plane<const std::uint32_t> segments, std::uint32_t count) const {
    return objects.values.empty() ? seg_score(components.plane(), component_count, segments, count)
                                  : seg_score(objects.plane(), object_count, segments, count);
  }
};

ThresholdMeasures measure_threshold(const Truth& truth, Plane<const float> foreground,
                                    double threshold, bool warping) {
  ThresholdMeasures measures;
  Picture<std::uint8_t> mask(foreground.height, foreground.width);
  above_threshold(foreground, threshold, mask.plane());
  measures.pixels = count_pixels(truth.mask.plane(), mask.plane());

  Picture<std::uint32_t> segments(foreground.height, foreground.width);
  std::uint32_t count = label_components(mask.plane(), 4, segments.plane());
  const Plane<const std::uint32_t> components = truth.components.plane();
  measures.rand =
      rand_sums(contingency_table(components, truth.component_count, segments.plane(), count));
  measures.seg = truth.seg(segments.plane(), count);

  ThinningWorkspace thinning;
  thin_borders(segments.plane(), thinning);
  count = std::max(count, 1u);
  const auto thinned =
      contingency_table(components, truth.component_count, segments.plane(), count);
  measures.v_rand = v_rand(rand_sums(thinned));
  measures.v_info = v_info(thinned);

  if (warping && threshold <= kLastWarpingThreshold) {
    WarpingWorkspace workspace;
    measures.warping = warp(truth.mask.plane(), foreground, threshold, workspace);
  }
  return measures;
}

// ---- over pictures

using Pictures = std::span<const PictureMeasures* const>;

template <class Sum, class Part>
Sum sum(Pictures pictures, Part part) {
  Sum total;
  for (const auto* picture : pictures) total += part(*picture);
  return total;
}

template <class Part>
double mean(Pictures pictures, Part part) {
  double total = 0;
  for (const auto* picture : pictures) total += part(*picture);
  return total / static_cast<double>(pictures.size());
}

PixelCounts pixels(Pictures pictures, size_t k) {
  return sum<PixelCounts>(pictures, [k](const auto& p) { return p.at[k].pixels; });
}
PixelCounts pixels_at_half(Pictures pictures) {
  return sum<PixelCounts>(pictures, [](const auto& p) { return p.at_half; });
}

/// The mean over classes of a coefficient of the classes' pixels in all pictures.
double class_mean(Pictures pictures, double (PixelCounts::*coefficient)() const) {
  double total = 0;
  const size_t classes = pictures.front()->classes.size();
  for (size_t c = 0; c < classes; ++c) {
    total +=
        (sum<PixelCounts>(pictures, [c](const auto& p) { return p.classes[c]; }).*coefficient)();
  }
  return total / static_cast<double>(classes);
}

struct Metric {
  const char* key;
  const char* name;
  bool larger_is_better;
  double last_threshold;  ///< of those it is computed at; negative: it has no choice of threshold
  double (*value)(Pictures, size_t k);
};

const std::array<Metric, 9> kMetrics = {{
    {"v_rand", "V_rand", true, kLastThreshold,
     [](Pictures all, size_t k) {
       return mean(all, [k](const auto& p) { return p.at[k].v_rand; });
     }},
    {"v_info", "V_info", true, kLastThreshold,
     [](Pictures all, size_t k) {
       return mean(all, [k](const auto& p) { return p.at[k].v_info; });
     }},
    {"rand_error", "Rand error", false, kLastThreshold,
     [](Pictures all, size_t k) {
       return 1 - sum<RandSums>(all, [k](const auto& p) { return p.at[k].rand; }).f();
     }},
    {"pixel_error", "Pixel error", false, kLastThreshold,
     [](Pictures all, size_t k) {
       const PixelCounts c = pixels(all, k);
       return 1 - f_score(c.true_positives, c.false_positives, c.false_negatives);
     }},
    {"pixel_disagreement", "Pixel disagreement", false, -1,
     [](Pictures all, size_t) { return pixels_at_half(all).disagreement(); }},
    {"warping_error", "Warping error", false, kLastWarpingThreshold,
     [](Pictures all, size_t k) {
       const auto counts = sum<WarpingCounts>(all, [k](const auto& p) { return p.at[k].warping; });
       return static_cast<double>(counts.splits + counts.merges) / pixels(all, k).total();
     }},
    {"seg", "SEG", true, kLastThreshold,
     [](Pictures all, size_t k) {
       return sum<SegScore>(all, [k](const auto& p) { return p.at[k].seg; }).mean();
     }},
    {"iou", "IoU", true, -1,
     [](Pictures all, size_t) { return class_mean(all, &PixelCounts::iou); }},
    {"dice", "Dice", true, -1,
     [](Pictures all, size_t) { return class_mean(all, &PixelCounts::dice); }},
}};

size_t threshold_count(const Metric& metric) {
  return metric.last_threshold < 0 ? 1 : challenge_thresholds(metric.last_threshold).size();
}

/// The first of the best thresholds.
size_t best_threshold(const Metric& metric, Pictures pictures) {
  size_t best = 0;
  double best_value = metric.value(pictures, 0);
  for (size_t k = 1; k < threshold_count(metric); ++k) {
    const double value = metric.value(pictures, k);
    if (metric.larger_is_better ? value > best_value : value < best_value) {
      best = k;
      best_value = value;
    }
  }
  return best;
}

}  // namespace

PictureMeasures measure_picture(const PredictedPicture& picture, bool warping) {
  const Truth truth(picture);
  const auto thresholds = challenge_thresholds(kLastThreshold);
  PictureMeasures measures{picture.name, picture.index, {}, {}, {}};
  measures.at.resize(thresholds.size());
  tbb::parallel_for(size_t{0}, thresholds.size(), [&](size_t k) {
    measures.at[k] = measure_threshold(truth, picture.foreground.plane(), thresholds[k], warping);
  });
  Picture<std::uint8_t> mask(picture.foreground.height, picture.foreground.width);
  above_threshold(picture.foreground.plane(), 0.5, mask.plane());
  measures.at_half = count_pixels(truth.mask.plane(), mask.plane());
  if (picture.classes.values.empty()) {
    measures.classes = {measures.at_half};
  } else {
    for (int c = 1; c < picture.class_count; ++c) {
      measures.classes.push_back(count_pixels(picture.label.plane(), picture.classes.plane(),
                                              static_cast<std::uint8_t>(c)));
    }
  }
  return measures;
}

std::vector<PictureMeasures> measure_pictures(std::size_t count,
                                              const std::function<PredictedPicture(size_t)>& read,
                                              bool warping, int threads,
                                              const std::function<void()>& done) {
  struct Job {
    size_t number = 0;
    std::shared_ptr<PredictedPicture> picture;
  };
  std::vector<PictureMeasures> measures(count);
  size_t next = 0;
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism,
                                    static_cast<size_t>(threads));
  tbb::parallel_pipeline(
      static_cast<size_t>(threads) + 1,
      tbb::make_filter<void, Job>(
          tbb::filter_mode::serial_in_order,
          [&](tbb::flow_control& control) -> Job {
            if (next == count) {
              control.stop();
              return {};
            }
            const size_t number = next++;
            return {number, std::make_shared<PredictedPicture>(read(number))};
          }) &
          tbb::make_filter<Job, void>(tbb::filter_mode::parallel, [&](const Job& job) {
            measures[job.number] = measure_picture(*job.picture, warping);
            done();
          }));
  return measures;
}

std::vector<MetricResult> summarise(const EvaluateConfig& config,
                                    const std::vector<PictureMeasures>& pictures) {
  std::vector<MetricResult> results;
  if (pictures.empty()) return results;
  std::vector<const PictureMeasures*> all;
  for (const auto& picture : pictures) all.push_back(&picture);
  for (const auto& metric : kMetrics) {
    if (std::string_view(metric.key) == "warping_error" && !config.warping) continue;
    const size_t best = best_threshold(metric, all);
    MetricResult result;
    result.key = metric.key;
    result.name = metric.name;
    result.value = metric.value(all, best);
    if (std::isnan(result.value)) continue;
    if (metric.last_threshold >= 0) {
      result.threshold = challenge_thresholds(metric.last_threshold)[best];
      for (size_t k = 0; k < threshold_count(metric); ++k) {
        result.curve.push_back(metric.value(all, k));
      }
    }
    if (pictures.size() > 1) {
      std::vector<const PictureMeasures*> drawn(all.size());
      result.interval = bootstrap_interval(
          config.bootstrap, all.size(), [&](std::span<const std::size_t> numbers) {
            for (size_t i = 0; i < numbers.size(); ++i) drawn[i] = all[numbers[i]];
            return metric.value(drawn, best_threshold(metric, drawn));
          });
    }
    for (const auto* picture : all) result.pictures.push_back(metric.value({&picture, 1}, best));
    results.push_back(std::move(result));
  }
  return results;
}

double picture_value(const std::string& key, const PictureMeasures& picture, size_t k) {
  const PictureMeasures* one = &picture;
  const auto metric =
      std::find_if(kMetrics.begin(), kMetrics.end(), [&](const Metric& m) { return m.key == key; });
  return k < threshold_count(*metric) || metric->last_threshold < 0
             ? metric->value({&one, 1}, k)
             : std::numeric_limits<double>::quiet_NaN();
}

WarpingCounts warping_counts(const std::vector<PictureMeasures>& pictures, size_t k) {
  WarpingCounts counts;
  for (const auto& picture : pictures) counts += picture.at[k].warping;
  return counts;
}

std::vector<PixelCounts> class_counts(const std::vector<PictureMeasures>& pictures) {
  std::vector<PixelCounts> counts(pictures.front().classes.size());
  for (const auto& picture : pictures) {
    for (size_t c = 0; c < counts.size(); ++c) counts[c] += picture.classes[c];
  }
  return counts;
}

}  // namespace unetflow
