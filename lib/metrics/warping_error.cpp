#include "metrics/warping_error.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "metrics/evaluate_config.hpp"
#include "metrics/metric.hpp"

namespace unetflow {
namespace {

constexpr Index kRadius = 20;  // px; of the window that decides whether clearing a pixel splits
constexpr Index kSide = 2 * kRadius + 1;

/// Counts components among the 8 neighbours in `ring`, clockwise from the one above. Consecutive
/// neighbours share an edge. Those with even numbers share an edge with the centre, and touch the
/// next one of even number at a corner.
constexpr int count_components(unsigned ring, bool by_corners, bool only_beside_centre) {
  std::array<int, 8> first = {0, 1, 2, 3, 4, 5, 6, 7};
  const auto unite = [&](int a, int b) {
    if ((ring >> a & ring >> b & 1) != 0) first[a] = first[b] = std::min(first[a], first[b]);
  };
  for (int pass = 0; pass < 8; ++pass) {
    for (int k = 0; k < 8; ++k) {
      unite(k, (k + 1) % 8);
      if (by_corners && k % 2 == 0) unite(k, (k + 2) % 8);
    }
  }
  unsigned found = 0;
  for (int k = 0; k < 8; k += only_beside_centre ? 2 : 1) found |= (ring >> k & 1) << first[k];
  return std::popcount(found);
}

/// A mismatch as a number: |probability - threshold|, inverted, above the pixel's index. Ascending
/// numbers are descending distances.
std::uint64_t sort_key(float probability, double threshold, Index index) {
  const auto distance = static_cast<float>(std::abs(static_cast<double>(probability) - threshold));
  return std::uint64_t{~std::bit_cast<std::uint32_t>(distance)} << 32 |
         static_cast<std::uint32_t>(index);
}

/// Sorts by the upper 32 bits, stably, in three passes of 11 bits.
void sort_by_distance(std::vector<std::uint64_t>& keys, std::vector<std::uint64_t>& other) {
  constexpr unsigned kBits = 11;
  other.resize(keys.size());
  for (unsigned shift = 32; shift < 64; shift += kBits) {
    std::array<size_t, 1 << kBits> begin{};
    const auto digit = [shift](std::uint64_t key) { return key >> shift & ((1 << kBits) - 1); };
    for (const auto key : keys) ++begin[digit(key)];
    size_t sum = 0;
    for (auto& count : begin) sum += std::exchange(count, sum);
    for (const auto key : keys) other[begin[digit(key)]++] = key;
    keys.swap(other);
  }
}

/// The distinct values among up to 8.
class FewIds {
 public:
  void insert(std::uint32_t id) {
    if (std::find(ids_.begin(), ids_.begin() + size_, id) == ids_.begin() + size_) {
      ids_[static_cast<size_t>(size_++)] = id;
    }
  }
  int size() const { return size_; }
  bool only_background() const { return size_ == 0 || (size_ == 1 && ids_[0] == 0); }

