// What a table of cells says of each.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "image/view.hpp"

namespace unetflow {

struct MeasuredCell {
  std::uint32_t id = 0;
  std::int64_t area = 0;                ///< px
  std::array<double, 2> centroid = {};  ///< px, [y, x]; pixels' centres have whole numbers
  std::array<Index, 4> box = {};        ///< px: top, left, and bottom, right of its last pixels
  /// um where `pixel_size` is: the Cauchy-Crofton formula for lines along rows, columns and both
  /// diagonals, whose crossings of the outline are counted.
  double perimeter = 0;
  std::vector<double> mean_gray;  ///< of each channel of the image
};

/// Cells [y, x] by id, 0 is background; in the order of their ids. `image` [channel, y, x] is what
/// `mean_gray` is of. `pixel_size` is a pixel's height and width, for `perimeter` only.
std::vector<MeasuredCell> measure_cells(Plane<const std::uint32_t> cells, Stack<const float> image,
                                        std::array<double, 2> pixel_size = {1, 1});

/// The lines of a CSV table: a header, and a line for each cell.
std::string cell_table_header(Index channels, bool pixel_size_known);
std::string cell_table_line(const std::string& picture, const MeasuredCell& cell,
                            const std::vector<double>& pixel_size_um);

}  // namespace unetflow
