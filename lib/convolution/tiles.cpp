#include "convolution/tiles.hpp"

#include <ATen/Parallel.h>

#include <algorithm>

#include "convolution/scratch.hpp"

namespace unetflow {

/// Copies a tile, with zeros where it is outside of the plane.
void Tiles::copy(Rows plane, Index top, Index left, float* to) const {
  const Index size = rows();
  const Index first_y = std::max<Index>(top, 0), end_y = std::min(top + size, images.height);
  const Index first_x = std::max<Index>(left, 0), end_x = std::min(left + size, images.width);
  std::fill_n(to, size * size, 0.f);
  for (Index y = first_y; y < end_y; ++y) {
    const float* const from = plane.values + y * plane.pitch;
    float* const row = to + (y - top) * size - left;
    for (Index x = first_x; x < end_x; ++x) row[x] = from[x];
  }
}

/// Where tiles of a block are that need not be neighbours: in the plane, or in copies.
winograd::TilesAt<const float> Tiles::places(const Grid& grid, const Block& block, Rows plane,
                                             Index first, Index tiles) const {
  winograd::TilesAt<const float> places;
  float* copies = scratch(Buffer::kRows, kMostLanes * kInput * kInput);
  size_t i = 0;
  grid.for_tiles(block, first, tiles, [&](Index, Index y, Index x) {
    const Index top = corner(y), left = corner(x);
    const bool inside =
        top >= 0 && top + rows() <= images.height && left >= 0 && left + rows() <= images.width;
    places.at[i] = inside ? plane.values + top * plane.pitch + left : copies;
    places.pitch[i++] = inside ? plane.pitch : rows();
    if (inside) return;
    copy(plane, top, left, copies);
    copies += rows() * rows();
  });
  for (; i < static_cast<size_t>(grid.lanes); ++i) {  // whose results no one reads
    places.at[i] = places.at[0];
    places.pitch[i] = places.pitch[0];
  }
  return places;
}

/// The coefficients of a block's tiles, of one channel. Neighbours are read by whole vectors.
void Tiles::transform_block(const Grid& grid, const Block& block, Index channel,
                            Transformed to) const {
  const Rows plane = images.plane(block.image, channel);
  const float* const next =
      channel + 1 < channels() ? images.plane(block.image, channel + 1).values : nullptr;
  const Index apart = next == nullptr ? 0 : next - plane.values;
  const bool of_input = kind == Kind::kOfInput;
  grid.for_vectors(
      block,
      [&](Index y, Index x) {
        const bool inside = corner(y) >= 0 && corner(y) + rows() <= images.height && corner(x) >= 0;
        const Index behind = of_input ? 1 : 0;  // tiles that are read besides
        return inside ? (images.width - corner(x)) / kOutput - behind : 0;
      },
      [&](Index y, Index x, Index tiles, Index first) {
        const float* const from = plane.values + corner(y) * plane.pitch + corner(x);
        const float* const then = next == nullptr ? nullptr : from + apart;
        of_input ? winograd::transform_input(from, plane.pitch, first, tiles, to, then)
                 : winograd::transform_output_gradient(from, plane.pitch, first, tiles, to, then);
      },
      [&](Index first, Index tiles) {
        const auto there = places(grid, block, plane, first, tiles);
        of_input ? winograd::transform_input(there, apart, first, to)
                 : winograd::transform_output_gradient(there, apart, first, to);
      });
}

void Tiles::transform_to_rows(const Grid& grid, const Block& block, Channels some, Transformed to,
                              Index row) const {
  at::parallel_for(0, some.count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (Index c = begin; c < end; ++c) {
      transform_block(grid, block, some.first + c, {to.values + c * row, to.plane, to.panel});
    }
  });
}

void Tiles::transform_to_columns(const Grid& grid, const Block& block, Transformed to) const {
  constexpr Index kQuad = 4;
  const Index columns = winograd::columns();
  at::parallel_for(0, divided_up(channels(), kQuad), 1, [&](std::int64_t begin, std::int64_t end) {
    const Index pitch = padded(block.tiles);
    const Index plane = kCoefficients * pitch;
    float* const coefficients = scratch(Buffer::kTransformed, kQuad * plane);
    for (Index channel = begin * kQuad; channel < end * kQuad; channel += kQuad) {
      // Columns beyond the last channel hold anything: no one reads their results.
      for (Index i = 0; i < kQuad && channel + i < channels(); ++i) {
        transform_block(grid, block, channel + i, {coefficients + i * plane, pitch, columns});
      }
      for (Index p = 0; p < kCoefficients; ++p) {
        const float* lines[kQuad];
        for (Index i = 0; i < kQuad; ++i) lines[i] = coefficients + i * plane + p * pitch;
        winograd::transpose(
            lines, block.tiles,
            to.values + p * to.plane + channel / columns * to.panel + channel % columns, columns);
      }
    }
  });
}

void transform_to_plane(const Grid& grid, const Block& block, Transformed from,
                        winograd::Activation then, Rows plane, Index height, Index width) {
  grid.for_vectors(
      block,
      [&](Index y, Index x) {
        return (y + 1) * kOutput <= height ? width / kOutput - x : Index{0};
      },
      [&](Index y, Index x, Index tiles, Index first) {
        winograd::transform_output(from, first, tiles, then,
                                   plane.values + y * kOutput * plane.pitch + x * kOutput,
                                   plane.pitch);
      },
      [&](Index first, Index tiles) {
        constexpr Index size = kOutput * kOutput;
        float* const copies = scratch(Buffer::kRows, kMostLanes * size);
        winograd::TilesAt<float> to;
        for (size_t i = 0; i < kMostLanes; ++i) to.at[i] = copies + static_cast<Index>(i) * size;
        to.pitch.fill(kOutput);
        const auto rows_of = [&](Index y) { return std::min(kOutput, height - y * kOutput); };
        const auto columns_of = [&](Index x) { return std::min(kOutput, width - x * kOutput); };
        const auto whole = [&](Index y, Index x) {
          return rows_of(y) == kOutput && columns_of(x) == kOutput;
        };
        const auto place = [&](Index y, Index x) {
          return plane.values + y * kOutput * plane.pitch + x * kOutput;
        };
        grid.for_tiles(block, first, tiles, [&](Index i, Index y, Index x) {
          if (!whole(y, x)) return;
          to.at[static_cast<size_t>(i)] = place(y, x);
          to.pitch[static_cast<size_t>(i)] = plane.pitch;
        });
        winograd::transform_output(from, first, then, to);
        grid.for_tiles(block, first, tiles, [&](Index i, Index y, Index x) {
          if (whole(y, x)) return;
          for (Index row = 0; row < rows_of(y); ++row) {
            std::copy_n(copies + i * size + row * kOutput, columns_of(x),
                        place(y, x) + row * plane.pitch);
          }
        });
      });
}

}  // namespace unetflow
