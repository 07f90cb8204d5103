#include "segmentation/fill_holes.hpp"

#include <algorithm>
#include <vector>

#include "segmentation/components.hpp"

namespace unetflow {
namespace {

struct Hole {
  Index size = 0;
  std::uint32_t cell = 0;  ///< around it
  bool closed = true;      ///< no other cell nor the edge touches it
};

/// The background's parts, and in `parts` the number of each pixel's part, from 1.
std::vector<Hole> parts_of_background(Plane<const std::uint32_t> ids,
                                      Picture<std::uint32_t>& parts) {
  Picture<std::uint8_t> background(ids.height, ids.width);
  for (Index y = 0; y < ids.height; ++y) {
    for (Index x = 0; x < ids.width; ++x) background.plane()(y, x) = ids(y, x) == 0;
  }
  std::vector<Hole> holes(label_components(background.plane(), 8, parts.plane()) + size_t{1});
  for (Index y = 0; y < ids.height; ++y) {
    for (Index x = 0; x < ids.width; ++x) {
      if (ids(y, x) != 0) continue;
      Hole& hole = holes[parts.plane()(y, x)];
      ++hole.size;
      const auto look_at = [&](Index v, Index u) {
        if (v < 0 || v >= ids.height || u < 0 || u >= ids.width) {
          hole.closed = false;
        } else if (ids(v, u) != 0) {
          hole.closed = hole.closed && (hole.cell == 0 || hole.cell == ids(v, u));
          hole.cell = ids(v, u);
        }
      };
      look_at(y - 1, x);
      look_at(y + 1, x);
      look_at(y, x - 1);
      look_at(y, x + 1);
    }
  }
  return holes;
}

}  // namespace

void fill_holes(Plane<std::uint32_t> ids, Index largest) {
  Picture<std::uint32_t> parts(ids.height, ids.width);
  const auto holes = parts_of_background(ids, parts);
  for (Index y = 0; y < ids.height; ++y) {
    for (Index x = 0; x < ids.width; ++x) {
      const Hole& hole = holes[parts.plane()(y, x)];
      if (ids(y, x) == 0 && hole.closed && hole.size <= largest) ids(y, x) = hole.cell;
    }
  }
}

Index count_holes(Plane<const std::uint32_t> ids) {
  Picture<std::uint32_t> parts(ids.height, ids.width);
  Index pixels = 0;
  for (const auto& hole : parts_of_background(ids, parts)) pixels += hole.closed ? hole.size : 0;
  return pixels;
}

}  // namespace unetflow
