#include "figure/sample_figures.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "figure/paint.hpp"
#include "image/mirror.hpp"

namespace unetflow {
namespace {

constexpr Rgb kGrid = {230, 159, 0};
constexpr Index kGridSpacing = 20, kGridWidth = 2;  // px
constexpr Index kDetail = 200;                      // px; displacements of a pixel or two show

Line straight(double y0, double x0, double y1, double x1) {
  return {{{x0, y0}, {x1, y1}}, colour::kWhite, 1.5, ""};
}

template <class T>
Picture<T> part(const Picture<T>& picture, Index y, Index x, Index height, Index width) {
  Picture<T> out(picture.channels, height, width);
  for (Index c = 0; c < out.channels; ++c) {
    for (Index row = 0; row < height; ++row) {
      std::copy_n(picture.plane(c).row(y + row) + x, width, out.plane(c).row(row));
    }
  }
  return out;
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
      "its inner {1} x {1} px (yellow); what the input lacks beyond the picture is extrapolated by "
      "mirroring at its border (white lines). Axes in px of the picture.",
      input_size, output_size);
  figure.alternative = fmt::format(
      "A source picture, and its mirrored extrapolation with boxes around the input and output of "
      "the first {} of its {} tiles.",
      positions.size(), count);
  figure.columns = 3;
  Panel source;
  source.title = "Picture";
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

Figure augmentation_figure(Augmentation augmentation, const AugmentConfig& config,
                           std::uint32_t epoch, std::uint64_t sample, int classes,
                           const TileView& tile) {
  AugmentConfig alone = config;
  alone.flips.probability = alone.rigid.probability = 0;
  alone.elastic.probability = alone.brightness_contrast.probability = alone.noise.probability = 0;
  Figure figure;
  std::string what;
  double probability = 0;
  switch (augmentation) {
    case Augmentation::kMirror:
      figure.name = "augmentation_mirror";
      what = "Mirroring and quarter turns: one of the eight ways to lay the tile down.";
      probability = config.flips.probability;
      alone.flips.probability = 1;
      break;
    case Augmentation::kAffine:
      figure.name = "augmentation_affine";
      what = fmt::format(
          "Affine transformation: a rotation by up to {} degrees about the tile's "
          "centre and a shift by up to {} px in each direction.",
          config.rigid.rotation, config.rigid.shift);
      probability = config.rigid.probability;
      alone.rigid.probability = 1;
      break;
    case Augmentation::kElastic:
      figure.name = "augmentation_elastic";
      what = fmt::format(
          "Elastic deformation: displacements uniform in [-1, 1], smoothed by a "
          "Gaussian of standard deviation {} px, times {}.",
          config.elastic.sigma, config.elastic.alpha);
      probability = config.elastic.probability;
      alone.elastic.probability = 1;
      break;
    case Augmentation::kContrast:
      figure.name = "augmentation_contrast";
      what = fmt::format(
          "Contrast and brightness: a gain from {} to {} about middle gray, and an offset by up to "
          "{}; the label stays as it is.",
          1 - config.brightness_contrast.gain, 1 + config.brightness_contrast.gain,
          config.brightness_contrast.offset);
      probability = config.brightness_contrast.probability;
      alone.brightness_contrast.probability = 1;
      break;
    case Augmentation::kNoise:
      figure.name = "augmentation_noise";
      what = fmt::format(
          "Gray-value noise: normal, of standard deviation {}; the label stays as it "
          "is.",
          config.noise.sigma);
      probability = config.noise.probability;
      alone.noise.probability = 1;
      break;
  }
  const bool gray =  // values change, and no pixel moves
      augmentation == Augmentation::kNoise || augmentation == Augmentation::kContrast;
  const bool whole = augmentation == Augmentation::kMirror;

  // Three channels, so that the grid has a colour and is deformed with the picture.
  const auto [low, high] = gray_range(tile.input);
  const Index margin = (tile.input.height - tile.label.height) / 2;
  LabelledPicture before{{gray ? tile.input.channels : 3, tile.input.height, tile.input.width},
                         {tile.label.height, tile.label.width},
                         {}};
  for (Index c = 0; c < before.input.channels; ++c) {
    const auto from = tile.input.plane(tile.input.channels >= 3 || gray ? c : 0);
    for (Index y = 0; y < from.height; ++y) {
      for (Index x = 0; x < from.width; ++x) {
        // The label's grid continues on the input.
        const bool grid = !gray && on_grid(y - margin + margin * kGridSpacing,
                                           x - margin + margin * kGridSpacing);
        const float bright = static_cast<float>(kGrid[static_cast<size_t>(c % 3)]) / 255;
        before.input.plane(c)(y, x) = grid ? low + bright * (high - low) : from(y, x);
      }
    }
  }
  const auto grid_class = static_cast<std::uint8_t>(classes);
  for (Index y = 0; y < tile.label.height; ++y) {
    for (Index x = 0; x < tile.label.width; ++x) {
      before.label.plane()(y, x) = !gray && on_grid(y, x) ? grid_class : tile.label(y, x);
    }
  }
  LabelledPicture after = before;
  AugmentWorkspace workspace;
  augment(alone, epoch, sample, before.view(), after.buffer(), workspace);

  const Index detail = whole ? tile.label.height : std::min(kDetail, tile.label.height);
  const auto add = [&](const LabelledPicture& side, const std::string& when) {
    Panel input, label;
    input.title = "Input " + when;
    input.picture = as_gray(part(side.input, margin, margin, detail, detail).stack(), low, high);
    label.title = "Label " + when;
    const auto ids = part(side.label, 0, 0, detail, detail);
    label.picture = as_classes(ids.plane(), classes);
    auto grid = ids;
    for (auto& id : grid.values) id = id == grid_class;
    tint(label.picture, grid.plane(), kGrid, 1);
    figure.panels.push_back(std::move(input));
    figure.panels.push_back(std::move(label));
  };
  add(before, "before");
  add(after, "after");
  std::swap(figure.panels[1], figure.panels[2]);  // input before, after, label before, after
  figure.columns = 4;
  figure.caption = fmt::format(
      "{} {}{} {}", what,
      gray ? "" : "The grid is drawn on to show how input and label move together. ",
      whole ? "The output tile."
            : fmt::format("The first {0} x {0} px of the output tile.", detail),
      probability > 0 ? fmt::format("A sample gets it with probability {}.", probability)
                      : "This pipeline does not use it.");
  figure.alternative = what + " A tile and its label, before and after.";
  return figure;
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
    tint(panel.picture, background.plane(), {230, 159, 0}, 0.5);
    panel.lines = {box(static_cast<double>(margin), static_cast<double>(margin),
                       static_cast<double>(tile.label.height),
                       static_cast<double>(tile.label.width), colour::kYellow)};
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

}  // namespace unetflow
