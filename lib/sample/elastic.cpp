#include "sample/elastic.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace unetflow {

void Elastic::contribute(const Draws& draws, Geometry& geometry) const {
  enum : std::uint64_t { kApply };
  if (!draws.happens(kApply, probability)) return;
  geometry.elastic = {*this, draws.field(Purpose::kDisplacement)};
}

Showing Elastic::showing() const {
  return {
      .what = fmt::format("Elastic deformation: displacements uniform in [-1, 1], smoothed by a "
                          "Gaussian of standard deviation {} px, times {}.",
                          sigma, alpha),
      .even_if_unused = true};
}

void Elastic::check(const std::string& place) const {
  if (kernel % 2 == 0) {
    throw InputError(
        place + " at /elastic/kernel",
        fmt::format("is {}, expected an odd width: the Gaussian has a middle pixel", kernel));
  }
}

}  // namespace unetflow
