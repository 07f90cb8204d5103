#include "segmentation/measure_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/csv.hpp"

namespace unetflow {
namespace {

/// One of the directions of lines, and where the next pixel on them is.
struct Direction {
  Index y, x;
  double weight = 0;  ///< of one crossing: half the angle that the direction stands for, times the
                      ///< distance of its lines
};

std::array<Direction, 4> directions(double height, double width) {
  const double diagonal = std::atan2(height, width), right = std::numbers::pi / 2;
  const double between = height * width / std::hypot(height, width);
  return {{{0, 1, diagonal * height / 2},
           {1, 0, (right - diagonal) * width / 2},
           {1, 1, right / 2 * between / 2},
           {1, -1, right / 2 * between / 2}}};
}

/// How many of the two neighbours in this direction are not of the same cell.
int crossings(Plane<const std::uint32_t> cells, Index y, Index x, const Direction& direction) {
  int count = 0;
  for (const Index sign : {-1, 1}) {
    const Index at_y = y + sign * direction.y, at_x = x + sign * direction.x;
    const bool inside = at_y >= 0 && at_y < cells.height && at_x >= 0 && at_x < cells.width;
    count += !inside || cells(at_y, at_x) != cells(y, x);
  }
  return count;
}

}  // namespace

std::vector<MeasuredCell> measure_cells(Plane<const std::uint32_t> cells, Stack<const float> image,
                                        std::array<double, 2> pixel_size) {
  std::vector<MeasuredCell> all;
  const auto lines = directions(pixel_size[0], pixel_size[1]);
  for (Index y = 0; y < cells.height; ++y) {
    for (Index x = 0; x < cells.width; ++x) {
      const std::uint32_t id = cells(y, x);
      if (id == 0) continue;
      if (id > all.size()) all.resize(id);
      MeasuredCell& cell = all[id - 1];
      if (cell.area == 0) {
        cell.id = id;
        cell.box = {y, x, y, x};
        cell.mean_gray.resize(static_cast<std::size_t>(image.channels));
      }
      ++cell.area;
      cell.centroid[0] += static_cast<double>(y);
      cell.centroid[1] += static_cast<double>(x);
      cell.box = {cell.box[0], std::min(cell.box[1], x), y, std::max(cell.box[3], x)};
      for (const auto& direction : lines) {
        cell.perimeter += direction.weight * crossings(cells, y, x, direction);
      }
      for (Index channel = 0; channel < image.channels; ++channel) {
        cell.mean_gray[static_cast<std::size_t>(channel)] +=
            static_cast<double>(image.plane(channel)(y, x));
      }
    }
  }
  std::erase_if(all, [](const auto& cell) { return cell.area == 0; });
  for (auto& cell : all) {
    const auto area = static_cast<double>(cell.area);
    for (auto& sum : cell.centroid) sum /= area;
    for (auto& sum : cell.mean_gray) sum /= area;
  }
  return all;
}

std::string cell_table_header(Index channels, bool pixel_size_known) {
  std::string line =
      "picture,cell,area_px,centroid_y_px,centroid_x_px,top_px,left_px,bottom_px,right_px";
  line += pixel_size_known ? ",area_um2,perimeter_um" : ",perimeter_px";
  for (Index channel = 0; channel < channels; ++channel) {
    line += channels == 1 ? ",mean_gray" : fmt::format(",mean_gray_{}", channel);
  }
  return line + "\n";
}

std::string cell_table_line(const std::string& picture, const MeasuredCell& cell,
                            const std::vector<double>& pixel_size_um) {
  std::string line = fmt::format("{},{},{},{},{},{},{},{},{}", csv_text(picture), cell.id,
                                 cell.area, cell.centroid[0], cell.centroid[1], cell.box[0],
                                 cell.box[1], cell.box[2], cell.box[3]);
  if (!pixel_size_um.empty()) {
    line +=
        fmt::format(",{}", static_cast<double>(cell.area) * pixel_size_um[0] * pixel_size_um[1]);
  }
  line += fmt::format(",{}", cell.perimeter);
  for (const double mean : cell.mean_gray) line += fmt::format(",{}", mean);
  return line + "\n";
}

}  // namespace unetflow
