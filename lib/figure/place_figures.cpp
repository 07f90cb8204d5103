#include "figure/place_figures.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "figure/paint.hpp"
#include "metrics/contradictions.hpp"
#include "metrics/matched_cells.hpp"

namespace unetflow {
namespace {

constexpr size_t kMost = 8;       // places that are shown
constexpr Index kLeastSide = 32;  // px; of a part of an image
constexpr Index kLeastCell = 20;  // px; smaller ones are specks
constexpr double kSure = 0.9;     // a probability of which the network is sure

/// A place of one kind in one of the images.
template <class T>
struct Found {
  const Result* result = nullptr;
  T place;
};

/// The first `kMost` of those of all images, by `before`.
template <class T, class Find, class Before>
std::vector<Found<T>> first_of(const std::vector<Result>& results, Find find, Before before) {
  std::vector<Found<T>> all;
  for (const auto& result : results) {
    auto places = find(result);
    places.resize(std::min(places.size(), kMost));  // each image's are in order already
    for (const auto& place : places) all.push_back({&result, place});
  }
  std::stable_sort(all.begin(), all.end(),
                   [&](const auto& a, const auto& b) { return before(a.place, b.place); });
  all.resize(std::min(all.size(), kMost));
  return all;
}

template <class T>
Picture<T> part(const Picture<T>& picture, const Box& box) {
  return part(picture, box.y, box.x, box.height, box.width);
}

Picture<std::uint8_t> where(const Picture<std::uint32_t>& ids, std::uint32_t id) {
  Picture<std::uint8_t> mask(ids.height, ids.width);
  std::transform(ids.values.begin(), ids.values.end(), mask.values.begin(),
                 [id](std::uint32_t value) { return value == id; });
  return mask;
}

/// A part of the image in the image's own gray range.
ColourPicture gray_part(const Result& result, const Box& box) {
  const auto [low, high] = gray_range(result.image.stack());
  return as_gray(part(result.image, box).stack(), low, high);
}

Panel panel_of(std::string title, const std::vector<ColourPicture>& pictures) {
  Panel panel;
  panel.title = std::move(title);
  panel.picture = side_by_side(pictures);
  panel.ticks = false;
  return panel;
}

/// The segments, none of them where nobody has annotated.
Picture<std::uint32_t> measured_segments(const Result& result) {
  auto segments = segments_of(result);
  for (size_t i = 0; i < segments.values.size(); ++i) {
    if (result.label.values[i] == kIgnored) segments.values[i] = 0;
  }
  return segments;
}

Panel drawn(const Found<MatchedCell>& found) {
  const auto& [result, cell] = found;
  const Box box = square_around(cell.box, kLeastSide, result->label.height, result->label.width);
  const auto cells = part(cells_of(*result), box);
  const auto segments = part(measured_segments(*result), box);
  const auto of_cell = where(cells, cell.cell);
  auto image = gray_part(*result, box), truth = as_segments(cells.plane()),
       answer = as_segments(segments.plane());
  tint_ignored(truth, part(result->label, box).plane());
  if (cell.segment != 0) {
    outline(image, where(segments, cell.segment).plane(), colour::kMissedBackground);
  }
  outline(image, of_cell.plane(), colour::kMissedForeground);
  for (auto* picture : {&truth, &answer}) outline(*picture, of_cell.plane(), colour::kWhite);
  return panel_of(
      fmt::format("Image {}, cell {}: IoU {:.2f}", shortened(result->name), cell.cell, cell.iou),
      {image, truth, answer});
}

Panel drawn(const Found<Contradiction>& found) {
  const auto& [result, place] = found;
  const Box box = square_around(place.box, kLeastSide, result->label.height, result->label.width);
  const auto label = part(result->label, box);
  ColourPicture truth = as_classes(label.plane(), 2);
  tint_ignored(truth, label.plane());
  const Box inner = {place.box.y - box.y, place.box.x - box.x, place.box.height, place.box.width};
  Picture<std::uint8_t> around(box.height, box.width);
  for (Index y = std::max<Index>(inner.y - 2, 0);
       y < std::min(inner.y + inner.height + 2, box.height); ++y) {
    for (Index x = std::max<Index>(inner.x - 2, 0);
         x < std::min(inner.x + inner.width + 2, box.width); ++x) {
      around.plane()(y, x) = 1;
    }
  }
  auto image = gray_part(*result, box);
  auto answer = as_gray(part(result->foreground, box).stack());
  for (auto* picture : {&image, &truth, &answer}) {
    outline(*picture, around.plane(), colour::kOrange);
  }
  return panel_of(
      fmt::format("Image {}: annotated {}, foreground {:.0f} %", shortened(result->name),
                  place.annotated ? "foreground" : "background", 100 * place.probability),
      {image, truth, answer});
}

}  // namespace

Places worst_cells(const std::vector<Result>& results) {
  const auto found = first_of<MatchedCell>(
      results,
      [](const Result& result) {
        return matched_cells(cells_of(result).plane(), measured_segments(result).plane(),
                             kLeastCell);
      },
      [](const auto& a, const auto& b) { return a.iou < b.iou; });
  Places places;
  places.none = fmt::format("No cell of {} px or more is annotated.", kLeastCell);
  places.figure.name = "worst_cells";
  places.figure.alternative = "Cells that were found worst, each with annotation and segments.";
  places.figure.caption = fmt::format(
      "The annotated cells that were found worst, by intersection over union (IoU) with the "
      "segment that fits best; cells below {} px are left out. Each: the image with the cell "
      "(orange) and its segment (blue), the annotation, and the segments, the cell's edge in "
      "white.",
      kLeastCell);
  places.caption = "Where they are: first pixel of each cell's box, and areas, in px.";
  places.header = {"Image", "Cell", "y", "x", "Area", "Segment", "Its area", "IoU"};
  for (const auto& one : found) {
    const MatchedCell& cell = one.place;
    places.figure.panels.push_back(drawn(one));
    const bool missed = cell.segment == 0;
    places.rows.push_back({one.result->name, std::to_string(cell.cell), std::to_string(cell.box.y),
                           std::to_string(cell.box.x), std::to_string(cell.area),
                           missed ? "–" : std::to_string(cell.segment),
                           missed ? "–" : std::to_string(cell.segment_area),
                           fmt::format("{:.3f}", cell.iou)});
  }
  return places;
}

Places doubtful_labels(const std::vector<Result>& results) {
  const auto found = first_of<Contradiction>(
      results,
      [](const Result& result) {
        return contradictions(result.label.plane(), result.foreground.plane(), kSure);
      },
      [](const auto& a, const auto& b) { return a.loss > b.loss; });
  Places places;
  places.none =
      "The network is nowhere sure of the opposite of what is annotated, over more than a line.";
  places.figure.name = "doubtful_labels";
  places.figure.alternative = "Places where annotation and probability contradict each other.";
  places.figure.caption = fmt::format(
      "Places where the network is sure, by a probability of {:.0f} % or more, of the opposite of "
      "what is annotated, those with the largest loss first; lines below 3 px are left out. "
      "Each: image, annotation (white: foreground), and the probability of foreground.",
      100 * kSure);
  places.caption = "Where they are: first pixel of each place's box, and area, in px.";
  places.header = {"Image", "y", "x", "Area", "Annotated as", "Probability of foreground", "Loss"};
  for (const auto& one : found) {
    const Contradiction& place = one.place;
    places.figure.panels.push_back(drawn(one));
    places.rows.push_back(
        {one.result->name, std::to_string(place.box.y), std::to_string(place.box.x),
         std::to_string(place.area), place.annotated ? "foreground" : "background",
         fmt::format("{:.3f}", place.probability), fmt::format("{:.0f}", place.loss)});
  }
  return places;
}

}  // namespace unetflow
