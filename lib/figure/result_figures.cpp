#include "figure/result_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "figure/paint.hpp"
#include "metrics/all_metrics.hpp"
#include "metrics/region_errors.hpp"
#include "metrics/splits_and_merges.hpp"

namespace unetflow {
namespace {

/// The label: cells in colours of their own where they have ids, else classes.
ColourPicture drawn_label(const Result& result, int classes) {
  auto picture = result.instances.values.empty() ? as_classes(result.label.plane(), classes)
                                                 : as_segments(result.instances.plane());
  tint_ignored(picture, result.label.plane());
  return picture;
}

/// Segments renumbered: the one that has most of a cell gets the cell's number, so that both are
/// drawn in one colour; the others follow.
Picture<std::uint32_t> numbered_like(const Picture<std::uint32_t>& cells,
                                     Picture<std::uint32_t> segments) {
  if (cells.values.empty()) return segments;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Index> shared;  // pixels of segment and cell
  std::uint32_t last = 0;
  for (size_t i = 0; i < segments.values.size(); ++i) {
    last = std::max(last, cells.values[i]);
    if (segments.values[i] != 0) ++shared[{segments.values[i], cells.values[i]}];
  }
  std::vector<std::tuple<Index, std::uint32_t, std::uint32_t>> largest;
  for (const auto& [pair, pixels] : shared) {
    if (pair.second != 0) largest.emplace_back(-pixels, pair.first, pair.second);
  }
  std::sort(largest.begin(), largest.end());
  std::map<std::uint32_t, std::uint32_t> number;
  std::set<std::uint32_t> taken;
  for (const auto& [pixels, segment, cell] : largest) {
    if (number.contains(segment) || taken.contains(cell)) continue;
    number[segment] = cell;
    taken.insert(cell);
  }
  for (auto& segment : segments.values) {
    if (segment == 0) continue;
    const auto [found, is_new] = number.try_emplace(segment, last + 1);
    last += is_new;
    segment = found->second;
  }
  return segments;
}

/// The image in gray, with missed foreground and missed background in colour.
ColourPicture with_errors(const Result& result) {
  const auto mask = mask_of(result, result.pixel_threshold);
  Picture<std::uint8_t> missed_foreground(mask.height, mask.width),
      missed_background(mask.height, mask.width);
  for (size_t i = 0; i < mask.values.size(); ++i) {
    if (result.label.values[i] == kIgnored) continue;
    const bool truth = result.label.values[i] != 0, found = mask.values[i] != 0;
    missed_foreground.values[i] = truth && !found;
    missed_background.values[i] = !truth && found;
  }
  ColourPicture picture = in_gray(result.image.stack());
  tint(picture, missed_foreground.plane(), colour::kMissedForeground, 0.9);
  tint(picture, missed_background.plane(), colour::kMissedBackground, 0.9);
  tint_ignored(picture, result.label.plane());
  return picture;
}

/// What is said of pixels that are not annotated, where there are some.
const char* ignored_anywhere(const std::vector<Result>& results) {
  const bool any = std::any_of(results.begin(), results.end(), [](const Result& result) {
    const auto& label = result.label.values;
    return std::find(label.begin(), label.end(), kIgnored) != label.end();
  });
  return any ? " Purple: not annotated." : "";
}

struct RankedRegion {
  size_t result = 0;  ///< number of the image
  RegionError region;
};

/// The regions of all images, the most wrong first.
std::vector<RankedRegion> ranked_regions(const std::vector<Result>& results, Index side) {
  std::vector<RankedRegion> ranked;
  for (size_t i = 0; i < results.size(); ++i) {
    for (const auto& region :
         region_errors(results[i].label.plane(),
                       mask_of(results[i], results[i].pixel_threshold).plane(), side)) {
      ranked.push_back({i, region});
    }
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.region.error > b.region.error; });
  return ranked;
}

/// The title of the panel that shows these metrics, which have one direction.
std::string panel_title(const Metrics& metrics) {
  const bool larger = metrics.front()->larger_is_better;
  const char* several = larger ? "Scores" : "Errors";
  return fmt::format("{} ({} is better)", metrics.size() > 1 ? several : metrics.front()->name,
                     larger ? "larger" : "smaller");
}

Line curve(const Metric& metric, const Json& points) {
  Line line;
  line.label = metric.name;
  line.width = 2;
  for (const auto& point : points) {
    if (point.at(0).is_number() && point.at(1).is_number()) {
      line.points.push_back({point[0].get<double>(), point[1].get<double>()});
    }
  }
  return line;
}

}  // namespace

Figure results_figure(const std::vector<Result>& results, int classes) {
  Figure figure;
  figure.name = "results";
  figure.columns = 4;
  const bool delivered = !results.empty() && !results.front().segments.values.empty();
  const bool cells = !results.empty() && !results.front().instances.values.empty();
  figure.caption = fmt::format(
      "Images that the network has not learned from: input, label, the network's probability of "
      "foreground, and {}, each in a colour of its own{}.{}{} Axes in px.",
      delivered ? "the segments that are delivered"
                : fmt::format("the segments where it exceeds {:.1f}",
                              results.empty() ? 0.5 : results.front().threshold),
      cells ? ", which is that of the label's cell where they share most" : "",
      results.empty() ? "" : channels_shown(results.front().image.channels),
      ignored_anywhere(results));
  figure.alternative = "Held-out images with label, probability map and coloured segments.";
  for (const auto& result : results) {
    Panel input, label, probability, segments;
    input.title = "Image " + shortened(result.name);
    input.picture = in_gray(result.image.stack());
    figure.panels.push_back(std::move(input));
    if (result.label.height > 0) {
      label.title = "Label";
      label.picture = drawn_label(result, classes);
      figure.panels.push_back(std::move(label));
    } else {
      figure.columns = 3;
    }
    probability.title = "Probability";
    probability.map = result.foreground;
    figure.panels.push_back(std::move(probability));
    segments.title = "Segments";
    segments.picture = as_segments(numbered_like(result.instances, segments_of(result)).plane());
    figure.panels.push_back(std::move(segments));
  }
  return figure;
}

