#include "segmentation/close_gaps.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>
#include <queue>
#include <tuple>

#include "simd/gaussian.hpp"

namespace unetflow {
namespace {

using Region = std::uint32_t;

// The watershed's levels: few enough that a dent shallower than one level gets no region of its
// own.
constexpr int kLevels = 16;

/// The image transposed, with its rows smoothed by a Gaussian, whose weights are given from the
/// centre outwards. Outside the image, the edge pixels are repeated.
Picture<float> smoothed_and_transposed(const std::vector<double>& gaussian,
                                       const Picture<float>& from) {
  const auto reach = static_cast<Index>(gaussian.size()) - 1;
  Picture<float> transposed(from.width, from.height);
  for (Index y = 0; y < from.height; ++y) {
    const float* row = from.plane().row(y);
    for (Index x = 0; x < from.width; ++x) {
      double sum = 0;
      for (Index i = -reach; i <= reach; ++i) {
        sum += gaussian[static_cast<size_t>(std::abs(i))] *
               double{row[std::clamp(x + i, Index{0}, from.width - 1)]};
      }
      transposed.plane()(x, y) = static_cast<float>(sum);
    }
  }
  return transposed;
}

/// The border, class 0, smoothed by a Gaussian that ends at 3 sigma.
Picture<float> smoothed_border(double sigma, const Picture<float>& probability) {
  Picture<float> border(probability.height, probability.width);
  std::copy_n(probability.values.begin(), border.values.size(), border.values.begin());
  const auto gaussian = gaussian_half(sigma, 2 * static_cast<int>(std::ceil(3 * sigma)) + 1);
  return smoothed_and_transposed(gaussian, smoothed_and_transposed(gaussian, border));
}

/// Calls `visit` with the index of each 4-neighbour of pixel `i` inside the image.
template <class Visit>
void visit_neighbours(Index i, Index height, Index width, Visit visit) {
  const Index x = i % width;
  if (i >= width) visit(i - width);
  if (x > 0) visit(i - 1);
  if (x + 1 < width) visit(i + 1);
  if (i + width < height * width) visit(i + width);
}

/// Regions with ids from 1, one around each minimum (4-connected) of `heights`, without lines
/// between them.
std::vector<Region> watershed(const std::vector<std::uint8_t>& heights, Index height, Index width) {
  const auto at = [](Index i) { return static_cast<size_t>(i); };
  std::vector<Region> regions(heights.size());
  std::array<std::vector<Index>, kLevels> queues;  // of each height, first in, first out
  std::vector<bool> seen(heights.size());
  std::vector<Index> plateau;
  Region count = 0;
  for (Index first = 0; first < height * width; ++first) {
    if (seen[at(first)]) continue;
    const auto level = heights[at(first)];
    bool minimum = true;
    plateau.assign(1, first);
    seen[at(first)] = true;
    for (size_t next = 0; next < plateau.size(); ++next) {
      visit_neighbours(plateau[next], height, width, [&](Index n) {
        if (heights[at(n)] < level) minimum = false;
        if (heights[at(n)] != level || seen[at(n)]) return;
        seen[at(n)] = true;
        plateau.push_back(n);
      });
    }
    if (!minimum) continue;
    ++count;
    for (const Index i : plateau) regions[at(i)] = count;
    queues[level].insert(queues[level].end(), plateau.begin(), plateau.end());
  }
  for (size_t level = 0; level < queues.size(); ++level) {
    for (size_t next = 0; next < queues[level].size(); ++next) {
      const Index i = queues[level][next];
      visit_neighbours(i, height, width, [&](Index n) {
        if (regions[at(n)] != 0) return;
        regions[at(n)] = regions[at(i)];
        queues[std::max(level, size_t{heights[at(n)]})].push_back(n);
      });
    }
  }
  return regions;
}

/// The border between two regions.
struct Border {
  double sum = 0;             ///< of the strengths of its pairs of pixels
  std::vector<Index> pixels;  ///< the stronger one of each pair

  double strength() const { return sum / static_cast<double>(pixels.size()); }
  void join(Border&& other) {
    sum += other.sum;
    if (pixels.size() < other.pixels.size()) pixels.swap(other.pixels);
    pixels.insert(pixels.end(), other.pixels.begin(), other.pixels.end());
  }
};

/// A border when it was queued. The entry is out of date if the border has more pixels by now.
struct Queued {
  double strength;
  Region a, b;  ///< a < b
  size_t pixels;

