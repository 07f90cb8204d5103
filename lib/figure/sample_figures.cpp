#include "figure/sample_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include "figure/paint.hpp"
#include "image/mirror.hpp"
#include "sample/symmetry.hpp"

namespace unetflow {
namespace {

constexpr Rgb kGrid = colour::kOrange;
constexpr Index kGridSpacing = 20, kGridWidth = 2;  // px
constexpr Index kDetail = 200;                      // px; displacements of a pixel or two show

Line straight(double y0, double x0, double y1, double x1) {
  return {{{x0, y0}, {x1, y1}}, colour::kWhite, 1.5, ""};
}

bool on_grid(Index y, Index x) {
  return y % kGridSpacing < kGridWidth || x % kGridSpacing < kGridWidth;
}

}  // namespace

Figure overlap_tile_figure(Stack<const float> picture, Index input_size, Index output_size,
                           std::span<const TilePosition> positions, Index count) {
  const Index margin = (input_size - output_size) / 2;
  Index height = picture.height, width = picture.width;  // tiles may reach beyond a small picture
  for (const auto& position : positions) {
    height = std::max(height, position.y + output_size);
    width = std::max(width, position.x + output_size);
  }
  Picture<float> extrapolated(picture.channels, height + 2 * margin, width + 2 * margin);
  for (Index c = 0; c < picture.channels; ++c) {
    extrapolate_by_mirroring(picture.plane(c), -margin, -margin, extrapolated.plane(c));
  }
  const auto [low, high] = gray_range(picture);

  Figure figure;
  figure.name = "overlap_tiles";
  figure.caption = fmt::format(
      "Overlap tiles. The network maps an input tile of {0} x {0} px (blue) to the segmentation of "
      "its inner {1} x {1} px (yellow); what the input lacks beyond the image is extrapolated by "
      "mirroring at its border (white lines).{2} Axes in px of the image.",
      input_size, output_size, channels_shown(picture.channels));
  figure.alternative = fmt::format(
      "A source image, and its mirrored extrapolation with boxes around the input and output of "
      "the first {} of its {} tiles.",
      positions.size(), count);
  figure.columns = 3;
  Panel source;
  source.title = "Image";
  source.picture = as_gray(picture, low, high);
  figure.panels.push_back(source);
  for (size_t i = 0; i < positions.size(); ++i) {
    const auto y = static_cast<double>(positions[i].y), x = static_cast<double>(positions[i].x);
    const auto m = static_cast<double>(margin), in = static_cast<double>(input_size),
               out = static_cast<double>(output_size), h = static_cast<double>(picture.height),
               w = static_cast<double>(picture.width);
    Panel panel;
    panel.title = fmt::format("Extrapolated, tile {}", i);
    panel.picture = as_gray(extrapolated.stack(), low, high);
    panel.y = panel.x = -m;
    const double bottom = static_cast<double>(height) + m, right = static_cast<double>(width) + m;
    panel.lines = {straight(0, -m, 0, right),
                   straight(h, -m, h, right),
                   straight(-m, 0, bottom, 0),
                   straight(-m, w, bottom, w),
                   box(y - m, x - m, in, in, colour::kBlue),
                   box(y, x, out, out, colour::kYellow)};
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

namespace {

/// The tile with a grid drawn on its input and its label, so that it shows how both move together:
/// in the label as the class `grid_class`, in the input in the grid's colour, for which it gets
/// three channels.
LabelledPicture with_grid(const TileView& tile, float low, float high, std::uint8_t grid_class) {
  const Index margin = (tile.input.height - tile.label.height) / 2;
  LabelledPicture drawn{
      {3, tile.input.height, tile.input.width}, {tile.label.height, tile.label.width}, {}};
  for (Index c = 0; c < 3; ++c) {
    const auto from = tile.input.plane(tile.input.channels >= 3 ? c : 0);
    const float bright = static_cast<float>(kGrid[static_cast<size_t>(c)]) / 255;
    for (Index y = 0; y < from.height; ++y) {
      for (Index x = 0; x < from.width; ++x) {
        // The label's grid continues on the input; no index is negative.
        const bool grid =
            on_grid(y - margin + margin * kGridSpacing, x - margin + margin * kGridSpacing);
        drawn.input.plane(c)(y, x) = grid ? low + bright * (high - low) : from(y, x);
      }
    }
  }
  for (Index y = 0; y < tile.label.height; ++y) {
    for (Index x = 0; x < tile.label.width; ++x) {
      drawn.label.plane()(y, x) = on_grid(y, x) ? grid_class : tile.label(y, x);
    }
  }
  return drawn;
}

LabelledPicture copy_of(const TileView& tile) {
  LabelledPicture copy{{tile.input.channels, tile.input.height, tile.input.width},
                       {tile.label.height, tile.label.width},
                       {}};
  apply(Symmetry{}, {tile.input, tile.label, {}}, copy.buffer());
  return copy;
}

/// Panels of the first `detail` px of the output tile: the input, and the label with its grid.
std::array<Panel, 2> input_and_label(const LabelledPicture& tile, const std::string& when,
                                     Index detail, float low, float high, int classes) {
  const Index margin = (tile.input.height - tile.label.height) / 2;
  Panel input, label;
  input.title = "Input " + when;
  input.picture = as_gray(part(tile.input, margin, margin, detail, detail).stack(), low, high);
  label.title = "Label " + when;
  auto ids = part(tile.label, 0, 0, detail, detail);
  label.picture = as_classes(ids.plane(), classes);
  for (auto& id : ids.values) id = id == classes;
  tint(label.picture, ids.plane(), kGrid, 1);
  return {std::move(input), std::move(label)};
}

template <class Kind>
Figure augmentation_figure(const AugmentConfig& config, std::uint32_t epoch, std::uint64_t sample,
                           int classes, const TileView& tile) {
  AugmentConfig alone = config;
  for_each_augmentation(alone.augmentations, []<class Other>(Other& other) {
    other.probability = std::is_same_v<Other, Kind> ? 1 : 0;
  });
  constexpr bool kMoves = GeometricAugmentation<Kind>;
  const auto [low, high] = gray_range(tile.input);
  const LabelledPicture before =
      kMoves ? with_grid(tile, low, high, static_cast<std::uint8_t>(classes)) : copy_of(tile);
  LabelledPicture after = before;
  AugmentWorkspace workspace;
  augment(alone, epoch, sample, before.view(), after.buffer(), workspace);

  const Kind& kind = config.of<Kind>();
  const Showing showing = kind.showing();
  const Index detail =
      showing.whole_tile ? tile.label.height : std::min(kDetail, tile.label.height);
  auto [input_before, label_before] = input_and_label(before, "before", detail, low, high, classes);
  auto [input_after, label_after] = input_and_label(after, "after", detail, low, high, classes);
  Figure figure;
  figure.name = std::string("augmentation_") + Kind::kKey;
  figure.panels = {std::move(input_before), std::move(input_after), std::move(label_before),
                   std::move(label_after)};
  figure.columns = 4;
  figure.caption = fmt::format(
      "{} {}{} {}", showing.what,
      kMoves ? "The grid is drawn on to show how input and label move together. " : "",
      showing.whole_tile ? "The output tile."
                         : fmt::format("The first {0} x {0} px of the output tile.", detail),
      kind.probability > 0 ? fmt::format("A sample gets it with probability {}.", kind.probability)
                           : "This pipeline does not use it.");
  figure.alternative = showing.what + " A tile and its label, before and after.";
  return figure;
}

}  // namespace

std::vector<Figure> augmentation_figures(const AugmentConfig& config, std::uint32_t epoch,
                                         std::uint64_t sample, int classes, const TileView& tile) {
  std::vector<Figure> figures;
  for_each_augmentation(config.augmentations, [&]<class Kind>(const Kind& kind) {
    if (kind.probability == 0 && !kind.showing().even_if_unused) return;
    figures.push_back(augmentation_figure<Kind>(config, epoch, sample, classes, tile));
  });
  return figures;
}

Figure weight_map_figure(WeightMapConfig config, int classes, Plane<const std::uint8_t> label,
                         Plane<const std::uint32_t> instances, Plane<const float> weight) {
  Panel mask, balance, whole;
  mask.title = "Label";
  mask.picture = as_classes(label, classes);
  WeightMapWorkspace workspace;
  balance.title = "Class weight w_c";
  balance.map = Picture<float>(label.height, label.width);
  config.w0 = 0;
  weight_map(config, classes, label, instances, balance.map.plane(), workspace);
  whole.title = "Weight w";
  whole.map = Picture<float>(label.height, label.width);
  for (Index y = 0; y < weight.height; ++y) {
    std::copy_n(weight.row(y), weight.width, whole.map.plane().row(y));
  }
  for (Panel* panel : {&balance, &whole}) {
    panel->low = 0;
    panel->high = *std::max_element(panel->map.values.begin(), panel->map.values.end());
  }
  Figure figure;
  figure.name = "weight_map";
  figure.caption =
      std::string("The weight of each pixel in the loss. ") +
      (config.class_balance ? "w_c balances the classes' frequencies; "
                            : "w_c is 1: the classes' frequencies are not balanced; ") +
      "w = w_c + w0 exp(-(d1 + d2)²/2σ²) adds weight where two cells come close, d1 and d2 being "
      "the distances to the borders of the nearest two. Axes in px.";
  figure.alternative =
      "A label, its class weights, and the whole weight map, which is largest in the narrow gaps "
      "between cells.";
  figure.columns = 3;
  figure.panels = {std::move(mask), std::move(balance), std::move(whole)};
  return figure;
}

Figure samples_figure(const std::vector<NamedSample>& samples) {
  Figure figure;
  figure.name = "samples";
  figure.caption =
      "Samples as the trainer sees them: augmented input tiles; inside the yellow frame, what the "
      "network is to segment, with the label's background in orange.";
  if (!samples.empty()) figure.caption += channels_shown(samples.front().tile.input.channels);
  figure.alternative = "Augmented input tiles with their labels drawn over them.";
  figure.columns = 3;
  for (const auto& [name, tile] : samples) {
    const auto [low, high] = gray_range(tile.input.stack());
    const Index margin = (tile.input.height - tile.label.height) / 2;
    Panel panel;
    panel.title = name;
    panel.picture = as_gray(tile.input.stack(), low, high);
    Picture<std::uint8_t> background(tile.input.height, tile.input.width);
    for (Index y = 0; y < tile.label.height; ++y) {
      for (Index x = 0; x < tile.label.width; ++x) {
        background.plane()(y + margin, x + margin) = tile.label.plane()(y, x) == 0;
      }
    }
    tint(panel.picture, background.plane(), colour::kOrange, 0.5);
    panel.lines = {box(static_cast<double>(margin), static_cast<double>(margin),
                       static_cast<double>(tile.label.height),
                       static_cast<double>(tile.label.width), colour::kYellow)};
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

}  // namespace unetflow
