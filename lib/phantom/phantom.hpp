// Synthetic images that look like electron microscopy of neural tissue, with exact labels: cells of
// several sizes with dark membranes between them, and inside the cells structures as dark as a
// membrane (mitochondria, vesicles, reticulum), so that no threshold tells them apart. They are
// source images for trying the pipeline out and for tests, not a model of tissue.
//
// All geometry is a distance field in double precision, the elementary functions are those of
// core/deterministic_math.hpp, and all randomness is counter-based. So an image depends on
// (configuration, number) only, to the last bit.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

#include "image/view.hpp"

namespace unetflow {

struct PhantomConfig {
  static constexpr const char* kSchema = "phantom";
  std::uint64_t seed = 1;
  int pictures = 12;
  Index size = 256;              ///< px; side of each image
  double smallest_cell = 9;      ///< px; radius
  double largest_cell = 48;      ///< px; radius
  double membrane = 4.5;         ///< px; mean width
  double organelle_density = 1;  ///< 0: none, 1: as many as look natural
  double blur = 0.9;             ///< px; standard deviation of the point spread
  double noise = 0.06;           ///< gray value, of a range of 1; standard deviation
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PhantomConfig, seed, pictures, size, smallest_cell, largest_cell,
                                   membrane, organelle_density, blur, noise)

struct Phantom {
  Picture<std::uint8_t> image;
  Picture<std::uint8_t> label;  ///< 255 inside a cell, 0 membrane
};

/// Image `number` of the series.
Phantom make_phantom(const PhantomConfig& config, std::uint64_t number);

}  // namespace unetflow
