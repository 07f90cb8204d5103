#include "sample/augment.hpp"

#include <hwy/cache_control.h>

#include <algorithm>

#include "sample/elastic_field.hpp"
#include "sample/resample.hpp"
#include "sample/symmetry.hpp"

namespace unetflow {

void to_json(nlohmann::json& json, const AugmentConfig& config) {
  json = {{"seed", config.seed}, {"epochs", config.epochs}};
  for_each_augmentation(config.augmentations,
                        [&]<class Kind>(const Kind& kind) { json[Kind::kKey] = kind; });
}

void from_json(const nlohmann::json& json, AugmentConfig& config) {
  json.at("seed").get_to(config.seed);
  json.at("epochs").get_to(config.epochs);
  for_each_augmentation(config.augmentations,
                        [&]<class Kind>(Kind& kind) { json.at(Kind::kKey).get_to(kind); });
}

void check_augment(const AugmentConfig& config, const std::string& place) {
  for_each_augmentation(config.augmentations, [&]<class Kind>(const Kind& kind) {
    if constexpr (requires { kind.check(place); }) kind.check(place);
  });
}

bool Variation::changes_intensity() const {
  return std::any_of(changes.begin(), changes.end(),
                     [](const IntensityChange& change) { return bool{change}; });
}

Variation draw_variation(const AugmentConfig& config, std::uint32_t epoch, std::uint64_t sample,
                         Stack<const float> input) {
  Variation variation;
  variation.geometry.square = input.height == input.width;
  std::size_t next = 0;
  for_each_augmentation(config.augmentations, [&]<class Kind>(const Kind& kind) {
    const Draws draws(config.seed, epoch, sample, Kind::kDraws);
    IntensityChange& change = variation.changes[next++];
    if constexpr (GeometricAugmentation<Kind>) {
      kind.contribute(draws, variation.geometry);
    } else {
      change = kind.draw(draws, input);
    }
  });
  return variation;
}

struct AugmentWorkspace::Buffers {
  LabelledPicture turned;  ///< the tile after the symmetry, where it is resampled afterwards
  DisplacementField field;
  AlignedVector<float> dy, dx;  ///< [DisplacementField::kBlock, round_up(width, kLanes)]
  CoordinateRow coordinates;
  ResampleWorkspace resample;
  AlignedVector<float> scratch;  ///< one row, of the intensity changes
};

AugmentWorkspace::AugmentWorkspace() : buffers(std::make_unique<Buffers>()) {}
AugmentWorkspace::~AugmentWorkspace() = default;
AugmentWorkspace::AugmentWorkspace(AugmentWorkspace&&) noexcept = default;
AugmentWorkspace& AugmentWorkspace::operator=(AugmentWorkspace&&) noexcept = default;

namespace {

using Buffers = AugmentWorkspace::Buffers;

/// `memory` as a buffer of the tile's shapes; it grows where it is too small.
TileBuffer of_same_shape(const TileView& tile, LabelledPicture& memory) {
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
void deform(const Geometry& geometry, const TileView& tile, const TileBuffer& out, Buffers& buffers,
            Finish finish) {
  const Index height = tile.input.height, width = tile.input.width;
  const Index margin_y = (height - tile.label.height) / 2;
  const Index margin_x = (width - tile.label.width) / 2;
  const Index stride = round_up(width, kLanes);
  constexpr Index kBlock = DisplacementField::kBlock;
  constexpr Index kAhead = 16;  // beyond most displacements
  buffers.dy.resize(static_cast<std::size_t>(kBlock * stride));
  buffers.dx.resize(static_cast<std::size_t>(kBlock * stride));
  const Plane<float> dy(buffers.dy.data(), kBlock, stride), dx(buffers.dx.data(), kBlock, stride);
  const RigidMotion motion = geometry.motion.value_or(RigidMotion{});
  if (geometry.elastic) {
    buffers.field.begin(geometry.elastic->config, geometry.elastic->key, height, width);
  } else {
    std::fill(buffers.dy.begin(), buffers.dy.end(), 0.0f);
    std::fill(buffers.dx.begin(), buffers.dx.end(), 0.0f);
  }
  for (Index top = 0; top < height; top += kBlock) {
    const Index rows = std::min(kBlock, height - top);
    if (geometry.elastic) buffers.field.next(rows, dy, dx);
    for (Index i = 0; i < rows; ++i) {
      const Index y = top + i;
      map_coordinates(motion, dy.row(i), dx.row(i), y, height, width, buffers.coordinates);
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
  const Variation variation = draw_variation(config, epoch, sample, tile.input);
  const Geometry& geometry = variation.geometry;

  const Index height = tile.input.height, width = tile.input.width;
  buffers.scratch.resize(static_cast<std::size_t>(round_up(width, kLanes)));
  const auto change_intensity = [&](Index channel, Index y) {
    const IntensityRow row{channel * height + y, width, out.input.plane(channel).row(y),
                           buffers.scratch.data()};
    for (const IntensityChange& change : variation.changes) {
      if (change) change(row);
    }
  };

  if (geometry.resamples()) {
    TileView source = tile;
    if (!geometry.symmetry.identity()) {
      const TileBuffer turned = of_same_shape(tile, buffers.turned);
      apply(geometry.symmetry, tile, turned);
      source = {turned.input, turned.label, turned.instances};
    }
    deform(geometry, source, out, buffers, change_intensity);
    return;
  }
  apply(geometry.symmetry, tile, out);
  if (!variation.changes_intensity()) return;
  for (Index channel = 0; channel < tile.input.channels; ++channel) {
    for (Index y = 0; y < height; ++y) change_intensity(channel, y);
  }
}

}  // namespace unetflow
