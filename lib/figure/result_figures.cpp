#include "figure/result_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "figure/paint.hpp"
#include "segmentation/components.hpp"

namespace unetflow {
namespace {

Picture<std::uint8_t> thresholded(const Result& result) {
  Picture<std::uint8_t> mask(result.foreground.height, result.foreground.width);
  for (size_t i = 0; i < mask.values.size(); ++i) {
    mask.values[i] = static_cast<double>(result.foreground.values[i]) > result.threshold;
  }
  return mask;
}

/// 1 where only the label is foreground (`missed`), or only the segmentation is.
Picture<std::uint8_t> wrong(const Result& result, bool missed) {
  auto mask = thresholded(result);
  for (size_t i = 0; i < mask.values.size(); ++i) {
    const bool truth = result.label.values[i] != 0, found = mask.values[i] != 0;
    mask.values[i] = truth != found && truth == missed;
  }
  return mask;
}

Picture<std::uint32_t> components(const Picture<std::uint8_t>& mask) {
  Picture<std::uint32_t> ids(mask.height, mask.width);
  label_components(mask.plane(), 4, ids.plane());
  return ids;
}

ColourPicture gray(const Result& result) {
  const auto [low, high] = gray_range(result.image.stack());
  return as_gray(result.image.stack(), low, high);
}

}  // namespace

Figure results_figure(const std::vector<Result>& results, int classes) {
  Figure figure;
  figure.name = "results";
  figure.columns = 4;
  figure.caption = fmt::format(
      "Pictures the network has not learned from: input, label, the network's probability of "
      "foreground, and the segments that are left where it exceeds {:.1f}, each in a colour of its "
      "own. Axes in px.",
      results.empty() ? 0.5 : results.front().threshold);
  figure.alternative = "Held-out pictures with label, probability map and coloured segments.";
  for (const auto& result : results) {
    Panel input, label, probability, segments;
    input.title = "Picture " + result.name;
    input.picture = gray(result);
    figure.panels.push_back(std::move(input));
    if (result.label.height > 0) {
      label.title = "Label";
      label.picture = as_classes(result.label.plane(), classes);
      figure.panels.push_back(std::move(label));
    } else {
      figure.columns = 3;
    }
    probability.title = "Probability";
    probability.map = result.foreground;
    figure.panels.push_back(std::move(probability));
    segments.title = "Segments";
    segments.picture = as_segments(components(thresholded(result)).plane());
    figure.panels.push_back(std::move(segments));
  }
  return figure;
}

std::vector<Region> ranked_regions(const std::vector<Result>& results, Index side) {
  std::vector<Region> regions;
  for (size_t i = 0; i < results.size(); ++i) {
    const auto& result = results[i];
    const auto mask = thresholded(result);
    for (Index top = 0; top + side <= result.label.height; top += side) {
      for (Index left = 0; left + side <= result.label.width; left += side) {
        Index errors = 0;
        for (Index y = top; y < top + side; ++y) {
          for (Index x = left; x < left + side; ++x) {
            errors += (result.label.plane()(y, x) != 0) != (mask.plane()(y, x) != 0);
          }
        }
        regions.push_back(
            {i, top, left, static_cast<double>(errors) / static_cast<double>(side * side)});
      }
    }
  }
  std::stable_sort(regions.begin(), regions.end(),
                   [](const auto& a, const auto& b) { return a.error > b.error; });
  return regions;
}

Figure regions_figure(const std::vector<Result>& results, Index side) {
  Figure figure;
  figure.name = "worst_and_best";
  figure.columns = 4;
  figure.caption = fmt::format(
      "The worst regions of {0} x {0} px (above) and the best (below), by the share of pixels that "
      "are "
      "wrong. Orange: foreground that was missed, so cells may be split; blue: background that was "
      "missed, so cells may be merged. Axes in px of the picture.",
      side);
  figure.alternative = "Parts of held-out pictures with wrong pixels in colour.";
  auto regions = ranked_regions(results, side);
  const auto columns = static_cast<size_t>(figure.columns);
  if (regions.size() > 2 * columns) {
    regions.erase(regions.begin() + static_cast<Index>(columns),
                  regions.end() - static_cast<Index>(columns));
  }
  for (const auto& region : regions) {
    const Result& result = results[region.result];
    ColourPicture whole = gray(result);
    tint(whole, wrong(result, true).plane(), {230, 159, 0}, 0.9);
    tint(whole, wrong(result, false).plane(), {86, 180, 233}, 0.9);
    Panel panel;
    panel.title = fmt::format("Picture {}, {:.1f} % wrong", result.name, 100 * region.error);
    panel.y = static_cast<double>(region.y);
    panel.x = static_cast<double>(region.x);
    panel.picture = ColourPicture(3, side, side);
    for (Index c = 0; c < 3; ++c) {
      for (Index y = 0; y < side; ++y) {
        std::copy_n(whole.plane(c).row(region.y + y) + region.x, side,
                    panel.picture.plane(c).row(y));
      }
    }
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

SplitsAndMerges splits_and_merges(Plane<const std::uint32_t> cells,
                                  Plane<const std::uint32_t> segments) {
  constexpr Index kSpeck = 20;  // px
  std::map<std::uint32_t, Index> areas;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Index> shared;
  for (Index y = 0; y < cells.height; ++y) {
    for (Index x = 0; x < cells.width; ++x) {
      if (cells(y, x) == 0) continue;
      ++areas[cells(y, x)];
      if (segments(y, x) != 0) ++shared[{cells(y, x), segments(y, x)}];
    }
  }
  std::map<std::uint32_t, Index> segments_of, cells_of;  // how many belong to each
  for (const auto& [pair, area] : shared) {
    const Index whole = areas[pair.first];
    if (whole < kSpeck || 10 * area < whole) continue;
    ++segments_of[pair.first];
    ++cells_of[pair.second];
  }
  std::erase_if(segments_of, [](const auto& entry) { return entry.second < 2; });
  std::erase_if(cells_of, [](const auto& entry) { return entry.second < 2; });
  SplitsAndMerges found{{cells.height, cells.width},
                        {cells.height, cells.width},
                        static_cast<Index>(segments_of.size()),
                        static_cast<Index>(cells_of.size())};
  for (Index y = 0; y < cells.height; ++y) {
    for (Index x = 0; x < cells.width; ++x) {
      found.split.plane()(y, x) = segments_of.contains(cells(y, x));
      found.merged.plane()(y, x) = cells_of.contains(segments(y, x));
    }
  }
  return found;
}

Figure splits_figure(const std::vector<Result>& results) {
  Figure figure;
  figure.name = "splits_and_merges";
  figure.columns = 3;
  figure.caption =
      "Splits and merges. Orange: cells of the label that lie in two or more segments; blue: "
      "segments that hold two or more cells. A segment and a cell count together when they share a "
      "tenth of the cell. Axes in px.";
  figure.alternative = "Held-out pictures with split cells and merged segments in colour.";
  for (const auto& result : results) {
    auto truth = result.label;
    for (auto& value : truth.values) value = value != 0;
    const auto found =
        splits_and_merges(components(truth).plane(), components(thresholded(result)).plane());
    Panel panel;
    panel.title =
        fmt::format("Picture {}: {} split, {} merged", result.name, found.splits, found.merges);
    panel.picture = gray(result);
    tint(panel.picture, found.merged.plane(), {86, 180, 233}, 0.5);
    tint(panel.picture, found.split.plane(), {230, 159, 0}, 0.5);
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

Figure curves_figure(const Json& curves) {
  // Scores run from 0 to 1 and want to be large; errors want to be small, the warping error by
  // orders of magnitude.
  Panel scores, errors, warping;
  scores.title = "Scores (larger is better)";
  errors.title = "Errors (smaller is better)";
  warping.title = "Warping error (smaller is better)";
  constexpr std::array kLineColours = {colour::kBlue, colour::kOrange, colour::kGreen,
                                       colour::kPurple};
  for (const auto& [name, points] : curves.items()) {
    const bool error = name.ends_with("_error") || name.ends_with("_disagreement");
    Panel& panel = name.starts_with("warping") ? warping : error ? errors : scores;
    Line line;
    line.label = name;
    if (name.starts_with("v_")) {
      line.label.front() = 'V';  // V_rand, V_info
    } else if (name == "seg") {
      line.label = "SEG";
    } else {
      std::replace(line.label.begin(), line.label.end(), '_', ' ');
    }
    line.colour = kLineColours[panel.lines.size() % kLineColours.size()];
    line.width = 2;
    for (const auto& point : points) {
      if (point.at(0).is_number() && point.at(1).is_number()) {
        line.points.push_back({point[0].get<double>(), point[1].get<double>()});
      }
    }
    if (line.points.size() > 1) panel.lines.push_back(std::move(line));
  }
  Figure figure;
  figure.name = "threshold_curves";
  figure.caption =
      "Each metric against the threshold above which a probability counts as cell interior; the "
      "best value along its curve is the one reported.";
  figure.alternative = "Curves of scores and errors over thresholds from 0 to 1.";
  for (Panel* panel : {&scores, &errors, &warping}) {
    if (panel->lines.empty()) continue;
    panel->x_label = "threshold";
    figure.panels.push_back(std::move(*panel));
  }
  return figure;
}

}  // namespace unetflow
