// The loss weight map: w = w_c + w0 * exp(-(d1 + d2)^2 / (2 sigma^2)), Ronneberger et al. 2015,
// equation 2. w_c balances the class frequencies; d1 and d2 are the Euclidean distances to the
// inner borders of the nearest and the second nearest cell.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>

#include "image/view.hpp"

namespace unetflow {

struct WeightMapConfig {
  static constexpr const char* kSchema = "weightmap";
  bool class_balance = true;  ///< else w_c = 1
  double w0 = 10;
  double sigma = 5;  ///< px
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WeightMapConfig, class_balance, w0, sigma)

/// Scratch memory for one thread; grows on first use and is kept.
struct WeightMapWorkspace {
  WeightMapWorkspace();
  ~WeightMapWorkspace();
  WeightMapWorkspace(WeightMapWorkspace&&) noexcept;
  WeightMapWorkspace& operator=(WeightMapWorkspace&&) noexcept;
  struct Buffers;
  std::unique_ptr<Buffers> buffers;
};

/// Fills `weights` [height, width] for `label` (class ids, 0 = background, or kIgnored) of the same
/// size.
///
/// Class balance: w_c = n_foreground / n_background for background, and 1 for foreground, which is
/// every id but 0. With more than two `classes` (ids 0 ... classes - 1), a pixel of class c gets
/// n_largest / n_c, where n_largest is the size of the largest foreground class (for two classes
/// the formulas agree). If the label has one class only, or balancing is off, w_c = 1 everywhere.
///
/// Cells are the given `instances` or, if that is empty, the 8-connected components of non-zero
/// labels. The inner border of a cell is its pixels with a 4-neighbour inside the label that is not
/// in the cell. With fewer than two cells that have a border, the second term is 0.
///
/// Ignored pixels have no weight, and count for no class. For the borders of cells they are as if
/// outside the label: where a cell ends there is not known.
void weight_map(const WeightMapConfig& config, int classes, Plane<const std::uint8_t> label,
                Plane<const std::uint32_t> instances, Plane<float> weights,
                WeightMapWorkspace& workspace);

}  // namespace unetflow
