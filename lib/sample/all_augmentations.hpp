// The list of augmentations. A new one is a line here, a header and a source file of its own, and
// its keys in schemas/augment.schema.json.
#pragma once

#include <tuple>
#include <type_traits>

#include "sample/augmentation.hpp"
#include "sample/brightness_contrast.hpp"
#include "sample/elastic.hpp"
#include "sample/flips.hpp"
#include "sample/gamma.hpp"
#include "sample/noise.hpp"
#include "sample/rigid.hpp"

namespace unetflow {

/// In the order in which they act. Where no geometric one interpolates, pixels keep their values.
using Augmentations = std::tuple<Flips,               // flips and quarter turns, pixel by pixel
                                 Rigid,               // rotation and shift  } one coordinate map,
                                 Elastic,             // random displacement } one resampling
                                 Gamma,               // }
                                 BrightnessContrast,  // } input only
                                 Noise                // }
                                 >;

namespace detail {

template <class... T>
consteval bool are_well_formed(const std::tuple<T...>*) {
  if (!((GeometricAugmentation<T> != IntensityAugmentation<T>)&&...)) return false;
  const DrawNumbers draws[] = {T::kDraws...};
  for (const DrawNumbers& a : draws) {
    for (const DrawNumbers& b : draws) {
      if (&a < &b && a.first < b.first + b.count && b.first < a.first + a.count) return false;
    }
  }
  return true;
}
static_assert(are_well_formed(static_cast<const Augmentations*>(nullptr)),
              "an augmentation acts in one of two ways, and no two share the number of a draw");

}  // namespace detail

/// Calls visit(augmentation) for each of the tuple, in order.
template <class Tuple, class Visit>
void for_each_augmentation(Tuple& augmentations, Visit visit) {
  std::apply([&](auto&... each) { (visit(each), ...); }, augmentations);
}

}  // namespace unetflow
