#include "network/predictor.hpp"

#include <fmt/format.h>

#include <utility>

#include <algorithm>

#include "core/error.hpp"
#include "image/rescale.hpp"
#include "network/architecture.hpp"
#include "network/device.hpp"
#include "network/model.hpp"
#include "network/network.hpp"
#include "sample/symmetry.hpp"

namespace unetflow {
namespace {

constexpr int kOrientations = 8;

Symmetry symmetry_of(int orientation) { return {orientation >= 4, orientation % 4}; }

Picture<float> transformed(Stack<const float> image, Symmetry symmetry) {
  const bool upright = symmetry.quarter_turns % 2 == 0;
  Picture<float> out(image.channels, upright ? image.height : image.width,
                     upright ? image.width : image.height);
  for (Index c = 0; c < image.channels; ++c) apply(symmetry, image.plane(c), out.plane(c));
  return out;
}

Index tile_size_of(const PredictConfig& config, const NetworkConfig& network,
                   Index trained_output_size) {
  return has_tile_statistics(network) ? trained_output_size : config.tile_size;
}

}  // namespace

std::vector<RowRange> rows_of_tiles(const PredictConfig& config, const NetworkConfig& network,
                                    Index trained_output_size, Index height, Index width) {
  return tile_rows(network, tile_size_of(config, network, trained_output_size), height, width);
}

Picture<float> turned(Stack<const float> image, int orientation) {
  return transformed(image, symmetry_of(orientation));
}

Picture<float> turned_back(Stack<const float> image, int orientation) {
  return transformed(image, inverse(symmetry_of(orientation)));
}

std::shared_ptr<const Network> load_network(const PredictConfig& config, const Model& model,
                                            int threads) {
  const Tensors weights = read_weights(model);
  const Arithmetic arithmetic =
      choose_arithmetic(config.device, config.precision, config.convolution);
  configure_libtorch(threads, arithmetic, /*deterministic=*/true);
  std::shared_ptr<Network> loaded = make_network(model.network, std::nullopt);
  set_weights(*loaded, weights, model.weights.string());
  loaded->to(arithmetic);
  return loaded;
}

Predictor::Predictor(const PredictConfig& config, const Network& network, Index trained_output_size)
    : config_(config), network_(network) {
  config_.tile_size = tile_size_of(config, network.config(), trained_output_size);
}

const Arithmetic& Predictor::arithmetic() const { return network_.arithmetic(); }

void Predictor::check_channels(Stack<const float> image, const std::string& place) const {
  const Index channels = network_.config().channels;
  if (image.channels == channels) return;
  throw InputError(place,
                   fmt::format("has {} channels, the network takes {}", image.channels, channels));
}

Picture<float> Predictor::predict(Stack<const float> image, const std::string& place,
                                  std::array<double, 2> scale) const {
  check_channels(image, place);
  const Index height = rescaled_size(image.height, scale[0]),
              width = rescaled_size(image.width, scale[1]);
  Picture<float> probability;
  if (height == image.height && width == image.width) {
    probability = predict_as_it_is(image, place);
  } else {
    const auto there = rescaled(image, height, width);
    probability = predict_as_it_is(there.stack(), place);
    probability = rescaled(std::as_const(probability).stack(), image.height, image.width);
  }
  return probability;
}

TileRows Predictor::rows(Stack<const float> image, const std::string& place, RowRange range) const {
  check_channels(image, place);
  return {network_, config_.tile_size, config_.batch, image, place, range};
}

Picture<float> Predictor::predict_as_it_is(Stack<const float> image,
                                           const std::string& place) const {
  return config_.test_time_augmentation ? mean_of_orientations(image, place)
                                        : predict_tile_by_tile(image, place);
}

Picture<float> Predictor::mean_of_orientations(Stack<const float> image,
                                               const std::string& place) const {
  Picture<float> mean(network_.config().classes, image.height, image.width);
  for (int orientation = 0; orientation < kOrientations; ++orientation) {
    const auto input = turned(image, orientation);
    const auto probability = predict_tile_by_tile(input.stack(), place);
    const auto back = turned_back(probability.stack(), orientation);
    for (size_t i = 0; i < mean.values.size(); ++i) mean.values[i] += back.values[i];
  }
  for (float& value : mean.values) value /= kOrientations;
  return mean;
}

Picture<float> Predictor::predict_tile_by_tile(Stack<const float> image,
                                               const std::string& place) const {
  Picture<float> whole(network_.config().classes, image.height, image.width);
  TileRows all = rows(image, place, {0, image.height});
  Index first = 0;
  while (const auto part = all.next()) {
    put_rows(*part, first, whole);
    first += part->height;
  }
  return whole;
}

}  // namespace unetflow
