// Seamless prediction of whole pictures of any size by overlap tiles. Tiles begin at multiples of
// the network's pooling stride, so each output pixel has the value that one pass over the whole
// picture would give it, whatever the tile size. A network that sees the whole of its tile
// (GroupNorm) has no such value: its tiles are as large as in training, overlap by a quarter and
// pass smoothly into each other.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "artifact/safetensors.hpp"
#include "image/view.hpp"
#include "network/network_config.hpp"
#include "sample/tile_grid.hpp"

namespace unetflow {

class Network;

struct PredictConfig {
  static constexpr const char* kSchema = "predict";
  std::vector<std::string> subsets = {"validation", "holdout", "test"};
  /// px; side of the output tiles, or what the network makes next to it. Where the
  /// network sees the whole of its tile, training's must be given.
  Index tile_size = 516;
  int batch = 1;  ///< tiles that pass through the network together
  /// Mean over the ways to lay the picture down: 1 as it is, 8 all mirrored and turned ones (the
  /// paper takes the mean of 7 rotated versions).
  int orientations = 1;
  double close_gaps = 0;             ///< px; smoothing of close_gaps, 0: none
  std::string device = "auto";       ///< or "cpu", "cuda"
  std::string precision = "auto";    ///< or "float32", "bfloat16"
  std::string convolution = "auto";  ///< or "direct"
  bool tiff = false;  ///< also the foreground probability, a 32-bit float page a picture
  bool png = false;   ///< also the foreground probability, an 8-bit file a picture
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PredictConfig, subsets, tile_size, batch, orientations,
                                   close_gaps, device, precision, convolution, tiff, png)

/// Where output tiles of side `tile` begin so that they cover a line of `size` pixels, overlap by
/// at least `overlap` and begin at multiples of `stride`; the last may reach beyond.
std::vector<Index> aligned_tile_starts(Index size, Index tile, Index stride, Index overlap = 0);

/// Probabilities [class, height, width] of a picture [channels, height, width]. Throws InputError
/// naming `place` when it has other channels than the network takes.
Picture<float> predict_picture(const Network& network, const NetworkConfig& network_config,
                               const PredictConfig& config, Stack<const float> picture,
                               const std::string& place);

/// A trained network on its device.
class Predictor {
 public:
  /// `weights` as a model holds them; `place` names them in errors. `threads` are LibTorch's.
  Predictor(const PredictConfig& config, const NetworkConfig& network, const Tensors& weights,
            int threads, const std::string& place);
  ~Predictor();
  Picture<float> predict(Stack<const float> picture, const std::string& place) const;

 private:
  PredictConfig config_;
  NetworkConfig network_config_;
  std::unique_ptr<Network> network_;
};

/// The picture mirrored left to right where `orientation` is 4 or more, then turned clockwise by
/// (orientation mod 4) quarter turns; and back.
Picture<float> laid_down(Stack<const float> picture, int orientation);
Picture<float> laid_back(Stack<const float> picture, int orientation);

}  // namespace unetflow
