// HD95: the 95th percentile of the Hausdorff distance between the boundaries of truth and mask, px.
//
// The boundary of a mask is its foreground pixels that share an edge with background; outside the
// image is background. Both percentiles are taken, of the distances from each boundary to the
// other, and the larger counts, as Metrics Reloaded (Maier-Hein et al. 2024) recommends and MONAI
// computes. It is not defined for an image whose truth or mask is empty; such images are left out.
//
// Distances are exact and take linear time at most: Meijster, Roerdink and Hesselink, "A general
// algorithm for computing distance transforms in linear time", 2000.
#include <algorithm>
#include <cmath>
#include <optional>

#include "core/quantile.hpp"
#include "metrics/metric.hpp"

namespace unetflow {
namespace {

constexpr double kPercentile = 0.95;

Picture<std::uint8_t> boundary(Plane<const std::uint8_t> mask) {
  Picture<std::uint8_t> out(mask.height, mask.width);
  for (Index y = 0; y < mask.height; ++y) {
    const bool frame = y == 0 || y == mask.height - 1;
    const std::uint8_t *row = mask.row(y), *above = frame ? row : mask.row(y - 1),
                       *below = frame ? row : mask.row(y + 1);
    std::uint8_t* to = out.plane().row(y);
    to[0] = row[0];
    to[mask.width - 1] = row[mask.width - 1];
    for (Index x = 1; x < mask.width - 1; ++x) {
      const int inner = above[x] & below[x] & row[x - 1] & row[x + 1] & int{!frame};
      to[x] = static_cast<std::uint8_t>(row[x] & ~inner);
    }
  }
  return out;
}

/// The same where nothing is annotated in places: there, no boundary is looked for.
Picture<std::uint8_t> boundary(Plane<const std::uint8_t> mask, Plane<const std::uint8_t> ignored) {
  if (ignored.empty()) return boundary(mask);
  Picture<std::uint8_t> joined(mask.height, mask.width);
  for (Index i = 0; i < mask.size(); ++i)
    joined.values[static_cast<size_t>(i)] = mask.data[i] | ignored.data[i];
  auto out = boundary(joined.plane());
  for (Index i = 0; i < mask.size(); ++i) {
    if (ignored.data[i] != 0) out.values[static_cast<size_t>(i)] = 0;
  }
  return out;
}

/// For each pixel, the distance to the nearest pixel of its column in `set`, px; in a column
/// without any, one beyond all others.
Picture<std::int32_t> distances_along_columns(Plane<const std::uint8_t> set) {
  const auto far = static_cast<std::int32_t>(set.height + set.width);
  Picture<std::int32_t> out(set.height, set.width);
  const auto distance = out.plane();
  for (Index y = 0; y < set.height; ++y) {
    for (Index x = 0; x < set.width; ++x) {
      const std::int32_t above = y > 0 ? distance(y - 1, x) + 1 : far;
      distance(y, x) = set(y, x) != 0 ? 0 : std::min(above, far);
    }
  }
  for (Index y = set.height - 2; y >= 0; --y) {
    for (Index x = 0; x < set.width; ++x) {
      distance(y, x) = std::min(distance(y, x), distance(y + 1, x) + 1);
    }
  }
  return out;
}

/// One row's part of the lower envelope of the parabolas (x - vertex)^2 + height[vertex].
struct Parabola {
  Index vertex = 0;
  Index first = 0;  ///< x from which on it is the lowest
};

/// For each x, the least of (x - u)^2 + heights[u] over all u.
void lowest_parabolas(std::span<const std::int64_t> heights, std::vector<Parabola>& envelope,
                      std::span<std::int64_t> lowest) {
  const auto width = static_cast<Index>(heights.size());
  const auto value = [&](Index x, Index u) {
    return (x - u) * (x - u) + heights[static_cast<size_t>(u)];
  };
  envelope.assign(1, {0, 0});
  for (Index u = 1; u < width; ++u) {
    while (!envelope.empty() &&
           value(envelope.back().first, envelope.back().vertex) > value(envelope.back().first, u)) {
      envelope.pop_back();
    }
    if (envelope.empty()) {
      envelope.push_back({u, 0});
      continue;
    }
    const Index v = envelope.back().vertex;
    const Index first = 1 + (value(0, u) - value(0, v)) / (2 * (u - v));
    if (first < width) envelope.push_back({u, first});
  }
  for (Index x = width - 1; x >= 0; --x) {
    lowest[static_cast<size_t>(x)] = value(x, envelope.back().vertex);
    if (x == envelope.back().first) envelope.pop_back();
  }
}

/// The least of (x - u)^2 + heights[u], looked for from x outwards, which takes as many steps as
/// the nearest pixel is away, px. Takes them from `steps`; none once these are used up.
std::optional<std::int64_t> lowest_nearby(std::span<const std::int64_t> heights, Index x,
                                          Index& steps) {
  const auto width = static_cast<Index>(heights.size());
  std::int64_t lowest = heights[static_cast<size_t>(x)];
  for (Index away = 1; away * away < lowest; ++away) {
    if (--steps < 0) return {};
    for (const Index u : {x - away, x + away}) {
      if (u < 0 || u >= width) continue;
      lowest = std::min(lowest, away * away + heights[static_cast<size_t>(u)]);
    }
  }
  return lowest;
}

/// The 95th percentile of the distances from the pixels of `from` to the nearest pixel of `to`, px.
/// Neither is empty. In each row, as many steps are spent on looking nearby as the row has pixels;
/// boundaries that nearly agree need fewer. Otherwise the row's envelope is computed.
double directed_distance(Plane<const std::uint8_t> from, Plane<const std::uint8_t> to) {
  const auto columns = distances_along_columns(to);
  std::vector<Parabola> envelope;
  std::vector<std::int64_t> heights(static_cast<size_t>(from.width)), squares(heights.size());
  std::vector<double> distances;
  for (Index y = 0; y < from.height; ++y) {
    const auto* begin = from.row(y);
    if (std::find(begin, begin + from.width, 1) == begin + from.width) continue;
    std::transform(columns.plane().row(y), columns.plane().row(y) + from.width, heights.begin(),
                   [](std::int64_t distance) { return distance * distance; });
    Index steps = from.width;
    for (Index x = 0; x < from.width; ++x) {
      if (from(y, x) == 0) continue;
      const bool looked = steps >= 0;
      const auto nearby = looked ? lowest_nearby(heights, x, steps) : std::nullopt;
      if (looked && !nearby) lowest_parabolas(heights, envelope, squares);
      const auto square = nearby ? *nearby : squares[static_cast<size_t>(x)];
      distances.push_back(std::sqrt(static_cast<double>(square)));
    }
  }
  return quantile(std::span(distances), kPercentile);
}

bool empty(const Picture<std::uint8_t>& mask) {
  return std::find(mask.values.begin(), mask.values.end(), 1) == mask.values.end();
}

}  // namespace

namespace metric {

Metric hausdorff95() {
  return {.key = "hausdorff95",
          .name = "HD95 (px)",
          .description =
              "95th percentile of the Hausdorff distance between the boundaries of truth "
              "and mask, px, mean over images; 0 is perfect.",
          .digits = 2,
          .last_threshold = 1,
          .measure = [](const ImageAtThreshold& image) -> Counts {
            const auto truth = boundary(image.truth, image.ignored),
                       mask = boundary(image.mask, image.ignored);
            if (empty(truth) || empty(mask)) return {0, 0};
            return {std::max(directed_distance(truth.plane(), mask.plane()),
                             directed_distance(mask.plane(), truth.plane())),
                    1};
          },
          .value = mean_of};
}

}  // namespace metric
}  // namespace unetflow
