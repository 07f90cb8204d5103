// The weight map of the loss: w = w_c + w0 * exp(-(d1 + d2)^2 / (2 sigma^2)), Ronneberger et al.
// 2015, equation 2. w_c balances the class frequencies; d1 and d2 are the Euclidean distances to
// the inner border of the nearest and second nearest cell.
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

/// Scratch memory for one thread; grows on first use and then stays.
struct WeightMapWorkspace {
  WeightMapWorkspace();
  ~WeightMapWorkspace();
  WeightMapWorkspace(WeightMapWorkspace&&) noexcept;
  WeightMapWorkspace& operator=(WeightMapWorkspace&&) noexcept;
  struct Buffers;
  std::unique_ptr<Buffers> buffers;
};

/// Fills `weights` [height, width] for `label` (class ids, 0 = background) of the same size.
///
/// Class balance: w_c = n_foreground / n_background for background and 1 for foreground, which is
/// any id but 0. With more than two `classes` (ids 0 ... classes - 1), each weighs
/// n_largest / n_c, where n_largest is the size of the largest foreground class; for two that is
/// the same. A picture of one class weighs 1 everywhere before the border term, and so does any
/// where the configuration leaves the balance out.
///
/// Cells are the given `instances` or, when that is empty, the 8-connected components of non-zero
/// labels. A cell's inner border is its pixels with a 4-neighbour inside the picture that is not of
/// the cell. With fewer than two cells that have a border, the second term is 0.
void weight_map(const WeightMapConfig& config, int classes, Plane<const std::uint8_t> label,
                Plane<const std::uint32_t> instances, Plane<float> weights,
                WeightMapWorkspace& workspace);

}  // namespace unetflow
