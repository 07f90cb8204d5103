// Random variation of a tile and its labels, a pure function of (configuration, epoch, sample): the
// augment stage and the trainer's stream call the very same code. In this order, each kind with a
// probability of its own:
//
//   flips      a left-right flip and quarter turns, pixel by pixel
//   rigid      rotation about the tile's centre, and shift      } one coordinate map,
//   elastic    smoothed random displacements                    } one resampling
//   brightness_contrast   gray values only
//   noise                 gray values only
//
// Where nothing is resampled, pixels keep their exact values. Resampling is bilinear, see
// sample/resample.hpp; the displacement field is in sample/displacement.hpp, the noise in
// sample/gray_values.hpp. All give the same bytes with every instruction set.
//
// Sources: Ronneberger et al. 2015, section 3.1; Simard et al. 2003 (elastic deformation: uniform
// displacements in [-1, 1], smoothed by a Gaussian, times alpha).
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "image/view.hpp"
#include "sample/displacement.hpp"

namespace unetflow {

struct FlipsConfig {
  double probability = 0;  ///< of a flip, and independently of a turn by 90, 180 or 270 degrees
};
struct RigidConfig {
  double probability = 0;
  double rotation = 3;  ///< degrees; the angle is uniform in [-rotation, rotation]
  double shift = 3;     ///< px; each shift is uniform in [-shift, shift]
};
struct NoiseConfig {
  double probability = 0;
  double sigma = 0.2;  ///< gray value; standard deviation of the normal noise
};
struct BrightnessContrastConfig {
  double probability = 0;
  double gain = 0.2;    ///< v -> 0.5 + g (v - 0.5) + o, g uniform in [1 - gain, 1 + gain]
  double offset = 0.1;  ///< gray value; o uniform in [-offset, offset]
};

struct AugmentConfig {
  static constexpr const char* kSchema = "augment";
  std::uint64_t seed = 1;
  std::vector<std::uint32_t> epochs = {0};  ///< those the augment stage writes out
  FlipsConfig flips;
  RigidConfig rigid;
  ElasticConfig elastic;
  BrightnessContrastConfig brightness_contrast;
  NoiseConfig noise;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FlipsConfig, probability)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RigidConfig, probability, rotation, shift)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BrightnessContrastConfig, probability, gain, offset)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(NoiseConfig, probability, sigma)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AugmentConfig, seed, epochs, flips, rigid, elastic,
                                   brightness_contrast, noise)

/// Throws InputError(place at pointer, ...) for what the schema cannot say: an even window.
void check_augment(const AugmentConfig& config, const std::string& place);

/// Scratch memory for one thread; grows on first use and then stays.
struct AugmentWorkspace {
  AugmentWorkspace();
  ~AugmentWorkspace();
  AugmentWorkspace(AugmentWorkspace&&) noexcept;
  AugmentWorkspace& operator=(AugmentWorkspace&&) noexcept;
  struct Buffers;
  std::unique_ptr<Buffers> buffers;
};

/// Fills `out` (same shapes as `tile`, whose label lies in the middle of its input) with the
/// variation that (config, epoch, sample) names. Tiles that are not square are turned by 180
/// degrees only.
void augment(const AugmentConfig& config, std::uint32_t epoch, std::uint64_t sample,
             const TileView& tile, const TileBuffer& out, AugmentWorkspace& workspace);

}  // namespace unetflow
