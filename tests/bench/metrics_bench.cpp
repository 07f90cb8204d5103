// All metrics of 30 pictures 512 x 512 at all thresholds, and each kernel by itself. The real
// labels of ISBI 2012 where ../shared has them, otherwise those of phantoms; the predictions are
// the labels, blurred, with smooth noise.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>

#include "core/random.hpp"
#include "image/picture_format.hpp"
#include "ingest/glob.hpp"
#include "metrics/evaluate.hpp"
#include "metrics/rand_sums.hpp"
#include "metrics/v_info.hpp"
#include "metrics/warping_error.hpp"
#include "phantom/phantom.hpp"
#include "segmentation/above_threshold.hpp"
#include "segmentation/components.hpp"
#include "segmentation/thinning.hpp"

namespace unetflow {
namespace {

constexpr size_t kPictures = 30;
constexpr double kThreshold = 0.5;

std::vector<Picture<std::uint8_t>> labels() {
  std::vector<Picture<std::uint8_t>> result;
  const auto folder =
      std::filesystem::path(UNETFLOW_SOURCE_DIR) / "../shared/data/EM_2012/train/label";
  if (std::filesystem::exists(folder)) {
    for (const auto& file : glob(folder, "*.png").files) {
      result.push_back(
          std::get<Picture<std::uint8_t>>(png_format().open(folder / file, "")->read(0).values));
    }
  } else {
    PhantomConfig config;
    config.size = 512;
    for (size_t i = 0; i < kPictures; ++i) result.push_back(make_phantom(config, i).label);
  }
  return result;
}

/// The mean over windows of 2 * radius + 1 px, along one axis after the other.
void box_blur(Picture<float>& picture, Index radius) {
  for (const bool along_rows : {true, false}) {
    const Picture<float> from = picture;
    for (Index y = 0; y < picture.height; ++y) {
      for (Index x = 0; x < picture.width; ++x) {
        float sum = 0;
        for (Index k = -radius; k <= radius; ++k) {
          sum += from.plane()(along_rows ? y : std::clamp<Index>(y + k, 0, picture.height - 1),
                              along_rows ? std::clamp<Index>(x + k, 0, picture.width - 1) : x);
        }
        picture.plane()(y, x) = sum / static_cast<float>(2 * radius + 1);
      }
    }
  }
}

const std::vector<PredictedPicture>& pictures() {
  static const auto all = [] {
    std::vector<PredictedPicture> result;
    for (auto& label : labels()) {
      PredictedPicture picture;
      picture.index = static_cast<std::int64_t>(result.size());
      picture.foreground = Picture<float>(label.height, label.width);
      Picture<float> noise(label.height, label.width);
      const auto key = random_key(static_cast<std::uint64_t>(picture.index), Purpose::kNoise);
      for (size_t i = 0; i < label.values.size(); ++i) {
        picture.foreground.values[i] = label.values[i] != 0;
        noise.values[i] = static_cast<float>(random_uniform(key, i)) - 0.5f;
      }
      box_blur(picture.foreground, 2);
      box_blur(noise, 3);
      for (size_t i = 0; i < label.values.size(); ++i) {
        picture.foreground.values[i] =
            std::clamp(picture.foreground.values[i] + 3 * noise.values[i], 0.0f, 1.0f);
      }
      for (auto& value : label.values) value = value != 0;
      picture.label = std::move(label);
      result.push_back(std::move(picture));
    }
    return result;
  }();
  return all;
}

void all_metrics(benchmark::State& state) {
  const auto& all = pictures();
  for (auto _ : state) {
    benchmark::DoNotOptimize(evaluate(
        metrics_asked_for({}), {}, all.size(), [&](size_t i) { return all[i]; },
        static_cast<int>(state.range(0)), [] {}));
  }
  state.counters["pictures"] = static_cast<double>(all.size());
}
BENCHMARK(all_metrics)->ArgName("threads")->Arg(1)->Arg(2)->Unit(benchmark::kSecond)->UseRealTime();

struct Segmented {
  Picture<std::uint8_t> mask;
  Picture<std::uint32_t> truth, segments;
  std::uint32_t truths = 0, count = 0;
};
Segmented segmented() {
  const auto& picture = pictures().front();
  Segmented s{{picture.label.height, picture.label.width},
              {picture.label.height, picture.label.width},
              {picture.label.height, picture.label.width}};
  above_threshold(picture.foreground.plane(), kThreshold, s.mask.plane());
  s.truths = label_components(picture.label.plane(), 4, s.truth.plane());
  s.count = label_components(s.mask.plane(), 4, s.segments.plane());
  return s;
}

void threshold_and_components(benchmark::State& state) {
  auto s = segmented();
  for (auto _ : state) {
    above_threshold(pictures().front().foreground.plane(), kThreshold, s.mask.plane());
    benchmark::DoNotOptimize(label_components(s.mask.plane(), 4, s.segments.plane()));
  }
}
BENCHMARK(threshold_and_components)->Unit(benchmark::kMillisecond);

void thinning(benchmark::State& state) {
  const auto s = segmented();
  ThinningWorkspace workspace;
  for (auto _ : state) {
    auto segments = s.segments;
    thin_borders(segments.plane(), workspace);
    benchmark::DoNotOptimize(segments.values.data());
  }
}
BENCHMARK(thinning)->Unit(benchmark::kMillisecond);

void rand_and_information(benchmark::State& state) {
  const auto s = segmented();
  for (auto _ : state) {
    const auto table = contingency_table(s.truth.plane(), s.truths, s.segments.plane(), s.count);
    benchmark::DoNotOptimize(rand_sums(table));
    benchmark::DoNotOptimize(information_score(table));
  }
}
BENCHMARK(rand_and_information)->Unit(benchmark::kMillisecond);

void warping(benchmark::State& state) {
  const auto& picture = pictures().front();
  const auto threshold = static_cast<double>(state.range(0)) / 10;
  WarpingWorkspace workspace;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        warp(picture.label.plane(), picture.foreground.plane(), threshold, workspace));
  }
}
BENCHMARK(warping)->ArgName("threshold_x10")->Arg(0)->Arg(5)->Arg(9)->Unit(benchmark::kMillisecond);

/// One metric with what all share: thresholds, components, thinning. The difference is the
/// metric's.
void one_metric(benchmark::State& state, const char* key) {
  const Metrics metrics = {&metric_named(key)};
  const auto& picture = pictures().front();
  for (auto _ : state) benchmark::DoNotOptimize(measure_picture(metrics, picture));
}
BENCHMARK_CAPTURE(one_metric, pixel_error, "pixel_error")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_metric, hausdorff95, "hausdorff95")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace unetflow