 private:
  std::array<std::uint32_t, 8> ids_{};
  int size_ = 0;
};

/// The ids of the up to 8 neighbours of (y, x) that are in the image.
FewIds ids_around(Plane<const std::uint32_t> ids, Index y, Index x) {
  FewIds found;
  for (Index v = std::max<Index>(y - 1, 0); v <= std::min(y + 1, ids.height - 1); ++v) {
    for (Index u = std::max<Index>(x - 1, 0); u <= std::min(x + 1, ids.width - 1); ++u) {
      if (v != y || u != x) found.insert(ids(v, u));
    }
  }
  return found;
}

/// Whether clearing (y, x) splits the object around it, as far as the window shows.
bool splits_when_cleared(Plane<const std::uint8_t> mask, Index y, Index x,
                         ComponentsWorkspace& runs) {
  std::array<std::uint8_t, kSide * kSide> window{};
  std::array<std::uint32_t, kSide * kSide> ids;
  for (Index v = std::max<Index>(y - kRadius, 0); v <= std::min(y + kRadius, mask.height - 1);
       ++v) {
    const Index first = std::max<Index>(x - kRadius, 0);
    const Index last = std::min(x + kRadius, mask.width - 1);
    std::copy(mask.row(v) + first, mask.row(v) + last + 1,
              window.begin() + (v - y + kRadius) * kSide + first - x + kRadius);
  }
  window[kRadius * kSide + kRadius] = 0;
  const Plane<std::uint32_t> components(ids.data(), kSide, kSide);
  label_components(Plane<const std::uint8_t>(window.data(), kSide, kSide), 4, components, runs);
  return ids_around(components, kRadius, kRadius).size() > 2;
}

/// Whether a pixel of the mask, whose columns are `pitch` apart, is simple.
bool is_simple(const std::uint8_t* pixel, const std::array<Index, 8>& ring) {
  unsigned neighbours = 0;
  for (size_t k = 0; k < ring.size(); ++k) neighbours |= unsigned{pixel[ring[k]]} << k;
  return kSimplePoint[neighbours];
}

/// Fills the workspace with the truth and its sorted mismatches, column by column, so that the
/// order of indices is the order of ties. Topology does not depend on it.
void find_mismatches(Plane<const std::uint8_t> truth, Plane<const float> probability,
                     double threshold, WarpingWorkspace& workspace) {
  const Index pitch = truth.height + 2;
  workspace.mask.assign(static_cast<size_t>(pitch * (truth.width + 2)), 0);
  workspace.mismatches.clear();
  for (Index x = 0; x < truth.width; ++x) {
    for (Index y = 0; y < truth.height; ++y) {
      const Index i = (x + 1) * pitch + y + 1;
      const bool foreground = truth(y, x) != 0;
      workspace.mask[static_cast<size_t>(i)] = foreground;
      if (foreground != (static_cast<double>(probability(y, x)) > threshold)) {
        workspace.mismatches.push_back(sort_key(probability(y, x), threshold, i));
      }
    }
  }
  sort_by_distance(workspace.mismatches, workspace.sorting);
}

/// Flips simple mismatches, sweep by sweep; those that are left stay in the workspace.
void flip_simple_mismatches(Index pitch, WarpingWorkspace& workspace) {
  const std::array<Index, 8> ring = {-1, pitch - 1,  pitch,  pitch + 1,
                                     1,  -pitch + 1, -pitch, -pitch - 1};
  auto& mismatches = workspace.mismatches;
  for (size_t before = mismatches.size() + 1; mismatches.size() != before;) {
    before = mismatches.size();
    size_t kept = 0;
    for (const auto key : mismatches) {
      std::uint8_t* pixel = workspace.mask.data() + static_cast<std::uint32_t>(key);
      if (is_simple(pixel, ring)) {
        *pixel ^= 1;
      } else {
        mismatches[kept++] = key;
      }
    }
    mismatches.resize(kept);
  }
}

}  // namespace

constinit const std::array<bool, 256> kSimplePoint = [] {
  std::array<bool, 256> table{};
  for (unsigned ring = 0; ring < table.size(); ++ring) {
    table[ring] =
        count_components(ring, false, true) == 1 && count_components(~ring & 255, true, false) == 1;
  }
  return table;
}();

WarpingCounts warp(Plane<const std::uint8_t> truth, Plane<const float> probability,
                   double threshold, WarpingWorkspace& workspace) {
  const Index pitch = truth.height + 2;
  find_mismatches(truth, probability, threshold, workspace);
  flip_simple_mismatches(pitch, workspace);

  // The warped truth without its frame, as an image whose rows are columns.
  const auto warped = Plane<const std::uint8_t>(workspace.mask.data(), truth.width + 2, pitch)
                          .part(1, 1, truth.width, truth.height);
  workspace.components.resize(static_cast<size_t>(truth.size()));
  const Plane<std::uint32_t> components(workspace.components.data(), warped.height, warped.width);
  label_components(warped, 4, components, workspace.runs);
  WarpingCounts counts;
  for (const auto key : workspace.mismatches) {
    const auto i = static_cast<Index>(static_cast<std::uint32_t>(key));
    const Index column = i / pitch - 1, y = i % pitch - 1;
    const bool foreground = warped(column, y) != 0;
    const FewIds around = ids_around(components, column, y);
    if (around.only_background()) {
      ++(foreground ? counts.object_deletions : counts.object_additions);
    } else if (around.size() == 1) {
      ++(foreground ? counts.hole_additions : counts.hole_deletions);
    } else if (around.size() > 2) {
      ++(foreground ? counts.splits : counts.merges);
    } else if (!foreground) {
      ++counts.hole_additions;
    } else {
      ++(splits_when_cleared(warped, column, y, workspace.runs) ? counts.splits
                                                                : counts.hole_deletions);
    }
  }
  return counts;
}

namespace metric {

Metric warping_error() {
  return {
      .key = "warping_error",
      .name = "Warping error",
      .description =
          "Fraction of pixels whose error splits or merges objects (ISBI 2012); 0 is "
          "perfect.",
      .digits = 6,
      .headline = true,
      .published = "0.000353",
      .last_threshold = 0.9,
      .of_probabilities = true,
      .asked_for = &EvaluateConfig::warping,
      .count_names = {"splits", "merges", "hole_additions", "hole_deletions", "object_additions",
                      "object_deletions"},
      .measure = [](const ImageAtThreshold& image) -> Counts {
        WarpingWorkspace workspace;
        const auto c =
            warp(image.separate_truth, image.separate_foreground, image.threshold, workspace);
        Counts counts;
        for (const auto pixels : {c.splits, c.merges, c.hole_additions, c.hole_deletions,
                                  c.object_additions, c.object_deletions, image.annotated()}) {
          counts.push_back(static_cast<double>(pixels));
        }
        return counts;
      },
      .value =
          [](std::span<const double> counts) { return (counts[0] + counts[1]) / counts.back(); }};
}

}  // namespace metric
}  // namespace unetflow