Figure regions_figure(const std::vector<Result>& results, Index side) {
  Figure figure;
  figure.name = "worst_and_best";
  figure.columns = 4;
  figure.caption = fmt::format(
      "The worst regions of {0} x {0} px (above) and the best (below), by the fraction of pixels "
      "that are wrong. Orange: foreground that was missed, so cells may be split; blue: background "
      "that was missed, so cells may be merged; regions of background alone are not among the "
      "best.{1} Axes in px of the image.",
      side, ignored_anywhere(results));
  figure.alternative = "Parts of held-out images with wrong pixels in colour.";
  auto ranked = ranked_regions(results, side);
  const auto columns = static_cast<size_t>(figure.columns);
  const auto worst = static_cast<Index>(std::min(columns, ranked.size()));
  ranked.erase(std::remove_if(ranked.begin() + worst, ranked.end(),
                              [](const auto& place) { return !place.region.foreground; }),
               ranked.end());
  if (ranked.size() > 2 * columns) {
    ranked.erase(ranked.begin() + worst, ranked.end() - static_cast<Index>(columns));
  }
  for (const auto& [number, region] : ranked) {
    const Result& result = results[number];
    Panel panel;
    panel.title =
        fmt::format("Image {}, {:.1f} % wrong", shortened(result.name), 100 * region.error);
    panel.y = static_cast<double>(region.y);
    panel.x = static_cast<double>(region.x);
    panel.picture = part(with_errors(result), region.y, region.x, side, side);
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

Figure splits_figure(const std::vector<Result>& results) {
  Figure figure;
  figure.name = "splits_and_merges";
  figure.columns = 3;
  figure.caption =
      "Splits and merges. Orange: cells of the label that are in two or more segments; blue: "
      "segments that hold two or more cells. A segment and a cell count together when the segment "
      "covers a tenth of the cell. Axes in px.";
  figure.alternative = "Held-out images with split cells and merged segments in colour.";
  for (const auto& result : results) {
    const auto found = splits_and_merges(cells_of(result).plane(), segments_of(result).plane());
    Panel panel;
    panel.title = fmt::format("Image {}: {} split, {} merged", shortened(result.name), found.splits,
                              found.merges);
    panel.picture = in_gray(result.image.stack());
    tint(panel.picture, found.merged.plane(), colour::kMissedBackground, 0.5);
    tint(panel.picture, found.split.plane(), colour::kMissedForeground, 0.5);
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

Figure reliability_figure(const Reliability& reliability) {
  Figure figure;
  figure.name = "reliability";
  figure.caption = fmt::format(
      "Whether probabilities are true: of the pixels that are given a probability of foreground "
      "(x), the fraction that is annotated as foreground (y); on the gray line both are equal, "
      "below it the network is too sure of foreground. Expected calibration error, the mean "
      "distance from the line over all {} annotated pixels: {:.4f}.",
      reliability.pixels(), reliability.error());
  figure.alternative = "A curve of the true fraction over probability, and a histogram.";
  Panel truth, pixels;
  truth.title = "Reliability";
  truth.x_label = "probability of foreground";
  truth.y_label = "fraction that is foreground";
  truth.lines = {{{{0, 0}, {1, 1}}, colour::kGray, 1, ""}, {{}, colour::kBlue, 2, ""}};
  pixels.title = "Pixels";
  pixels.x_label = "probability of foreground";
  pixels.y_label = "fraction of all pixels";
  pixels.logarithmic = true;
  Line steps{{}, colour::kBlue, 2, ""};
  for (int i = 0; i < Reliability::kBins; ++i) {
    const auto [count, said, is] = reliability.bin(i);
    if (count == 0) continue;
    truth.lines.back().points.push_back({said, is});
    const double share = static_cast<double>(count) / static_cast<double>(reliability.pixels());
    for (const int end : {i, i + 1}) {
      steps.points.push_back({static_cast<double>(end) / Reliability::kBins, share});
    }
  }
  pixels.lines = {std::move(steps)};
  figure.panels = {std::move(truth), std::move(pixels)};
  return figure;
}

Figure curves_figure(const Json& curves) {
  Figure figure;
  figure.name = "threshold_curves";
  figure.caption =
      "Each metric against the threshold above which a probability counts as cell interior; the "
      "best value along its curve is the one reported.";
  figure.alternative = "Curves of scores and errors over thresholds from 0 to 1.";
  std::vector<Metrics> shown;  // in each panel
  for (const auto& metric : all_metrics()) {
    Line line = curve(metric, curves.value(metric.key, Json::array()));
    if (line.points.size() < 2) continue;
    // Values of equally many digits have one order of magnitude.
    size_t p = 0;
    while (p < shown.size() && (shown[p].front()->larger_is_better != metric.larger_is_better ||
                                shown[p].front()->digits != metric.digits)) {
      ++p;
    }
    if (p == shown.size()) {
      shown.emplace_back();
      figure.panels.emplace_back().x_label = "threshold";
    }
    line.colour = colour::kCurves[shown[p].size() % colour::kCurves.size()];
    figure.panels[p].lines.push_back(std::move(line));
    shown[p].push_back(&metric);
  }
  for (size_t p = 0; p < shown.size(); ++p) figure.panels[p].title = panel_title(shown[p]);
  return figure;
}

}  // namespace unetflow
