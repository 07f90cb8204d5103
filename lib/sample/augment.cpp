#include "sample/augment.hpp"

#include <fmt/format.h>
#include <hwy/cache_control.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/random.hpp"
#include "sample/displacement.hpp"
#include "sample/gray_values.hpp"
#include "sample/resample.hpp"
#include "sample/symmetry.hpp"
#include "sample/variation.hpp"

namespace unetflow {

void check_augment(const AugmentConfig& config, const std::string& place) {
  if (config.elastic.kernel % 2 == 0) {
    throw InputError(place + " at /elastic/kernel",
                     fmt::format("is {}, expected an odd width: the Gaussian has a middle pixel",
                                 config.elastic.kernel));
  }
}

struct AugmentWorkspace::Buffers {
  LabelledPicture laid;  ///< the tile flipped and turned, where it is resampled afterwards
  DisplacementField field;
  AlignedVector<float> dy, dx;  ///< [DisplacementField::kBlock, round_up(width, kLanes)]
  CoordinateRow coordinates;
  ResampleWorkspace resample;
  AlignedVector<float> noise;
};

AugmentWorkspace::AugmentWorkspace() : buffers(std::make_unique<Buffers>()) {}
AugmentWorkspace::~AugmentWorkspace() = default;
AugmentWorkspace::AugmentWorkspace(AugmentWorkspace&&) noexcept = default;
AugmentWorkspace& AugmentWorkspace::operator=(AugmentWorkspace&&) noexcept = default;

namespace {

using Buffers = AugmentWorkspace::Buffers;

/// A buffer as large as the tile, made anew only when the shape changes.
TileBuffer like(const TileView& tile, LabelledPicture& memory) {
  const auto fit = [](auto& picture, Index channels, Index height, Index width) {
    picture.channels = channels;
    picture.height = height;
    picture.width = width;
    picture.values.resize(static_cast<std::size_t>(channels * height * width));
  };
  fit(memory.input, tile.input.channels, tile.input.height, tile.input.width);
  fit(memory.label, 1, tile.label.height, tile.label.width);
  fit(memory.instances, 1, tile.instances.height, tile.instances.width);
  return memory.buffer();
}

/// Asks for row `y` of a plane, which is read so irregularly that the processor doesn't foresee it.
template <class T>
void prefetch_row(Plane<const T> plane, Index y) {
  if (y < 0 || y >= plane.height) return;
  constexpr Index kLine = 64 / Index{sizeof(T)};
  for (Index x = 0; x < plane.width; x += kLine) hwy::Prefetch(plane.row(y) + x);
}

/// Resamples a tile row by row, in blocks whose displacements stay in the cache; calls
/// `finish(channel, y)` for each row of the input while it is there too.
template <class Finish>
void deform(const AugmentConfig& config, const Variation& variation, std::uint64_t field_key,
            const TileView& tile, const TileBuffer& out, Buffers& buffers, Finish finish) {
  const Index height = tile.input.height, width = tile.input.width;
  const Index margin_y = (height - tile.label.height) / 2;
  const Index margin_x = (width - tile.label.width) / 2;
  const Index stride = round_up(width, kLanes);
  constexpr Index kBlock = DisplacementField::kBlock;
  constexpr Index kAhead = 16;  // beyond most displacements
  buffers.dy.resize(static_cast<std::size_t>(kBlock * stride));
  buffers.dx.resize(static_cast<std::size_t>(kBlock * stride));
  const Plane<float> dy(buffers.dy.data(), kBlock, stride), dx(buffers.dx.data(), kBlock, stride);
  if (variation.elastic) {
    buffers.field.begin(config.elastic, field_key, height, width);
  } else {
    std::fill(buffers.dy.begin(), buffers.dy.end(), 0.0f);
    std::fill(buffers.dx.begin(), buffers.dx.end(), 0.0f);
  }
  for (Index top = 0; top < height; top += kBlock) {
    const Index rows = std::min(kBlock, height - top);
    if (variation.elastic) buffers.field.next(rows, dy, dx);
    for (Index i = 0; i < rows; ++i) {
      const Index y = top + i;
      map_coordinates(variation.motion, dy.row(i), dx.row(i), y, height, width,
                      buffers.coordinates);
      for (Index channel = 0; channel < tile.input.channels; ++channel) {
        prefetch_row(tile.input.plane(channel), y + kAhead);
        resample(tile.input.plane(channel), buffers.coordinates, width,
                 out.input.plane(channel).row(y), buffers.resample);
        finish(channel, y);
      }
      const Index label_y = y - margin_y;
      if (label_y < 0 || label_y >= tile.label.height) continue;
      prefetch_row(tile.label, label_y + kAhead);
      resample_labels(tile.label, tile.instances, buffers.coordinates, margin_y, margin_x,
                      out.label.row(label_y),
                      tile.instances.empty() ? nullptr : out.instances.row(label_y),
                      buffers.resample);
    }
  }
}

}  // namespace

void augment(const AugmentConfig& config, std::uint32_t epoch, std::uint64_t sample,
             const TileView& tile, const TileBuffer& out, AugmentWorkspace& workspace) {
  Buffers& buffers = *workspace.buffers;
  const Variation variation =
      draw_variation(config, epoch, sample, tile.input.height == tile.input.width);
  const auto key = [&](Purpose purpose) { return random_key(config.seed, purpose, epoch, sample); };

  const std::uint64_t noise_key = key(Purpose::kNoise);
  const Index width = tile.input.width;
  if (variation.noise) buffers.noise.resize(static_cast<std::size_t>(round_up(width, kLanes)));
  const auto vary_gray_values = [&](Index channel, Index y) {
    float* row = out.input.plane(channel).row(y);
    if (variation.contrast) {
      vary_contrast(static_cast<float>(variation.gain), static_cast<float>(variation.offset), width,
                    row);
    }
    if (variation.noise) {
      normal_row(noise_key, static_cast<std::uint32_t>(channel * tile.input.height + y), width,
                 buffers.noise.data());
      add_noise(static_cast<float>(config.noise.sigma), buffers.noise.data(), width, row);
    }
  };

  if (variation.resamples()) {
    TileView source = tile;
    if (!variation.symmetry.identity()) {
      const TileBuffer laid = like(tile, buffers.laid);
      lay_down(variation.symmetry, tile, laid);
      source = {laid.input, laid.label, laid.instances};
    }
    deform(config, variation, key(Purpose::kDisplacement), source, out, buffers, vary_gray_values);
    return;
  }
  lay_down(variation.symmetry, tile, out);
  if (!variation.contrast && !variation.noise) return;
  for (Index channel = 0; channel < tile.input.channels; ++channel) {
    for (Index y = 0; y < tile.input.height; ++y) vary_gray_values(channel, y);
  }
}

}  // namespace unetflow
