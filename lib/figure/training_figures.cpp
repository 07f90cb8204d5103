#include "figure/training_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "figure/gnuplot.hpp"

namespace unetflow {
namespace {

constexpr size_t kMostPoints = 2000;  // of a line

/// Least and greatest value of each bin, so that a long series keeps its spikes.
TrainingLog::Series thinned(const TrainingLog::Series& series) {
  if (series.size() <= kMostPoints) return series;
  const size_t bin = (2 * series.size() + kMostPoints - 1) / kMostPoints;
  TrainingLog::Series out;
  for (size_t first = 0; first < series.size(); first += bin) {
    const auto begin = series.begin() + static_cast<Index>(first);
    const auto end = series.begin() + static_cast<Index>(std::min(series.size(), first + bin));
    auto [low, high] =
        std::minmax_element(begin, end, [](const auto& a, const auto& b) { return a[1] < b[1]; });
    if (high < low) std::swap(low, high);
    out.push_back(*low);
    out.push_back(*high);
  }
  return out;
}

/// A logarithmic axis serves when all values are positive and span more than a decade.
bool spans_decades(const TrainingLog::Series& series) {
  const auto [low, high] = std::minmax_element(
      series.begin(), series.end(), [](const auto& a, const auto& b) { return a[1] < b[1]; });
  return low != high && (*low)[1] > 0 && (*high)[1] > 10 * (*low)[1];
}

bool varies(const TrainingLog::Series& series) {
  return std::any_of(series.begin(), series.end(),
                     [&](const auto& point) { return point[1] != series.front()[1]; });
}

}  // namespace

TrainingLog::Series running_mean(const TrainingLog::Series& series, size_t window) {
  TrainingLog::Series mean;
  double sum = 0;
  for (size_t i = 0; i < series.size(); ++i) {
    sum += series[i][1];
    if (i >= window) sum -= series[i - window][1];
    mean.push_back({series[i][0], sum / static_cast<double>(std::min(i + 1, window))});
  }
  return mean;
}

Figure training_figure(const TrainingLog& log) {
  Figure figure;
  figure.name = "training";
  const size_t window = std::max<size_t>(10, log.loss.size() / 50);
  figure.caption = fmt::format(
      "Weighted cross-entropy of each update, its running mean over {} updates, "
      "and the mean of each epoch{}.",
      window, log.validation.empty() ? "" : ", with what was measured on the validation images");
  figure.alternative = "Curves of the training loss by update and by epoch.";
  Panel updates;
  updates.title = "Loss by update";
  updates.x_label = "update";
  updates.y_label = "weighted cross-entropy";
  updates.logarithmic = spans_decades(log.loss);
  updates.lines = {{thinned(log.loss), colour::kGray, 0.75, "update"},
                   {thinned(running_mean(log.loss, window)), colour::kBlue, 2,
                    fmt::format("mean of {} updates", window)}};
  figure.panels.push_back(std::move(updates));
  Panel epochs;
  epochs.title = "Loss by epoch";
  epochs.x_label = "epoch";
  epochs.y_label = "weighted cross-entropy";
  epochs.lines = {{log.mean_loss, colour::kBlue, 2, "mean loss"}};
  if (log.mean_loss.size() > 1) figure.panels.push_back(std::move(epochs));
  Panel quality;
  quality.title = "Validation";
  quality.x_label = "epoch";
  for (const auto& [name, series] : log.validation) {
    if (series.size() < 2) continue;
    quality.lines.push_back(
        {series, colour::kCurves[quality.lines.size() % colour::kCurves.size()], 2, name});
  }
  if (!quality.lines.empty()) figure.panels.push_back(std::move(quality));
  if (varies(log.learning_rate)) {
    Panel rate;
    rate.title = "Learning rate";
    rate.x_label = "update";
    rate.lines = {{thinned(log.learning_rate), colour::kBlue, 2, ""}};
    figure.panels.push_back(std::move(rate));
  }
  return figure;
}

std::string training_in_terminal(const TrainingLog& log, int columns, int lines) {
  if (log.loss.empty()) return "No update yet.\n";
  const ScratchFolder folder;
  std::string points;
  for (const auto& [update, loss] : thinned(log.loss)) {
    points += fmt::format("{} {}\n", update, loss);
  }
  run_gnuplot(folder,
              fmt::format("$loss << END\n{}END\nset terminal dumb size {},{}\nset output 'plot'\n"
                          "set key off\nset title 'loss by update'\nplot $loss with dots\n",
                          points, columns, lines),
              "the loss");
  return folder.read("plot");
}

Figure filters_figure(const std::vector<float>& weights, Index filters, Index channels,
                      Index height, Index width) {
  constexpr Index kZoom = 8, kGap = 1;
  const auto columns = static_cast<Index>(std::ceil(std::sqrt(static_cast<double>(filters))));
  const Index rows = (filters + columns - 1) / columns;
  float largest = 0;
  for (const float value : weights) largest = std::max(largest, std::abs(value));
  Panel panel;
  panel.map = Picture<float>((rows * (height + kGap) - kGap) * kZoom,
                             (columns * (width + kGap) - kGap) * kZoom);
  std::fill(panel.map.values.begin(), panel.map.values.end(), std::nanf(""));  // no colour
  panel.low = -largest;
  panel.high = largest;
  panel.colours = ColourMap::kDiverging;
  panel.ticks = false;
  for (Index f = 0; f < filters; ++f) {
    const Index top = f / columns * (height + kGap), left = f % columns * (width + kGap);
    for (Index y = 0; y < height * kZoom; ++y) {
      for (Index x = 0; x < width * kZoom; ++x) {
        panel.map.plane()(top * kZoom + y, left * kZoom + x) =
            weights[static_cast<size_t>((f * channels * height + y / kZoom) * width + x / kZoom)];
      }
    }
  }
  Figure figure;
  figure.name = "filters";
  figure.columns = 3;
  figure.caption =
      fmt::format("The {} filters of {} x {} weights of the first convolution{}.", filters, height,
                  width, channels > 1 ? ", for the first channel" : "");
  figure.alternative = "A grid of small squares, each a filter, coloured by its weights.";
  figure.panels = {std::move(panel)};
  return figure;
}

}  // namespace unetflow
