#include "ingest/smoothed_labels.hpp"

#include <algorithm>
#include <utility>

#include "ingest/value_counts.hpp"

namespace unetflow {
namespace {

/// Whether many pixels of rare values differ from all pixels around them, some of which are of rare
/// values, too.
bool is_rough(Plane<const std::int64_t> values) {
  constexpr Index kRare = 100;  // of so many pixels, one
  const auto size = static_cast<size_t>(values.size());
  const auto pixels = counts(values.data, size);
  Picture<std::uint8_t> is_rare(values.height, values.width);
  for_runs(values.data, size, [&](std::int64_t value, size_t begin, size_t end) {
    if (kRare * pixels.at(value) < values.size()) {
      std::fill(is_rare.values.begin() + static_cast<std::ptrdiff_t>(begin),
                is_rare.values.begin() + static_cast<std::ptrdiff_t>(end), std::uint8_t{1});
    }
  });
  const auto here = std::as_const(is_rare).plane();
  Index rare = 0, rough = 0;
  for (Index y = 1; y + 1 < values.height; ++y) {
    for (Index x = 1; x + 1 < values.width; ++x) {
      if (here(y, x) == 0) continue;
      ++rare;
      const auto v = values(y, x);
      const bool alone = values(y, x - 1) != v && values(y, x + 1) != v && values(y - 1, x) != v &&
                         values(y + 1, x) != v;
      rough += alone && here(y, x - 1) + here(y, x + 1) + here(y - 1, x) + here(y + 1, x) > 0;
    }
  }
  constexpr Index kFew = 16;
  return rough >= kFew && 20 * rough > rare;
}

}  // namespace

bool is_smoothed(Plane<const std::int64_t> values) {
  const auto between = [](std::int64_t a, std::int64_t v, std::int64_t b) {
    return std::min(a, b) < v && v < std::max(a, b);
  };
  Index ramp = 0, edge = 0;
  for (Index y = 1; y + 1 < values.height; ++y) {
    for (Index x = 1; x + 1 < values.width; ++x) {
      const auto v = values(y, x);
      const auto left = values(y, x - 1), right = values(y, x + 1);
      const auto up = values(y - 1, x), down = values(y + 1, x);
      edge += left != v || right != v || up != v || down != v;
      ramp += between(left, v, right) || between(up, v, down);
    }
  }
  constexpr Index kFew = 16;  // px; small labels may have cells of one pixel
  return (ramp >= kFew && 5 * ramp > edge) || is_rough(values);
}

bool is_smoothed(const WholeValues& found) {
  if (!found.colours) return is_smoothed(found.values.plane());
  for (const int shift : {0, 8, 16}) {
    Picture<std::int64_t> channel = found.values;
    for (auto& value : channel.values) value = found.id(value) >> shift & 255;
    if (is_smoothed(channel.plane())) return true;
  }
  return false;
}

}  // namespace unetflow
