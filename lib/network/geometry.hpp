// A network's arithmetic of sizes. Nothing here needs LibTorch, so that stages without a network
// use it too.
#pragma once

#include <string>

#include "image/view.hpp"

namespace unetflow {

/// How large an output is, what it depends on, and where tiles may begin.
struct NetworkGeometry {
  Index margin = 0;  ///< px; the input reaches this far beyond the output on each side
  /// Width in pixels of the output's border that depends on where the input ends, because layers
  /// pad. 0 for a U-Net, whose convolutions are all valid. Prediction discards this border, so that
  /// tile seams do not show.
  Index padding_affected_border = 0;
  /// px; moving the input by this much moves the output and changes nothing else.
  Index pooling_stride = 1;
  Index smallest_output = 1;  ///< px
  Index output_step = 1;      ///< px; from one possible output size to the next

  /// Side of the output for an input of side `input`; 0 if the network takes no such input.
  Index output_size(Index input) const;
  /// The smallest possible output side from `wished` on.
  Index nearest_output_size(Index wished) const;
};

/// U-Net with `depth` poolings by 2, and two valid 3x3 convolutions before each, at the bottom and
/// after each upsampling (Ronneberger et al. 2015, figure 1).
NetworkGeometry unet_geometry(int depth);

/// The depth of the U-Net that turns a tile's input into its output, by its margin. 0 if there
/// is none.
int unet_depth(Index input_size, Index output_size);

/// Throws InputError(place at /input_size or /output_size, ...) naming the nearest valid sizes
/// unless a U-Net of this depth turns an input of that size into that output.
void check_unet_sizes(int depth, Index input_size, Index output_size, const std::string& place);

}  // namespace unetflow
