// Figures of what goes into the training: overlap tiles, augmentations, weight maps, samples.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "figure/figure.hpp"
#include "sample/augment.hpp"
#include "sample/tile_grid.hpp"
#include "sample/weight_map.hpp"

namespace unetflow {

/// The picture, and its extrapolation with the input and output boxes of each of `positions`, the
/// first of `count` tiles.
Figure overlap_tile_figure(Stack<const float> picture, Index input_size, Index output_size,
                           std::span<const TilePosition> positions, Index count);

/// For each augmentation that `config` uses, and those of the paper: a tile and its label before
/// and after it alone, with the parameters that the sample would get in the epoch; with a grid
/// drawn on both where pixels move.
std::vector<Figure> augmentation_figures(const AugmentConfig& config, std::uint32_t epoch,
                                         std::uint64_t sample, int classes, const TileView& tile);

/// Label, class weights and weights of one sample, as `config` made them.
Figure weight_map_figure(WeightMapConfig config, int classes, Plane<const std::uint8_t> label,
                         Plane<const std::uint32_t> instances, Plane<const float> weight);

struct NamedSample {
  std::string name;
  LabelledPicture tile;
};
Figure samples_figure(const std::vector<NamedSample>& samples);

}  // namespace unetflow
