// What an augmentation is: one kind of random variation of a tile and its labels. It is a struct
// that holds all that the rest of the program must know of it; sample/all_augmentations.hpp lists
// them.
//
//   kKey            its name in augment.json and in the report
//   kDraws          the numbers of its random draws
//   probability     of being applied to a sample, and its other parameters, with JSON
//   showing()       how the report shows it alone
//   check(place)    throws InputError for what the schema cannot say; may be left out
//
// and one of two ways to act. A geometric augmentation moves pixels:
//
//   contribute(draws, geometry)   adds to the one coordinate map that all of them share
//
// An intensity augmentation changes the values of the input and leaves the labels:
//
//   draw(draws, input)            what it does to each row of this sample; empty if nothing
//
// Both depend on their arguments only, and give the same bytes on every instruction set.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/random.hpp"
#include "image/view.hpp"
#include "sample/elastic_field.hpp"
#include "sample/resample.hpp"
#include "sample/symmetry.hpp"
#include "simd/aligned.hpp"

namespace unetflow {

/// The numbers first ... first + count - 1 of the draws under Purpose::kChoice. They are part of
/// the reproducible result: never renumber. As no two augmentations share any, switching one on
/// changes nothing of the others.
struct DrawNumbers {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// The random draws of one augmentation for one sample in one epoch. `i` counts from 0 to
/// DrawNumbers::count - 1.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint32_t epoch, std::uint64_t sample, DrawNumbers numbers)
      : seed_(seed),
        sample_(sample),
        choice_(random_key(seed, Purpose::kChoice, epoch, sample)),
        first_(numbers.first),
        epoch_(epoch) {}

  bool happens(std::uint64_t i, double probability) const {
    return random_uniform(choice_, first_ + i) < probability;
  }
  /// Uniform in [-reach, reach].
  double within(std::uint64_t i, double reach) const {
    return reach * (2 * random_uniform(choice_, first_ + i) - 1);
  }
  std::uint64_t below(std::uint64_t i, std::uint64_t end) const {
    return random_below(choice_, first_ + i, end);
  }
  /// Key of a field of random numbers, one or more for each pixel.
  std::uint64_t field(Purpose purpose) const { return random_key(seed_, purpose, epoch_, sample_); }

 private:
  std::uint64_t seed_, sample_, choice_, first_;
  std::uint32_t epoch_;
};

/// What the geometric augmentations do together to one sample: the symmetry first, then one
/// coordinate map, the rigid motion plus the displacement field, and one resampling.
struct Geometry {
  bool square = true;  ///< whether the tile is, so that it may be turned by a quarter
  Symmetry symmetry;
  std::optional<RigidMotion> motion;
  struct Elastic {
    DisplacementConfig config;
    std::uint64_t key = 0;
  };
  std::optional<Elastic> elastic;

  /// Whether pixels are interpolated, not only moved.
  bool resamples() const { return motion || elastic; }
};

/// One row of one channel of the input.
struct IntensityRow {
  Index number = 0;  ///< channel * height + y: names the row's random numbers
  Index width = 0;
  float* values = nullptr;
  float* scratch = nullptr;  ///< room for round_up(width, kLanes)
};

/// Changes a row in place.
using IntensityChange = std::function<void(const IntensityRow&)>;

/// How the report shows an augmentation alone, before and after.
struct Showing {
  std::string what;             ///< a sentence, with the parameters
  bool whole_tile = false;      ///< else part of the tile, in which small displacements can be seen
  bool even_if_unused = false;  ///< of those that Ronneberger et al. 2015, section 3.1, names
};

template <class T>
concept Augmentation = requires(const T& augmentation) {
  { T::kKey } -> std::convertible_to<const char*>;
  { T::kDraws } -> std::convertible_to<DrawNumbers>;
  { augmentation.probability } -> std::convertible_to<double>;
  { augmentation.showing() } -> std::same_as<Showing>;
};

template <class T>
concept GeometricAugmentation = Augmentation<T> &&
    requires(const T& augmentation, const Draws& draws, Geometry& geometry) {
  augmentation.contribute(draws, geometry);
};

template <class T>
concept IntensityAugmentation = Augmentation<T> &&
    requires(const T& augmentation, const Draws& draws, Stack<const float> input) {
  { augmentation.draw(draws, input) } -> std::same_as<IntensityChange>;
};

}  // namespace unetflow
