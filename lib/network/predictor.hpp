// Seamless prediction of whole images of any size by overlap tiles. Tiles begin at multiples of the
// network's pooling stride, so each output pixel has the value that one pass over the whole image
// would give it, whatever the tile size. A network with GroupNorm has no such value, because its
// statistics are those of a tile: its tiles are as large as in training, overlap by a quarter and
// are blended.
#pragma once

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "image/rows.hpp"
#include "image/view.hpp"
#include "network/network_config.hpp"
#include "network/tile_rows.hpp"

namespace unetflow {

struct Arithmetic;
class Network;
struct Model;

struct PredictConfig {
  static constexpr const char* kSchema = "predict";
  std::vector<std::string> subsets = {"validation", "holdout", "test", "calibration"};
  /// px; side of the output tiles, rounded up to a size that the network can produce.
  Index tile_size = 516;
  int batch = 1;  ///< tiles that pass through the network together
  /// The mean over the eight flips and quarter turns of the image (the paper takes the mean over 7
  /// rotated versions).
  bool test_time_augmentation = false;
  double close_gaps = 0;             ///< px; smoothing of close_gaps, 0: none
  std::string device = "auto";       ///< or "cpu", "cuda"
  std::string precision = "auto";    ///< or "float32", "bfloat16"
  std::string convolution = "auto";  ///< or "direct"
  bool tiff = false;  ///< also the foreground probability, one 32-bit float page per image
  bool ome_tiff = false, ome_zarr = false;  ///< the same as OME-TIFF, OME-Zarr
  bool png = false;  ///< also the foreground probability, one 8-bit file per image
  /// Predicts on the model's pixel size, and brings the probabilities back to the image's.
  bool resample = false;
  bool any_scaling = false;  ///< takes gray values that were scaled otherwise than in training
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PredictConfig, subsets, tile_size, batch, test_time_augmentation,
                                   close_gaps, device, precision, convolution, tiff, ome_tiff,
                                   ome_zarr, png, resample, any_scaling)

/// The parts of an image that are predicted one after another: the rows from each tile's begin to
/// that of the next one below. `trained_output_size` as Predictor has it.
std::vector<RowRange> rows_of_tiles(const PredictConfig& config, const NetworkConfig& network,
                                    Index trained_output_size, Index height, Index width);

/// The model's network on the configured device. `threads` are LibTorch's. Throws InputError naming
/// file and tensor unless the weights are this network's, and finite.
std::shared_ptr<const Network> load_network(const PredictConfig& config, const Model& model,
                                            int threads);

/// Predicts with a network, to which it keeps a reference.
class Predictor {
 public:
  /// `trained_output_size` is the side of the output tiles that the network was trained on, px. A
  /// network with GroupNorm gets tiles of that size, whatever `config.tile_size` says.
  Predictor(const PredictConfig& config, const Network& network, Index trained_output_size);
  /// Probabilities [class, height, width] of an image [channels, height, width]. Throws InputError
  /// naming `place` if it has other channels than the network takes, or if values are so large that
  /// what comes out is not a number. The network sees the image with `scale` times as many rows and
  /// columns, [y, x], where that is another number of pixels.
  Picture<float> predict(Stack<const float> image, const std::string& place,
                         std::array<double, 2> scale = {1, 1}) const;
  /// One or more successive rows_of_tiles(), one after another. Keeps a reference to the image. Not
  /// with test-time augmentation.
  TileRows rows(Stack<const float> image, const std::string& place, RowRange range) const;
  const Arithmetic& arithmetic() const;

 private:
  void check_channels(Stack<const float> image, const std::string& place) const;
  Picture<float> predict_as_it_is(Stack<const float> image, const std::string& place) const;
  Picture<float> mean_of_orientations(Stack<const float> image, const std::string& place) const;
  Picture<float> predict_tile_by_tile(Stack<const float> image, const std::string& place) const;
  PredictConfig config_;
  const Network& network_;
};

/// The image flipped left to right if `orientation` is 4 or more, then turned clockwise by
/// (orientation mod 4) quarter turns; and the inverse.
Picture<float> turned(Stack<const float> image, int orientation);
Picture<float> turned_back(Stack<const float> image, int orientation);

}  // namespace unetflow
