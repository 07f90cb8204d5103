#include "network/predictor.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "image/mirror.hpp"
#include "network/device.hpp"
#include "network/network.hpp"
#include "sample/symmetry.hpp"

namespace unetflow {
namespace {

Symmetry symmetry_of(int orientation) { return {orientation >= 4, orientation % 4}; }

Picture<float> laid(Stack<const float> picture, Symmetry symmetry) {
  const bool upright = symmetry.quarter_turns % 2 == 0;
  Picture<float> out(picture.channels, upright ? picture.height : picture.width,
                     upright ? picture.width : picture.height);
  for (Index c = 0; c < picture.channels; ++c) apply(symmetry, picture.plane(c), out.plane(c));
  return out;
}

/// What a tile of side `size` counts at each pixel of a side: growing from both ends, so that where
/// tiles overlap one passes smoothly into the other.
std::vector<float> ramp(Index size) {
  std::vector<float> weights(static_cast<size_t>(size));
  for (Index i = 0; i < size; ++i) {
    weights[static_cast<size_t>(i)] = static_cast<float>(std::min(i + 1, size - i));
  }
  return weights;
}

/// Probabilities of the picture as it lies.
Picture<float> predict_as_it_lies(const Network& network, const NetworkConfig& network_config,
                                  const PredictConfig& config, Stack<const float> picture) {
  const Arithmetic& arithmetic = network.arithmetic();
  // What depends on where a tile's input ends is left out of it.
  const Index stride = pooling_stride(network_config);
  const Index edge = round_up(network_edge(network_config), stride);
  const bool blended = sees_whole_tile(network_config);
  Index wished = config.tile_size;
  if (!blended)
    wished = std::clamp(wished, stride, std::max({picture.height, picture.width, stride}));
  const Index out_size = nearest_output_size(network_config, wished + 2 * edge);
  const Index inner_size = out_size - 2 * edge;
  const Index margin = network_margin(network_config);
  const Index in_size = out_size + 2 * margin;
  const Index overlap = blended ? inner_size / 4 : 0;
  std::vector<TilePosition> tiles;  // of their inner parts
  for (const Index y : aligned_tile_starts(picture.height, inner_size, stride, overlap)) {
    for (const Index x : aligned_tile_starts(picture.width, inner_size, stride, overlap)) {
      tiles.push_back({y, x});
    }
  }

  const auto weights = ramp(inner_size);
  Picture<float> probability(network_config.classes, picture.height, picture.width);
  Picture<float> weight_sum(picture.height, picture.width);
  for (size_t first = 0; first < tiles.size(); first += static_cast<size_t>(config.batch)) {
    const size_t count = std::min(tiles.size() - first, static_cast<size_t>(config.batch));
    at::Tensor input =
        at::empty({static_cast<Index>(count), picture.channels, in_size, in_size}, at::kFloat);
    for (size_t i = 0; i < count; ++i) {
      const Stack<float> tile(input[static_cast<Index>(i)].data_ptr<float>(), picture.channels,
                              in_size, in_size);
      for (Index c = 0; c < picture.channels; ++c) {
        extrapolate_by_mirroring(picture.plane(c), tiles[first + i].y - edge - margin,
                                 tiles[first + i].x - edge - margin, tile.plane(c));
      }
    }
    at::Tensor output;
    {
      const Autocast autocast(arithmetic.device.type(), arithmetic.bfloat16);
      output = network.forward(input.to(arithmetic.device).contiguous(arithmetic.layout), {});
    }
    output = at::softmax(output.to(at::kFloat), 1).to(at::kCPU).contiguous();
    for (size_t i = 0; i < count; ++i) {
      const Stack<const float> tile(output[static_cast<Index>(i)].const_data_ptr<float>(),
                                    network_config.classes, out_size, out_size);
      const auto [top, left] = tiles[first + i];
      const Index height = std::min(inner_size, picture.height - top);
      const Index width = std::min(inner_size, picture.width - left);
      for (Index y = 0; y < height; ++y) {
        for (Index x = 0; x < width; ++x) {
          const float weight = weights[static_cast<size_t>(y)] * weights[static_cast<size_t>(x)];
          weight_sum.plane()(top + y, left + x) += weight;
          for (Index c = 0; c < network_config.classes; ++c) {
            probability.plane(c)(top + y, left + x) += weight * tile.plane(c)(edge + y, edge + x);
          }
        }
      }
    }
  }
  for (Index c = 0; c < network_config.classes; ++c) {
    float* values = probability.plane(c).data;
    for (size_t i = 0; i < weight_sum.values.size(); ++i) values[i] /= weight_sum.values[i];
  }
  return probability;
}

}  // namespace

std::vector<Index> aligned_tile_starts(Index size, Index tile, Index stride, Index overlap) {
  const Index apart = tile - overlap;
  // Tiles that can begin at no multiple of the stride begin where they may.
  const Index step = tile < stride ? apart : std::max(apart / stride, Index{1}) * stride;
  std::vector<Index> starts = {0};
  while (starts.back() + tile < size) {
    // No further than needed: the last tile reaches as little beyond the end as it can.
    const Index last = round_up(size - tile, stride);
    starts.push_back(std::min(starts.back() + step, last));
  }
  return starts;
}

Picture<float> laid_down(Stack<const float> picture, int orientation) {
  return laid(picture, symmetry_of(orientation));
}

Picture<float> laid_back(Stack<const float> picture, int orientation) {
  return laid(picture, inverse(symmetry_of(orientation)));
}

Picture<float> predict_picture(const Network& network, const NetworkConfig& network_config,
                               const PredictConfig& config, Stack<const float> picture,
                               const std::string& place) {
  if (picture.channels != network_config.channels) {
    throw InputError(place, fmt::format("has {} channels, the network takes {}", picture.channels,
                                        network_config.channels));
  }
  const at::NoGradGuard no_gradients;
  if (config.orientations == 1) {
    return predict_as_it_lies(network, network_config, config, picture);
  }
  Picture<float> mean(network_config.classes, picture.height, picture.width);
  for (int orientation = 0; orientation < config.orientations; ++orientation) {
    const auto turned = laid_down(picture, orientation);
    const auto probability = predict_as_it_lies(network, network_config, config, turned.stack());
    const auto back = laid_back(probability.stack(), orientation);
    for (size_t i = 0; i < mean.values.size(); ++i) mean.values[i] += back.values[i];
  }
  for (float& value : mean.values) value /= static_cast<float>(config.orientations);
  return mean;
}

Predictor::Predictor(const PredictConfig& config, const NetworkConfig& network,
                     const Tensors& weights, int threads, const std::string& place)
    : config_(config), network_config_(network) {
  at::set_num_threads(threads);
  network_ = make_network(network, 0);
  set_weights(*network_, weights, place);
  network_->to(choose_arithmetic(config.device, config.precision, config.convolution));
}

Predictor::~Predictor() = default;

Picture<float> Predictor::predict(Stack<const float> picture, const std::string& place) const {
  return predict_picture(*network_, network_config_, config_, picture, place);
}

}  // namespace unetflow
