#include "sample/rigid.hpp"

#include <fmt/format.h>

#include "core/deterministic_math.hpp"

namespace unetflow {

void Rigid::contribute(const Draws& draws, Geometry& geometry) const {
  enum : std::uint64_t { kApply, kAngle, kShiftY, kShiftX };
  if (!draws.happens(kApply, probability)) return;
  const auto [cosine, sine] = cosine_sine(draws.within(kAngle, rotation));
  geometry.motion = {cosine, sine, draws.within(kShiftY, shift), draws.within(kShiftX, shift)};
}

Showing Rigid::showing() const {
  return {
      .what = fmt::format("Rotation by up to {} degrees about the tile's centre, and a shift by "
                          "up to {} px in each direction.",
                          rotation, shift),
      .even_if_unused = true};
}

}  // namespace unetflow
