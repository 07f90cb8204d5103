#include "metrics/summary.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace unetflow {
namespace {

void add(Counts& sum, const Counts& counts) {
  sum.resize(std::max(sum.size(), counts.size()));
  for (size_t i = 0; i < counts.size(); ++i) sum[i] += counts[i];
}

/// One metric over any choice of the images.
class Pooled {
 public:
  Pooled(const Metric& metric, const std::vector<std::vector<Counts>>& counts)
      : metric_(metric), counts_(counts) {
    for (const auto& image : counts) {
      auto& values = values_.emplace_back();
      for (const auto& at_threshold : image) values.push_back(value_of(metric, at_threshold));
    }
  }

  const std::vector<std::vector<double>>& values() const { return values_; }

  /// Over the images of these numbers, at threshold number k.
  Counts counts(std::span<const size_t> images, size_t k) const {
    Counts sum;
    for (const size_t i : images) add(sum, counts_[i][k]);
    return sum;
  }

  struct Best {
    size_t threshold = 0;
    double value = 0;
  };
  Best best(std::span<const size_t> images) const {
    Best best;
    size_t fewest = images.size() + 1;
    for (size_t k = 0; k < counts_.front().size(); ++k) {
      const auto left_out = static_cast<size_t>(std::count_if(
          images.begin(), images.end(), [&](size_t i) { return std::isnan(values_[i][k]); }));
      const double value = value_of(metric_, counts(images, k));
      const bool better = metric_.larger_is_better ? value > best.value : value < best.value;
      if (left_out > fewest || (left_out == fewest && !better)) continue;
      fewest = left_out;
      best = {k, value};
    }
    return best;
  }

 private:
  const Metric& metric_;
  const std::vector<std::vector<Counts>>& counts_;  // [image][threshold]
  std::vector<std::vector<double>> values_;         // the same
};

}  // namespace

std::optional<double> MetricResult::threshold() const {
  if (!metric->last_threshold || thresholds.empty() || std::isnan(value())) return {};
  return thresholds[best];
}

size_t MetricResult::left_out(size_t k) const {
  return static_cast<size_t>(std::count_if(
      images.begin(), images.end(), [&](const auto& image) { return std::isnan(image[k]); }));
}

std::vector<MetricResult> summarise(const BootstrapConfig& config, const Metrics& metrics,
                                    const std::vector<PictureMeasures>& images) {
  std::vector<MetricResult> results;
  if (images.empty()) return results;
  std::vector<size_t> all(images.size());
  std::iota(all.begin(), all.end(), size_t{0});
  for (size_t m = 0; m < metrics.size(); ++m) {
    MetricResult result;
    result.metric = metrics[m];
    for (const auto& image : images) result.image_counts.push_back(image.counts[m]);
    const Pooled pooled(*metrics[m], result.image_counts);
    if (!images.front().cells) result.thresholds = thresholds_of(*metrics[m]);
    result.best = pooled.best(all).threshold;
    result.images = pooled.values();
    for (size_t k = 0; k < result.images.front().size(); ++k) {
      result.counts.push_back(pooled.counts(all, k));
      result.curve.push_back(value_of(*metrics[m], result.counts.back()));
    }
    if (images.size() > 1 && config.resamples > 0 && !std::isnan(result.value())) {
      result.interval = bootstrap_interval(
          config, images.size(),
          [&](std::span<const std::size_t> drawn) { return pooled.best(drawn).value; });
    }
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace unetflow
