// Random variation of a tile and its labels, a pure function of (configuration, epoch, sample): the
// augment stage and the trainer's stream call the very same code. The kinds, and their order, are
// listed in sample/all_augmentations.hpp; each has a probability of its own.
//
// Geometric kinds share one coordinate map and one bilinear resampling (sample/resample.hpp); the
// intensity of each row is changed while it is in the cache. All give the same bytes with every
// instruction set.
//
// Sources: Ronneberger et al. 2015, section 3.1; Simard et al. 2003 (elastic deformation).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "image/view.hpp"
#include "sample/all_augmentations.hpp"

namespace unetflow {

struct AugmentConfig {
  static constexpr const char* kSchema = "augment";
  std::uint64_t seed = 1;
  std::vector<std::uint32_t> epochs = {0};  ///< those the augment stage writes out
  Augmentations augmentations;

  /// The configuration of one kind: config.of<Elastic>().alpha.
  template <class Kind>
  Kind& of() {
    return std::get<Kind>(augmentations);
  }
  template <class Kind>
  const Kind& of() const {
    return std::get<Kind>(augmentations);
  }
};
void to_json(nlohmann::json& json, const AugmentConfig& config);
void from_json(const nlohmann::json& json, AugmentConfig& config);

/// Throws InputError(place at pointer, ...) for what the schema cannot say: an even window.
void check_augment(const AugmentConfig& config, const std::string& place);

/// What happens to one sample in one epoch: drawn before any pixel is touched.
struct Variation {
  Geometry geometry;
  /// One for each augmentation, in the order of the list; empty where it does not apply.
  std::array<IntensityChange, std::tuple_size_v<Augmentations>> changes;

  bool changes_intensity() const;
};

/// A pure function of its arguments. `input` is the tile before the variation.
Variation draw_variation(const AugmentConfig& config, std::uint32_t epoch, std::uint64_t sample,
                         Stack<const float> input);

/// Scratch memory for one thread; grows on first use and is kept.
struct AugmentWorkspace {
  AugmentWorkspace();
  ~AugmentWorkspace();
  AugmentWorkspace(AugmentWorkspace&&) noexcept;
  AugmentWorkspace& operator=(AugmentWorkspace&&) noexcept;
  struct Buffers;
  std::unique_ptr<Buffers> buffers;
};

/// Fills `out` (same shapes as `tile`, whose label is centred on its input) with the
/// variation that (config, epoch, sample) names.
void augment(const AugmentConfig& config, std::uint32_t epoch, std::uint64_t sample,
             const TileView& tile, const TileBuffer& out, AugmentWorkspace& workspace);

}  // namespace unetflow
