#include "sample/variation.hpp"

#include "core/random.hpp"
#include "simd/deterministic_math.hpp"

namespace unetflow {
namespace {

/// Numbers of the draws. Part of the reproducible result: never renumber.
enum Draw : std::uint64_t {
  kFlip = 0,
  kTurn = 1,
  kQuarters = 2,
  kAffine = 3,
  kAngle = 4,
  kShiftY = 5,
  kShiftX = 6,
  kElastic = 7,
  kNoise = 8,
  kContrast = 9,
  kGain = 10,
  kOffset = 11,
};

}  // namespace

Variation draw_variation(const AugmentConfig& config, std::uint32_t epoch, std::uint64_t sample,
                         bool square) {
  const std::uint64_t key = random_key(config.seed, Purpose::kChoice, epoch, sample);
  const auto happens = [&](Draw draw, double p) { return random_uniform(key, draw) < p; };
  const auto within = [&](Draw draw, double reach) {
    return reach * (2 * random_uniform(key, draw) - 1);
  };
  Variation variation;
  variation.symmetry.flip = happens(kFlip, config.flips.probability);
  if (happens(kTurn, config.flips.probability)) {
    variation.symmetry.quarter_turns =
        square ? 1 + static_cast<int>(random_below(key, kQuarters, 3)) : 2;
  }
  variation.affine = happens(kAffine, config.rigid.probability);
  if (variation.affine) {
    const auto [cosine, sine] = cosine_sine(within(kAngle, config.rigid.rotation));
    variation.motion = {cosine, sine, within(kShiftY, config.rigid.shift),
                        within(kShiftX, config.rigid.shift)};
  }
  variation.elastic = happens(kElastic, config.elastic.probability);
  variation.noise = happens(kNoise, config.noise.probability);
  variation.contrast = happens(kContrast, config.brightness_contrast.probability);
  if (variation.contrast) {
    variation.gain = 1 + within(kGain, config.brightness_contrast.gain);
    variation.offset = within(kOffset, config.brightness_contrast.offset);
  }
  return variation;
}

}  // namespace unetflow