  bool operator>(const Queued& other) const {
    return std::tie(strength, a, b) > std::tie(other.strength, other.a, other.b);
  }
};

std::vector<std::uint8_t> in_levels(const Picture<float>& picture) {
  std::vector<std::uint8_t> levels(picture.values.size());
  std::transform(picture.values.begin(), picture.values.end(), levels.begin(), [](float value) {
    return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0f, 1.0f) * (kLevels - 1)));
  });
  return levels;
}

/// The regions and their borders, while regions are merged.
class Regions {
 public:
  Regions(const std::vector<Region>& regions, Plane<const float> border)
      : borders_(size_t{*std::max_element(regions.begin(), regions.end())} + 1),
        neighbours_(borders_.size()) {
    const Index size = border.size(), width = border.width;
    const auto pair = [&](Index i, Index n) {
      const Region a = regions[static_cast<size_t>(i)], b = regions[static_cast<size_t>(n)];
      if (a == b) return;
      const Index stronger = border.data[i] >= border.data[n] ? i : n;
      Border& between = borders_[std::min(a, b)][std::max(a, b)];
      between.sum += double{border.data[stronger]};
      between.pixels.push_back(stronger);
    };
    for (Index i = 0; i < size; ++i) {
      if (i % width + 1 < width) pair(i, i + 1);
      if (i + width < size) pair(i, i + width);
    }
    for (Region a = 1; a < borders_.size(); ++a) {
      for (const auto& [b, between] : borders_[a]) {
        enqueue(a, b, between);
        neighbours_[a].push_back(b);
        neighbours_[b].push_back(a);
      }
    }
  }

  /// Merges all regions into one; calls `merged` with each border before it is removed, the weakest
  /// first.
  template <class Merged>
  void merge_all(Merged merged) {
    while (!queue_.empty()) {
      const Queued next = queue_.top();
      queue_.pop();
      const auto place = borders_[next.a].find(next.b);
      if (place == borders_[next.a].end() || place->second.pixels.size() != next.pixels) continue;
      merged(place->second);
      borders_[next.a].erase(place);
      // The region with fewer neighbours passes its borders to the other.
      if (neighbours_[next.a].size() < neighbours_[next.b].size()) {
        give(next.a, next.b);
      } else {
        give(next.b, next.a);
      }
    }
  }

 private:
  void enqueue(Region a, Region b, const Border& border) {
    queue_.push({border.strength(), a, b, border.pixels.size()});
  }

  void give(Region from, Region to) {
    for (const Region other : neighbours_[from]) {
      auto& old_borders = borders_[std::min(from, other)];
      const auto old = old_borders.find(std::max(from, other));
      if (old == old_borders.end()) continue;  // `other` is part of another region by now
      const Region a = std::min(to, other), b = std::max(to, other);
      const auto [place, is_new] = borders_[a].try_emplace(b);
      if (is_new) {
        neighbours_[to].push_back(other);
        neighbours_[other].push_back(to);
      }
      place->second.join(std::move(old->second));
      old_borders.erase(old);
      enqueue(a, b, place->second);
    }
    neighbours_[from].clear();
  }

  std::vector<std::map<Region, Border>> borders_;  ///< of each region with those with larger ids
  std::vector<std::vector<Region>> neighbours_;    ///< some have been merged into others by now
  std::priority_queue<Queued, std::vector<Queued>, std::greater<>> queue_;
};

}  // namespace

void close_gaps(double sigma, Picture<float>& probability) {
  const Plane<float> border = probability.plane(0);
  if (border.empty()) return;
  const auto heights = in_levels(smoothed_border(sigma, probability));
  Regions regions(watershed(heights, border.height, border.width), border);
  regions.merge_all([&](const Border& between) {
    const auto strength = static_cast<float>(between.strength());
    for (const Index i : between.pixels) {
      const float before = border.data[i];
      if (before >= strength) continue;
      border.data[i] = strength;
      for (Index c = 1; c < probability.channels; ++c) {
        probability.plane(c).data[i] *= (1 - strength) / (1 - before);
      }
    }
  });
}

}  // namespace unetflow
